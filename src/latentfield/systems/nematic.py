"""Symmetric traceless tensors: an orthonormal basis, and the coordinates of a director's n n^T - I/3 in it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

TENSOR_BASIS: NDArray[np.float64] = np.array(
    [
        [[1, 0, 0], [0, -1, 0], [0, 0, 0]],
        [[-1, 0, 0], [0, -1, 0], [0, 0, 2]],
        [[0, 1, 0], [1, 0, 0], [0, 0, 0]],
        [[0, 0, 1], [0, 0, 0], [1, 0, 0]],
        [[0, 0, 0], [0, 0, 1], [0, 1, 0]],
    ]
) / np.sqrt([2, 6, 2, 2, 2]).reshape(5, 1, 1)
"""Five symmetric traceless matrices, orthonormal in the Frobenius product; shape (5, 3, 3)."""


def tensor_coordinates(n: NDArray) -> NDArray:
    """Coordinates (..., 5) of n n^T - I/3 for unit directors n (..., 3); the same for n and -n."""
    return np.einsum("...i,kij,...j->...k", n, TENSOR_BASIS.astype(n.dtype), n, optimize=True)
