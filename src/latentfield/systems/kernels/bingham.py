"""Exact draws from the Bingham distribution on the sphere, density ∝ exp(n^T M n), 64 proposals at a time.

In the eigenframe of M, with concentrations l_k = max(a) - a_k >= 0 from its eigenvalues a, the envelope is the
angular central Gaussian x = y / |y|, y ~ Normal(0, W^-1), W_k = 1 + 2 l_k / b, where b is the root of
sum_k 1 / (b + 2 l_k) = 1; a proposal is kept with probability

    exp(-sum_k l_k x_k^2) (x^T W x)^(3/2) / B,    B = exp((b - 3) / 2) (3 / b)^(3/2).

Both densities are even in every x_k, so y is drawn as a uniform point of one octant stretched by W^(-1/2), and the
three signs are independent fair bits. Uniform numbers have 24 bits, arithmetic is float32.

Reference: Kent, Ganeiban and Mardia, "A new method to simulate the Bingham and related distributions" (2013),
https://arxiv.org/abs/1310.8110
"""

from __future__ import annotations

import numpy as np
from numba import njit

from latentfield.systems.kernels.random_lanes import HALF, ONE, exp32, fill_lanes

LANES = 64

UNIT = np.float32(2.0**-24)
HALF_UNIT = np.float32(2.0**-25)
MIN_EXPONENT = np.float32(-80.0)
QUARTER_TURN = np.float32(np.pi / 2)
ZERO = np.float32(0.0)
TWO = np.float32(2.0)
ROOT_HALF = np.float32(np.sqrt(0.5))
SINE_3, SINE_5, SINE_7 = np.float32(-1.6666654611e-1), np.float32(8.3321608736e-3), np.float32(-1.9515295891e-4)
COSINE_4, COSINE_6, COSINE_8 = np.float32(4.1666645683e-2), np.float32(-1.3887316255e-3), np.float32(2.4433157118e-5)
LOWEST = np.uint32(1)
JACOBI_SWEEPS = 12
NEWTON_STEPS = 30


@njit(nogil=True, cache=True)
def rotate_columns(matrix, p, q, cosine, sine):
    """Rotate columns p and q of a 3 x 3 matrix, in place."""
    for k in range(3):
        left, right = matrix[k, p], matrix[k, q]
        matrix[k, p] = cosine * left - sine * right
        matrix[k, q] = sine * left + cosine * right


@njit(nogil=True, cache=True)
def eigenframe(matrix, frame):
    """Diagonalise a symmetric 3 x 3 matrix in place by Jacobi rotations; eigenvectors become the columns of `frame`."""
    for i in range(3):
        for j in range(3):
            frame[i, j] = 1.0 if i == j else 0.0
    for _ in range(JACOBI_SWEEPS):
        off = matrix[0, 1] ** 2 + matrix[0, 2] ** 2 + matrix[1, 2] ** 2
        if off <= 1e-22 * (matrix[0, 0] ** 2 + matrix[1, 1] ** 2 + matrix[2, 2] ** 2 + off):
            break
        for p, q in ((0, 1), (0, 2), (1, 2)):
            if matrix[p, q] == 0.0:
                continue
            ratio = (matrix[q, q] - matrix[p, p]) / (2 * matrix[p, q])
            tangent = np.copysign(1.0, ratio) / (abs(ratio) + np.sqrt(ratio * ratio + 1))
            cosine = 1 / np.sqrt(tangent * tangent + 1)
            sine = tangent * cosine
            rotate_columns(matrix, p, q, cosine, sine)
            rotate_columns(matrix.T, p, q, cosine, sine)
            rotate_columns(frame, p, q, cosine, sine)


