"""Curie-Weiss blocks: sums over the field against every state, direct sums over counts, and known values."""

import math
import time

import numpy as np
import pytest
from scipy.special import gammaln, logsumexp

from latentfield.errors import LatentfieldError
from latentfield.information.curie_weiss_blocks import block_entropy, block_information, log_binomial, total_correlation
from latentfield.systems.curie_weiss import CurieWeiss
from tests.information.every_state import boltzmann, couplings_energy, entropy, halves, information

TEMPERATURES = (0.05, 0.3, 0.8, 1.0, 1.2, 3.0, 1e3)


def by_counts(n: int, temperature: float, first: int) -> float:
    """I between the first spins and the others as that of their numbers of up spins, a double sum in logarithms."""
    j, k = np.arange(first + 1)[:, None], np.arange(n - first + 1)
    log_p = (2 * (j + k) - n) ** 2 / (2 * n * temperature)
    log_p = log_p - gammaln(j + 1) - gammaln(first - j + 1) - gammaln(k + 1) - gammaln(n - first - k + 1)
    log_p = log_p - logsumexp(log_p)
    independent = logsumexp(log_p, 1, keepdims=True) + logsumexp(log_p, 0, keepdims=True)
    return float((np.exp(log_p) * (log_p - independent)).sum())


@pytest.mark.parametrize("n", [2, 5, 9, 16])
@pytest.mark.parametrize("temperature", TEMPERATURES)
def test_every_block_equals_enumeration(n, temperature):
    p = boltzmann(couplings_energy(np.ones((1, n))), temperature)
    for first in {1, n // 2, n - 1}:
        cut = halves(n, first)
        assert block_entropy(n, temperature, first) == pytest.approx(entropy(p, cut[0]), abs=1e-9)
        truth = information(p, *cut)
        assert block_information(n, temperature, (first, n - first)) == pytest.approx(truth, abs=1e-9)
    assert total_correlation(n, temperature) == pytest.approx(information(p, *np.eye(n, dtype=bool)), abs=1e-9)


def test_blocks_need_not_cover_everything_nor_be_two():
    p = boltzmann(couplings_energy(np.ones((1, 9))), 0.9)
    parts = [np.isin(np.arange(9), part) for part in ([0, 1], [2, 3, 4], [7])]
    assert block_information(9, 0.9, (2, 3, 1)) == pytest.approx(information(p, *parts), abs=1e-10)


@pytest.mark.parametrize(("n", "value"), [(256, 0.8264), (1024, 1.1320)])
def test_known_halves_at_criticality(n, value):
    assert block_information(n, 1.0, (n // 2, n // 2)) == pytest.approx(value, abs=5e-5)


@pytest.mark.parametrize(("temperature", "value"), [(2.0, 0.1506), (1.2, 1.3944), (1.0, 7.536)])
def test_known_total_correlation(temperature, value):
    assert total_correlation(256, temperature) == pytest.approx(value, abs=5e-4 if value > 5 else 5e-5)


@pytest.mark.parametrize("temperature", TEMPERATURES)
@pytest.mark.parametrize(("n", "first"), [(256, 128), (1000, 100), (2001, 1900)])
def test_blocks_equal_double_sums(n, first, temperature):
    found = block_information(n, temperature, (first, n - first))
    assert found == pytest.approx(by_counts(n, temperature, first), abs=1e-8)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_whole_system_has_the_entropy_of_its_sum(temperature):
    system = CurieWeiss(size=32, temperatures={"min": 1, "max": 2, "count": 2}, chains=2)
    assert block_entropy(1024, temperature, 1024) == pytest.approx(system.exact(temperature)["entropy"], abs=1e-8)


def test_a_million_spins():
    """Above T_c the two halves of m are Gaussian, with correlation (1/2) / (T - 1/2), up to O(1/N); and it takes a moment."""
    n, half = 10**6, 5 * 10**5
    start = time.perf_counter()
    found = [block_information(n, temperature, (half, half)) for temperature in (0.5, 1.0, 2.0)]
    assert time.perf_counter() - start < 15
    correlation = 0.5 / 1.5
    assert found[2] == pytest.approx(-math.log(1 - correlation**2) / 2, abs=1e-6)
    smaller = block_information(n // 16, 1.0, (half // 16, half // 16))
    assert found[1] - smaller == pytest.approx(math.log(16) / 4, abs=1e-2)


def test_log_binomial_is_exact_where_factorials_are():
    for n in (1, 2, 10, 40):
        truth = [math.log(math.comb(n, k)) for k in range(n + 1)]
        np.testing.assert_allclose(log_binomial(n), truth, atol=1e-12)
    assert log_binomial(10**6)[3] == pytest.approx(math.log(math.comb(10**6, 3)), abs=1e-9)
    assert log_binomial(10**4)[5000] == pytest.approx(math.log(math.comb(10**4, 5000)), abs=1e-10)


@pytest.mark.parametrize("sizes", [(3, 7), (0, 4), (5,)])
def test_impossible_blocks_are_refused(sizes):
    with pytest.raises(LatentfieldError, match="9 spins"):
        block_information(9, 1.0, sizes)
