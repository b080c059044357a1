"""Recovered patterns against the true ones, which recovery never sees.

Patterns come back in any order and with either sign. The assignment that maximises the sum of |overlaps| q = (1/N) xi·xi' undoes
both (Kuhn 1955, https://doi.org/10.1002/nav.3800020109). The network itself knows neither order nor sign: its couplings are
J_ij = (1/N) sum_mu xi_i^mu xi_j^mu, i != j.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from latentfield.arrays import FloatArray
from latentfield.errors import LatentfieldError


class Score(NamedTuple):
    """How P true patterns came back; a pattern without a partner counts as overlap 0."""

    overlaps: FloatArray
    """Overlap of every true pattern (rows) with every recovered one as given, (P, found)."""
    partner: NDArray[np.int64]
    """The recovered pattern assigned to each true one, -1 where there is none, (P,)."""
    sign: NDArray[np.int8]
    """The sign that aligns it, 0 where there is none, (P,)."""
    matched: FloatArray
    """|overlap| of each true pattern with its partner, (P,)."""
    exact: float
    """Fraction of the true patterns that came back in every bit."""
    mean_overlap: float
    minimum_overlap: float
    coupling_error: float
    """|J' - J| / |J| (Frobenius), J' the couplings of the recovered patterns: 1 if nothing is recovered."""


def score(recovered: NDArray, truth: NDArray) -> Score:
    """Score of recovered patterns (found, N) against the true ones (P, N), both ±1."""
    recovered, truth = np.asarray(recovered), np.asarray(truth)
    if recovered.ndim != 2 or truth.ndim != 2 or recovered.shape[1] != truth.shape[1]:
        raise LatentfieldError(
            f"patterns to compare are (found, N) and (P, N) with the same N, got {recovered.shape} and {truth.shape}"
        )
    patterns, n = truth.shape
    products = truth.astype(np.int64) @ recovered.astype(np.int64).T
    rows, columns = linear_sum_assignment(-np.abs(products))
    partner, matched, sign = np.full(patterns, -1), np.zeros(patterns), np.zeros(patterns, np.int8)
    partner[rows] = columns
    matched[rows] = np.abs(products[rows, columns]) / n
    sign[rows] = np.where(products[rows, columns] < 0, -1, 1)
    true, found = couplings(truth), couplings(recovered)
    return Score(
        products / n, partner, sign, matched, float((matched == 1).mean()), float(matched.mean()), float(matched.min()),
        float(np.linalg.norm(found - true) / np.linalg.norm(true)),
    )  # fmt: skip


def couplings(xi: NDArray) -> FloatArray:
    """J_ij = (1/N) sum_mu xi_i^mu xi_j^mu with an empty diagonal, in units of J, of patterns ±1 (P, N); (N, N)."""
    x = np.asarray(xi, float)
    matrix = x.T @ x / x.shape[1]
    np.fill_diagonal(matrix, 0)
    return matrix
