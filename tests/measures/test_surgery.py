"""The two parts of the rate, where both are known in closed form."""

import math

import numpy as np
import pytest
import torch

from latentfield.measures.elbo import nats
from latentfield.measures.surgery import Posteriors, Surgery, split, surgery
from latentfield.vae.posterior import Posterior
from tests.measures.simple import model

NOISE, PRIOR = 0.4, 1.3


def linear(n: int, copies: int = 1, draws: int = 1) -> tuple[torch.Tensor, torch.Tensor, Posteriors]:
    """Two latents z_k ~ N(x_k, NOISE^2) of x ~ N(0, 1), each x `copies` times; ln p under N(0, PRIOR^2); chains of `draws`."""
    generator = torch.Generator().manual_seed(0)
    mean = torch.randn(n, 2, generator=generator).repeat_interleave(copies, 0)
    z = mean + NOISE * torch.randn(mean.shape, generator=generator)
    chain = torch.arange(len(mean)) // draws
    log_variance = torch.full_like(mean, 2 * math.log(NOISE))
    return z, torch.distributions.Normal(0, PRIOR).log_prob(z), Posteriors(Posterior(mean, log_variance), chain)


def parts(n: int, copies: int = 1, draws: int = 1) -> Surgery:
    z, log_prior, posterior = linear(n, copies, draws)
    return split(z, log_prior, posterior, posterior, draws)


def test_linear_gaussian_encoder():
    """I = 1/2 ln(1 + 1/noise^2) per latent, and q(z) = N(0, 1 + noise^2) against the prior; the latents are independent."""
    found = parts(6000)
    variance = (1 + NOISE**2) / PRIOR**2
    for part, latents in ((found.whole, 2), (found.latents[0], 1), (found.latents[1], 1)):
        useful, excess = latents / 2 * math.log(1 + 1 / NOISE**2), latents / 2 * (variance - 1 - math.log(variance))
        assert part.rate_useful.value == pytest.approx(useful, abs=5 * part.rate_useful.se)
        assert part.rate_excess.value == pytest.approx(excess, abs=4 * part.rate_excess.se)
        assert part.rate_useful.se < 0.02 and part.rate_excess.se < 0.02


def test_a_chain_is_left_out_as_a_whole():
    """Twenty copies of each configuration hide the truth unless the copies are left out together."""
    whole, single = parts(200, copies=20, draws=20).whole, parts(200, copies=20).whole
    exact = math.log(1 + 1 / NOISE**2)
    assert abs(whole.rate_useful.value - exact) < 4 * whole.rate_useful.se < 0.4
    assert single.rate_useful.value < whole.rate_useful.value - 0.05


def test_more_posteriors_take_away_the_bias_of_few():
    """With narrow posteriors 300 of them hardly overlap; 9,000 others in the mixture bring the useful part down to its value."""
    generator = torch.Generator().manual_seed(1)
    x, others = torch.randn(300, 2, generator=generator), torch.randn(9000, 2, generator=generator)
    z = x + 0.1 * torch.randn(x.shape, generator=generator)
    posterior = Posterior(torch.cat([x, others]), torch.full((9300, 2), 2 * math.log(0.1)))
    own, everything = (Posteriors(posterior.rows(slice(n)), torch.arange(n)) for n in (300, 9300))
    few, many = (split(z, torch.zeros(300, 2), own, mixture).whole.rate_useful for mixture in (own, everything))
    exact = math.log(1 + 1 / 0.1**2)
    assert few.value > exact + 1 and abs(many.value - exact) < 4 * many.se < 0.6


def test_the_parts_of_a_model_add_up_to_its_rate():
    made = model((4, 4), latents=2, seed=3)
    x = np.random.default_rng(0).choice(np.array([-1, 1], np.int8), (3000, 4, 4))
    found = surgery(made, x[:1000], x[1000:], 1.0, seed=0, draws=10)
    for part in (found.whole, *found.latents):
        assert part.rate_useful.value + part.rate_excess.value == pytest.approx(part.rate.value, abs=1e-9)
    assert sum(part.rate.value for part in found.latents) == pytest.approx(found.whole.rate.value, abs=1e-6)
    rate = nats(made, x[:1000], 1.0, draws=20, seed=1).rate.mean()
    assert abs(found.whole.rate.value - rate) < 5 * found.whole.rate.se
