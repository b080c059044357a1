"""Hopfield: quadrature against enumeration, samples against quadrature, and bugs that samples must show."""

import functools
import math
from collections.abc import Iterator

import numpy as np
import pytest
from scipy.special import logsumexp

from latentfield.systems import hopfield
from latentfield.systems.base import stream
from latentfield.systems.hopfield import Hopfield
from latentfield.systems.kernels.block_gibbs import pack_spins, unpack_spins
from latentfield.systems.kernels.replica_exchange import exchange

SWEEP = hopfield.sweep


def network(size: int, patterns: int, **fields) -> Hopfield:
    """Hopfield network; 64 chains of 50 configurations at 0.4 <= T <= 2 unless told otherwise."""
    grid = {"min": 0.4, "max": 2.0, "count": 12, "spacing": "log"}
    protocol = {"temperatures": grid, "chains": 64, "draws": 50, "burn_in": 500, "spacing": 20} | fields
    return Hopfield(size=size, patterns=patterns, **protocol)


@functools.cache
def states(n: int) -> np.ndarray:
    """All 2^n spin configurations, (2^n, n)."""
    return (2 * (np.arange(2**n)[:, None] >> np.arange(n) & 1) - 1).astype(np.int8)


def enumerated_means(system: Hopfield, temperature: float) -> dict[str, float]:
    """What `exact` says, by listing every state and every pair of spins."""
    xi, s = system.xi.astype(float), states(system.n_sites).astype(float)
    couplings = xi.T @ xi / system.n_sites
    energy = -np.einsum("si,si->s", s @ couplings, s) / 2
    log_z = logsumexp(-energy / temperature)
    p = np.exp(-energy / temperature - log_z)
    squared = p @ (s @ xi.T / system.n_sites) ** 2
    means = {"log_z": log_z, "energy": p @ energy, "entropy": -p @ np.log(p)}
    return means | {f"overlap_squared_{mu + 1}": value for mu, value in enumerate(squared)}


def deviations(system: Hopfield, seed: int = 0) -> Iterator[float]:
    """Distances of the samples' means from the exact ones in blocked standard errors, a block being a chain."""
    grid = system.temperatures.values
    x = system.sample_block(grid, stream(seed, "hopfield", 0))
    for temperature, block in zip(grid, x, strict=True):
        exact, found = system.exact(temperature), system.observables(block)
        exact["energy"] /= system.n_sites
        for key in exact.keys() & found.keys():
            means = found[key].mean(axis=1)
            yield abs(means.mean() - exact[key]) / (means.std(ddof=1) / math.sqrt(len(means)))


@pytest.mark.parametrize(("size", "patterns"), [(3, 1), (3, 2), (3, 3), (3, 4), (4, 1), (4, 2), (4, 3)])
@pytest.mark.parametrize("temperature", [0.3, 0.8, 2.5])
def test_quadrature_equals_enumeration(size, patterns, temperature):
    system = network(size, patterns, pattern_seed=size + patterns)
    exact, truth = system.exact(temperature), enumerated_means(system, temperature)
    assert exact.keys() == truth.keys()
    for key in truth:
        assert exact[key] == pytest.approx(truth[key], abs=1e-9)


@pytest.mark.parametrize("temperature", [0.4, 1.0])
def test_energy_is_the_derivative_of_log_z_at_256_sites(temperature):
    system, step = network(16, 4), 1e-4
    above, below = (system.exact(1 / (1 / temperature + sign * step))["log_z"] for sign in (1, -1))
    assert system.exact(temperature)["energy"] == pytest.approx(-(above - below) / (2 * step), abs=1e-4)


def test_one_pattern_is_the_curie_weiss_model():
    system, m = network(5, 1), np.arange(-25, 26, 2) / 25
    log_weight = [math.log(math.comb(25, up)) + 25 * m[up] ** 2 / 2 / 0.9 for up in range(26)]
    assert system.exact(0.9)["log_z"] == pytest.approx(logsumexp(log_weight), abs=1e-10)


def test_nothing_is_known_for_five_patterns():
    assert network(4, 5).exact(1.0) == {}


