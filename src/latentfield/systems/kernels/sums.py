"""Sums in an order that nothing but the number of terms decides.

A compiler that may reorder a sum makes another one of it in each place where the function is compiled in, and the process that
compiles runs other machine code than those that find it in the cache: last digits then differ between a first run and a second.
Lanes are SIMD code without that freedom.
"""

from __future__ import annotations

from numba import njit

LANES = 16


@njit(nogil=True, cache=True)
def lane_sum(x, lanes):
    """Sum of x (n,) in the precision of `lanes` (LANES,), whose contents are lost."""
    lanes[:] = 0
    whole = len(x) // LANES * LANES
    for j in range(0, whole, LANES):
        for k in range(LANES):
            lanes[k] += x[j + k]
    for j in range(whole, len(x)):
        lanes[j - whole] += x[j]
    total = lanes[0]
    for k in range(1, LANES):
        total += lanes[k]
    return total
