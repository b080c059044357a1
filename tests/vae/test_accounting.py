"""Rate, distortion and capacities of several batches at several temperatures, against the same sums written out."""

import math

import pytest
import torch
from torch import Tensor

from latentfield.vae.accounting import Account
from latentfield.vae.model import Terms
from latentfield.vae.posterior import Posterior
from tests.vae.build import random_model


class Prior:
    """Stands in for a model: a prior with the given mean and variance of each latent at each temperature."""

    def __init__(self, mean: Tensor, variance: Tensor):
        self.moments = mean, variance

    def prior_moments(self, temperature: Tensor, roughly: bool = False) -> tuple[Tensor, Tensor]:
        return self.moments


TEMPERATURES = torch.tensor([0.5, 1.0, 2.0])
STANDARD = Prior(torch.zeros(3, 2), torch.ones(3, 2))


def terms(n: int, seed: int = 0) -> Terms:
    """Arbitrary terms of n configurations with two latents."""
    generator = torch.Generator().manual_seed(seed)
    distortion, rate = torch.rand(n, generator=generator) * 50, torch.randn(n, 2, generator=generator) + 2
    mean, log_variance = torch.randn(n, 2, generator=generator), torch.randn(n, 2, generator=generator) - 2
    return Terms(distortion, rate, Posterior(mean, log_variance), mean)


def account(t: Terms, group: Tensor, batch: int = 7) -> Account:
    """The terms added in batches."""
    made = Account(TEMPERATURES, 2)
    for start in range(0, len(group), batch):
        rows = slice(start, start + batch)
        made.add(Terms(t.distortion[rows], t.rate[rows], t.posterior.rows(rows), t.z[rows]), group[rows])
    return made


def groups(n: int) -> Tensor:
    """Temperatures in an uneven, mixed order."""
    return torch.randint(0, 3, (n,), generator=torch.Generator().manual_seed(9)).clamp(max=2)


def test_parts_are_means_over_all_configurations():
    """45 configurations in batches of 7: a mean of batch means would weigh the last three wrongly."""
    t = terms(45)
    found = account(t, groups(45)).metrics(STANDARD)
    assert found["distortion"] == pytest.approx(t.distortion.mean().item(), rel=1e-5)
    assert found["rate"] == pytest.approx(t.rate.sum(1).mean().item(), rel=1e-5)
    assert found["rate/latent_1"] == pytest.approx(t.rate[:, 0].mean().item(), rel=1e-5)
    assert found["rate/latent_2"] == pytest.approx(t.rate[:, 1].mean().item(), rel=1e-5)
    assert found["elbo"] == pytest.approx(-(t.distortion + t.rate.sum(1)).mean().item(), rel=1e-5)


def test_capacities_with_a_standard_prior():
    """The paper's eqs. (55) and (58) as they stand."""
    t = terms(45)
    found = account(t, groups(45)).metrics(STANDARD)
    tau = (-t.posterior.log_variance).exp().mean()
    assert found["capacity/sphere_packing"] == pytest.approx(tau.log().item(), rel=1e-5)
    q = t.posterior
    gaussian = 0.5 * (q.mean.square() + q.variance - 1 - q.log_variance).sum(1).mean()
    assert found["capacity/gaussian"] == pytest.approx(gaussian.item(), rel=1e-5)


def test_a_worked_case():
    """One configuration, mu = 1, sigma^2 = 1/4, prior N(3, 4): tau = 16, C = ln 4; Gaussian 1/2 (1 + 1/16 - 1 + ln 16)."""
    row = Posterior(torch.tensor([[1.0]]), torch.tensor([[math.log(0.25)]]))
    made = Account(torch.tensor([1.0]), 1)
    made.add(Terms(torch.tensor([7.0]), torch.tensor([[0.5]]), row, row.mean), torch.tensor([0]))
    found = made.metrics(Prior(torch.tensor([[3.0]]), torch.tensor([[4.0]])))
    assert found == pytest.approx({
        "elbo": -7.5, "distortion": 7.0, "rate": 0.5, "rate/latent_1": 0.5,
        "capacity/sphere_packing": math.log(4), "capacity/gaussian": 0.5 * (1 / 16 + math.log(16)),
    })  # fmt: skip


def test_capacities_do_not_depend_on_the_gauge():
    """z -> a z + b with its own a and b at each temperature and latent moves posterior and prior alike.

    Capacities that ignored the prior, or used one prior for all temperatures, would change.
    """
    generator = torch.Generator().manual_seed(4)
    a, b = torch.rand(3, 2, generator=generator) * 3 + 0.2, torch.randn(3, 2, generator=generator)
    m, v = torch.randn(3, 2, generator=generator), torch.rand(3, 2, generator=generator) + 0.5
    t, group = terms(45), groups(45)
    before = account(t, group).metrics(Prior(m, v))
    q = Posterior(a[group] * t.posterior.mean + b[group], t.posterior.log_variance + 2 * a[group].log())
    moved = t._replace(posterior=q)
    after = account(moved, group).metrics(Prior(a * m + b, a.square() * v))
    assert after == pytest.approx(before, rel=1e-4)
    assert after != pytest.approx(account(moved, group).metrics(Prior(m, v)), rel=1e-2)


def test_absent_temperatures_do_not_count():
    t = terms(10)
    found = account(t, torch.ones(10, dtype=torch.long)).metrics(STANDARD)
    assert found["distortion"] == pytest.approx(t.distortion.mean().item(), rel=1e-5)


@torch.no_grad()
def test_a_model_whose_posterior_is_its_prior_has_no_capacity():
    """With the real spline prior at several temperatures: posterior moments put equal to the prior's."""
    model = random_model(2, latents=2)
    m, v = model.prior_moments(TEMPERATURES)
    group = torch.tensor([0, 1, 2, 2])
    made = Account(TEMPERATURES, 2)
    made.add(Terms(torch.zeros(4), torch.zeros(4, 2), Posterior(m[group], v[group].log()), m[group]), group)
    found = made.metrics(model)
    assert found["capacity/sphere_packing"] == pytest.approx(0, abs=1e-5)
    assert found["capacity/gaussian"] == pytest.approx(0, abs=1e-5)
