"""Pseudo-likelihood: exact couplings from exact probabilities, estimates from samples, patterns from couplings."""

import numpy as np
import pytest

from latentfield.decoding.patterns.recovery import from_couplings
from latentfield.decoding.patterns.scoring import couplings, score
from latentfield.errors import LatentfieldError
from latentfield.words.inverse_ising import pseudo_likelihood
from tests.decoding.patterns.planted import network, samples


def drawn(matrix: np.ndarray, temperature: float, n: int, seed: int) -> np.ndarray:
    """n independent exact draws of exp(s·J s / 2T) by enumeration."""
    states = 2 * (np.arange(2 ** len(matrix))[:, None] >> np.arange(len(matrix)) & 1) - 1
    log_p = np.einsum("si,ij,sj->s", states, matrix, states) / (2 * temperature)
    p = np.exp(log_p - log_p.max())
    return states[np.random.default_rng(seed).choice(len(states), n, p=p / p.sum())]


def small_glass(seed: int = 0) -> np.ndarray:
    matrix = np.triu(np.random.default_rng(seed).normal(0, 0.4, (8, 8)), 1)
    return matrix + matrix.T


def test_couplings_of_an_enumerable_network_return():
    truth, errors = small_glass(), []
    for n in (10_000, 160_000):
        found = pseudo_likelihood(drawn(truth, 1.3, n, 1), 1.3, penalty=0)
        assert np.array_equal(found, found.T) and not np.diag(found).any()
        errors.append(np.sqrt(np.mean((found - truth) ** 2)))
    assert errors[1] < 0.01
    assert 2.5 < errors[0] / errors[1] < 6.5


def test_temperatures_may_be_mixed():
    truth = small_glass()
    x = np.concatenate([drawn(truth, t, 60_000, 2) for t in (0.8, 2.0)])
    found = pseudo_likelihood(x, np.repeat([0.8, 2.0], 60_000), penalty=0)
    assert found == pytest.approx(truth, abs=0.03)
    assert np.abs(pseudo_likelihood(x, 1.4, penalty=0) - truth).max() > 0.1


def test_the_penalty_shrinks():
    x = drawn(small_glass(), 1.0, 5_000, 3)
    free, bound = (np.linalg.norm(pseudo_likelihood(x, 1.0, penalty)) for penalty in (1e-4, 1.0))
    assert bound < free / 2


def test_the_gradient_vanishes_and_cold_samples_take_few_steps():
    """Of samples of two valleys, whose sites move together; the gradient from the formula of P(s_i | s)."""
    system = network(8, 3, temperatures={"min": 0.6, "max": 0.8, "count": 2})
    x = samples(system).reshape(-1, 64)
    t = np.repeat(system.temperatures.values, len(x) // 2)
    found = pseudo_likelihood(x, t, penalty=0.01, steps=60, tolerance=1e-4)
    rest = 2 / t[:, None] * x / (1 + np.exp(2 / t[:, None] * x * (x @ found)))
    slope = -(x.T @ rest + rest.T @ x) / len(x) + 2 * 0.01 * found
    assert np.abs(slope[~np.eye(64, dtype=bool)]).max() < 2e-4


def test_patterns_of_a_hopfield_network_come_from_its_couplings():
    system = network(10, 3, temperatures={"min": 1.5, "max": 2.0, "count": 2})
    x = samples(system).reshape(-1, 100)
    t = np.repeat(system.temperatures.values, len(x) // 2)
    assert score(from_couplings(x, t, 3).patterns, system.xi).exact == 1
    fitted, truth = pseudo_likelihood(x, t), couplings(system.xi)
    off = ~np.eye(100, dtype=bool)
    assert np.corrcoef(fitted[off], truth[off])[0, 1] > 0.6


def test_too_few_steps_are_an_error():
    with pytest.raises(LatentfieldError, match="stopped after 1 steps"):
        pseudo_likelihood(drawn(small_glass(), 1.0, 1_000, 0), 1.0, steps=1)


def test_other_than_spins_are_refused():
    with pytest.raises(LatentfieldError, match="samples of spins"):
        pseudo_likelihood(np.zeros((10, 4)), 1.0)
