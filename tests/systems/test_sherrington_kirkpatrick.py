"""Sherrington-Kirkpatrick: couplings, values against enumeration and expansion, samples against both, and bugs that must show."""

import math
from collections.abc import Iterator

import numpy as np
import pytest
from scipy.special import logsumexp

from latentfield.systems import sherrington_kirkpatrick
from latentfield.systems.base import stream
from latentfield.systems.kernels.heat_bath import local_fields, spin_tiles, spins_of_tiles
from latentfield.systems.kernels.replica_exchange import exchange
from latentfield.systems.sherrington_kirkpatrick import SherringtonKirkpatrick
from latentfield.systems.thermodynamics import integrate_energy

SWEEP = sherrington_kirkpatrick.sweep


def glass(size: int, **fields) -> SherringtonKirkpatrick:
    """64 chains of 50 configurations at 0.4 <= T <= 2 unless told otherwise."""
    grid = {"min": 0.4, "max": 2.0, "count": 8, "spacing": "log"}
    protocol = {"temperatures": grid, "chains": 64, "draws": 50, "burn_in": 200, "spacing": 10} | fields
    return SherringtonKirkpatrick(size=size, **protocol)


def pair_by_pair(system: SherringtonKirkpatrick, x: np.ndarray) -> np.ndarray:
    """Energies of spins (configurations, N)."""
    n, couplings = system.n_sites, system.couplings
    return -sum(couplings[i, j] * x[:, i].astype(float) * x[:, j] for i in range(n) for j in range(i))


def every_state(n: int) -> np.ndarray:
    return (2 * (np.arange(2**n)[:, None] >> np.arange(n) & 1) - 1).astype(np.int8)


def deviations(system: SherringtonKirkpatrick, seed: int = 0) -> Iterator[float]:
    """Distances of the samples' means from the exact ones in blocked standard errors, a block being a chain."""
    grid = system.temperatures.values
    for temperature, block in zip(grid, system.sample_block(grid, stream(seed, system.name, 0)), strict=True):
        exact, found = system.exact(temperature), system.observables(block)
        exact["energy"] /= system.n_sites
        for key, series in found.items():
            means = series.mean(axis=1)
            yield abs(means.mean() - exact[key]) / (means.std(ddof=1) / math.sqrt(len(means)))


def test_couplings_are_symmetric_gaussian_and_follow_their_seed():
    couplings = glass(16).couplings
    above = couplings[np.triu_indices(256, 1)]
    assert np.array_equal(couplings, couplings.T) and not couplings.diagonal().any()
    assert above.mean() == pytest.approx(0, abs=4 / 16 / math.sqrt(len(above)))
    assert 256 * above.var() == pytest.approx(1, abs=4 * math.sqrt(2 / len(above)))
    assert 256**2 * (above**4).mean() == pytest.approx(3, abs=4 * math.sqrt(96 / len(above)))
    assert np.array_equal(glass(16, chains=2).couplings, couplings)
    assert not np.array_equal(glass(16, coupling_seed=1).couplings, couplings)
    np.testing.assert_array_equal(glass(16).extras()["couplings"], couplings)


def test_eigenvalues_fill_the_semicircle():
    """Of full rank: edges at 2J, and fractions of them beyond 0 and J as Wigner has it."""
    values = np.linalg.eigvalsh(glass(32).couplings)
    assert values[-1] == pytest.approx(2, abs=0.05) and values[0] == pytest.approx(-2, abs=0.05)
    assert (values > 0).mean() == pytest.approx(0.5, abs=0.01)
    assert (values > 1).mean() == pytest.approx(1 / 3 - math.sqrt(3) / (4 * math.pi), abs=0.01)


def test_energy_is_the_sum_over_pairs():
    system, x = glass(4), np.random.default_rng(0).choice(np.array([-1, 1], np.int8), (100, 16))
    np.testing.assert_allclose(system.energy(x.reshape(2, 50, 4, 4)).ravel(), pair_by_pair(system, x), atol=1e-12)


def test_the_softest_mode_is_the_one_of_the_largest_eigenvalue():
    system = glass(8)
    vectors = np.linalg.eigh(system.couplings)[1]
    x = np.where(vectors[:, -1] > 0, 1, -1).astype(np.int8).reshape(8, 8)
    found = system.observables(x)
    assert found["softest_mode"] == pytest.approx(np.abs(vectors[:, -1]).sum() / 8)
    assert found["mode_squared_1"] == pytest.approx(found["softest_mode"] ** 2)
    assert found["mode_squared_3"] == pytest.approx((x.ravel() @ vectors[:, -3]) ** 2 / 64)
    np.testing.assert_allclose(system.observables(-x)["softest_mode"], found["softest_mode"])


@pytest.mark.parametrize(("size", "temperature"), [(2, 1.0), (3, 0.3), (4, 0.5), (4, 2.0)])
def test_exact_values_equal_enumeration(size, temperature):
    system = glass(size, coupling_seed=3)
    x = every_state(size**2)
    energy = pair_by_pair(system, x)
    log_z = logsumexp(-energy / temperature)
    p = np.exp(-energy / temperature - log_z)
    exact = system.exact(temperature)
    assert exact["log_z"] == pytest.approx(log_z, abs=1e-10)
    assert exact["energy"] == pytest.approx(p @ energy, abs=1e-10)
    assert exact["entropy"] == pytest.approx(-(p @ np.log(p)), abs=1e-9)
    soft = np.linalg.eigh(system.couplings)[1][:, -1]
    assert exact["softest_mode"] == pytest.approx(p @ np.abs(x @ soft) / size, abs=1e-10)


