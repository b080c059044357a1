"""Layouts, sites that say nothing, and the labels of the splits."""

import numpy as np
import pytest

from latentfield.errors import LatentfieldError
from latentfield.fitting.training import parts_of
from latentfield.recordings import retina, store_words
from latentfield.recordings.words import words
from latentfield.samples.splits import MOST, SPARE, SPLITS, TEST, TRAIN, schemes, splits
from latentfield.words.ladder import split_words

RNG = np.random.default_rng(0)
RECORDING = np.where(RNG.random((8, 40, 6)) < 0.3, 1, -1).astype(np.int8)


def test_layouts():
    assert np.array_equal(words(RECORDING, "x", "repeats,bins,sites").x, RECORDING)
    assert np.array_equal(words(RECORDING.swapaxes(1, 2), "x", "repeats,sites,bins").x, RECORDING)
    lattice = words(RECORDING.reshape(320, 2, 3), "x", "samples,rows,columns")
    assert lattice.lattice == (2, 3) and np.array_equal(lattice.x[0], RECORDING.reshape(320, 6))
    assert words(RECORDING[0].repeat(2, 0), "x").lattice is None
    with pytest.raises(LatentfieldError, match="the layout 'samples,sites'; allowed for it: --layout samples,rows"):
        words(RECORDING, "x", "samples,sites")


def test_constant_sites_are_dropped_and_equal_ones_are_told():
    x = RECORDING.reshape(320, 6)
    x = np.concatenate([np.ones((320, 1), np.int8), x, x[:, 2:3], -np.ones((320, 1), np.int8), x[:, 2:3]], 1)
    with pytest.warns(UserWarning) as told:
        found = words(x, "x")
    assert [str(warning.message) for warning in told] == [
        "x: 2 sites never change and are dropped: 0, 8",
        "x: 2 sites always agree with another one and are kept: 7 like 3, 9 like 3",
    ]
    assert found.dropped == [0, 8] and found.duplicates == [(3, 7), (3, 9)]
    assert np.array_equal(found.x[0], np.delete(x, [0, 8], 1))


def test_the_labels_of_the_retina_are_the_same():
    repeats, _, bins = retina.SHAPE
    assert np.array_equal(splits(repeats, bins, 0), retina.splits(0))


def test_the_splits_hold_out_what_they_say():
    random, repeats, movie = splits(20, 40, 3)
    assert [int((random == k).sum()) for k in (TRAIN, 2, TEST)] == [680, 40, 80]
    assert np.array_equal(np.flatnonzero((repeats == TEST).all(1)), [18, 19])
    assert np.array_equal(np.flatnonzero((movie == TEST).all(0)), [36, 37, 38, 39])
    assert len(splits(1, 100, 0)) == 2


def test_of_long_recordings_only_some_words_are_used():
    random, movie = splits(1, 10**6, 0)
    for label in (random, movie):
        assert np.count_nonzero(label == TRAIN) == MOST[TRAIN] and np.count_nonzero(label == TEST) == MOST[TEST]
        assert np.count_nonzero(label == SPARE) == 10**6 - sum(MOST.values())
    assert np.flatnonzero(movie[0] == TEST).min() >= 900_000


def test_stretches_of_a_held_out_time_are_units_and_there_are_enough_of_them(tmp_path):
    for bins, length in ((60, 1), (6000, 30), (20_000, 50)):
        x = np.where(RNG.random((1, bins, 3)) < 0.5, 1, -1).astype(np.int8)
        data = store_words.write(words(x, "x", "repeats,bins,sites"), tmp_path / f"{bins}.zarr", {"system": "x"})
        unit = parts_of(data, "movie").unit
        assert np.bincount(unit - unit.min()).max() == length
        assert parts_of(data, "random").unit is None


def test_few_held_out_repeats_are_cut_into_units(tmp_path):
    for repeats, bins, units, length in ((8, 40, 20, 2), (10, 6, 6, 1), (30, 40, 21, 6), (200, 3, 20, 3)):
        x = np.where(RNG.random((repeats, bins, 3)) < 0.5, 1, -1).astype(np.int8)
        data = store_words.write(
            words(x, "x", "repeats,bins,sites"), tmp_path / f"{repeats}-{bins}.zarr", {"system": "x"}
        )
        sizes = np.unique(parts_of(data, "repeats").unit, return_counts=True)[1]
        assert (len(sizes), sizes.max()) == (units, length)


def test_splits_that_leave_too_few_units_are_not_offered():
    assert schemes(1, 39) == ("random",) and schemes(1, 40) == ("random", "movie")
    assert schemes(7, 39) == ("random", "repeats") and schemes(6, 100) == ("random", "movie")


def test_a_store_gives_back_words_and_splits(tmp_path):
    data = store_words.write(words(RECORDING, "x", "repeats,bins,sites"), tmp_path / "x.zarr", {"system": "x"})
    assert data.attributes["splits"] == list(SPLITS) and data.n_samples == 320 and data.shape == (6,)
    parts = split_words(data, "repeats")
    assert np.array_equal(parts.test, RECORDING[7]) and np.array_equal(parts.unit, np.full(40, 7))
    assert not data.damaged()
