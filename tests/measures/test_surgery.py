"""The two parts of the rate, where both are known in closed form."""

import math

import numpy as np
import pytest
import torch
from simple import model

from latentfield.measures.elbo import nats
from latentfield.measures.surgery import log_aggregate, split, surgery

NOISE, PRIOR = 0.4, 1.3


def linear(n: int, copies: int = 1) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, np.ndarray]:
    """Two latents z_k ~ N(x_k, NOISE^2) of x ~ N(0, 1), each x `copies` times, under the prior N(0, PRIOR^2)."""
    generator = torch.Generator().manual_seed(0)
    mean = torch.randn(n, 2, generator=generator).repeat_interleave(copies, 0)
    z = mean + NOISE * torch.randn(mean.shape, generator=generator)
    log_prior = torch.distributions.Normal(0, PRIOR).log_prob(z).sum(1)
    return z, mean, torch.full_like(mean, 2 * math.log(NOISE)), log_prior.double().numpy()


def test_linear_gaussian_encoder():
    """I = 1/2 ln(1 + 1/noise^2) per latent, and q(z) = N(0, 1 + noise^2) against the prior."""
    found = split(*linear(6000))
    variance = (1 + NOISE**2) / PRIOR**2
    assert found.rate_useful.value == pytest.approx(math.log(1 + 1 / NOISE**2), abs=5 * found.rate_useful.se)
    assert found.rate_excess.value == pytest.approx(variance - 1 - math.log(variance), abs=4 * found.rate_excess.se)
    assert found.rate_useful.se < 0.02 and found.rate_excess.se < 0.02


def test_the_aggregate_is_the_mean_density_of_the_others():
    z, mean, log_variance, _ = linear(30)
    density = torch.distributions.Normal(mean, NOISE).log_prob(z[:, None]).sum(2).exp()
    density.fill_diagonal_(0)
    np.testing.assert_allclose(
        log_aggregate(z, mean, log_variance, chunk=7), (density.sum(1) / 29).log(), rtol=1e-4, atol=1e-4
    )


def test_a_chain_is_left_out_as_a_whole():
    """Twenty copies of each configuration hide the truth unless the copies are left out together."""
    pairs = linear(200, copies=20)
    whole, single = split(*pairs, draws=20), split(*pairs, draws=1)
    exact = math.log(1 + 1 / NOISE**2)
    assert abs(whole.rate_useful.value - exact) < 4 * whole.rate_useful.se < 0.4
    assert single.rate_useful.value < whole.rate_useful.value - 0.05


def test_the_parts_of_a_model_add_up_to_its_rate():
    made = model((4, 4), latents=2, seed=3)
    x = np.random.default_rng(0).choice(np.array([-1, 1], np.int8), (3000, 4, 4))
    found = surgery(made, x, 1.0, seed=0, draws=10)
    assert found.rate_useful.value + found.rate_excess.value == pytest.approx(found.rate.value, abs=1e-9)
    assert abs(found.rate.value - nats(made, x, 1.0, draws=20, seed=1).rate.mean()) < 5 * found.rate.se
