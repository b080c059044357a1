"""Which observables a decoder misses: ridge regression of the log ratio ln p/q on x_i, and on x_i x_j.

Rows x (n, N) are site values, s_i or their residuals s_i - E[s_i|z]; y (n,) are the log ratios of the same evaluated
configurations (`Divergence.log_ratio`). The N(N - 1)/2 products are never formed: the
regression is solved in its dual, with the kernel

    k(x, x') = sum_{i<j} x_i x_j x'_i x'_j = ((x.x')^2 - sum_i x_i^2 x'_i^2) / 2,

exact, at the cost of an n x n system; the n rows are a random subset of at most `ROWS`. The strength of the ridge is the best of
`STRENGTHS` on a tenth of the rows; the explained fraction R^2 is measured on another third, and so is its null,
with y shuffled.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from sklearn.kernel_ridge import KernelRidge
from sklearn.metrics import r2_score

from latentfield.systems.base import FloatArray

ROWS = 3000
STRENGTHS = np.logspace(-2, 4, 13)
"""Ridge parameters, in units of the mean diagonal of the kernel over n."""

Kernel = Callable[[FloatArray, FloatArray], FloatArray]


class Fit(NamedTuple):
    """A ridge regression: slopes, and the explained fraction of held-out rows with its value for shuffled y."""

    slopes: FloatArray
    explained: float
    null: float


class Residuals(NamedTuple):
    """Fits on single sites, slopes (N,), and on pairs of sites, slopes (N, N), symmetric with an empty diagonal; nats per unit."""

    one: Fit
    two: Fit


def residuals(x: FloatArray, y: FloatArray, seed: int) -> Residuals:
    """Both regressions of log ratios y (n,), nats, on site values x (n, N)."""
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(x))[:ROWS]
    x, y = np.asarray(x, float)[rows], np.asarray(y, float)[rows]
    shuffled = rng.permutation(y)

    def fitted(kernel: Kernel, slopes: Callable[[FloatArray, FloatArray], FloatArray]) -> Fit:
        dual, train, explained = _ridge(x, y, kernel)
        return Fit(slopes(x[train], dual), explained, _ridge(x, shuffled, kernel)[2])

    one = fitted(_sites, lambda rows, dual: rows.T @ dual)
    return Residuals(one, fitted(_pairs, _pair_slopes))


def by_distance(slopes: FloatArray, shape: tuple[int, int]) -> FloatArray:
    """Mean slope of pairs (N, N) at each displacement on a torus of the given shape; (*shape), displacement (0, 0) first."""
    height, width = shape
    grid = slopes.reshape(height, width, height, width)
    rows, columns = np.meshgrid(np.arange(height), np.arange(width), indexing="ij")
    mean = np.empty(shape)
    for dy, dx in np.ndindex(*shape):
        mean[dy, dx] = grid[rows, columns, (rows + dy) % height, (columns + dx) % width].mean()
    return mean


def _ridge(x: FloatArray, y: FloatArray, kernel: Kernel) -> tuple[FloatArray, slice, float]:
    """Dual coefficients summing to zero, the rows they belong to, and R^2 on the last third of the rows."""
    train, choice, test = _slices(len(x))
    gram = kernel(x, x[train])
    mean = gram[train].mean(0)
    # Subtracting the mean of the training rows on both sides gives the regression an unpenalised constant.
    gram = gram - mean - (gram.mean(1, keepdims=True) - mean.mean())
    centre = y[train].mean()
    unit = np.trace(gram[train]) / len(mean)
    fits = [KernelRidge(alpha=s * unit, kernel="precomputed").fit(gram[train], y[train] - centre) for s in STRENGTHS]
    best = max(fits, key=lambda fit: r2_score(y[choice], fit.predict(gram[choice]) + centre))
    dual = best.dual_coef_ - best.dual_coef_.mean()
    return dual, train, float(r2_score(y[test], best.predict(gram[test]) + centre))


def _slices(n: int) -> tuple[slice, slice, slice]:
    first, second = n * 17 // 30, n * 2 // 3
    return slice(0, first), slice(first, second), slice(second, n)


def _sites(a: FloatArray, b: FloatArray) -> FloatArray:
    return a @ b.T


def _pairs(a: FloatArray, b: FloatArray) -> FloatArray:
    return ((a @ b.T) ** 2 - a**2 @ (b**2).T) / 2


def _pair_slopes(x: FloatArray, dual: FloatArray) -> FloatArray:
    slopes = x.T @ (dual[:, None] * x)
    np.fill_diagonal(slopes, 0)
    return slopes