def test_nothing_is_exact_beyond_sixteen_spins():
    assert glass(5).exact(1.0) == {}
    assert glass(5).unknown.startswith("every state is listed up to 16 spins, got 25")


@pytest.mark.parametrize(("seed", "temperature"), [(0, 0.4), (1, 0.7), (2, 1.5)])
def test_integration_equals_enumeration(seed, temperature):
    system = glass(4, coupling_seed=seed)
    exact = system.exact(temperature)
    found = integrate_energy(system, temperature, np.random.default_rng(seed))
    for name in ("log_z", "energy", "entropy"):
        value, se = getattr(found, name)
        assert abs(value - exact[name]) < 4 * se, name
    assert found.log_z.se < 0.02


@pytest.mark.parametrize("temperature", [1.6, 2.5])
def test_log_z_is_annealed_above_the_transition(temperature):
    """N = 64: N ln 2 + (N - 1) / 4T² up to O(1), and the expansion of these couplings in loops of three and four bonds."""
    system, n = glass(8), 64
    found = system.thermodynamics(temperature, np.random.default_rng(0))
    assert found.log_z.value == pytest.approx(n * math.log(2) + (n - 1) / (4 * temperature**2), abs=0.3)
    bonds = np.tanh(system.couplings / temperature)
    square = bonds**2
    triangles = np.trace(bonds @ bonds @ bonds) / 6
    closed = np.trace(bonds @ bonds @ bonds @ bonds) - 2 * (square.sum(1) ** 2).sum() + (square**2).sum()
    pairs = np.log(np.cosh(system.couplings[np.triu_indices(n, 1)] / temperature)).sum()
    expansion = n * math.log(2) + pairs + triangles + closed / 8
    assert found.log_z.value == pytest.approx(expansion, abs=0.5 / temperature**5 + 4 * found.log_z.se)
    assert found.energy.value == pytest.approx(-n / (2 * temperature), rel=0.1)


def test_packing_is_undone_by_unpacking():
    spins = np.random.default_rng(0).choice(np.array([-1, 1], np.int8), size=(70, 9))
    tiles = spin_tiles(spins)
    assert tiles.shape == (2, 12, 64) and np.array_equal(spins_of_tiles(tiles, 70, 9), spins)
    field, row = np.empty(64, np.float32), np.arange(12, dtype=np.float32)
    local_fields(row, tiles[0], field)
    np.testing.assert_allclose(field, spins[:64] @ row[:9])


def test_the_walk_knows_its_energies():
    system = glass(8, chains=5)
    walk = system.walk(1 / system.temperatures.values, np.random.default_rng(0))
    walk.advance(300)
    np.testing.assert_allclose(walk.energies, system.energy(walk.current.reshape(8, 5, 8, 8)), atol=1e-3)
    assert 0.2 < walk.accepted / (300 * 5 * 3.5) < 1


@pytest.mark.parametrize(("size", "exchanging"), [(2, True), (3, True), (3, False), (4, True)])
def test_samples_follow_the_law(size, exchanging):
    assert max(deviations(glass(size, exchange=exchanging, spacing=40))) < 4.5


def test_only_exchange_leaves_the_valleys():
    """N = 64, T = 0.2: after 40 sweeps by itself a chain is where it was; with exchange nothing is left of that."""
    grid, memory = {"min": 0.2, "max": 1.6, "count": 12, "spacing": "log"}, {}
    for exchanging in (True, False):
        system = glass(8, temperatures=grid, exchange=exchanging, spacing=40, draws=2, chains=400)
        x = system.sample_block(system.temperatures.values, stream(1, system.name, 0))[0]
        memory[exchanging] = np.corrcoef(system.observables(x)["softest_mode"].T)[0, 1]
    assert abs(memory[True]) < 0.2 and memory[False] > 0.8


def missing_coupling(chains, rows, *rest):
    rows = rows.copy()
    i, j = np.unravel_index(np.abs(rows).argmax(), rows.shape)
    rows[i, j] = rows[j, i] = 0
    return SWEEP(chains, rows, *rest)


def one_sided_coupling(chains, rows, *rest):
    rows = rows.copy()
    rows[:, : len(rows)] = np.tril(rows[:, : len(rows)]) * 2
    return SWEEP(chains, rows, *rest)


def halved_field(chains, rows, *rest):
    return SWEEP(chains, rows / np.float32(2), *rest)


def exchange_uphill(chains, rows, beta, sweeps, patience, parity, state):
    for t in range(sweeps):
        SWEEP(chains, rows, beta, 1, patience[:0], parity, state)
        exchange(chains.slot, -chains.energy, beta, (parity + t) % 2, patience[t])
    return 0


def exchange_always(chains, rows, beta, sweeps, patience, *rest):
    return SWEEP(chains, rows, beta, sweeps, np.full_like(patience, np.inf), *rest)


def coupled_lanes(chains, rows, beta, sweeps, patience, parity, state):
    """Every sweep begins with the same random numbers."""
    return sum(SWEEP(chains, rows, beta, 1, patience[t : t + 1], (parity + t) % 2, state.copy()) for t in range(sweeps))


@pytest.mark.slow
@pytest.mark.parametrize(
    "bug", [missing_coupling, one_sided_coupling, halved_field, exchange_uphill, exchange_always, coupled_lanes]
)
def test_planted_bug_is_found(monkeypatch, bug):
    monkeypatch.setattr(sherrington_kirkpatrick, "sweep", bug)
    assert max(deviations(glass(3, draws=20))) > 6
