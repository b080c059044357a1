"""Transfer matrices against every state of the 4 x 4 lattice, known values of larger ones, and limits."""

import math
import time

import numpy as np
import pytest

from latentfield.errors import LatentfieldError
from latentfield.information.ising_stripes import box_information, cylinder_information, stripe_information
from latentfield.systems.ising import CRITICAL_TEMPERATURE
from tests.information.every_state import boltzmann, halves, information, lattice_energy

TEMPERATURES = (0.3, 1.0, CRITICAL_TEMPERATURE, 2.5, 10.0)
AT_CRITICALITY = {4: 0.7287, 6: 0.9337, 8: 1.1555, 10: 1.3891, 12: 1.6307, 14: 1.8781}


@pytest.mark.parametrize("temperature", TEMPERATURES)
@pytest.mark.parametrize("width", [1, 2, 3])
def test_stripes_of_the_torus_equal_enumeration(temperature, width):
    p = boltzmann(lattice_energy(4, across=True, along=True), temperature)
    truth = information(p, *halves(16, 4 * width))
    assert stripe_information(4, temperature, width) == pytest.approx(truth, abs=1e-9)


@pytest.mark.parametrize(("size", "width"), [(2, 1), (3, 1), (3, 2)])
def test_stripes_of_the_smallest_tori_equal_enumeration(size, width):
    p = boltzmann(lattice_energy(size, across=True, along=True), 2.0)
    truth = information(p, *halves(size**2, size * width))
    assert stripe_information(size, 2.0, width) == pytest.approx(truth, abs=1e-10)


@pytest.mark.parametrize("temperature", TEMPERATURES)
@pytest.mark.parametrize("above", [1, 2])
@pytest.mark.parametrize(("found", "along"), [(cylinder_information, True), (box_information, False)])
def test_single_cuts_equal_enumeration(temperature, above, found, along):
    p = boltzmann(lattice_energy(4, across=False, along=along), temperature)
    truth = information(p, *halves(16, 4 * above))
    assert found(4, temperature, above) == pytest.approx(truth, abs=1e-9)


def test_halves_of_the_torus_at_criticality():
    found = {size: stripe_information(size, CRITICAL_TEMPERATURE) for size in AT_CRITICALITY}
    assert found == pytest.approx(AT_CRITICALITY, abs=5e-5)


def test_twelve_rows_take_seconds():
    start = time.perf_counter()
    stripe_information(12, 2.0)
    assert time.perf_counter() - start < 20


def test_information_grows_linearly_with_the_cut():
    """Area law: above T_c a torus has two cuts of length L, a cylinder one, each of them worth the same per site."""
    torus = np.diff([stripe_information(size, 8.0) for size in (6, 8, 10)])
    cylinder = np.diff([cylinder_information(size, 8.0) for size in (6, 8, 10, 16)]) / [1, 1, 3]
    np.testing.assert_allclose(torus, torus[0], rtol=1e-2)
    np.testing.assert_allclose(cylinder, torus[-1] / 2, rtol=1e-2)


@pytest.mark.parametrize("found", [stripe_information, cylinder_information, box_information])
def test_limits(found):
    """At low temperature the halves share the sign alone; at high temperature, nothing."""
    assert found(8, 0.02) == pytest.approx(math.log(2), abs=1e-9)
    assert found(8, 0.4) == pytest.approx(math.log(2), abs=1e-2)
    assert found(8, 1e4) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: stripe_information(20, 2.0), "at most 18, got 20"),
        (lambda: box_information(22, 2.0), "at most 20, got 22"),
        (lambda: stripe_information(6, 2.0, 6), "between 1 and 5 of 6 rows, got 6"),
        (lambda: cylinder_information(6, 2.0, 0), "between 1 and 5 of 6 rows, got 0"),
    ],
)
def test_impossible_cuts_are_refused(call, message):
    with pytest.raises(LatentfieldError, match=message):
        call()
