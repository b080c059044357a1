"""Whether several fits find the same patterns: of other seeds, or of other parts of the words.

Patterns of two runs are matched one to one so that the sum of |cosine| is largest (Hungarian assignment, Kuhn 1955, Naval Research
Logistics 2, 83); signs are free. Patterns of a theory should be in the gauge of `gauge.fixed`, without which directions mean
nothing. Random patterns of N sites have |cosine| of about sqrt(2 / pi N).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from latentfield.arrays import FloatArray
from latentfield.errors import LatentfieldError


class Stability(NamedTuple):
    """How alike the patterns of several runs are."""

    cosines: FloatArray
    """|cosine| of each pattern of the earlier run with its match, for each pair of runs: (pairs, d)."""
    mean: float
    """Mean over pairs and patterns."""
    span: float
    """Smallest cosine of a principal angle between the spans of two runs, whatever directions their patterns have in them."""


def matched(first: FloatArray, second: FloatArray) -> tuple[NDArray[np.int64], FloatArray]:
    """Number of the match in `second` (d, N) of each pattern of `first` (d, N), and its cosine; each (d,)."""
    a, b = (patterns / np.linalg.norm(patterns, axis=1, keepdims=True) for patterns in (first, second))
    cosine = a @ b.T
    rows, columns = linear_sum_assignment(np.abs(cosine), maximize=True)
    return columns, cosine[rows, columns]


def stability(runs: Sequence[FloatArray]) -> Stability:
    """Stability of the patterns (d, N) of at least two runs."""
    if len(runs) < 2 or len({run.shape for run in runs}) > 1:
        shapes = [run.shape for run in runs]
        raise LatentfieldError(f"stability compares at least two runs with patterns of one shape, got shapes {shapes}")
    cosines = np.stack([np.abs(matched(a, b)[1]) for a, b in combinations(runs, 2)])
    spans = [np.linalg.qr(run.T)[0] for run in runs]
    span = min(np.linalg.norm(a.T @ b, -2) for a, b in combinations(spans, 2))
    return Stability(cosines, float(cosines.mean()), float(span))
