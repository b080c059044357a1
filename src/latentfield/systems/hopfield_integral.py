"""Exact log Z and mean squared fields of a Hopfield network of at most four patterns, by quadrature.

    Z = (beta N / 2 pi)^(P/2) ∫ d^P m exp(-beta N |m|^2 / 2) prod_i 2 cosh(beta sum_mu xi_i^mu m_mu)

The integrand is a sum over the 2^N states s of Gaussians of variance 1/(beta N) centred at the overlaps of s, all of
weight exp(-beta E(s)). So the rule of equal steps h = 0.8 / sqrt(beta N) is exact up to a factor 1 ± 2P exp(-2 pi^2 /
0.64), 3e-13 for P = 4, and no state lies further from the origin than the square root of the largest eigenvalue of
sum_i xi_i xi_i^T / N, beyond which eight standard deviations are kept.

Sites with equal patterns up to a sign share one factor, so there are at most 8 of them, and on the lattice m = h k
their arguments are whole multiples of beta h: every logarithm comes from one table.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from latentfield.arrays import FloatArray

MAX_PATTERNS = 4
STEP = 0.8
REACH = 8.0
LOG_NEGLIGIBLE = -45.0


def field_integral(xi: NDArray, beta: float) -> tuple[float, FloatArray]:
    """log Z and the mean of m_mu^2 under the fields' distribution, shape (P,), for patterns xi ±1 of shape (P, N).

    The mean squared overlap of a configuration is the mean of m_mu^2 less 1/(beta N).
    """
    patterns, n = xi.shape
    width = 1 / np.sqrt(beta * n)
    step = STEP * width
    gram = (xi.astype(float) @ xi.T) / n
    radius = int(np.ceil((np.sqrt(np.linalg.eigvalsh(gram)[-1]) + REACH * width) / step))
    log_2cosh = np.logaddexp(*np.outer([1.0, -1.0], beta * step * np.arange(4 * radius + 1)))
    limits = np.zeros(MAX_PATTERNS, dtype=np.int64)
    limits[:patterns] = radius
    peak, total, squares = _lattice_sum(_class_sizes(xi), log_2cosh, beta * n * step**2 / 2, limits, radius**2)
    log_z = peak + np.log(total) + patterns * np.log(STEP / np.sqrt(2 * np.pi))
    return float(log_z), squares[:patterns] / total * step**2


def _class_sizes(xi: NDArray) -> FloatArray:
    """Sites of each kind (8,): bit mu - 2 is set where patterns 1 and mu differ; missing patterns equal the first."""
    differ = (xi[1:] != xi[:1]).astype(np.int64)
    kind = (differ << np.arange(len(differ))[:, None]).sum(axis=0)
    return np.bincount(kind, minlength=8).astype(float)


@njit(nogil=True, cache=True)
def _lattice_sum(sizes, log_2cosh, stiffness, limits, radius_squared):
    """Sum exp(f) over the ball |k|^2 <= radius_squared; f(k) = -stiffness |k|^2 + sum over kinds of size * log 2cosh.

    Returns (peak, total, squares): the sum is exp(peak) * total, and that of k_mu^2 exp(f) is exp(peak) * squares
    (4,). Of k and -k only the one with k_1 >= 0 is visited.
    """
    peak, total, squares = -np.inf, 0.0, np.zeros(4)
    for a in range(limits[0] + 1):
        weight = 1.0 if a == 0 else 2.0
        for b in range(-limits[1], limits[1] + 1):
            for c in range(-limits[2], limits[2] + 1):
                left = radius_squared - a * a - b * b - c * c
                if left < 0:
                    continue
                p, q, r, s = a + b + c, a - b + c, a + b - c, a - b - c
                reach = min(limits[3], np.int64(np.sqrt(left)))
                for d in range(-reach, reach + 1):
                    f = -stiffness * (radius_squared - left + d * d)
                    f += sizes[0] * log_2cosh[abs(p + d)] + sizes[1] * log_2cosh[abs(q + d)]
                    f += sizes[2] * log_2cosh[abs(r + d)] + sizes[3] * log_2cosh[abs(s + d)]
                    f += sizes[4] * log_2cosh[abs(p - d)] + sizes[5] * log_2cosh[abs(q - d)]
                    f += sizes[6] * log_2cosh[abs(r - d)] + sizes[7] * log_2cosh[abs(s - d)]
                    if f - peak < LOG_NEGLIGIBLE:
                        continue
                    if f > peak:
                        shrink = np.exp(peak - f)
                        total, squares, peak = total * shrink, squares * shrink, f
                    mass = weight * np.exp(f - peak)
                    total += mass
                    squares[0] += mass * a * a
                    squares[1] += mass * b * b
                    squares[2] += mass * c * c
                    squares[3] += mass * d * d
    return peak, total, squares
