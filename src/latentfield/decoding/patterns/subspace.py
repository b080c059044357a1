"""Spans of patterns: bases, the angles between them, and the linear baseline from samples alone.

Two spans of dimension P agree as far as the cosines of their principal angles are 1 (Bjorck and Golub 1973,
https://doi.org/10.2307/2005662).

Baseline: above its transition a Hopfield network of P patterns has, to leading order, the covariance

    <s s^T> = 1 + xi^T A xi,    A (P, P) positive,

so that the P leading eigenvectors span the patterns. Second moments are taken about zero: the energy does not change under
s -> -s, so the true mean is zero, and the mean of a finite set below the transition, where chains sit in one pattern or another, is
itself a vector in the span that subtracting would remove.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh, subspace_angles

from latentfield.arrays import FloatArray
from latentfield.errors import LatentfieldError

RANK = 1e-6
"""Singular values below this part of the largest count as zero."""


def leading_span(matrix: NDArray, dimension: int) -> tuple[FloatArray, FloatArray]:
    """The `dimension` leading left singular vectors (N, dimension) of a matrix (N, d) and their singular values.

    Raises LatentfieldError if the matrix has fewer columns, or a smaller rank, than asked for.
    """
    matrix = np.asarray(matrix, dtype=float)
    if not 1 <= dimension <= min(matrix.shape):
        raise LatentfieldError(
            f"{dimension} patterns cannot be read off a matrix of {matrix.shape[0]} sites and {matrix.shape[1]} latents: "
            f"ask for 1 to {min(matrix.shape)}"
        )
    left, values, _ = np.linalg.svd(matrix, full_matrices=False)
    if not values[dimension - 1] > RANK * values[0]:
        rank = int((values > RANK * values[0]).sum())
        raise LatentfieldError(
            f"{dimension} patterns cannot be read off a matrix of rank {rank}: ask for at most {rank}"
        )
    return left[:, :dimension], values[:dimension]


def cosines_squared(a: NDArray, b: NDArray) -> FloatArray:
    """Squared cosines of the principal angles between the columns' spans of a and b, (N, .) each; increasing."""
    return np.cos(subspace_angles(np.asarray(a, float), np.asarray(b, float))) ** 2


def leading_eigenvectors(samples: NDArray, dimension: int) -> FloatArray:
    """The leading eigenvectors of the second moments of samples ±1 (n, N), times the root of the eigenvalue; (N, dimension)."""
    x = np.asarray(samples, dtype=np.float32).reshape(len(samples), -1)
    return _leading((x.T @ x).astype(float) / len(x), dimension)


def coupling_eigenvectors(couplings: NDArray, dimension: int) -> FloatArray:
    """The eigenvectors of the largest eigenvalues of symmetric couplings (N, N); (N, dimension).

    Those of a Hopfield network with an empty diagonal are -P/N outside the span of the patterns and around 1 - P/N within it.
    """
    return _leading(np.asarray(couplings, float), dimension)


def _leading(symmetric: FloatArray, dimension: int) -> FloatArray:
    n = len(symmetric)
    if not 1 <= dimension <= n:
        raise LatentfieldError(f"{n} sites have 1 to {n} eigenvectors, got {dimension}")
    values, vectors = eigh(symmetric, subset_by_index=(n - dimension, n - 1))
    return vectors[:, ::-1] * np.sqrt(np.maximum(values[::-1], RANK * values[-1]))
