"""Sums in an order that nothing but the number of terms decides, the largest of many numbers in the same way, and copies.

A compiler that may reorder a sum makes another one of it in each place where the function is compiled in, and the process that
compiles runs other machine code than those that find it in the cache: last digits then differ between a first run and a second.
Lanes are SIMD code without that freedom. A maximum has no order, but compilers make no SIMD code of a plain loop over it.
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


@njit(nogil=True, cache=True)
def copy(source, target):
    """Copy a line (n,) to another one.

    An assignment of arrays to a part of an array would compile the words of its error, for two seconds in every process.
    """
    for j in range(len(target)):
        target[j] = source[j]


@njit(nogil=True, cache=True)
def add(source, target):
    """Add a line (n,) to another one."""
    for j in range(len(target)):
        target[j] += source[j]


@njit(nogil=True, cache=True, fastmath={"nnan", "nsz"})
def lane_max(x, lanes):
    """Largest of x (n,), n > 0, in the precision of `lanes` (LANES,), whose contents are lost; none may be NaN."""
    lanes[:] = x[0]
    whole = len(x) // LANES * LANES
    for j in range(0, whole, LANES):
        for k in range(LANES):
            lanes[k] = max(lanes[k], x[j + k])
    for j in range(whole, len(x)):
        lanes[j - whole] = max(lanes[j - whole], x[j])
    top = lanes[0]
    for k in range(1, LANES):
        top = max(top, lanes[k])
    return top