def test_observables_of_known_configurations():
    system = network(8, 3)
    x = np.stack([system.xi[1], -system.xi[1]]).reshape(2, 8, 8)
    found, overlaps = system.observables(x), system.xi.astype(int) @ system.xi[1] / 64
    np.testing.assert_allclose(found["max_overlap"], 1)
    np.testing.assert_allclose(found["overlap_squared_2"], 1)
    np.testing.assert_allclose(found["overlap_squared_3"], overlaps[2] ** 2)
    np.testing.assert_allclose(found["energy"], -np.sum(overlaps**2) / 2)


def test_patterns_are_fair_and_follow_their_seed():
    first, again, other = (network(32, 16, pattern_seed=seed).extras()["patterns"] for seed in (1, 1, 2))
    assert first.shape == (16, 1024) and first.dtype == np.int8 and set(np.unique(first)) == {-1, 1}
    assert np.array_equal(first, again) and not np.array_equal(first, other)
    assert abs(first.mean()) < 4 / 128
    assert np.abs(np.corrcoef(first)[np.triu_indices(16, 1)]).max() < 5 / 32


def test_more_patterns_than_spins_are_refused():
    with pytest.raises(ValueError, match="patterns must be at most N = size² = 9, got 10"):
        network(3, 10)


@pytest.mark.parametrize("n", [9, 64, 100, 256])
def test_packing_is_undone_by_unpacking(n):
    spins = np.random.default_rng(0).choice(np.array([-1, 1], np.int8), size=(3, n))
    assert np.array_equal(unpack_spins(pack_spins(spins), n), spins)


@pytest.mark.parametrize(("size", "patterns", "exchanging"), [(3, 3, 1), (3, 3, 0), (10, 2, 1), (16, 4, 1)])
def test_samples_follow_the_law(size, patterns, exchanging):
    assert max(deviations(network(size, patterns, exchange=exchanging, spacing=40))) < 4


@pytest.mark.parametrize("patterns", [5, 8])
def test_samples_follow_the_law_beyond_four_patterns(patterns):
    system = network(3, patterns)
    x = system.sample_block(system.temperatures.values, stream(2, "hopfield", 0))
    for temperature, block in zip(system.temperatures.values, x, strict=True):
        means = system.energy(block).mean(axis=1)
        truth = enumerated_means(system, temperature)["energy"]
        assert abs(means.mean() - truth) < 4 * means.std(ddof=1) / 8


def test_only_exchange_gives_the_patterns_their_weights():
    """N = 256, P = 4, T = 0.4, random starts: the exact weights favour pattern 1; block Gibbs alone keeps all alike."""
    protocol = {"chains": 200, "draws": 4, "burn_in": 1_500, "spacing": 150}
    distance = {}
    for exchanging in (True, False):
        system = network(16, 4, exchange=exchanging, **protocol)
        grid = system.temperatures.values
        found = system.observables(system.sample_block(grid, stream(4, "hopfield", 0))[0])["overlap_squared_1"].mean(1)
        error = found.std(ddof=1) / math.sqrt(len(found))
        distance[exchanging] = abs(found.mean() - system.exact(grid[0])["overlap_squared_1"]) / error
    assert distance[True] < 4
    assert distance[False] > 6


def wider_noise(chains, network, beta, noise, *rest):
    return SWEEP(chains, network, beta, noise * np.float32(math.sqrt(2)), *rest)


def halved_field(chains, network, *rest):
    return SWEEP(chains, network._replace(tiles=network.tiles / np.float32(2)), *rest)


def exchange_uphill(chains, network, beta, noise, patience, parity, state):
    for t in range(len(noise)):
        SWEEP(chains, network, beta, noise[t : t + 1], patience[:0], parity, state)
        energy = -np.sum(chains.agreement**2, axis=1) / (2 * network.n_sites)
        exchange(chains.slot, -energy, beta, (parity + t) % 2, patience[t])
    return 0


def exchange_always(chains, network, beta, noise, patience, *rest):
    return SWEEP(chains, network, beta, noise, np.full_like(patience, np.inf), *rest)


@pytest.mark.slow
@pytest.mark.parametrize("bug", [wider_noise, halved_field, exchange_uphill, exchange_always])
def test_planted_bug_is_found(monkeypatch, bug):
    monkeypatch.setattr(hopfield, "sweep", bug)
    assert max(deviations(network(3, 3, draws=20))) > 6
