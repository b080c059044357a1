"""Unmixing: planted patterns return exactly, up to order and sign; what is not there is not found."""

import numpy as np
import pytest

from latentfield.decoding.patterns.binary_search import search, significant_share
from latentfield.decoding.patterns.joint_decoding import decode_jointly
from latentfield.decoding.patterns.scoring import score
from latentfield.decoding.patterns.subspace import cosines_squared
from latentfield.decoding.patterns.unmixing import describe, fast_ica
from latentfield.errors import LatentfieldError
from tests.decoding.patterns.planted import planted


@pytest.mark.parametrize(
    ("sites", "patterns"), [(64, 1), (256, 4), (256, 16), (256, 36), (256, 50), (256, 64), (1024, 64)]
)
def test_search_finds_every_pattern_of_a_perfect_span(sites, patterns):
    xi, matrix = planted(sites, patterns)
    found = search(matrix, patterns, seed=1)
    assert score(found.patterns, xi).exact == 1
    assert found.missing == 0 and found.converged and found.score == pytest.approx(1)


@pytest.mark.parametrize("patterns", [16, 36])
@pytest.mark.parametrize("noise", [0.03, 0.1])
def test_search_bears_noise(patterns, noise):
    xi, matrix = planted(256, patterns, noise, seed=2)
    assert cosines_squared(matrix, xi.T).min() < 1 - noise**2
    assert score(search(matrix, patterns).patterns, xi).exact == 1


def test_independent_components_find_four_patterns_and_not_thirty_six():
    for patterns, exact in ((4, 1.0), (36, 0.2)):
        xi, matrix = planted(256, patterns)
        found = fast_ica(matrix, patterns, restarts=2)
        share = score(found.patterns, xi).exact
        assert share == 1 if exact == 1 else share <= exact
        assert found.missing == 0


def test_unfinished_components_are_reported_not_warned_of():
    _, matrix = planted(256, 36)
    assert not fast_ica(matrix, 36, restarts=1, steps=2).converged


def test_a_span_without_patterns_returns_none():
    matrix = np.random.default_rng(0).standard_normal((256, 20))
    found = search(matrix, 20, steps=300)
    assert found.patterns.shape == (0, 256) and found.missing == 20 and not found.converged and found.score == 0


def test_patterns_beside_noise_columns_are_told_apart():
    """Half of the span holds patterns, half nothing: what is there is found, what is not is counted as missing."""
    xi, matrix = planted(256, 8)
    padding = 3 * np.random.default_rng(1).standard_normal((256, 8))
    found = search(np.hstack([matrix, padding]), 16, steps=300)
    assert found.missing == 8
    assert score(found.patterns, xi).exact == 1


def test_biased_patterns_that_overlap_return():
    rng = np.random.default_rng(4)
    xi = np.where(rng.random((12, 256)) < 0.75, 1, -1)
    assert (xi @ xi.T / 256)[np.triu_indices(12, 1)].mean() > 0.2
    assert score(search(xi.T @ rng.standard_normal((12, 12)), 12).patterns, xi).exact == 1


def test_same_seed_finds_the_same():
    _, matrix = planted(256, 36, 0.1)
    first, again = (search(matrix, 36, seed=3) for _ in range(2))
    for a, b in zip(first, again, strict=True):
        assert np.array_equal(a, b)


def test_more_columns_than_patterns_are_reduced_to_the_leading_span():
    rng = np.random.default_rng(5)
    xi, matrix = planted(256, 8)
    wide = np.hstack([matrix, 0.01 * rng.standard_normal((256, 4))]) @ rng.standard_normal((12, 12))
    assert score(search(wide, 8).patterns, xi).exact == 1


@pytest.mark.parametrize(("sites", "dimension"), [(12, 2), (14, 4)])
def test_few_random_spans_hold_a_significant_share_of_any_sign_vector(sites, dimension):
    """By enumeration of every sign vector, in 400 random spans, at a chance of 5 %."""
    states = 2 * (np.arange(2**sites)[:, None] >> np.arange(sites) & 1) - 1.0
    rng, threshold = np.random.default_rng(0), significant_share(sites, dimension, 0.05)
    shares = [
        ((states @ np.linalg.qr(rng.standard_normal((sites, dimension)))[0]) ** 2).sum(1).max() / sites
        for _ in range(400)
    ]
    assert np.mean(np.array(shares) > threshold) < 0.05
    assert dimension / sites < threshold < 1


def test_everything_lies_in_the_whole_space():
    with pytest.raises(LatentfieldError, match="16 patterns on as many sites span everything"):
        search(np.eye(16), 16)


def test_confidence_is_the_probability_of_a_right_bit():
    rng = np.random.default_rng(0)
    xi = rng.choice([-1.0, 1.0], size=(4, 50_000))
    y = 3 * (xi + np.array([[0.2], [0.4], [0.6], [0.8]]) * rng.standard_normal(xi.shape))
    found = describe(y, 5, converged=True)
    assert found.missing == 1
    assert np.all(np.diff(found.binarity) < 0)
    right = found.patterns == xi
    assert right.mean(1) == pytest.approx(found.bit_confidence.mean(1), abs=0.02)
    unsure = found.bit_confidence < 0.9
    assert right[unsure].mean() == pytest.approx(found.bit_confidence[unsure].mean(), abs=0.03)


def test_a_gaussian_vector_earns_no_confidence():
    found = describe(np.random.default_rng(1).standard_normal((1, 100_000)), 1, converged=True)
    assert found.bit_confidence.mean() < 0.6 and found.confidence[0] < 1e-6
    assert found.binarity[0] == pytest.approx(np.sqrt(2 / np.pi), abs=0.005)


def test_confidence_of_a_pattern_is_that_all_bits_are_right():
    y = np.random.default_rng(2).normal([[1.0], [-1.0]], 0.5, (2, 8)).reshape(1, -1)
    found = describe(y, 1, converged=True)
    assert found.patterns[0].tolist() == np.sign(y[0]).tolist()
    assert found.confidence[0] == pytest.approx(found.bit_confidence.prod())
    assert found.sources == pytest.approx(y / np.abs(y).mean())
    assert found.binarity[0] == pytest.approx(np.abs(y).sum() / np.linalg.norm(y) / 4)


def test_joint_decoding_mends_bits_and_leaves_the_truth_alone():
    xi, matrix = planted(256, 24, 0.1)
    wrong = xi * np.where(np.random.default_rng(1).random(xi.shape) < 0.02, -1.0, 1.0)
    assert (wrong != xi).sum() > 50
    for start in (xi.astype(float), wrong):
        assert np.array_equal(np.sign(decode_jointly(start, matrix)), xi)
