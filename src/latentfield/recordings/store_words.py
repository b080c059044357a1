"""A data set of anyone's, as a sample set: words ±1 with the labels of their splits, as the retina recording has them.

    samples        (repeats, bins, sites)   int8 ±1, chunks of one repeat
    splits         (splits, repeats, bins)  int8 labels: train, validation, test, or spare (`samples.splits`)

Attributes: file, key and layout that the words come from, name, splits by name and their seed, lattice, dropped and duplicate sites
by their numbers in the file, and the code that wrote them. There are no temperatures and no energies.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from latentfield.recordings.words import Words
from latentfield.records.fitted import Source
from latentfield.samples import store
from latentfield.samples.splits import completed, schemes, splits
from latentfield.samples.store import SampleSet
from latentfield.workspace.provenance import code_version

CHUNK = 100_000
"""Words of one repeat in a chunk."""


class DataSet(NamedTuple):
    """A data set: its words, what it is called, and where they come from."""

    words: Words
    name: str
    """Small letters, digits and underscores; the registered model will be called by it."""
    source: Source = Source()
    """File, key and layout, as far as they are known: an array in memory has no file."""
    label: NDArray[np.int8] | None = None
    """Which part each word is of, (n,), of a data set that comes in parts (`words.given`)."""

    @property
    def schemes(self) -> tuple[str, ...]:
        """The splits it has."""
        return schemes(*self.words.x.shape[:2]) if self.label is None else ("given",)


def write(data: DataSet, path: Path, seed: int = 0) -> SampleSet:
    """Write words and labels to a new store, and open it; where the words come from goes into its attributes.

    Sites stay in one axis; `lattice` says where they are on one. `seed` decides which words are held out under the random
    split, and which are spared of a very long recording: the same words and seed, the same parts. Raises LatentfieldError
    where the disk is full or the place cannot be written; an unfinished store is never in its place.
    """
    words = data.words
    repeats, bins, _ = words.x.shape
    attributes = data.source.model_dump() | {
        "system": data.name,
        "sites": "spins",
        "splits": list(data.schemes),
        "split_seed": seed,
        "lattice": words.lattice,
        "dropped_sites": words.dropped,
        "duplicate_sites": words.duplicates,
        "code": code_version(__name__),
    }
    labels = splits(repeats, bins, seed) if data.label is None else completed(data.label, seed)[None, None]
    store.write(path, attributes, min(bins, CHUNK), words.x, repeats, splits=labels)
    return SampleSet(path)
