"""What the field of a mean-field model knows about its sites: against other ways to compute it, and above every cut."""

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import entr, expit

from latentfield.information.field_bound import gaussian_bound, nematic_field_information, spin_field_information
from latentfield.systems.base import stream
from latentfield.systems.maier_saupe import MaierSaupe
from latentfield.systems.nematic import tensor_coordinates
from tests.information.every_state import boltzmann, couplings_energy, halves, information


def patterns(n: int, count: int) -> np.ndarray:
    return np.random.default_rng(n + count).choice(np.array([-1, 1]), size=(count, n))


def nematic(size: int) -> MaierSaupe:
    return MaierSaupe(
        size=size, temperatures={"min": 0.2, "max": 1, "count": 2}, chains=500, draws=20, burn_in=100, spacing=5
    )


@pytest.mark.parametrize("temperature", [0.3, 1.0, 3.0])
def test_one_field_equals_adaptive_quadrature(temperature):
    """I(s; m) = H(P) - N <h(s | m)>, integrated over p(m) by another rule."""
    n, beta = 12, 1 / temperature
    p = boltzmann(couplings_energy(np.ones((1, n))), temperature).ravel()

    def density(m: float) -> float:
        return math.exp(-beta * n * (m * m + 1) / 2 + n * np.logaddexp(beta * m, -beta * m) - n * math.log(2))

    def noise(m: float) -> float:
        return density(m) * sum(entr(expit(sign * 2 * beta * m)) for sign in (1, -1))

    limits = {"limit": 500, "epsabs": 0, "epsrel": 1e-12}
    reach = 1 + 12 / math.sqrt(beta * n)
    mean = quad(noise, -reach, reach, **limits)[0] / quad(density, -reach, reach, **limits)[0]
    found = spin_field_information(np.ones((1, n)), temperature)
    assert found == pytest.approx(-(p @ np.log(p)) - n * mean, abs=1e-9)


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("temperature", [0.2, 0.6, 1.0, 2.0])
def test_no_cut_exceeds_the_field_nor_the_field_its_gaussian(count, temperature):
    xi = patterns(9, count)
    energy = couplings_energy(xi)
    p = boltzmann(energy, temperature)
    field = spin_field_information(xi, temperature)
    mean = p.ravel() @ energy
    assert field <= gaussian_bound([-2 * mean / temperature / count] * count) + 1e-12
    for first in range(1, 9):
        assert information(p, *halves(9, first)) <= field + 1e-12


def test_growth_with_the_number_of_spins():
    """m spreads over N^(-1/4) at T_c and its noise over N^(-1/2): ln(N) / 4. Below T_c only the sign grows certain."""
    for temperature, slope, tolerance in ((1.0, 0.25, 1e-3), (0.5, 0.0, 1e-4), (2.0, 0.0, 1e-4)):
        small, large = (spin_field_information(np.ones((1, n)), temperature) for n in (10**4, 10**6))
        assert large - small == pytest.approx(slope * math.log(100), abs=tolerance * math.log(100) * 5)
    assert gaussian_bound([10**6]) - gaussian_bound([10**4]) == pytest.approx(math.log(100) / 2, abs=1e-4)


@pytest.mark.parametrize("temperature", [0.5, 1.0])
def test_two_patterns_are_two_independent_fields(temperature):
    xi = patterns(400, 2)
    agree = int((xi[0] == xi[1]).sum())
    parts = [spin_field_information(np.ones((1, k)), temperature * 200 / k) for k in (agree, 400 - agree)]
    assert spin_field_information(xi, temperature) == pytest.approx(sum(parts), abs=1e-8)


@pytest.mark.parametrize("temperature", [0.15, 0.22, 0.4])
def test_nematic_field_equals_a_mean_over_samples(temperature):
    """I(x; Q) = mean of ln p(Q | x) / p(Q): the nearest exact thing with samples is the entropy of the sites given Q."""
    system = nematic(3)
    x = system.sample_block(np.array([temperature, 1.0]), stream(1, "maier_saupe", 0))[0].astype(float)
    k = 1.5 * system.n_sites / temperature
    tensor = tensor_coordinates(x.reshape(500, 20, 9, 3)).mean(2)
    field = tensor + np.random.default_rng(2).standard_normal(tensor.shape) / math.sqrt(k)
    means = _log_ratio(field, tensor, k, temperature, system).mean(1)
    error = means.std(ddof=1) / math.sqrt(len(means))
    assert abs(means.mean() - nematic_field_information(9, temperature)) < 4 * error
    assert error < 0.03


def _log_ratio(field: np.ndarray, tensor: np.ndarray, k: float, temperature: float, system: MaierSaupe) -> np.ndarray:
    """ln p(Q | x) / p(Q), with B from a fine rule over the sphere."""
    height, weight = np.polynomial.legendre.leggauss(24)
    angle = np.pi * (np.arange(24) + 0.5) / 24
    ring = np.sqrt(1 - height**2)[:, None]
    flat = [ring * np.cos(angle), ring * np.sin(angle), np.broadcast_to(height[:, None], (24, 24))]
    features = tensor_coordinates(np.stack(flat, -1).reshape(-1, 3))
    mass = np.repeat(weight / 48, 24)
    log_mean = np.log(np.exp(1.5 / temperature * field @ features.T) @ mass)
    log_z = system.exact(temperature)["log_z"]
    return -k * ((field - tensor) ** 2).sum(-1) / 2 + k * (field**2).sum(-1) / 2 - 9 * log_mean + log_z


@pytest.mark.parametrize("temperature", [0.1, 0.21, 0.3, 1.0, 10.0])
def test_nematic_field_stays_below_its_gaussian_and_reaches_it_when_hot(temperature):
    found = nematic_field_information(144, temperature)
    signal = -2 * nematic(12).exact(temperature)["energy"] / temperature / 5
    assert 0 <= found <= gaussian_bound([signal] * 5) + 1e-10
    if temperature >= 1:
        assert found == pytest.approx(gaussian_bound([signal] * 5), rel=1e-2)
