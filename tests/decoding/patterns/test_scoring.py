"""Scores of hand-made permutations, signs and mistakes."""

import numpy as np
import pytest

from latentfield.decoding.patterns.scoring import couplings, score
from latentfield.errors import LatentfieldError
from tests.decoding.patterns.planted import planted


def test_order_and_sign_do_not_matter():
    xi, _ = planted(100, 5)
    order, sign = np.array([3, 0, 4, 1, 2]), np.array([1, -1, -1, 1, -1])
    found = score(sign[:, None] * xi[order], xi)
    assert found.partner.tolist() == np.argsort(order).tolist()
    assert found.sign.tolist() == sign[found.partner].tolist()
    assert found.exact == found.mean_overlap == found.minimum_overlap == 1
    assert found.coupling_error == pytest.approx(0, abs=1e-12)


def test_wrong_bits_and_missing_patterns_count():
    xi, _ = planted(100, 4)
    recovered = xi[:3].copy()
    recovered[1, :5] *= -1
    found = score(recovered, xi)
    assert found.matched.tolist() == [1, 0.9, 1, 0]
    assert (found.exact, found.minimum_overlap) == (0.5, 0) and found.mean_overlap == pytest.approx(0.725)
    assert found.partner.tolist() == [0, 1, 2, -1] and found.sign.tolist() == [1, 1, 1, 0]


def test_nothing_recovered():
    xi, _ = planted(100, 4)
    found = score(xi[:0], xi)
    assert found.exact == found.mean_overlap == 0 and found.coupling_error == pytest.approx(1)


def test_the_assignment_is_the_best_and_not_the_greedy_one():
    """Overlaps 0.8, 0.7; 0.7, 0.1: the greedy choice sums to 0.9, the best to 1.4."""
    base = np.ones((2, 20), int)
    base[1, ::2] = -1
    a, b = base
    recovered = np.stack([np.where(np.arange(20) < 4, -a, a), a])
    products = np.abs(base @ recovered.T) / 20
    found = score(recovered, base)
    best = max(products[0, 0] + products[1, 1], products[0, 1] + products[1, 0])
    assert found.matched.sum() == pytest.approx(best)
    assert found.overlaps == pytest.approx(base @ recovered.T / 20)
    assert b.sum() == 0


def test_couplings_are_hebb_s():
    xi = np.array([[1, 1, -1], [1, -1, -1]])
    assert couplings(xi) == pytest.approx(np.array([[0, 0, -2], [0, 0, 0], [-2, 0, 0]]) / 3)


def test_patterns_of_another_length_are_refused():
    with pytest.raises(LatentfieldError, match=r"got \(2, 5\) and \(2, 6\)"):
        score(np.ones((2, 5)), np.ones((2, 6)))
