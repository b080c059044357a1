"""All patterns at once, against the noise of the matrix they were found in.

One pattern at a time is read off the span alone, where every direction counts the same, also one in which the matrix
hardly differs from noise. Together they give the likeliest patterns under J = xi R + noise, equal on all entries:

    minimise |J - xi R|^2 over R (least squares) and over xi in {-1, +1} (bit by bit), in turn.

With D = J - xi R, turning bit mu of site i changes the square by 4 c_i^mu, and turning two bits by

    4 (c_i^mu + c_i^nu + 2 xi_i^mu xi_i^nu R_mu·R_nu),        c_i^mu = |R_mu|^2 + xi_i^mu D_i·R_mu.

On every site the bit, or else the pair, that gains most is turned until none gains, once from the bits as they stand and once from
those of the linear estimate sign(J R^T (R R^T + lambda)^-1), lambda the median square that a site leaves; the better is kept. Sites
that still leave OUTLIER times the median are tried from fair coins as well. It starts from patterns nearly right and does not
search. Then every bit is the sign of its source, the other patterns given:

    y_i^mu = xi_i^mu + D_i·R_mu / |R_mu|^2.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from latentfield.arrays import FloatArray

ROUNDS = 50
OUTLIER, COINS = 3.0, 100
ROUNDING = 1e-9
"""Gains below this part of a pattern's square are rounding."""


def decode_jointly(patterns: FloatArray, matrix: FloatArray) -> FloatArray:
    """Sources (P, N) of the patterns that fit a matrix (N, d) best, d >= P, from nearly right patterns ±1 (P, N)."""
    xi, rng = patterns.T.copy(), np.random.default_rng(0)
    for _ in range(ROUNDS):
        mixing = np.linalg.lstsq(xi, matrix, rcond=None)[0]
        if _squares(xi, matrix, mixing).max() < ROUNDING * (mixing**2).sum():
            break
        before = xi.copy()
        _turn_bits(xi, matrix, mixing)
        _start_anew(xi, matrix, mixing)
        _toss_coins(xi, matrix, mixing, rng)
        if np.array_equal(before, xi):
            break
    return (xi + (matrix - xi @ mixing) @ mixing.T / (mixing**2).sum(1)).T


def _turn_bits(xi: FloatArray, matrix: FloatArray, mixing: FloatArray) -> None:
    """Turn bits of xi (N, P), in place, until no one and no pair lowers the square."""
    gram, sites = mixing @ mixing.T, np.arange(len(xi))
    while len(sites):
        single = np.diag(gram) + xi[sites] * ((matrix[sites] - xi[sites] @ mixing) @ mixing.T)
        bit = single.argmin(1)
        gains = single[np.arange(len(sites)), bit] < -ROUNDING * np.diag(gram)[bit]
        xi[sites[gains], bit[gains]] *= -1
        sites = np.append(sites[gains], _turn_pairs(xi, sites[~gains], single[~gains], gram))


def _turn_pairs(xi: FloatArray, sites: NDArray, single: FloatArray, gram: FloatArray) -> NDArray:
    """Turn the best pair of bits of each of the given sites, in place, where that gains; returns the sites where it did."""
    if not len(sites) or len(gram) == 1:
        return sites[:0]
    bits = xi[sites]
    change = single[:, :, None] + single[:, None, :] + 2 * bits[:, :, None] * bits[:, None, :] * gram
    change[:, np.arange(len(gram)), np.arange(len(gram))] = np.inf
    best = change.reshape(len(sites), -1).argmin(1)
    first, second = np.unravel_index(best, gram.shape)
    gains = change[np.arange(len(sites)), first, second] < -ROUNDING * gram[first, first]
    for bit in (first, second):
        xi[sites[gains], bit[gains]] *= -1
    return sites[gains]


def _start_anew(xi: FloatArray, matrix: FloatArray, mixing: FloatArray) -> None:
    """Replace the bits of sites, in place, where the linear estimate leads to a smaller square."""
    left = _squares(xi, matrix, mixing)
    inverse = np.linalg.inv(mixing @ mixing.T + np.median(left) * np.eye(len(mixing)))
    other = np.where(matrix @ mixing.T @ inverse < 0, -1.0, 1.0)
    _turn_bits(other, matrix, mixing)
    better = _squares(other, matrix, mixing) < left
    xi[better] = other[better]


def _toss_coins(xi: FloatArray, matrix: FloatArray, mixing: FloatArray, rng: np.random.Generator) -> None:
    """Replace the bits of sites that fit badly, in place, where some of COINS random starts lead to a smaller square."""
    left = _squares(xi, matrix, mixing)
    for site in np.flatnonzero(left > OUTLIER * np.median(left) + ROUNDING * (mixing**2).sum()):
        row = np.repeat(matrix[site : site + 1], COINS, axis=0)
        other = rng.choice([-1.0, 1.0], size=(COINS, len(mixing)))
        _turn_bits(other, row, mixing)
        square = _squares(other, row, mixing)
        if square.min() < left[site]:
            xi[site] = other[square.argmin()]


def _squares(xi: FloatArray, matrix: FloatArray, mixing: FloatArray) -> FloatArray:
    return ((matrix - xi @ mixing) ** 2).sum(1)