@njit(nogil=True, cache=True)
def envelope_width(concentration):
    """The b in (0, 3] that solves sum_k 1 / (b + 2 l_k) = 1 for concentrations l (3,) >= 0 whose smallest is 0.

    The sum falls and is convex in b and at least 1 at b = 1, so Newton's steps from there rise to the root.
    """
    b = 1.0
    for _ in range(NEWTON_STEPS):
        excess, slope = -1.0, 0.0
        for k in range(3):
            inverse = 1 / (b + 2 * concentration[k])
            excess += inverse
            slope += inverse * inverse
        b += excess / slope
        if abs(excess) < 1e-14:
            break
    return b


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"}, inline="always")
def octant(a, b):
    """r, x, y and z of a uniform point (r x, r y, z) of the octant of the unit sphere where none is negative.

    From the upper 24 bits of two random integers. The longitude is pi/4 plus an angle within ±pi/4, whose sine and cosine
    are the Cephes polynomials.
    """
    height = np.float32(np.uint32(a >> 8)) * UNIT + HALF_UNIT
    angle = (np.float32(np.uint32(b >> 8)) * UNIT + HALF_UNIT - HALF) * QUARTER_TURN
    square = angle * angle
    sine = angle + angle * square * ((SINE_7 * square + SINE_5) * square + SINE_3)
    cosine = ONE - HALF * square + square * square * ((COSINE_8 * square + COSINE_6) * square + COSINE_4)
    radius = np.sqrt(max(ONE - height * height, ZERO)) * ROOT_HALF
    return radius, cosine - sine, cosine + sine, height


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def propose(integers, concentration, stretch, log_bound, points, kept):
    """Draw 64 proposals in the eigenframe.

    points: (192,), replaced by unit vectors, component after component. kept: (64,) bytes, 1 if kept. integers:
    (192,), random. concentration: l (3,). stretch: W^(-1/2) (3,). log_bound: ln B. Signs come from the lowest bits.
    """
    stretch_x, stretch_y, stretch_z = stretch[0], stretch[1], stretch[2]
    along_x, along_y, along_z = concentration[0], concentration[1], concentration[2]
    for j in range(LANES):
        a, b, c = integers[j], integers[LANES + j], integers[2 * LANES + j]
        radius, x, y, height = octant(a, b)
        x, y, z = stretch_x * radius * x, stretch_y * radius * y, stretch_z * height
        inverse = ONE / (x * x + y * y + z * z)
        length = np.sqrt(inverse)
        against = (along_x * x * x + along_y * y * y + along_z * z * z) * inverse
        chance = exp32(max(-against - log_bound, MIN_EXPONENT)) * inverse * length
        kept[j] = np.float32(np.uint32(c >> 8)) * UNIT + HALF_UNIT < chance
        points[j] = x * length * (ONE - TWO * np.float32(a & LOWEST))
        points[LANES + j] = y * length * (ONE - TWO * np.float32(b & LOWEST))
        points[2 * LANES + j] = z * length * (ONE - TWO * np.float32(c & LOWEST))


@njit(nogil=True, cache=True, fastmath={"contract"})
def turn(points, axes):
    """Rotate the 64 proposals of `points` (192,) from the eigenframe to the laboratory; axes: (3, 3), columns."""
    xx, xy, xz = axes[0, 0], axes[0, 1], axes[0, 2]
    yx, yy, yz = axes[1, 0], axes[1, 1], axes[1, 2]
    zx, zy, zz = axes[2, 0], axes[2, 1], axes[2, 2]
    for j in range(LANES):
        x, y, z = points[j], points[LANES + j], points[2 * LANES + j]
        points[j] = xx * x + xy * y + xz * z
        points[LANES + j] = yx * x + yy * y + yz * z
        points[2 * LANES + j] = zx * x + zy * y + zz * z


@njit(nogil=True, cache=True)
def draw_bingham(matrix, directors, state):
    """Fill `directors` (3, n + 64) with n independent draws of density ∝ exp(n^T M n); the last 64 are spare room.

    matrix: M (3, 3) float64, symmetric, overwritten. state: (4, 192), see `random_lanes`.
    """
    frame = np.empty((3, 3))
    eigenframe(matrix, frame)
    top = max(matrix[0, 0], matrix[1, 1], matrix[2, 2])
    concentration = np.array([top - matrix[0, 0], top - matrix[1, 1], top - matrix[2, 2]])
    b = envelope_width(concentration)
    stretch = (1 / np.sqrt(1 + 2 * concentration / b)).astype(np.float32)
    log_bound = np.float32((b - 3) / 2 + 1.5 * np.log(3 / b))
    concentration, axes = concentration.astype(np.float32), frame.astype(np.float32)
    integers, points = np.empty(3 * LANES, np.uint32), np.empty(3 * LANES, np.float32)
    kept = np.empty(LANES, np.uint8)
    n, found = directors.shape[1] - LANES, np.int64(0)
    while found < n:
        fill_lanes(state, integers)
        propose(integers, concentration, stretch, log_bound, points, kept)
        turn(points, axes)
        for j in range(LANES):
            directors[0, found], directors[1, found] = points[j], points[LANES + j]
            directors[2, found] = points[2 * LANES + j]
            found += np.int64(kept[j])
