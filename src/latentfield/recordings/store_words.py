"""A data set of anyone's, as a sample set: words ±1 with the labels of their splits, as the retina recording has them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from latentfield.recordings.words import Words
from latentfield.samples import store
from latentfield.samples.splits import schemes, splits
from latentfield.samples.store import SampleSet
from latentfield.workspace.provenance import code_version

CHUNK = 100_000
"""Words of one repeat in a chunk."""


def write(words: Words, path: Path, origin: dict[str, Any], seed: int = 0) -> SampleSet:
    """Write words and labels to a new store, and open it; `origin` goes into its attributes.

    Sites stay in one axis; `lattice` says where they are on one.
    """
    repeats, bins, _ = words.x.shape
    attributes = origin | {
        "sites": "spins",
        "splits": list(schemes(repeats, bins)),
        "split_seed": seed,
        "lattice": words.lattice,
        "dropped_sites": words.dropped,
        "duplicate_sites": words.duplicates,
        "code": code_version(__name__),
    }
    store.write(path, attributes, min(bins, CHUNK), words.x, repeats, splits=splits(repeats, bins, seed))
    return SampleSet(path)
