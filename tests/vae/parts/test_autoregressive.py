"""The joint prior: normalised, triangular, samples that follow its density, and structure that a product cannot hold."""

import math

import pytest
import torch

from latentfield.vae.parts.priors import AutoregressivePrior
from latentfield.vae.parts.splines import rational_quadratic

SIZES = {"latents": 2, "layers": 2, "bins": 6, "bound": 4.0, "hidden": 12}


@pytest.fixture
def prior() -> AutoregressivePrior:
    torch.manual_seed(0)
    prior = AutoregressivePrior(**SIZES)
    with torch.no_grad():
        for network in prior.networks:
            for parameter in network[-1].parameters():
                parameter.normal_(0, 0.7)
    return prior


def test_it_starts_as_the_normal_distribution():
    z, t = torch.randn(50, 2), torch.zeros(50, 1)
    expected = -0.5 * z.square() - 0.5 * math.log(2 * math.pi)
    torch.testing.assert_close(AutoregressivePrior(**SIZES).log_prob(z, t), expected)


@torch.no_grad()
def test_density_integrates_to_one_and_its_moments_are_those_reported(prior):
    axis = torch.linspace(-7, 7, 561)
    z = torch.cartesian_prod(axis, axis)
    for temperature in (-1.0, 0.5):
        p = prior.log_prob(z, torch.full((len(z), 1), temperature)).sum(1).exp() * (axis[1] - axis[0]) ** 2
        assert p.sum().item() == pytest.approx(1, abs=2e-3)
        mean = (p[:, None] * z).sum(0)
        variance = (p[:, None] * (z - mean).square()).sum(0)
        found = prior.moments(torch.tensor([[temperature]]))
        torch.testing.assert_close(found[0][0], mean, atol=0.02, rtol=0)
        torch.testing.assert_close(found[1][0], variance, atol=0.03, rtol=0.02)


def test_log_determinant_and_order_agree_with_autograd(prior):
    """Each term of ln p sees the latents up to its own and no other."""
    z, t = torch.randn(1, 2, requires_grad=True), torch.tensor([[0.3]])
    jacobian = torch.autograd.functional.jacobian(lambda v: prior.log_prob(v, t)[0], z)[:, 0]
    assert jacobian[0, 1] == 0 and jacobian[1, 0] != 0


@torch.no_grad()
def test_samples_are_the_inverse_of_the_density(prior):
    """z drawn from u must go back to u: ln p(z) - ln N(u) is then the log-determinant that the density used."""
    t = torch.full((400, 1), 0.3)
    z = prior.sample(t, torch.Generator().manual_seed(1))
    u = z
    for network in prior.networks:
        u, _ = rational_quadratic(u, network(torch.cat([u, t], 1)), prior.bins, prior.bound)
    torch.testing.assert_close(u, torch.randn(400, 2, generator=torch.Generator().manual_seed(1)), atol=2e-4, rtol=1e-4)


def test_it_learns_one_or_the_other_which_a_product_cannot():
    """Mass on (±2, 0) and (0, ±2) only: 2 ln 2 nats of which state, and no mass on (±2, ±2)."""
    torch.manual_seed(0)
    prior = AutoregressivePrior(latents=2, layers=2, bins=12, bound=5.0, hidden=24)
    centres = torch.tensor([[2.0, 0], [-2, 0], [0, 2], [0, -2]])
    optimizer = torch.optim.Adam(prior.parameters(), 1e-2)
    for _ in range(400):
        z = centres[torch.randint(4, (256,))] + 0.2 * torch.randn(256, 2)
        loss = -prior.log_prob(z, torch.zeros(256, 1)).sum(1).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    entropy = math.log(4) + math.log(2 * math.pi * math.e * 0.04)
    z = centres[torch.arange(4000) % 4] + 0.2 * torch.randn(4000, 2)
    assert -prior.log_prob(z, torch.zeros(4000, 1)).sum(1).mean().item() == pytest.approx(entropy, abs=0.1)
