"""Random numbers for vectorised kernels: many independent xoshiro128++ generators advanced together.

One call fills a row of unsigned 32-bit integers, one per generator, and loops over such rows become SIMD code. The
states are drawn from a NumPy generator; sequences of length 2^128 started at random do not meet in practice.

References: Blackman and Vigna, "Scrambled linear pseudorandom number generators" (2021), https://prng.di.unimi.it;
the exponential follows Moshier's Cephes library, https://www.netlib.org/cephes.
"""

from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic
from numpy.typing import NDArray

LOG2_E = np.float32(1.44269504088896341)
LN2_HIGH = np.float32(0.693359375)
LN2_LOW = np.float32(-2.12194440e-4)
HALF = np.float32(0.5)
ONE = np.float32(1.0)
C2, C3, C4 = np.float32(5.0000001201e-1), np.float32(1.6666665459e-1), np.float32(4.1665795894e-2)
C5, C6, C7 = np.float32(8.3334519073e-3), np.float32(1.3981999507e-3), np.float32(1.9875691500e-4)


def lane_states(rng: np.random.Generator, lanes: int) -> NDArray[np.uint32]:
    """States of that many generators, shape (4, lanes)."""
    return rng.integers(0, 2**32, size=(4, lanes), dtype=np.uint32)


@njit(nogil=True, cache=True)
def fill_lanes(state, out):
    """Advance the generators of `state` (4, lanes) and write one 32-bit integer of each to `out` (lanes,)."""
    for j in range(len(out)):
        a, b, c, d = state[0, j], state[1, j], state[2, j], state[3, j]
        total = np.uint32(a + d)
        out[j] = np.uint32(np.uint32(total << 7) | np.uint32(total >> 25)) + a
        c ^= a
        d ^= b
        state[0, j] = a ^ d
        state[1, j] = b ^ c
        state[2, j] = c ^ np.uint32(b << 9)
        state[3, j] = np.uint32(d << 11) | np.uint32(d >> 21)


@intrinsic
def _float_of_bits(typing_context, bits):
    """The float32 whose bits are those of an int32."""

    def codegen(context, builder, signature, args):
        return builder.bitcast(args[0], ir.FloatType())

    return types.float32(types.int32), codegen


@njit(nogil=True, cache=True, fastmath={"contract"})
def exp32(x):
    """exp(x) of a float32, |x| <= 87, with a relative error below 1e-7 (rounding); loops over it become SIMD code."""
    k = np.floor(x * LOG2_E + HALF)
    r = x - k * LN2_HIGH - k * LN2_LOW
    tail = ((((C7 * r + C6) * r + C5) * r + C4) * r + C3) * r + C2
    # Numba itself gives the first argument, the typing context.
    return (tail * r * r + r + ONE) * _float_of_bits(np.int32((np.int32(k) + 127) << 23))  # type: ignore[call-arg]
