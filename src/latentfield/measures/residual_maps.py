"""Which observables a decoder misses: ridge regression of the log ratio ln p/q on x_i, and on x_i x_j.

Rows x (n, N) are site values, or (n, N, c) vectors with x_i x_j their product x_i . x_j; y (n,) are the log ratios of the same
evaluated configurations (`Divergence.log_ratio`). The values of `deviations` have mean zero under the decoder, so that a faithful
one leaves nothing to find. Every group of rows (a temperature) has a constant of its own: y and what it is regressed on count from
their means in the group. The N(N - 1)/2 products are never formed: the regression is solved in its dual, with the kernel

    k(x, x') = sum_{i<j} x_i.x_j x'_i.x'_j = (|sum_i x_i (x) x'_i|^2 - sum_i |x_i|^2 |x'_i|^2) / 2,

exact, at the cost of an n x n system; the n rows are a random subset of at most `ROWS`. Where all sites of a torus are alike, the
pairs of one displacement d share a slope, that of C_d = sum_i x_i . x_{i+d} (each pair twice), and

    k(x, x') = sum_{d != 0} C_d(x) C_d(x') / 4.

The strength of the ridge is the best of `STRENGTHS` on a tenth of the rows; the explained fraction R^2 is measured on another
third, and so is its null, with y shuffled within each group.

R^2 is 1 where the log ratio is such a sum, near 0 or below it where there is nothing to explain, and its null shows how far
from 0 chance takes it. A slope is positive where the data have more of the observable than the decoder. Slopes are shrunk by
the ridge: maps are for patterns, not for couplings. Cost of a regression: n^2 N for the kernel, and two times thirteen systems
of 1,700 unknowns; seconds.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.kernel_ridge import KernelRidge
from sklearn.metrics import r2_score

from latentfield.arrays import FloatArray
from latentfield.vae.model import VAE

ROWS = 3000
"""Configurations of a regression at most: its kernel is n x n, and 1,700 of them train."""
STRENGTHS = np.logspace(-2, 4, 13)
"""Ridge parameters, in units of the mean diagonal of the kernel over n."""

Kernel = Callable[[FloatArray, FloatArray], FloatArray]
"""Of two sets of rows, (a, N, c) and (b, N, c): inner products of their observables, (a, b)."""


class Fit(NamedTuple):
    """A ridge regression: slopes, and the explained fraction of held-out rows with its value for shuffled y."""

    slopes: FloatArray
    """Nats per unit of the observable."""
    explained: float
    """R^2 on rows that neither trained nor chose the ridge; at most 1, may be negative."""
    null: float
    """The same for y shuffled within each group, where there is nothing to explain."""


class Residuals(NamedTuple):
    """Fits on single sites, slopes (N,), of vectors their length, and on pairs, slopes (N, N), symmetric with an empty diagonal, or
    on a uniform torus (height, width) by displacement, (0, 0) first; nats per unit."""

    one: Fit
    two: Fit


@torch.no_grad()
def deviations(model: VAE, x: NDArray, temperature: NDArray) -> NDArray[np.float32]:
    """What the encoder sees of every site, less its mean given the posterior mean of z, of x (n, *shape) at T (n,): (n, N, c).

    c is 1 for spins, whose deviation is s - tanh(l/2), and 5 for directors. No z is drawn, so that the map has no noise of its own;
    with broad posteriors the mean at the mean z is not quite the mean.
    """
    parts = []
    for rows in np.array_split(np.arange(len(x)), max(1, len(x) // 4096)):
        some, t = torch.from_numpy(x[rows]), torch.from_numpy(temperature[rows]).float()
        centre = model.likelihood.mean_features(model.decode(model.encode(some, t).mean, t))
        parts.append((model.likelihood.encode(some) - centre).flatten(2).movedim(1, 2))
    return torch.cat(parts).numpy()


def residuals(
    x: FloatArray, y: FloatArray, seed: int, groups: NDArray | None = None, torus: tuple[int, int] | None = None
) -> Residuals:
    """Both regressions of log ratios y (n,), nats, on site values x (n, N) or (n, N, c); `groups` (n,) default to one.

    `torus` is the shape of a lattice whose sites are all alike: the pairs of a displacement then share a slope. `seed` chooses
    the rows and their order, hence which of them train, choose and test, and shuffles y for the null.
    """
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(x))[:ROWS]
    x = np.asarray(x[rows], float).reshape(len(rows), x.shape[1], -1)
    y = np.asarray(y[rows], float)
    group = np.zeros(len(rows), int) if groups is None else np.unique(groups[rows], return_inverse=True)[1]
    shuffled = np.empty_like(y)
    shuffled[np.argsort(group, kind="stable")] = y[np.lexsort((rng.random(len(y)), group))]

    def fitted(features: FloatArray, kernel: Kernel, slopes: Callable[[FloatArray, FloatArray], FloatArray]) -> Fit:
        dual, train, explained = _ridge(features, np.stack([y, shuffled], 1), group, kernel)
        return Fit(slopes(features[train], dual[:, 0]), *explained)

    one = fitted(x, _sites, _site_slopes)
    if torus is None:
        return Residuals(one, fitted(x, _pairs, _pair_slopes))
    two = fitted(_lattice_products(x, torus), _sites, _site_slopes)
    return Residuals(one, two._replace(slopes=two.slopes.reshape(torus)))


def _lattice_products(x: FloatArray, shape: tuple[int, int]) -> FloatArray:
    """C_d / 2 of every displacement, of x (n, N, c): (n, N, 1), zero at d = 0."""
    waves = np.fft.fft2(x.reshape(len(x), *shape, -1), axes=(1, 2))
    products = np.fft.ifft2((np.abs(waves) ** 2).sum(3)).real / 2
    products[:, 0, 0] = 0
    return products.reshape(len(x), -1, 1)


def by_distance(slopes: FloatArray, shape: tuple[int, int]) -> FloatArray:
    """Mean slope of pairs (N, N) at each displacement on a torus of the given shape; (*shape), displacement (0, 0) first.

    Sites are numbered row by row; displacements go down and right and wrap around, so that d and -d have the same slope.
    """
    height, width = shape
    grid = slopes.reshape(height, width, height, width)
    rows, columns = np.meshgrid(np.arange(height), np.arange(width), indexing="ij")
    mean = np.empty(shape)
    for dy, dx in np.ndindex(*shape):
        mean[dy, dx] = grid[rows, columns, (rows + dy) % height, (columns + dx) % width].mean()
    return mean


def _ridge(
    x: FloatArray, y: FloatArray, group: NDArray, kernel: Kernel
) -> tuple[FloatArray, slice, tuple[float, float]]:
    """Regressions of two columns y (n, 2): dual coefficients of the training rows, which sum to zero in each group, these rows, and
    R^2 on the last third of the rows."""
    train, choice, test = _slices(len(x))
    member = np.eye(group.max() + 1)[group[train]]
    mean = (member / np.maximum(member.sum(0), 1)).T
    gram = kernel(x, x[train])
    gram = gram - (mean @ gram[train])[group]
    gram = gram - (gram @ mean.T)[:, group[train]]
    y = y - (mean @ y[train])[group]
    unit = np.trace(gram[train]) / len(gram[train])
    fits = [KernelRidge(alpha=s * unit, kernel="precomputed").fit(gram[train], y[train]) for s in STRENGTHS]
    dual = np.stack([fit.dual_coef_ for fit in fits])
    scores = [r2_score(y[choice], fit.predict(gram[choice]), multioutput="raw_values") for fit in fits]
    best = np.argmax(scores, axis=0)
    dual = dual[best, :, [0, 1]].T
    first, second = r2_score(y[test], gram[test] @ dual, multioutput="raw_values").tolist()
    return dual - (mean @ dual)[group[train]], train, (first, second)


def _slices(n: int) -> tuple[slice, slice, slice]:
    """Rows that train (17/30), choose the ridge (1/10) and test (1/3)."""
    first, second = n * 17 // 30, n * 2 // 3
    return slice(0, first), slice(first, second), slice(second, n)


def _sites(a: FloatArray, b: FloatArray) -> FloatArray:
    """Kernel of single sites: sum_i x_i.x'_i."""
    return a.reshape(len(a), -1) @ b.reshape(len(b), -1).T


def _site_slopes(x: FloatArray, dual: FloatArray) -> FloatArray:
    """Slopes (N,) from dual coefficients (n,) and their rows (n, N, c); of vectors the length, which has no sign."""
    slopes = np.einsum("n,nic->ic", dual, x)
    return slopes[:, 0] if slopes.shape[1] == 1 else np.linalg.norm(slopes, axis=1)


def _pairs(a: FloatArray, b: FloatArray) -> FloatArray:
    """Kernel of all pairs i < j, by the formula of the module: no product x_i.x_j is formed."""
    own = (a**2).sum(2) @ (b**2).sum(2).T
    components = range(a.shape[2])
    return (sum((a[:, :, k] @ b[:, :, m].T) ** 2 for k in components for m in components) - own) / 2


def _pair_slopes(x: FloatArray, dual: FloatArray) -> FloatArray:
    """Slopes of pairs (N, N) from dual coefficients (n,) and their rows (n, N, c); symmetric, zero on the diagonal."""
    parts = (x[:, :, k].T @ (dual[:, None] * x[:, :, k]) for k in range(x.shape[2]))
    slopes = functools.reduce(np.add, parts)
    np.fill_diagonal(slopes, 0)
    return slopes
