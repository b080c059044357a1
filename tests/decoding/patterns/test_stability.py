"""Matching of patterns, with orders and signs shuffled."""

import numpy as np
import pytest

from latentfield.decoding.patterns.stability import matched, stability
from latentfield.errors import LatentfieldError


def test_order_sign_and_length_do_not_matter():
    patterns = np.random.default_rng(0).normal(size=(3, 50))
    other = np.array([-2.0, 0.5, 3.0])[:, None] * patterns[[2, 0, 1]]
    partner, cosine = matched(patterns, other)
    assert partner.tolist() == [1, 2, 0]
    np.testing.assert_allclose(cosine, [1, 1, -1], atol=1e-12)


def test_the_assignment_is_one_to_one():
    """Both patterns are nearest to the first one of the other run; only one of them can have it."""
    first = np.array([[1.0, 0, 0], [0.9, np.sqrt(0.19), 0]])
    second = np.array([[1.0, 0, 0], [0, 0, 1.0]])
    np.testing.assert_allclose(matched(first, second)[1], [1, 0], atol=1e-12)


def test_known_noise_and_chance():
    rng = np.random.default_rng(1)
    patterns = rng.normal(size=(2, 20_000))
    runs = [patterns + rng.normal(size=patterns.shape) for _ in range(3)]
    found = stability(runs)
    assert found.cosines.shape == (3, 2) and found.mean == pytest.approx(0.5, abs=0.02)
    assert stability([rng.normal(size=(1, 400)) for _ in range(40)]).mean == pytest.approx(
        np.sqrt(2 / np.pi / 400), rel=0.1
    )


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(LatentfieldError, match=r"at least two runs.*one shape"):
        stability([np.ones((2, 5))])
    with pytest.raises(LatentfieldError, match=r"\(2, 5\), \(3, 5\)"):
        stability([np.ones((2, 5)), np.ones((3, 5))])
