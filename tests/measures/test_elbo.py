"""-ELBO and the exact audit, on VAEs whose gap is known."""

import math

import numpy as np
import pytest
import torch

from latentfield.measures.elbo import Nats, audit, nats
from latentfield.statistics.estimate import Estimate
from latentfield.systems.base import stream
from latentfield.systems.curie_weiss import CurieWeiss
from tests.measures.simple import independent, model

N = 16


def draws(temperature: float, chains: int) -> tuple[CurieWeiss, np.ndarray]:
    system = CurieWeiss(size=4, temperatures={"min": 0.5, "max": 1.5, "count": 2}, chains=chains)
    return system, system.sample_block(np.array([temperature]), stream(2, "curie_weiss", 0)).reshape(-1, 4, 4)


def log_z(system: CurieWeiss, temperature: float) -> Estimate:
    return Estimate(system.exact(temperature)["log_z"], 0.0)


def test_the_right_model_has_no_gap():
    """At infinite temperature fair independent spins are exact: gap 0 and -ELBO = N ln 2, configuration by configuration."""
    system, x = draws(1e12, 500)
    result = nats(independent((4, 4), [0.0] * N), x, 1e12, draws=2, seed=0)
    np.testing.assert_allclose(result.neg_elbo, N * math.log(2), rtol=1e-6)
    np.testing.assert_allclose(result.rate, 0, atol=1e-5)
    gap = audit(result, system.log_weight(x, 1e12), log_z(system, 1e12), system.draws)
    assert gap.value == pytest.approx(0, abs=1e-5) and gap.se < 1e-5


def test_the_gap_of_the_independent_model_is_its_total_correlation():
    """Fair spins for a Curie-Weiss system: N ln 2 - H(P) exactly, and the pairing gives it with a small error."""
    system, x = draws(1.2, 20_000)
    result = nats(independent((4, 4), [0.0] * N), x, 1.2, draws=1, seed=0)
    exact = system.exact(1.2)
    gap = audit(result, system.log_weight(x, 1.2), log_z(system, 1.2), system.draws)
    assert abs(gap.value - (N * math.log(2) - exact["entropy"])) < 4 * gap.se
    assert 0 < gap.se < 0.02


def test_a_wrong_log_z_shows_as_an_impossible_gap():
    system, x = draws(1e12, 500)
    result = nats(independent((4, 4), [0.0] * N), x, 1e12, draws=1, seed=0)
    wrong = Estimate(log_z(system, 1e12).value + 0.5, 0.0)
    gap = audit(result, system.log_weight(x, 1e12), wrong, system.draws)
    assert gap.value == pytest.approx(-0.5, abs=1e-5)


def test_gap_errors_come_from_whole_chains():
    """Two chains of two equal draws each: chain means 1 and 3."""
    result = Nats(np.array([1.0, 1.0, 3.0, 3.0]), np.zeros(4))
    assert audit(result, np.zeros(4), Estimate(0.0, 0.0), 2) == pytest.approx((2.0, 1.0))


def test_the_error_of_log_z_is_part_of_the_gap():
    """Errors 1 of the pairs and 2.4 of ln Z, which also shifts the gap by its value: 2 - 5, error 2.6."""
    result = Nats(np.array([1.0, 1.0, 3.0, 3.0]), np.zeros(4))
    assert audit(result, np.zeros(4), Estimate(5.0, 2.4), 2) == pytest.approx((-3.0, 2.6))


@torch.no_grad()
def test_nats_of_a_model_with_latents():
    """Rate against the divergence of two Gaussians, distortion against 20,000 draws of z made here; in batches of 7."""
    made = model((4, 4), latents=2, seed=1)
    made.decoder.linear.weight.mul_(4)
    _, x = draws(1.0, 10)
    found = nats(made, x, 1.0, draws=800, seed=0, batch=7)
    mean, log_variance = made.encode(torch.from_numpy(x))
    divergence = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(1)
    np.testing.assert_allclose(found.rate, divergence, atol=0.2)
    z = mean + (0.5 * log_variance).exp() * torch.randn(20_000, *mean.shape, generator=torch.Generator().manual_seed(3))
    logits = made.decode(z.flatten(0, 1)).reshape(20_000, len(x), N)
    spins = torch.from_numpy(x).reshape(len(x), N)
    cost = torch.nn.functional.softplus(-spins * logits).sum(-1)
    error = 5 * math.sqrt(1 / 800 + 1 / 20_000) * cost.std(0).numpy()
    assert (np.abs(found.distortion - cost.mean(0).numpy()) < error + 1e-4).all()
    np.testing.assert_allclose(found.neg_elbo, found.distortion + found.rate)


def test_nats_depend_on_the_seed_alone():
    made, (_, x) = model((4, 4), seed=1), draws(1.0, 20)
    first, again, other = (nats(made, x, 1.0, draws=2, seed=seed).neg_elbo for seed in (0, 0, 1))
    assert np.array_equal(first, again) and not np.array_equal(first, other)
