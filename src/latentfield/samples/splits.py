"""Which words of a recording train, choose and test, under each way of holding some of them out; and the units of their errors.

    random     a tenth of all words, uniformly
    repeats    the last tenth of the repeats, where there are some
    movie      the last tenth of the time, in every repeat, where it is long enough; of a table, its last tenth

A further twentieth, chosen alike, is for validation. Of very long recordings only some words are used, drawn at random from each
part: what a fit learns from more is less than the time it takes.

Words held out one by one are a random sample, each a unit of the standard errors. Words of one repeat, or of one second of a movie,
resemble each other: there whole repeats and stretches of `STRETCH` bins are the units, or pieces of them where they would be fewer
than `FEWEST_UNITS`, since the error of a mean over two or three units is itself hardly known. So it is in fits and in records of
VAEs; the study of the number of latents alone has whole repeats and stretches, however few, as its recorded errors have them.
"""

from __future__ import annotations

import math
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

Scheme = Literal["random", "repeats", "movie"]
SPLITS: tuple[Scheme, ...] = get_args(Scheme)
"""Ways of holding words out, from the easiest to the most honest."""
TRAIN, VALIDATION, TEST, SPARE = 1, 2, 3, 4
"""Labels of words; no fit sees a spare one."""
MOST = {TRAIN: 250_000, VALIDATION: 15_000, TEST: 30_000}
"""Words of each part that are used at most."""
FEWEST_REPEATS = 7
"""Of which one is held out, and another for validation."""
FEWEST_BINS = 40
"""Of which four are held out: errors need units that are independent."""
STRETCH, FEWEST_UNITS = 50, 20
"""Bins, a second of 20 ms each, that are one unit of the errors where a stretch of time is held out; and units there should be."""


def schemes(repeats: int, bins: int) -> tuple[str, ...]:
    """The splits that a recording of so many repeats of so many bins has."""
    allowed = {"random": True, "repeats": repeats >= FEWEST_REPEATS, "movie": bins >= FEWEST_BINS}
    return tuple(name for name in SPLITS if allowed[name])


def splits(repeats: int, bins: int, seed: int) -> NDArray[np.int8]:
    """Labels of every word under each split that there is: (splits, repeats, bins)."""
    n = repeats * bins
    labels = np.empty((len(schemes(repeats, bins)), repeats, bins), np.int8)
    for label, name in zip(labels, schemes(repeats, bins), strict=True):
        if name == "random":
            label.reshape(-1)[np.random.default_rng(seed).permutation(n)] = _first(n, n)
        elif name == "repeats":
            label[:] = _first(repeats, n)[::-1, None]
        else:
            label[:] = _first(bins, n)[::-1]
        _thin(label.reshape(-1), np.random.default_rng([seed, 1]))
    return labels


def units(scheme: str, label: NDArray[np.int8], fewest: int = FEWEST_UNITS) -> NDArray[np.int64] | None:
    """Which words of the test part belong together, (n,), in the order of its words, from labels (repeats, bins) of a split.

    None where each is a unit of its own. With `fewest` = 1 a unit is a whole repeat, or a whole stretch of `STRETCH` bins.
    """
    repeat, time = np.nonzero(label == TEST)
    if scheme == "random":
        return None
    span = int(np.ptp(time)) + 1
    if scheme == "movie":
        return time // max(1, min(STRETCH, span // fewest))
    pieces = math.ceil(fewest / len(np.unique(repeat)))
    return repeat * span + time // max(1, math.ceil(span / pieces))


def _first(units: int, words: int) -> NDArray[np.int8]:
    """Labels of units in order: the first tenth tests, the next twentieth validates, to the nearest word."""
    test, held = (math.ceil(units * (share - half / words)) for share, half in ((0.1, 0.5), (0.15, 0)))
    label = np.full(units, TRAIN, np.int8)
    label[: max(held, 2)] = VALIDATION
    label[: max(test, 1)] = TEST
    return label


def _thin(label: NDArray[np.int8], rng: np.random.Generator) -> None:
    """Spare what is beyond the most words of each part, in place."""
    for part, most in MOST.items():
        if np.count_nonzero(label == part) > most:
            rows = np.flatnonzero(label == part)
            label[rng.permutation(rows)[most:]] = SPARE
