"""Layouts, sites that say nothing, and the store that words are kept in."""

import numpy as np
import pytest

from latentfield.errors import LatentfieldError
from latentfield.recordings import store_words
from latentfield.recordings.store_words import DataSet
from latentfield.recordings.words import words
from latentfield.records.fitted import Source
from latentfield.samples.splits import SPLITS

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


def test_a_store_gives_back_words_splits_and_where_they_come_from(tmp_path):
    own = DataSet(words(RECORDING, "x", "repeats,bins,sites"), "spikes", Source(file="x.mat", key="bint"))
    data = store_words.write(own, tmp_path / "x.zarr")
    assert data.attributes["splits"] == list(SPLITS) and data.n_samples == 320 and data.shape == (6,)
    assert [data.attributes[key] for key in ("system", "file", "key", "layout")] == ["spikes", "x.mat", "bint", None]
    assert np.array_equal(data.split("repeats")["test"].x, RECORDING[7])
    assert not data.damaged()
