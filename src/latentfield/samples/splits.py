"""Which words of a recording train, choose and test, under each way of holding some of them out (see `systems.retina`).

    random     a tenth of all words, uniformly
    repeats    the last tenth of the repeats, where there are some
    movie      the last tenth of the time, in every repeat, where it is long enough; of a table, its last tenth

A further twentieth, chosen alike, is for validation. Of very long recordings only some words are used, drawn at random from each
part: what a fit learns from more is less than the time it takes.
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
