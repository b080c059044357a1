"""Curie-Weiss: sums over M against every state, and draws against the law of M and of the sites given M."""

import math

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import chi2

from latentfield.systems.base import stream
from latentfield.systems.curie_weiss import CurieWeiss, _place

TEMPERATURES = (0.3, 0.8, 1.0, 1.2, 3.0, 100.0)


def model(size: int, chains: int = 1000) -> CurieWeiss:
    return CurieWeiss(size=size, temperatures={"min": 0.5, "max": 1.5, "count": 3}, chains=chains)


def draw(size: int, temperature: float, chains: int, unit: int = 0) -> np.ndarray:
    """Independent configurations, (chains, N)."""
    block = model(size, chains).sample_block(np.array([temperature]), stream(11, "curie_weiss", unit))
    return block.reshape(chains, size**2)


def p_value(observed: np.ndarray, expected: np.ndarray) -> float:
    """Chi-square p-value; expected counts below 10 are put together in one cell."""
    rare = expected < 10
    observed, expected = (np.append(v[~rare], v[rare].sum()) for v in (observed, expected))
    observed, expected = observed[expected > 0], expected[expected > 0]
    return float(chi2.sf(((observed - expected) ** 2 / expected).sum(), len(expected) - 1))


@pytest.mark.parametrize("size", [2, 3, 4])
@pytest.mark.parametrize("temperature", TEMPERATURES)
def test_exact_values_equal_enumeration(size, temperature):
    """H is summed here over all pairs of spins, self-pairs included, and not through M."""
    n = size**2
    states = (2 * (np.arange(2**n)[:, None] >> np.arange(n) & 1) - 1).astype(float)
    energy = -np.einsum("si,sj->s", states, states) / (2 * n)
    log_z = logsumexp(-energy / temperature)
    log_p = -energy / temperature - log_z
    p, m = np.exp(log_p), states.mean(1)
    exact = model(size).exact(temperature)
    mode = np.abs(states.reshape(-1, size, size).sum(1) @ np.exp(2j * np.pi * np.arange(size) / size)) ** 2
    ratio = (p @ states.sum(1) ** 2) / (p @ mode)
    truth = {
        "log_z": log_z,
        "energy": p @ energy,
        "specific_heat": p @ (energy - p @ energy) ** 2 / temperature**2,
        "entropy": -(p @ log_p),
        "total_correlation": n * math.log(2) + p @ log_p,
        "abs_m": p @ np.abs(m),
        "m2": p @ m**2,
        "susceptibility": n / temperature * (p @ m**2 - (p @ np.abs(m)) ** 2),
        "binder": 1 - (p @ m**4) / (3 * (p @ m**2) ** 2),
        "correlation_length": math.sqrt(ratio - 1) / (2 * math.sin(math.pi / size)),
    }
    assert exact.keys() == truth.keys()
    for name, value in truth.items():
        assert exact[name] == pytest.approx(value, abs=1e-9, rel=1e-9), name
    np.testing.assert_allclose(model(size).energy(states.reshape(-1, size, size)), energy, atol=1e-12)


@pytest.mark.parametrize("size", [4, 16, 64])
def test_limits_of_the_entropy(size):
    """N ln 2 at infinite temperature; ln 2, the sign alone, at zero."""
    assert model(size).exact(1e9)["entropy"] == pytest.approx(size**2 * math.log(2), rel=1e-9)
    assert model(size).exact(0.05)["entropy"] == pytest.approx(math.log(2), abs=1e-6)


@pytest.mark.parametrize("temperature", [0.5, 0.9, 1.0, 1.3])
def test_energy_is_the_derivative_of_log_z(temperature):
    beta, step = 1 / temperature, 1e-5
    above, below = (model(16).exact(1 / (beta + sign * step))["log_z"] for sign in (1, -1))
    assert model(16).exact(temperature)["energy"] == pytest.approx(-(above - below) / (2 * step), abs=1e-6)


def test_magnetisation_far_from_the_critical_temperature():
    """Below T_c, m = tanh(m / T) up to O(1 / N); above it, the susceptibility of m itself is 1 / (T - 1)."""
    m = 0.9
    for _ in range(200):
        m = math.tanh(m / 0.6)
    assert model(64).exact(0.6)["abs_m"] == pytest.approx(m, abs=1e-3)
    assert 4096 * model(64).exact(2.0)["m2"] == pytest.approx(2.0, rel=2e-3)


def test_binder_cumulant_at_the_critical_temperature():
    """At T_c, P(m) ∝ exp(-N m^4 / 12) as N grows, whose cumulant is 1 - Gamma(5/4) Gamma(1/4) / (3 Gamma(3/4)^2) = 0.2705."""
    ratio = math.gamma(1.25) * math.gamma(0.25) / math.gamma(0.75) ** 2
    limit = 1 - ratio / 3
    found = [model(size).exact(1.0)["binder"] for size in (32, 64, 128)]
    assert found[0] > found[1] > found[2] > limit
    assert found[2] == pytest.approx(limit, abs=3e-3)


