"""Bounds of the information across a cut: never above the truth, near it where it is small, and at the planted cut."""

import math

import numpy as np
import pytest

from latentfield.fitting.contrastive_bound import fit, paired
from latentfield.fitting.cut_search import greedy, strongest
from latentfield.words.parts import Parts


def copies(pairs: int, flip: float, n: int, seed: int = 0):
    """a (n, pairs) fair and b its copy through a noisy channel; I(A;B) = pairs (ln 2 - H(flip))."""
    rng = np.random.default_rng(seed)
    a = 2 * rng.integers(0, 2, (n, pairs), dtype=np.int8) - 1
    b = np.where(rng.random(a.shape) < flip, -a, a).astype(np.int8)
    entropy = -flip * math.log(flip) - (1 - flip) * math.log(1 - flip)
    return a, b, pairs * (math.log(2) - entropy)


@pytest.mark.parametrize(("pairs", "flip", "share"), [(2, 0.1, 0.95), (6, 0.2, 0.85), (12, 0.02, 0.7)])
def test_the_bound_is_below_the_known_information_and_close(pairs, flip, share):
    a, b, truth = copies(pairs, flip, 14_000)
    predictor = fit(b[:10_000], a[:10_000], 0)
    bound = paired(predictor, b[10_000:], a[10_000:])
    assert share * min(truth, math.log(4000)) < bound.value < truth + 3 * bound.se
    assert bound.value < math.log(4000)


def test_its_error_is_that_of_many_samples():
    a, b, _ = copies(3, 0.15, 30_000)
    predictor = fit(b[:4000], a[:4000], 0)
    found = [paired(predictor, b[k : k + 500], a[k : k + 500]) for k in range(5000, 30_000, 500)]
    spread = np.std([bound.value for bound in found], ddof=1)
    assert spread == pytest.approx(np.mean([bound.se for bound in found]), rel=0.3)


def test_independent_halves_share_nothing():
    rng = np.random.default_rng(1)
    a, b = (2 * rng.integers(0, 2, (9000, 5), dtype=np.int8) - 1 for _ in range(2))
    bound = paired(fit(b[:7000], a[:7000], 0), b[7000:], a[7000:])
    assert abs(bound.value) < 0.01


def test_the_greedy_search_finds_the_checkerboard_of_a_torus():
    weight = np.zeros((6, 6, 6, 6))
    for i, j in np.ndindex(6, 6):
        for di, dj in ((0, 1), (1, 0)):
            weight[i, j, (i + di) % 6, (j + dj) % 6] = weight[(i + di) % 6, (j + dj) % 6, i, j] = 1
    side = greedy(weight.reshape(36, 36), 0).reshape(6, 6)
    checkerboard = np.indices((6, 6)).sum(0) % 2 == 0
    assert np.array_equal(side, checkerboard) or np.array_equal(side, ~checkerboard)


def test_the_strongest_cut_separates_every_planted_pair():
    a, b, truth = copies(4, 0.1, 9000)
    x = np.concatenate([a, b], 1)
    one = np.isin(np.arange(8), (0, 1, 4, 5))
    together = (one[:, None] != one).astype(float)
    weights = {"pairs together": together, "correlations": np.corrcoef(x[:6000], rowvar=False) ** 2}
    cut = strongest(Parts(x[:6000], x[6000:7000], x[7000:], None), weights, 0)
    assert cut.by == "correlations" and {int(i) % 4 for i in cut.sites} == {0, 1, 2, 3}
    assert 0.85 * truth < cut.bound.value < truth + 3 * cut.bound.se
    assert cut.limit == pytest.approx(math.log(2000))
