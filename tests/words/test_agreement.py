"""How words of one law agree, and of others."""

import math

import numpy as np
import pytest

from latentfield.records.measured import Agreement
from latentfield.words import likelihood
from latentfield.words.agreement import on_the_whole


def test_words_of_one_law_agree_down_to_the_floor():
    """A VAE with the law of the data lies at the floor and its covariances on theirs; independent cells above it."""
    rng = np.random.default_rng(3)

    def draw(n: int) -> np.ndarray:
        rate = np.where(rng.random(n) < 0.25, 0.8, 0.1)[:, None]
        return np.where(rng.random((n, 6)) < rate, 1, -1).astype(np.int8)

    data = draw(20_000)
    drawn = {"data": data, "vae": draw(20_000), "independent": likelihood.draw_independent(data, 20_000, rng)}
    table = [
        {"data": a, "vae": b}
        for a, b in zip(
            *(likelihood.covariance(drawn[name])[0][np.triu_indices(6)] for name in ("data", "vae")), strict=True
        )
    ]
    scored = dict.fromkeys(("covariances", "words10"), Agreement(worst_z=1.0))
    found = on_the_whole(scored, drawn, table, rng)
    divergence = found["words10"]
    # Of two samples of one law in m states, n words each, it is (m - 1) / 4n on average.
    assert divergence.divergence_floor == pytest.approx(63 / 40_000, rel=0.5)
    assert divergence.divergence_vae == pytest.approx(63 / 40_000, rel=0.5)
    assert divergence.divergence_independent > 0.05
    line = found["covariances"]
    assert (line.slope, line.correlation) == pytest.approx((1, 1), abs=0.03)
    assert on_the_whole({}, drawn, table, rng) == {}


def test_divergence_by_hand():
    """Equal frequencies 0, disjoint ones ln 2, and (1, 0) against (1/2, 1/2)."""
    a, b, mixed = np.zeros(4, int), np.ones(6, int), np.array([0, 1])
    assert likelihood.jensen_shannon(a, a, 2) == 0
    assert likelihood.jensen_shannon(a, b, 2) == pytest.approx(math.log(2))
    hand = (math.log(4 / 3) + 0.5 * math.log(2 / 3) + 0.5 * math.log(2)) / 2
    assert likelihood.jensen_shannon(a, mixed, 2) == pytest.approx(hand)
