"""Maier-Saupe: integrals against direct averages, samples against integrals, and bugs that the samples must show."""

import math
from collections.abc import Iterator

import numpy as np
import pytest

from latentfield.systems import maier_saupe
from latentfield.systems.base import stream
from latentfield.systems.kernels.replica_exchange import exchange
from latentfield.systems.maier_saupe import MaierSaupe, field_width
from latentfield.systems.maier_saupe_integral import field_integral, mean_field_s, spinodals, transition_temperature
from latentfield.systems.nematic import TENSOR_BASIS, tensor_coordinates

SWEEP = maier_saupe.sweep


def nematic(size: int, **fields) -> MaierSaupe:
    """Nematic of size² directors; 64 chains of 40 configurations at 0.12 <= T <= 0.35 unless told otherwise."""
    grid = {"min": 0.12, "max": 0.35, "count": 12}
    protocol = {"temperatures": grid, "chains": 64, "draws": 40, "burn_in": 200, "spacing": 5} | fields
    return MaierSaupe(size=size, **protocol)


def random_directors(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Uniform directors (*shape, 3)."""
    n = rng.normal(size=(*shape, 3))
    return n / np.linalg.norm(n, axis=-1, keepdims=True)


def deviations(system: MaierSaupe, seed: int = 0) -> Iterator[float]:
    """Distances of the mean energy and the mean field_s from the exact ones in standard errors, a block being a chain.

    The field's tensor is the order tensor of a configuration plus fresh noise of the width the sampler uses.
    """
    rng = stream(seed, "maier_saupe", 0)
    grid = system.temperatures.values
    for temperature, block in zip(grid, system.sample_block(grid, rng), strict=True):
        exact = system.exact(temperature)
        noise = rng.normal(size=(*block.shape[:2], 5)) * math.sqrt(2 * temperature / (3 * system.n_sites))
        field = system.order_tensor(block) + np.einsum("...k,kab->...ab", noise, TENSOR_BASIS)
        series = {"energy": system.energy(block), "field_s": 1.5 * np.linalg.eigvalsh(field)[..., -1]}
        for key, values in series.items():
            means = values.mean(axis=1)
            yield abs(means.mean() - exact[key]) / (means.std(ddof=1) / math.sqrt(len(means)))


def test_mean_field_transition():
    assert transition_temperature() == pytest.approx(0.22019, abs=5e-6)
    assert mean_field_s(transition_temperature() - 1e-12) == pytest.approx(0.4292, abs=2e-4)
    assert mean_field_s(transition_temperature() + 1e-12) == 0


def test_spinodals_by_the_free_energy_of_every_s():
    """The ordered minimum of F(S) = S^2/2 - T ln Z_1(S/T) vanishes at the upper one, the disordered one at the lower."""
    low, high = spinodals()
    assert low < transition_temperature() < high
    s = np.linspace(0, 0.9, 9001)
    p2 = 1.5 * np.linspace(0, 1, 4001) ** 2 - 0.5

    def minima(temperature: float) -> tuple[np.ndarray, bool]:
        log_z = np.log(np.trapezoid(np.exp(np.outer(s / temperature, p2)), dx=1 / 4000, axis=1))
        free = s**2 / 2 - temperature * log_z
        return s[1:-1][(free[1:-1] < free[:-2]) & (free[1:-1] < free[2:])], free[1] > free[0]

    assert len(minima(high - 2e-5)[0]) == 1 and len(minima(high + 2e-5)[0]) == 0
    assert minima(low + 2e-4)[1] and not minima(low - 2e-4)[1]


@pytest.mark.parametrize("temperature", [0.05, 0.12, 0.2, 0.22])
def test_mean_field_s_is_self_consistent(temperature):
    s = mean_field_s(temperature)
    z = (np.arange(100_000) + 0.5) / 100_000
    p2 = 1.5 * z**2 - 0.5
    weight = np.exp(s * p2 / temperature)
    assert weight @ p2 / weight.sum() == pytest.approx(s, abs=1e-8)


@pytest.mark.parametrize("temperature", [0.12, 0.18, 0.2])
def test_large_systems_approach_the_mean_field(temperature):
    assert field_integral(1_024, 1 / temperature)["field_s"] == pytest.approx(mean_field_s(temperature), abs=5e-3)


@pytest.mark.parametrize("temperature", [0.05, 0.3, 2.0])
def test_one_director_has_a_constant_energy(temperature):
    exact = field_integral(1, 1 / temperature)
    assert exact["log_z"] == pytest.approx(1 / (2 * temperature), abs=1e-10)
    assert exact["energy"] == pytest.approx(-0.5, abs=1e-10)
    assert exact["entropy"] == pytest.approx(0, abs=1e-10)


@pytest.mark.parametrize("temperature", [0.15, 0.4, 1.0])
def test_two_directors_are_a_one_dimensional_integral(temperature):
    """H = -(1 + P_2(z)) / 2 for n_1 · n_2 = z, which is uniform."""
    z, weights = np.polynomial.legendre.leggauss(60)
    energy = -(1 + 1.5 * z**2 - 0.5) / 2
    mass = weights / 2 * np.exp(-energy / temperature)
    exact = field_integral(2, 1 / temperature)
    assert exact["log_z"] == pytest.approx(math.log(mass.sum()), abs=1e-9)
    assert exact["energy"] == pytest.approx(mass @ energy / mass.sum(), abs=1e-9)


def test_integral_equals_direct_average_over_uniform_directors():
    system, temperature = nematic(2), 0.3
    energy = system.energy(random_directors(np.random.default_rng(0), 400_000, 2, 2))
    weight = np.exp(-energy / temperature)
    exact = system.exact(temperature)
    assert math.log(weight.mean()) == pytest.approx(exact["log_z"], abs=4 * weight.std() / weight.mean() / 632)
    residual = weight * (energy - exact["energy"])
    assert abs(residual.mean()) < 4 * residual.std() / 632


@pytest.mark.parametrize(("size", "temperature"), [(3, 0.12), (3, 0.35), (12, 0.12), (12, 0.22), (12, 0.35), (24, 0.2)])
def test_energy_is_the_derivative_of_log_z(size, temperature):
    step = 1e-4
    above, below = (field_integral(size**2, 1 / temperature + sign * step)["log_z"] for sign in (1, -1))
    exact = field_integral(size**2, 1 / temperature)
    assert exact["energy"] == pytest.approx(-(above - below) / (2 * step), abs=2e-4)
    assert exact["entropy"] < 0


def test_energy_is_the_sum_over_pairs():
    n = random_directors(np.random.default_rng(1), 3, 3)
    cosines = np.einsum("ija,kla->ijkl", n, n)
    assert nematic(3).energy(n) == pytest.approx(-np.sum(1.5 * cosines**2 - 0.5) / 18, abs=1e-12)


def test_observables_of_known_configurations():
    aligned = np.zeros((4, 4, 3))
    aligned[..., 2] = np.where(np.arange(4) % 2, 1, -1)
    planar = np.zeros((4, 4, 3))
    planar[::2, :, 0], planar[1::2, :, 1] = 1, 1
    found = nematic(4).observables(np.stack([aligned, planar]))
    np.testing.assert_allclose(found["nematic_s"], [1, 0.25], atol=1e-12)
    np.testing.assert_allclose(found["energy"], [-0.5, -0.125], atol=1e-12)


def test_measured_coordinates_are_those_of_the_basis():
    n = random_directors(np.random.default_rng(2), 50)
    padded, coordinates = np.zeros((3, 50 + maier_saupe.LANES), np.float32), np.empty(5)
    padded[:, :50] = n.T
    energy = maier_saupe.measure(padded, 50, coordinates)
    np.testing.assert_allclose(coordinates, tensor_coordinates(n).mean(axis=0), atol=1e-6)
    assert energy == pytest.approx(-0.75 * 50 * np.sum(tensor_coordinates(n).mean(axis=0) ** 2), abs=1e-5)


@pytest.mark.parametrize("beta", [1.0, 5.0])
def test_field_width_is_that_of_the_law(beta):
    assert field_width(beta, 144) == pytest.approx(math.sqrt(2 / (3 * beta * 144)))


@pytest.mark.parametrize(("size", "exchanging"), [(2, True), (3, True), (3, False), (12, True)])
def test_samples_follow_the_law(size, exchanging):
    assert max(deviations(nematic(size, exchange=exchanging))) < 4


def test_directions_are_isotropic():
    """No axis is preferred: the order tensor vanishes in the mean over chains, although each chain is ordered."""
    system = nematic(6, burn_in=500, chains=200, draws=1)
    grid = system.temperatures.values
    tensor = system.order_tensor(system.sample_block(grid, stream(5, "maier_saupe", 0))[0, :, 0])
    coordinates = np.einsum("...ab,kab->...k", tensor, TENSOR_BASIS)
    assert np.abs(coordinates.mean(0) / coordinates.std(0) * math.sqrt(200)).max() < 4


def wider_noise(chains, beta, noise, *rest):
    return SWEEP(chains, beta, noise * math.sqrt(1.5), *rest)


def weaker_field(chains, beta, *rest):
    return SWEEP(chains, beta / 1.5, *rest)


def exchange_uphill(chains, beta, noise, patience, parity, state):
    for t in range(len(noise)):
        SWEEP(chains, beta, noise[t : t + 1], patience[:0], parity, state)
        energy = -0.75 * (chains.directors.shape[2] - maier_saupe.LANES) * np.sum(chains.coordinates**2, axis=1)
        exchange(chains.slot, -energy, beta, (parity + t) % 2, patience[t])
    return 0


@pytest.mark.slow
@pytest.mark.parametrize("bug", [wider_noise, weaker_field, exchange_uphill])
def test_planted_bug_is_found(monkeypatch, bug):
    monkeypatch.setattr(maier_saupe, "sweep", bug)
    assert max(deviations(nematic(3, draws=20))) > 6
