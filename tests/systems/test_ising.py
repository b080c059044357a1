"""Ising: exact sums against enumeration, samples against exact sums, and bugs that the second comparison must find."""

import functools
import math
from collections.abc import Iterator

import numpy as np
import pytest
from scipy.special import logsumexp

from latentfield.systems import ising
from latentfield.systems.base import stream
from latentfield.systems.ising import CRITICAL_TEMPERATURE, Ising
from latentfield.systems.kernels.wolff import bond_threshold
from tests.systems.planted import BUGS, chain_with

TEMPERATURES = (1.8, 2.269, 2.5, 3.5)


def lattice(size: int, **fields) -> Ising:
    """An L x L lattice; 128 chains of 50 configurations unless told otherwise."""
    protocol = {"chains": 128, "draws": 50, "burn_in": 20, "spacing": 2} | fields
    return Ising(size=size, temperatures={"min": 1.5, "max": 3.5, "count": 3}, **protocol)


@functools.cache
def enumerated(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Energy and |m| of all 2^N states, bond by bond."""
    states = (2 * (np.arange(2 ** (size * size))[:, None] >> np.arange(size * size) & 1) - 1).astype(np.int8)
    energy = np.zeros(len(states))
    for site in range(size * size):
        row, column = divmod(site, size)
        for other in (row * size + (column + 1) % size, (row + 1) % size * size + column):
            energy -= states[:, site] * states[:, other]
    return energy, np.abs(states.mean(axis=1))


def enumerated_means(size: int, temperature: float) -> dict[str, float]:
    """ln Z, mean total energy and mean |m| by listing every state."""
    energy, abs_m = enumerated(size)
    log_z = logsumexp(-energy / temperature)
    p = np.exp(-energy / temperature - log_z)
    spread = p @ (energy - p @ energy) ** 2
    return {"log_z": log_z, "energy": p @ energy, "abs_m": p @ abs_m, "specific_heat": spread / temperature**2}


def deviation(system: Ising, temperature: float, truth: dict[str, float], key: str) -> float:
    """|mean - truth| in blocked standard errors, a block being a chain; "energy" is the total."""
    block = system.sample_block(np.array([temperature]), stream(7, "ising", 0))[0]
    found = system.energy(block) if key == "energy" else system.observables(block)[key]
    means = found.mean(axis=1)
    return abs(means.mean() - truth[key]) / (means.std(ddof=1) / math.sqrt(len(means)))


def deviations() -> Iterator[float]:
    """Deviations of the samples from the law, in standard errors.

    First the energy of a single configuration of a larger lattice soon after the start, against a start that takes long
    to forget; then energy and |m| at L = 4 against every state, and the energy at L = 16 and 15 against Kaufman.
    """
    yield deviation(lattice(64, draws=1), 1.8, lattice(64).exact(1.8), "energy")
    for t in TEMPERATURES:
        truth = enumerated_means(4, t)
        yield from (deviation(lattice(4), t, truth, key) for key in ("energy", "abs_m"))
        yield from (deviation(system, t, system.exact(t), "energy") for system in (lattice(16), lattice(15)))


@pytest.mark.parametrize("size", [2, 3, 4])
@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0, CRITICAL_TEMPERATURE, 2.5, 5.0, 100.0])
def test_kaufman_equals_enumeration(size, temperature):
    truth, exact = enumerated_means(size, temperature), lattice(size).exact(temperature)
    assert exact["log_z"] == pytest.approx(truth["log_z"], abs=1e-10)
    assert exact["energy"] == pytest.approx(truth["energy"], abs=1e-10)
    assert exact["entropy"] == pytest.approx(truth["log_z"] + truth["energy"] / temperature, abs=1e-10)
    assert exact["specific_heat"] == pytest.approx(truth["specific_heat"], abs=1e-9)


def test_energy_counts_every_bond_of_the_torus():
    states = 2 * (np.arange(512)[:, None] >> np.arange(9) & 1) - 1
    np.testing.assert_array_equal(lattice(3).energy(states.reshape(-1, 3, 3)), enumerated(3)[0])
    assert lattice(5).energy(np.ones((5, 5), np.int8)) == -50


def test_observables_of_known_configurations():
    checkerboard = (-1) ** np.add.outer(np.arange(6), np.arange(6))
    found = lattice(6).observables(np.stack([checkerboard, -np.ones((6, 6))]))
    np.testing.assert_allclose(found["energy"], [2, -2])
    np.testing.assert_allclose(found["abs_m"], [0, 1])


def test_critical_temperature():
    assert pytest.approx(2.269185314213022, abs=1e-14) == CRITICAL_TEMPERATURE
    assert math.sinh(2 / CRITICAL_TEMPERATURE) == pytest.approx(1)


def test_large_lattice_has_onsager_critical_energy_and_free_energy():
    """Per site: energy -sqrt 2 up to O(1 / L), ln Z = ln 2 / 2 + 2 G / pi up to O(1 / N), Catalan's constant G."""
    exact = lattice(512).exact(CRITICAL_TEMPERATURE)
    assert exact["energy"] / 512**2 == pytest.approx(-math.sqrt(2), abs=2e-3)
    assert exact["log_z"] / 512**2 == pytest.approx(math.log(2) / 2 + 2 * 0.915965594177219 / math.pi, abs=1e-5)


@pytest.mark.parametrize("size", [4, 15, 64, 512])
def test_entropy_limits(size):
    assert lattice(size).exact(1e3)["entropy"] == pytest.approx(size**2 * math.log(2), rel=2e-6)
    assert lattice(size).exact(0.15)["entropy"] == pytest.approx(math.log(2), abs=1e-7)


@pytest.mark.parametrize("size", [3, 64, 512])
def test_exact_values_are_finite_and_smooth(size):
    temperatures = np.concatenate([np.linspace(0.5, 10, 39), CRITICAL_TEMPERATURE + np.array([-1e-9, 0, 1e-9])])
    exact = [lattice(size).exact(t) for t in np.sort(temperatures)]
    for key in ("energy", "entropy"):
        values = np.array([e[key] for e in exact])
        assert np.isfinite(values).all()
        assert np.all(np.diff(values) > -1e-6)
    heats = np.array([e["specific_heat"] for e in exact])
    assert np.isfinite(heats).all() and (heats >= 0).all()


@pytest.mark.parametrize("temperature", [0.5, 1.5, 2.2, 2.3, 4.0, 10.0])
def test_energy_is_the_derivative_of_log_z(temperature):
    beta, step = 1 / temperature, 1e-5
    above, below = (lattice(16).exact(1 / (beta + sign * step))["log_z"] for sign in (1, -1))
    assert lattice(16).exact(temperature)["energy"] == pytest.approx(-(above - below) / (2 * step), abs=1e-5)


def test_specific_heat_grows_with_the_logarithm_of_the_lattice():
    """Per site at T_c: (8 / pi) (T_c^-1)^2 ln L + O(1) (Onsager 1944), so that doubling L adds the same again."""
    heats = [lattice(size).exact(CRITICAL_TEMPERATURE)["specific_heat"] / size**2 for size in (128, 256, 512)]
    step = 8 / math.pi / CRITICAL_TEMPERATURE**2 * math.log(2)
    assert np.diff(heats) == pytest.approx([step, step], rel=3e-3)


def test_samples_follow_the_law():
    assert max(deviations()) < 4


def test_both_signs_are_equally_likely():
    """Below T_c a chain never crosses by itself; 6,400 fair signs have a mean of 0 within 4 standard errors."""
    block = lattice(16).sample_block(np.array([1.5]), stream(3, "ising", 0))
    assert abs(np.sign(block.mean(axis=(-2, -1))).mean()) < 4 / math.sqrt(6_400)


def test_samples_depend_on_the_generator_alone():
    system = lattice(6, chains=2, draws=3)
    first, again, other = (system.sample_block(np.array([2.0]), stream(1, "ising", unit)) for unit in (0, 0, 1))
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_sweep_is_a_fixed_number_of_clusters_worth_about_one_flip_per_site():
    assert lattice(16).clusters_per_sweep(1.5) == lattice(16).clusters_per_sweep(CRITICAL_TEMPERATURE) == 2
    assert lattice(16).clusters_per_sweep(1e9) == 256


@pytest.mark.slow
def test_textbook_chain_follows_the_law(monkeypatch):
    monkeypatch.setattr(ising, "sample_chain", chain_with(None))
    assert max(deviations()) < 4


@pytest.mark.slow
@pytest.mark.parametrize("bug", BUGS)
def test_planted_bug_is_found(monkeypatch, bug):
    monkeypatch.setattr(ising, "sample_chain", chain_with(bug))
    assert any(z > 6 for z in deviations())


@pytest.mark.slow
@pytest.mark.parametrize("factor", [0.99, 1.01])
def test_wrong_bond_probability_is_found(monkeypatch, factor):
    monkeypatch.setattr(ising, "bond_threshold", lambda temperature: int(factor * bond_threshold(temperature)))
    assert any(z > 6 for z in deviations())
