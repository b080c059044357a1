"""The learning rate over a training."""

import pytest

from latentfield.vae.schedule import RISING, relative_rate


def test_the_learning_rate_rises_for_a_fiftieth_and_falls_to_zero():
    """Linearly, both; its sum over a training is half of that of a constant one, but for the rise."""
    rates = [relative_rate(step, 1000) for step in range(1000)]
    assert rates[0] == pytest.approx(1 / (1000 * RISING)) and max(rates) == rates[19] == pytest.approx(0.981)
    assert rates[500] == 0.5 and rates[-1] == pytest.approx(1e-3)
    assert sum(rates) / 1000 == pytest.approx(0.5 * (1 - RISING), abs=2e-3)
