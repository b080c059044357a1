"""What a binary data set must be, and what it is turned into: spins ±1, int8, one slice at a time.

Values are 0 and 1, -1 and 1, or booleans, in any type of number. A layout says what the axes of the file are:

    samples,sites            the usual table
    samples,rows,columns     sites on a lattice
    repeats,sites,bins       a recording of the same stimulus again and again
    repeats,bins,sites       the same, time before sites

Everything becomes (repeats, bins, sites), one repeat where there are none. Sites that never change carry no information and are
dropped; sites that always agree are told of.

The order of bins matters for the splits alone: no model here knows time, and a word is the state of all sites in one bin.
Repeats must have equally many bins. A site is judged over all repeats and bins, those that will be held out included.
"""

from __future__ import annotations

import math
import warnings
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from latentfield.errors import LatentfieldError
from latentfield.recordings.files import Source
from latentfield.recordings.values import slices, spins
from latentfield.samples.splits import TEST, TRAIN, VALIDATION

LAYOUTS = {
    "samples,sites": 2, "samples,rows,columns": 3, "repeats,sites,bins": 3, "repeats,bins,sites": 3,
}  # fmt: skip
"""Every layout and its number of axes. Two axes have one meaning; of three the file cannot say which, so that it must be told."""
FEWEST_SAMPLES, FEWEST_SITES, FEWEST_GIVEN = 50, 2, 10
"""Enough to hold ten samples out; sites of which there is something to explain; samples in a part that is given."""
SHOWN = 8
"""Sites or pairs that a message names before it only counts."""


class Words(NamedTuple):
    """A data set as it is fitted."""

    x: NDArray[np.int8]
    """±1, (repeats, bins, sites), sites that never change left out; +1 is active."""
    lattice: tuple[int, int] | None
    """Rows and columns of the sites, where they are on a lattice and none was dropped: one with a hole has no displacements."""
    dropped: list[int]
    """Numbers, in the file, of the sites that never change, from 0; row by row on a lattice."""
    duplicates: list[tuple[int, int]]
    """Pairs of sites, by their numbers in the file, that always agree; every later site is paired with the first like it."""


def words(source: Source, name: str, layout: str | None = None) -> Words:
    """Spins from an array of a data set; `name` is for the messages. Warns of sites that are dropped or agree.

    Raises LatentfieldError for text, other numbers, NaN, a layout that does not fit, and for too few samples or sites: fewer
    than `FEWEST_SAMPLES` words in all, or `FEWEST_SITES` sites that change. Of one axis, or of more than three, there is no
    layout. Sites that agree are kept, and count twice in every sum over sites; sites that are always opposite are not looked
    for. Takes, for a moment, twice the memory of the words where axes are exchanged or sites dropped.
    """
    x, lattice = _arranged(source, name, layout)
    return _changing(x, lattice, name)


class Given(NamedTuple):
    """A data set, whole or in parts."""

    words: Words
    """Of parts those to train on, then those to choose with, then those to test on; one repeat."""
    label: NDArray[np.int8] | None
    """Which part each is of (`samples.splits`), (n,); None of a whole."""


Named = tuple[str, Source]
"""An array with its name for the messages."""


def given(train: Named, validation: Named | None = None, test: Named | None = None, layout: str | None = None) -> Given:
    """Spins from one array, or from the parts of a data set, of which at most two may be missing.

    Raises LatentfieldError as `words` does, for parts with repeats or of different sites, and for fewer than `FEWEST_GIVEN` words
    in one of them. A site is judged over all parts.
    """
    asked = ((TRAIN, train), (VALIDATION, validation), (TEST, test))
    parts = {label: part for label, part in asked if part}
    if len(parts) == 1:
        return Given(words(train[1], train[0], layout), None)
    found = {}
    for label, (name, source) in parts.items():
        x, lattice = _arranged(source, name, layout)
        if len(x) > 1:
            raise LatentfieldError(f"{name}: got repeats; parts of a data set are samples, without an order")
        if x.shape[1] < FEWEST_GIVEN:
            raise LatentfieldError(
                f"{name}: got {x.shape[1]} samples; at least {FEWEST_GIVEN} are needed in every part"
            )
        found[label] = (x, lattice, name)
    (first, lattice, name), *others = found.values()
    for x, other, another in others:
        if x.shape[2] != first.shape[2] or other != lattice:
            sizes = " and ".join(f"{n}: {a.shape[2]} sites" for n, a in ((name, first), (another, x)))
            raise LatentfieldError(f"parts of a data set have the same sites; got {sizes}")
    labels = np.repeat(np.array(list(found), np.int8), [x.shape[1] for x, _, _ in found.values()])
    return Given(_changing(np.concatenate([x for x, _, _ in found.values()], 1), lattice, name), labels)


