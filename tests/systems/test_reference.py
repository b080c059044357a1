"""References of the audit: exact where the system is, integrated with an error where it is not, else none."""

import pytest

from latentfield.systems.hopfield import Hopfield
from latentfield.systems.reference import reference

GRID = {"min": 0.6, "max": 1.6, "count": 2}


def hopfield(patterns: int) -> Hopfield:
    return Hopfield(size=4, patterns=patterns, temperatures=GRID, chains=16, draws=4, burn_in=50, spacing=5)


def test_quadrature_is_exact():
    found, exact = reference(hopfield(3), 0.8, 0), hopfield(3).exact(0.8)
    assert found.log_z == (exact["log_z"], 0) and found.entropy == (exact["entropy"], 0)


def test_more_patterns_are_integrated_with_an_error(monkeypatch):
    """The same network by both ways: quadrature, and integration as for more patterns."""
    exact = hopfield(4).exact(0.8)
    monkeypatch.setattr(Hopfield, "exact", lambda self, temperature: {})
    found = reference(hopfield(4), 0.8, 0)
    assert 0 < found.log_z.se < 0.05 and 0 < found.entropy.se < 0.1
    assert found.log_z.value == pytest.approx(exact["log_z"], abs=4 * found.log_z.se)
    assert found.entropy.value == pytest.approx(exact["entropy"], abs=4 * found.entropy.se)


def test_a_system_without_either_has_no_reference():
    class Unsolved:
        def exact(self, temperature):
            return {}

    assert reference(Unsolved(), 1.0, 0) is None
