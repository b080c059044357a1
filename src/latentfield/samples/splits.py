"""Which words of a recording train, choose and test, under each way of holding some of them out; and the units of their errors.

    random     a tenth of all words, uniformly
    repeats    the last tenth of the repeats, where there are some
    movie      the last tenth of the time, in every repeat, where it is long enough; of a table, its last tenth
    given      what came as such: its label is that of the file, or key, that a word stood in

A further twentieth, chosen alike, is for validation. Of few words either share of `random` is larger, up to a fifth, so that it has
`ENOUGH` words if it can: what a handful of words says of two models is within its error. Of very long recordings only some words
are used, drawn at random from each part: what a fit learns from more is less than the time it takes.

Words held out one by one are a random sample, each a unit of the standard errors. Words of one repeat, or of one second of a movie,
resemble each other: there whole repeats and stretches of `STRETCH` bins are the units, or pieces of them where they would be fewer
than `FEWEST_UNITS`, since the error of a mean over two or three units is itself hardly known. So it is in fits and in records of
VAEs; the study of the number of latents alone has whole repeats and stretches, however few, as its recorded errors have them.

Only two things are random: the permutation behind the split `random`, NumPy's `default_rng(seed)`, and which words are spared
of a part that is too large, `default_rng([seed, 1])`, begun anew for each split. `repeats` and `movie` of a recording that is
not thinned are the same for every seed. Of the words in the order of the permutation the first test, the next validate.
"""

from __future__ import annotations

import math
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

Scheme = Literal["random", "repeats", "movie"]
"""Name of a split, as in `params.yaml` and in the attribute `splits` of a sample set."""
AnyScheme = Literal["random", "repeats", "movie", "given"]
"""The same, and that of a data set that comes in parts."""
SPLITS: tuple[Scheme, ...] = get_args(Scheme)
"""Ways of holding words out, from the easiest to the most honest."""
TRAIN, VALIDATION, TEST, SPARE = 1, 2, 3, 4
"""Labels of words; no fit sees a spare one."""
MOST = {TRAIN: 250_000, VALIDATION: 15_000, TEST: 30_000}
"""Words of each part that are used at most; of the retina's 283,041 all are, under every split."""
ENOUGH, LARGEST = 1_000, 0.2
"""Words that test, and that validate, if they can be had from so much of a recording."""
FEWEST_REPEATS = 7
"""Of which one is held out, and another for validation."""
FEWEST_BINS = 40
"""Of which four are held out: errors need units that are independent."""
STRETCH, FEWEST_UNITS = 50, 20
"""Bins, a second of 20 ms each, that are one unit of the errors where a stretch of time is held out; and units there should be."""


def schemes(repeats: int, bins: int) -> tuple[str, ...]:
    """The splits that a recording of so many repeats of so many bins has, in the order of SPLITS.

    `random` always; `repeats` from FEWEST_REPEATS repeats on, `movie` from FEWEST_BINS bins on. A table of samples without
    repeats is one repeat, its rows the bins.
    """
    allowed = {"random": True, "repeats": repeats >= FEWEST_REPEATS, "movie": bins >= FEWEST_BINS}
    return tuple(name for name in SPLITS if allowed[name])


def splits(repeats: int, bins: int, seed: int) -> NDArray[np.int8]:
    """Labels of every word under each split that there is: (splits, repeats, bins).

    A label is TRAIN, VALIDATION, TEST or SPARE, 1 to 4, never 0, which in a store means a missing chunk. Rows are in the order of
    `schemes`. Shares are met to the nearest word by `random` and in whole repeats or bins by the others, the test part
    rounded up. What validates stands just before what tests, in time or among repeats.
    """
    n = repeats * bins
    labels = np.empty((len(schemes(repeats, bins)), repeats, bins), np.int8)
    for label, name in zip(labels, schemes(repeats, bins), strict=True):
        if name == "random":
            label.reshape(-1)[np.random.default_rng(seed).permutation(n)] = _first(n, n, min(ENOUGH / n, LARGEST))
        elif name == "repeats":
            label[:] = _first(repeats, n)[::-1, None]
        else:
            label[:] = _first(bins, n)[::-1]
        _thin(label.reshape(-1), np.random.default_rng([seed, 1]))
    return labels


def completed(label: NDArray[np.int8], seed: int) -> NDArray[np.int8]:
    """Labels (n,) of a data set in parts, with the parts that are missing drawn at random from the words to train on.

    As many as `random` would take; and of parts that are too large, words are spared.
    """
    label, rng = label.copy(), np.random.default_rng(seed)
    for part, share in ((TEST, 0.1), (VALIDATION, 0.05)):
        rows = np.flatnonzero(label == TRAIN)
        if not (label == part).any():
            count = math.ceil(len(rows) * max(share, min(ENOUGH / len(rows), LARGEST)))
            label[rng.permutation(rows)[:count]] = part
    _thin(label, np.random.default_rng([seed, 1]))
    return label


def units(
    scheme: str, label: NDArray[np.int8], fewest: int = FEWEST_UNITS, part: int = TEST
) -> NDArray[np.int64] | None:
    """Which words of a part, the one for tests unless another is named, belong together, (n,), in the order of its words.

    They are told by labels (repeats, bins) of a split. None where each is a unit of its own. With `fewest` = 1 a unit is a whole
    repeat, or a whole stretch of `STRETCH` bins.

    Words are in the order of rows of `label`, repeat after repeat, bins in order, as `SampleSet.split` has them. Units are
    told apart by their numbers, which need not begin at 0 or be without gaps. Of `movie` a unit spans the same bins of all
    repeats, since repeats see the same movie; of `repeats` a unit is a stretch of one repeat. Stretches begin at multiples of
    their length, so that the first and the last may be short.
    """
    repeat, time = np.nonzero(label == part)
    if scheme in ("random", "given"):
        return None
    span = int(np.ptp(time)) + 1
    if scheme == "movie":
        return time // max(1, min(STRETCH, span // fewest))
    pieces = math.ceil(fewest / len(np.unique(repeat)))
    return repeat * span + time // max(1, math.ceil(span / pieces))


def _first(units: int, words: int, enough: float = 0.0) -> NDArray[np.int8]:
    """Labels of units in order: the first tenth tests, the next twentieth validates, or `enough` of either; to the nearest word."""
    tests, validates = max(0.1, enough), max(0.05, enough)
    test, held = (math.ceil(units * (share - half / words)) for share, half in ((tests, 0.5), (tests + validates, 0)))
    test = max(test, 1)
    label = np.full(units, TRAIN, np.int8)
    label[: max(held, test + 1)] = VALIDATION
    label[:test] = TEST
    return label


def _thin(label: NDArray[np.int8], rng: np.random.Generator) -> None:
    """Spare what is beyond the most words of each part, in place."""
    for part, most in MOST.items():
        if np.count_nonzero(label == part) > most:
            rows = np.flatnonzero(label == part)
            label[rng.permutation(rows)[most:]] = SPARE
