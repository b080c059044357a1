"""Hopfield blocks: sums over overlaps against every state, and against the models that few patterns amount to."""

import numpy as np
import pytest

from latentfield.errors import LatentfieldError
from latentfield.information.curie_weiss_blocks import block_entropy as curie_weiss_entropy
from latentfield.information.hopfield_blocks import block_entropy, cut_information
from latentfield.systems.hopfield import Hopfield
from tests.information.every_state import boltzmann, checkerboard, couplings_energy, entropy, halves, information


def patterns(n: int, count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).choice(np.array([-1, 1], np.int8), size=(count, n))


@pytest.mark.parametrize(("n", "count"), [(4, 1), (9, 1), (9, 2), (9, 3), (16, 1), (16, 2), (16, 3)])
@pytest.mark.parametrize("temperature", [0.1, 0.4, 1.0, 2.5, 100.0])
def test_every_cut_equals_enumeration(n, count, temperature):
    xi = patterns(n, count, seed=n + count)
    p = boltzmann(couplings_energy(xi), temperature)
    cuts = [halves(n, n // 2), checkerboard(int(np.sqrt(n))), halves(n, 1)]
    for part, rest in cuts:
        assert cut_information(xi, temperature, part) == pytest.approx(information(p, part, rest), abs=1e-9)
    random = np.random.default_rng(3).random(n) < 0.4
    assert block_entropy(xi, temperature, random) == pytest.approx(entropy(p, random), abs=1e-9)
    assert block_entropy(xi, temperature, np.ones(n, bool)) == pytest.approx(entropy(p, np.ones(n, bool)), abs=1e-9)


def test_four_patterns_equal_enumeration():
    xi, (part, rest) = patterns(9, 4), halves(9, 4)
    truth = information(boltzmann(couplings_energy(xi), 1.5), part, rest)
    assert cut_information(xi, 1.5, part) == pytest.approx(truth, abs=1e-9)


def test_the_whole_of_a_network_of_five_patterns_equals_enumeration():
    xi, whole = patterns(4, 5), np.ones(4, bool)
    truth = entropy(boltzmann(couplings_energy(xi), 8.0), whole)
    assert block_entropy(xi, 8.0, whole) == pytest.approx(truth, abs=1e-9)


@pytest.mark.parametrize("temperature", [0.4, 1.0, 2.0])
def test_two_patterns_are_two_curie_weiss_models(temperature):
    """sum_mu M_mu^2 = 2 (c_1^2 + c_2^2), c the magnetisations of the sites where the patterns agree and where they do not."""
    xi, block = patterns(400, 2, seed=5), np.arange(400) < 150
    expected = 0.0
    for agree in (True, False):
        kind = (xi[0] == xi[1]) == agree
        expected += curie_weiss_entropy(kind.sum(), temperature * 200 / kind.sum(), (kind & block).sum())
    assert block_entropy(xi, temperature, block) == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("temperature", [0.4, 1.0, 1.6])
def test_whole_network_has_the_entropy_of_the_quadrature(temperature):
    system = Hopfield(
        size=8, patterns=3, temperatures={"min": 1, "max": 2, "count": 2}, chains=2, draws=1, burn_in=0, spacing=1
    )
    found = block_entropy(system.xi, temperature, np.ones(64, bool))
    assert found == pytest.approx(system.exact(temperature)["entropy"], abs=1e-8)


def test_halves_of_256_spins_share_more_for_more_patterns_at_criticality():
    found = [cut_information(patterns(256, count, seed=1), 1.0, np.arange(256) < 128) for count in (1, 2, 3)]
    assert found[0] == pytest.approx(0.8264, abs=5e-5)
    assert found[0] < found[1] < found[2] < 3.2 * found[0]


@pytest.mark.parametrize(
    ("n", "count", "block", "message"),
    [(256, 5, 128, "5 patterns"), (1024, 3, 512, "3 patterns"), (9, 2, 0, "9 spins"), (9, 2, 9, "9 spins")],
)
def test_sums_that_are_too_large_are_refused(n, count, block, message):
    with pytest.raises(LatentfieldError, match=message):
        cut_information(patterns(n, count), 1.0, np.arange(n) < block)