def _arranged(source: Source, name: str, layout: str | None) -> tuple[NDArray[np.int8], tuple[int, int] | None]:
    """Spins (repeats, bins, sites), and the lattice of the sites if they are on one."""
    layout = _layout(source, name, layout)
    x = spins(source, name)
    lattice = (x.shape[1], x.shape[2]) if layout == "samples,rows,columns" else None
    x = np.ascontiguousarray(x.swapaxes(1, 2)) if layout == "repeats,sites,bins" else x
    x = x if layout.startswith("repeats") else x.reshape(1, len(x), math.prod(x.shape[1:]))
    return x, lattice


def _changing(x: NDArray[np.int8], lattice: tuple[int, int] | None, name: str) -> Words:
    """The words without the sites that never change."""
    _check_size(x, name)
    varies = _varies(x)
    dropped = np.flatnonzero(~varies).tolist()
    if dropped:
        _check_left(int(varies.sum()), name)
        warnings.warn(f"{name}: {len(dropped)} sites never change and are dropped: {_listed(dropped)}", stacklevel=3)
        x, lattice = x[..., varies], None
    kept = np.flatnonzero(varies)
    duplicates = [(int(kept[i]), int(kept[j])) for i, j in _agreeing(x)]
    if duplicates:
        pairs = _listed([f"{j} like {i}" for i, j in duplicates])
        warnings.warn(
            f"{name}: {len(duplicates)} sites always agree with another one and are kept: {pairs}", stacklevel=3
        )
    return Words(x, lattice, dropped, duplicates)


def _layout(source: Source, name: str, layout: str | None) -> str:
    """The layout that is asked for, or samples,sites for two axes; raises LatentfieldError where the axes do not fit it."""
    axes = len(source.shape)
    fitting = [known for known, n in LAYOUTS.items() if n == axes]
    if layout is None and axes == 2:
        return fitting[0]
    if layout not in fitting:
        allowed = " or ".join(f"--layout {known}" for known in fitting) or "two or three axes"
        got = "" if layout is None else f" and the layout {layout!r}"
        raise LatentfieldError(f"{name}: got an array of shape {source.shape}{got}; allowed for it: {allowed}")
    return layout


def _check_size(x: NDArray[np.int8], name: str) -> None:
    """Raises LatentfieldError for fewer than `FEWEST_SAMPLES` words, all repeats together, or fewer than `FEWEST_SITES` sites."""
    samples = x.shape[0] * x.shape[1]
    if samples < FEWEST_SAMPLES:
        raise LatentfieldError(
            f"{name}: got {samples} samples of {x.shape[2]} sites; at least {FEWEST_SAMPLES} are needed"
        )
    _check_left(x.shape[2], name)


def _check_left(sites: int, name: str) -> None:
    if sites < FEWEST_SITES:
        raise LatentfieldError(f"{name}: got {sites} sites that change; at least {FEWEST_SITES} are needed")


def _varies(x: NDArray[np.int8]) -> NDArray[np.bool_]:
    """Which sites have both values somewhere in x (repeats, bins, sites): (sites,)."""
    return x.max((0, 1)) > x.min((0, 1))


def _agreeing(x: NDArray[np.int8]) -> list[tuple[int, int]]:
    """Each site (j) that equals an earlier one (i) in every sample: (i, j), by their places in x, j increasing.

    One pass over the data instead of a comparison of all pairs: every site gets a random checksum of its samples.
    """
    flat = x.reshape(-1, x.shape[-1])
    rng = np.random.default_rng(0)
    # Sums with random weights, modulo 2^64, differ for columns that do, but for one chance in 10^19.
    total = np.zeros(flat.shape[1], np.uint64)
    for rows in slices(flat.shape):
        weight = rng.integers(2**64, size=rows.stop - rows.start, dtype=np.uint64)
        total += weight @ (flat[rows] > 0).astype(np.uint64)
    _, first, number = np.unique(total, return_index=True, return_inverse=True)
    return [(int(first[k]), j) for j, k in enumerate(number) if first[k] != j]


def _listed(items: list) -> str:
    """The first `SHOWN` of them between commas, and how many more there are."""
    more = f" and {len(items) - SHOWN} more" if len(items) > SHOWN else ""
    return ", ".join(map(str, items[:SHOWN])) + more
