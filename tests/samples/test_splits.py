"""Labels of the splits, those of the retina recording bit for bit, and the units of their errors."""

import hashlib

import numpy as np
import pytest

from latentfield.recordings import retina
from latentfield.samples.splits import MOST, SPARE, SPLITS, TEST, TRAIN, schemes, splits, units

REPEATS, _, BINS = retina.SHAPE


@pytest.mark.parametrize(
    ("seed", "digest"), [(0, "cbcdd1109a6a6f90"), (1, "cf743bd288e0bd86"), (7, "e463c24101206d2b")]
)
def test_the_labels_of_the_retina_are_those_that_everything_was_measured_with(seed, digest):
    assert hashlib.sha256(splits(REPEATS, BINS, seed).tobytes()).hexdigest()[:16] == digest


def test_the_splits_hold_out_what_they_say():
    random, repeats, movie = splits(20, 40, 3)
    assert [int((random == k).sum()) for k in (TRAIN, 2, TEST)] == [480, 160, 160]
    assert np.array_equal(np.flatnonzero((repeats == TEST).all(1)), [18, 19])
    assert np.array_equal(np.flatnonzero((movie == TEST).all(0)), [36, 37, 38, 39])
    assert len(splits(1, 100, 0)) == 2


@pytest.mark.parametrize("repeats", range(7, 31))
def test_however_few_the_repeats_some_validate(repeats):
    _, label, _ = splits(repeats, 40, 0)
    whole = label[:, 0]
    assert (label == whole[:, None]).all()
    tested, held = int((whole == TEST).sum()), int((whole == 2).sum())
    assert tested == max(1, -(-(2 * repeats * 40 - 10) // (20 * 40))) and held >= 1 and tested + held <= repeats // 2


def test_of_long_recordings_only_some_words_are_used():
    random, movie = splits(1, 10**6, 0)
    for label in (random, movie):
        assert np.count_nonzero(label == TRAIN) == MOST[TRAIN] and np.count_nonzero(label == TEST) == MOST[TEST]
        assert np.count_nonzero(label == SPARE) == 10**6 - sum(MOST.values())
    assert np.flatnonzero(movie[0] == TEST).min() >= 900_000


def test_stretches_of_a_held_out_time_are_units_and_there_are_enough_of_them():
    for bins, length in ((60, 1), (6000, 30), (20_000, 50)):
        unit = units("movie", splits(1, bins, 0)[1])
        assert np.bincount(unit - unit.min()).max() == length
        assert units("random", splits(1, bins, 0)[0]) is None


def test_few_held_out_repeats_are_cut_into_units():
    for repeats, bins, number, length in ((8, 40, 20, 2), (10, 6, 6, 1), (30, 40, 21, 6), (200, 3, 20, 3)):
        sizes = np.unique(units("repeats", splits(repeats, bins, 0)[1]), return_counts=True)[1]
        assert (len(sizes), sizes.max()) == (number, length)


def test_units_of_the_retina_in_fits_and_in_the_study_of_the_number_of_latents():
    """Its 96 held-out bins are 25 stretches of four, or two seconds, one of them cut; its 30 repeats are units either way."""
    _, repeats, movie = splits(REPEATS, BINS, 0)
    assert [len(np.unique(units("movie", movie, fewest))) for fewest in (20, 1)] == [25, 3]
    assert [len(np.unique(units("repeats", repeats, fewest))) for fewest in (20, 1)] == [30, 30]


def test_units_belong_to_the_words_in_their_order():
    label = np.full((6, 150), TRAIN, np.int8)
    label[4] = TEST
    unit = units("repeats", label, 1)
    assert len(unit) == 150 and len(np.unique(unit)) == 1
    pieces = units("repeats", label)
    np.testing.assert_array_equal(pieces - pieces[0], np.arange(150) // 8)
    label = np.full((6, 150), TRAIN, np.int8)
    label[:, 100:] = TEST
    np.testing.assert_array_equal(units("movie", label, 1), np.full(300, 2))
    np.testing.assert_array_equal(units("movie", label), np.tile(np.arange(100, 150) // 2, 6))


def test_splits_that_leave_too_few_units_are_not_offered():
    assert schemes(1, 39) == ("random",) and schemes(1, 40) == ("random", "movie")
    assert schemes(7, 39) == ("random", "repeats") and schemes(6, 100) == ("random", "movie")


@pytest.fixture(scope="module")
def labels() -> dict[str, np.ndarray]:
    """Those of the retina."""
    return dict(zip(SPLITS, splits(REPEATS, BINS, 7), strict=True))


def test_fractions_of_the_splits(labels):
    """28,304 test words in the random split, 30 of 297 repeats, 96 of 953 bins; every word has exactly one label."""
    test = {name: int((label == 3).sum()) for name, label in labels.items()}
    assert test == {"random": 28_304, "repeats": 30 * 953, "movie": 96 * 297}
    for name, label in labels.items():
        assert label.shape == (297, 953) and np.isin(label, (1, 2, 3)).all()
        assert (label == 3).mean() == pytest.approx(0.10, abs=0.0015), name
        assert (label == 2).mean() == pytest.approx(0.05, abs=0.0015), name


@pytest.mark.parametrize("seed", [0, 7])
def test_the_random_split_is_the_first_tenth_of_a_seeded_permutation(seed):
    """The rule written in the documentation, so that others can make the same split."""
    label = splits(REPEATS, BINS, seed)[0].ravel()
    order = np.random.default_rng(seed).permutation(label.size)
    np.testing.assert_array_equal(np.sort(order[:28_304]), np.flatnonzero(label == 3))
    np.testing.assert_array_equal(np.sort(order[28_304:42_457]), np.flatnonzero(label == 2))


def test_the_movie_split_is_the_end_of_the_movie_in_every_repeat(labels):
    movie = labels["movie"]
    assert (movie == movie[0]).all()
    np.testing.assert_array_equal(np.flatnonzero(movie[0] == 3), np.arange(857, 953))
    np.testing.assert_array_equal(np.flatnonzero(movie[0] == 2), np.arange(810, 857))


def test_the_repeats_split_is_the_last_repeats_in_every_bin(labels):
    repeats = labels["repeats"].T
    assert (repeats == repeats[0]).all()
    np.testing.assert_array_equal(np.flatnonzero(repeats[0] == 3), np.arange(267, 297))
    np.testing.assert_array_equal(np.flatnonzero(repeats[0] == 2), np.arange(252, 267))


def test_only_the_random_split_depends_on_the_seed():
    first, second = splits(REPEATS, BINS, 1), splits(REPEATS, BINS, 2)
    assert [np.array_equal(a, b) for a, b in zip(first, second, strict=True)] == [False, True, True]
