"""The sublattices of the Ising torus: transfer matrix and samples against every state, and limits."""

import math

import numpy as np
import pytest

from latentfield.errors import LatentfieldError
from latentfield.information.ising_checkerboard import (
    checkerboard_information,
    conditional_entropy,
    sampled_checkerboard_information,
)
from latentfield.systems.base import stream
from latentfield.systems.ising import CRITICAL_TEMPERATURE, Ising
from tests.information.every_state import boltzmann, checkerboard, information, lattice_energy, states

TEMPERATURES = (0.3, 1.0, CRITICAL_TEMPERATURE, 2.5, 10.0)


def lattice(size: int, chains: int = 64, draws: int = 50) -> Ising:
    grid = {"min": 1.5, "max": 3.5, "count": 3}
    return Ising(size=size, temperatures=grid, chains=chains, draws=draws, burn_in=20, spacing=2)


@pytest.mark.parametrize("temperature", TEMPERATURES)
def test_transfer_matrix_equals_enumeration(temperature):
    p = boltzmann(lattice_energy(4, across=True, along=True), temperature)
    truth = information(p, *checkerboard(4))
    assert checkerboard_information(4, temperature) == pytest.approx(truth, abs=1e-9)


def test_smallest_torus_has_double_bonds():
    p = boltzmann(lattice_energy(2, across=True, along=True), 3.0)
    assert checkerboard_information(2, 3.0) == pytest.approx(information(p, *checkerboard(2)), abs=1e-10)


@pytest.mark.parametrize(("temperature", "value"), [(CRITICAL_TEMPERATURE, 1.08448), (2.5, 1.18044)])
def test_known_values(temperature, value):
    assert checkerboard_information(4, temperature) == pytest.approx(value, abs=5e-6)


def test_conditional_entropy_of_every_state_averages_to_the_exact_one():
    p = boltzmann(lattice_energy(4, across=True, along=True), 2.5).ravel()
    mean = p @ conditional_entropy(states(16).reshape(-1, 4, 4), 2.5)
    entropy = -(p @ np.log(p))
    assert entropy - mean == pytest.approx(checkerboard_information(4, 2.5), abs=1e-9)


@pytest.mark.parametrize("temperature", [1.8, CRITICAL_TEMPERATURE, 3.0])
@pytest.mark.parametrize("size", [4, 10])
def test_samples_agree_with_the_transfer_matrix(size, temperature):
    system = lattice(size)
    samples = system.sample_block(np.array([temperature]), stream(5, "ising", size))[0]
    found = sampled_checkerboard_information(system, temperature, samples)
    assert abs(found.value - checkerboard_information(size, temperature)) < 4 * found.se
    assert found.se < 0.05


def test_standard_error_is_the_spread_of_repetitions():
    system = lattice(8, chains=10, draws=10)
    runs = [
        sampled_checkerboard_information(system, 2.5, system.sample_block(np.array([2.5]), stream(6, "ising", unit))[0])
        for unit in range(100)
    ]
    values, errors = np.array(runs).T
    assert values.std(ddof=1) == pytest.approx(math.sqrt(np.mean(errors**2)), rel=0.3)
    assert abs(values.mean() - checkerboard_information(8, 2.5)) < 4 * values.std(ddof=1) / 10


def test_it_grows_with_the_number_of_sites():
    per_site = [checkerboard_information(size, 5.0) / size**2 for size in (8, 10, 12)]
    np.testing.assert_allclose(per_site, per_site[-1], rtol=2e-3)


def test_limits():
    assert checkerboard_information(8, 0.02) == pytest.approx(math.log(2), abs=1e-9)
    assert checkerboard_information(8, 1e4) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: checkerboard_information(5, 2.0), "even L, got 5"),
        (lambda: checkerboard_information(20, 2.0), "at most 18, got 20"),
        (lambda: sampled_checkerboard_information(lattice(5), 2.0, np.ones((3, 1, 5, 5))), "even L, got 5"),
        (lambda: sampled_checkerboard_information(lattice(4), 2.0, np.ones((3, 1, 6, 6))), r"4, 4\), got \(3, 1, 6, 6"),
        (lambda: sampled_checkerboard_information(lattice(4), 2.0, np.ones((2, 9, 4, 4))), "at least 3 chains, got 2"),
    ],
)
def test_impossible_requests_are_refused(call, message):
    with pytest.raises(LatentfieldError, match=message):
        call()