@pytest.mark.parametrize("size", [3, 4])
@pytest.mark.parametrize("temperature", [0.7, 1.0, 2.0])
def test_magnetisation_of_the_draws_follows_its_law(size, temperature):
    """Odd N has no M = 0; an index off by one in the table would show at once."""
    chains = 200_000
    up = (draw(size, temperature, chains) > 0).sum(1)
    _, log_p, _ = model(size).magnetisation_law(temperature)
    observed = np.bincount(up, minlength=size**2 + 1)
    assert 1e-4 < p_value(observed, chains * np.exp(log_p)) < 1 - 1e-4


@pytest.mark.parametrize("temperature", [0.6, 1.0, 1.4])
def test_means_of_a_larger_model(temperature):
    """N = 256, each mean within four standard errors of the sum over M."""
    chains = 40_000
    found = model(16).observables(draw(16, temperature, chains, unit=1).reshape(chains, 16, 16))
    exact = model(16).exact(temperature)
    for name, truth in (("energy", exact["energy"] / 256), ("abs_m", exact["abs_m"])):
        assert abs(found[name].mean() - truth) < 4 * found[name].std() / math.sqrt(chains), name
    m2 = found["abs_m"] ** 2
    assert abs(m2.mean() - exact["m2"]) < 4 * m2.std() / math.sqrt(chains)


@pytest.mark.parametrize("size", [3, 4, 5, 16])
@pytest.mark.parametrize("fraction", [0.0, 0.02, 0.25, 0.45, 0.5, 0.7, 0.98, 1.0])
def test_the_count_of_up_spins_is_exact(size, fraction):
    n = size**2
    up = np.full(500, round(fraction * n))
    x = np.zeros((500, n), np.int8)
    _place(x, up, np.uint64(12345))
    assert np.isin(x, (-1, 1)).all()
    np.testing.assert_array_equal((x > 0).sum(1), up)


@pytest.mark.parametrize(("n", "up"), [*((16, up) for up in range(1, 16)), (9, 4), (25, 3), (25, 12), (25, 22)])
def test_given_the_count_every_pair_of_sites_is_equally_likely(n, up):
    """Site and pair frequencies at every starting probability the placement knows, and where N is no multiple of 8.

    Coins that are correlated within a byte, or a site drawn with a bias, change pairs first.
    """
    rows = 100_000
    x = np.zeros((rows, n), np.int8)
    _place(x, np.full(rows, up), np.uint64(2**40 + n + up))
    ones = (x > 0).astype(np.float32)
    pairs = (ones.T @ ones).astype(float)
    p1, p2 = up / n, up * (up - 1) / (n * (n - 1))
    i, j = np.triu_indices(n, 1)
    # Given the count the site frequencies have covariance p(1-p) (I - J/n) n/(n-1): chi-square with n - 1 degrees.
    sites = (np.diag(pairs) - rows * p1) ** 2 / (rows * p1 * (1 - p1)) * (n - 1) / n
    assert 1e-4 < chi2.sf(sites.sum(), n - 1) < 1 - 1e-4
    worst = np.abs(pairs[i, j] - rows * p2).max()
    assert worst < 5 * math.sqrt(rows * max(p2 * (1 - p2), 1e-9)) + 1e-9


def test_given_the_count_every_arrangement_is_equally_likely():
    """All 126 arrangements of 4 up spins on 9 sites, and all 9 of a single one."""
    for up in (1, 4, 5):
        x = np.zeros((100_000, 9), np.int8)
        _place(x, np.full(len(x), up), np.uint64(77 + up))
        seen = np.bincount((x > 0) @ (1 << np.arange(9)), minlength=512)
        seen = seen[seen > 0]
        assert len(seen) == math.comb(9, up)
        assert 1e-4 < p_value(seen, np.full(len(seen), 100_000 / len(seen))) < 1 - 1e-4


def test_rows_are_independent():
    """No site of a row is correlated with any of the next row: 256 products, all within 5 standard errors of 0."""
    x = draw(4, 50.0, 100_000, unit=3).astype(np.float64)
    correlation = (x[:-1].T @ x[1:]) / (len(x) - 1)
    assert np.abs(correlation).max() < 5 / math.sqrt(len(x))


def test_both_signs_are_equally_likely():
    sign = np.sign(draw(4, 0.5, 40_000).sum(1))
    assert abs(sign.mean()) < 4 / math.sqrt(40_000)


@pytest.mark.parametrize("fields", [{"size": 1}, {"draws": 2}, {"chains": 0}])
def test_impossible_fields_are_refused(fields):
    with pytest.raises(ValueError, match=next(iter(fields))):
        CurieWeiss(**{"size": 4, "temperatures": {"min": 0.5, "max": 1.5, "count": 3}, "chains": 5} | fields)
