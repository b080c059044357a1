"""The cut of a network of many patterns from samples: against the sum over all states, and against the exact sum over overlaps."""

import numpy as np
import pytest
from scipy.special import logsumexp

from latentfield.errors import LatentfieldError
from latentfield.information.hopfield_blocks import cut_information
from latentfield.information.hopfield_samples import sampled_cut_information
from latentfield.statistics.estimate import Estimate
from latentfield.systems.base import stream
from latentfield.systems.hopfield import Hopfield
from tests.information.every_state import boltzmann, couplings_energy, halves, information, states


def network(size: int, patterns: int, temperature: float, chains: int = 100) -> Hopfield:
    grid = {"min": temperature, "max": 2 * temperature, "count": 6, "spacing": "log"}
    protocol = {"chains": chains, "draws": 4, "burn_in": 300, "spacing": 30}
    return Hopfield(size=size, patterns=patterns, temperatures=grid, **protocol)


@pytest.mark.parametrize(("patterns", "temperature"), [(1, 0.7), (5, 0.9), (7, 1.5)])
def test_every_state_of_nine_spins(patterns, temperature):
    """Beside the exact ln P(s) - ln P(s_A) - ln P(s_B) of the very states that were drawn only the integrals may err.

    So few spins have several peaks: over seeds the error is 0.006 ± 0.003, where a wrong term is worth tenths of a nat.
    """
    system = network(3, patterns, temperature)
    energy = couplings_energy(system.xi)
    p = boltzmann(energy, temperature)
    first, second = halves(9, 4)
    ratio = p / (p.sum((4, 5, 6, 7, 8), keepdims=True) * p.sum((0, 1, 2, 3), keepdims=True))
    drawn = np.random.default_rng(1).choice(512, size=(100, 4), p=p.ravel())
    log_z = Estimate(float(logsumexp(-energy / temperature)), 0.0)
    x = states(9)[drawn].reshape(100, 4, 3, 3)
    found = sampled_cut_information(system, temperature, x, first, log_z, np.random.default_rng(2), draws=8000)
    assert found.value == pytest.approx(np.log(ratio).ravel()[drawn].mean(), abs=0.02)
    assert abs(found.value - information(p, first, second)) < 4 * found.se < 0.4


def test_three_patterns_in_256_spins_against_the_exact_sum():
    system, temperature = network(16, 3, 0.95), 0.95
    x = system.sample_block(system.temperatures.values, stream(0, "cut", 0))[0]
    half = np.arange(256) < 128
    log_z = Estimate(system.exact(temperature)["log_z"], 0.0)
    found = sampled_cut_information(system, temperature, x, half, log_z, np.random.default_rng(0), draws=100)
    assert abs(found.value - cut_information(system.xi, temperature, half)) < 3.5 * found.se < 0.3


def test_errors_of_ln_z_are_passed_on():
    system = network(3, 5, 1.0)
    x = states(9)[::8].reshape(16, 4, 3, 3)
    first, _ = halves(9, 4)
    exact, vague = (
        sampled_cut_information(system, 1.0, x, first, Estimate(7.0, se), np.random.default_rng(0)) for se in (0.0, 2.0)
    )
    assert exact.value == vague.value and vague.se > 2.0 > exact.se


def test_a_cut_has_two_sides():
    with pytest.raises(LatentfieldError, match="sites on both sides; got 9 of 9"):
        sampled_cut_information(
            network(3, 5, 1.0), 1.0, np.ones((2, 1, 3, 3)), np.ones(9), Estimate(0, 0), np.random.default_rng(0)
        )
