"""Latent fields by pseudo-likelihood: exact gradients, planted couplings and patterns, bits that were wrong."""

import numpy as np
import pytest
import torch

from latentfield.decoding.patterns import latent_network as module
from latentfield.decoding.patterns.bits import likeliest
from latentfield.decoding.patterns.latent_network import decoded_network, latent_network
from latentfield.decoding.patterns.scoring import couplings, score
from latentfield.decoding.patterns.subspace import cosines_squared
from latentfield.errors import LatentfieldError
from latentfield.words.inverse_ising import pseudo_likelihood, spins
from tests.decoding.patterns.planted import network, samples


@pytest.fixture(scope="module")
def glass():
    """12 patterns on 100 spins, beyond the storage limit, at T from 0.8 to 2: patterns, 15,000 samples, their temperatures."""
    system = network(10, 12, temperatures={"min": 0.8, "max": 2.0, "count": 3})
    x = samples(system)
    t = np.broadcast_to(system.temperatures.values[:, None, None], x.shape[:3])
    return system.xi, x.reshape(-1, 100), t.ravel()


def enumerated(weight: np.ndarray, temperature: float) -> float:
    """Mean over all states of -sum_i ln P(s_i | s) with couplings W W^T, each from the ratio of two Boltzmann weights."""
    n = len(weight)
    states = 2 * (np.arange(2**n)[:, None] >> np.arange(n) & 1) - 1
    j = weight @ weight.T
    np.fill_diagonal(j, 0)
    energy = -np.einsum("si,ij,sj->s", states, j, states) / 2
    flipped = np.arange(2**n)[:, None] ^ (1 << np.arange(n))
    return float(np.log1p(np.exp((energy[:, None] - energy[flipped]) / temperature)).sum(1).mean())


def test_loss_is_that_of_enumerated_conditionals_and_its_gradient_the_difference_quotient():
    weight = np.random.default_rng(0).normal(0, 0.4, (8, 3))
    states = 2 * (np.arange(256)[:, None] >> np.arange(8) & 1) - 1
    x, twice_beta = spins(states, 1.3)
    value, slope = module._loss(weight, x, twice_beta)
    assert value == pytest.approx(enumerated(weight, 1.3), rel=1e-6)
    step = np.zeros_like(weight)
    for place in np.ndindex(weight.shape):
        step[:] = 0
        step[place] = 1e-3
        quotient = (enumerated(weight + step, 1.3) - enumerated(weight - step, 1.3)) / 2e-3
        assert slope[place] == pytest.approx(quotient, abs=1e-4)


def test_span_is_better_known_than_from_free_couplings(glass):
    xi, x, t = glass
    cold = t == t.min()
    weight = latent_network(x[cold], 0.8, 12)
    free = np.linalg.eigh(pseudo_likelihood(x[cold], 0.8, penalty=60 / 5000, steps=1000))[1][:, -12:]
    low, high = (cosines_squared(np.linalg.qr(span)[0], xi.T).mean() for span in (free, weight))
    assert high > low + 0.05 and high > 0.85
    off = ~np.eye(100, dtype=bool)
    assert np.corrcoef((weight @ weight.T)[off], couplings(xi)[off])[0, 1] > 0.8


def test_every_pattern_comes_back_in_every_bit(glass):
    xi, x, t = glass
    weight = decoded_network(x, t, 12, steps=2000)
    assert np.abs(weight) == pytest.approx(0.1)
    assert score(np.sign(weight.T).astype(int), xi).exact == 1


def test_wrong_bits_are_mended_and_right_ones_stay(glass):
    xi, x, t = glass
    wrong = xi.T.astype(float)
    rng = np.random.default_rng(1)
    for site in rng.choice(100, 8, replace=False):
        wrong[site, rng.choice(12, 3, replace=False)] *= -1
    assert np.array_equal(likeliest(*spins(x, t), wrong), xi.T)
    assert np.array_equal(likeliest(*spins(x, t), xi.T), xi.T)


def test_one_temperature_is_enough(glass):
    xi, x, t = glass
    hot = t == t.max()
    weight = latent_network(x[hot], 2.0, 12)
    assert cosines_squared(np.linalg.qr(weight)[0], xi.T).mean() > 0.8


def test_other_than_spins_are_refused():
    with pytest.raises(LatentfieldError, match="samples of spins"):
        latent_network(np.zeros((10, 4)), 1.0, 1)


def test_threads_of_the_caller_are_left_alone():
    before = torch.get_num_threads()
    latent_network(np.random.default_rng(0).choice([-1, 1], (200, 9)), 1.0, 2)
    assert torch.get_num_threads() == before
