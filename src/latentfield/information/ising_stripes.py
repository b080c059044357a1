"""Mutual information between two parts of an Ising lattice cut along its rows, exact by transfer matrix.

In the notation of `transfer_matrix`, let A be w whole rows of the L x L torus, with outer rows a and a', and B the other
L - w. Summing over B leaves P(A) = W(A) M(a, a') / Z, with W the Boltzmann weight within A and M = V (D V)^(L - w); summing
over A but for its outer rows, P(a, a') = N(a, a') M(a, a') / Z with N = (D V)^(w - 1) D. So

    H(A) = ln Z - K <bonds within A> - sum over (a, a') of P(a, a') ln M(a, a'),

and in I = H(A) + H(B) - H the bonds within A and B cancel; those of the two cuts, 2 L bonds of mean e (Kaufman), remain.
N and M commute with rotations and reflections of the ring and flips of all its spins: one a' of each orbit is enough.

With open ends (cylinder: rows are rings; box: rows are open) there is one cut, between rows a and b. A and B know each
other through these alone, P(a, b) = u(a) V(a, b) v(b) / Z with u = (D V)^(k - 1) D 1 for k rows and v likewise, so that

    I(A; B) = K <a·b> + ln Z - <ln (V v)(a)> - <ln (V u)(b)>.

To compare with: halves of the torus at T_c, 0.7287 nats (L = 4), 0.9337 (6), 1.1555 (8), 1.3891 (10), 1.6307 (12), linear in L
(an area law; paper, eq. (62)). As B knows A through its outer rows alone, I is at most ln 2 for each spin of these; it is ln 2
at T = 0.
"""

from __future__ import annotations

import numpy as np
from scipy.special import xlogy

from latentfield.arrays import FloatArray
from latentfield.errors import LatentfieldError
from latentfield.information.transfer_matrix import add_rows, bonds_to, couple, row_orbits, row_spins, row_weights
from latentfield.systems.ising import kaufman

MAX_TORUS = 16
"""Largest L of a torus: about 2^L / 4L outer rows a', each with vectors of 2^L."""
MAX_STRIP = 20
"""Largest L with open ends: one vector of 2^L is enough."""
COLUMNS = 16
"""Outer rows a' that are worked on together: 2^L times so many numbers in memory."""


def stripe_information(size: int, temperature: float, width: int | None = None) -> float:
    """I(A; B) in nats between `width` adjacent rows (by default L // 2) of the L x L torus and the others, L <= 16.

    T in units of J. Milliseconds up to L = 10, 0.1 s at L = 12, 1 s at 14, 20 s at 16. `width` and L - `width` give the
    same. Raises LatentfieldError for L beyond `MAX_TORUS`, and for a part of no row or of all.
    """
    width = _checked(size, width, MAX_TORUS, "torus")
    coupling = 1 / temperature
    total, mean_log = _outer_rows(size, coupling, width)
    if size != 2 * width:
        mean_log += _outer_rows(size, coupling, size - width)[1]
    else:
        mean_log *= 2
    bond = kaufman(size, coupling)[1] / (2 * size**2)
    return float(np.log(total) - 2 * coupling * size * (1 - bond) - mean_log)


def cylinder_information(size: int, temperature: float, above: int | None = None) -> float:
    """I(A; B) in nats across the one cut below `above` rows (default L // 2) of an L x L cylinder, rows rings, L <= 20.

    The cut has one edge of L bonds, that of the torus two. Raises LatentfieldError as `stripe_information` does.
    """
    return _strip_information(size, temperature, _checked(size, above, MAX_STRIP, "cylinder"), periodic=True)


def box_information(size: int, temperature: float, above: int | None = None) -> float:
    """I(A; B) in nats across the one cut below `above` rows (default L // 2) of an open L x L box, L <= 20.

    As in `cylinder_information`, without the bonds that close the rows.
    """
    return _strip_information(size, temperature, _checked(size, above, MAX_STRIP, "box"), periodic=False)


def _checked(size: int, part: int | None, largest: int, shape: str) -> int:
    """Rows of a part, by default half of all, if they can be summed; raises LatentfieldError otherwise."""
    part = size // 2 if part is None else part
    if size > largest:
        raise LatentfieldError(f"exact sums over the rows of a {shape} take L of at most {largest}, got {size}")
    if not 0 < part < size:
        raise LatentfieldError(f"a part must hold between 1 and {size - 1} of {size} rows, got {part}")
    return part


def _outer_rows(size: int, coupling: float, width: int) -> tuple[float, float]:
    """Z of the torus and the mean of ln M(a, a') over the outer rows of a stripe, relative to all spins equal."""
    weights = row_weights(size, coupling, periodic=True)
    representatives, members = row_orbits(size)
    total = weighted = 0.0
    for first in range(0, len(representatives), COLUMNS):
        rows, count = representatives[first : first + COLUMNS], members[first : first + COLUMNS]
        within = np.zeros((2**size, len(rows)))
        within[rows, np.arange(len(rows))] = weights[rows]
        add_rows(within, weights, coupling, width - 1)
        around = bonds_to(rows, size, coupling) * weights[:, None]
        add_rows(around, weights, coupling, size - width - 1)
        couple(around, np.exp(-2 * coupling))
        total += float((within * around).sum(0) @ count)
        weighted += float((within * xlogy(around, around)).sum(0) @ count)
    return total, weighted / total


def _strip_information(size: int, temperature: float, above: int, periodic: bool) -> float:
    """I(A; B) of cylinder or box; ln Z is counted from equal spins here, which turns K <a·b> into -K (L - <a·b>)."""
    coupling = 1 / temperature
    upper, lower = (_outer_row(size, coupling, rows, periodic) for rows in (above, size - above))
    seen_above, seen_below = lower.copy(), upper.copy()
    couple(seen_above, np.exp(-2 * coupling))
    couple(seen_below, np.exp(-2 * coupling))
    total = float((upper * seen_above).sum())
    mean_log = float((upper * xlogy(seen_above, seen_above)).sum() + (lower * xlogy(seen_below, seen_below)).sum())
    spins = row_spins(size)
    across = spins * lower
    couple(across, np.exp(-2 * coupling))
    unequal = size - float((upper * spins * across).sum()) / total
    return float(np.log(total) - coupling * unequal - mean_log / total)


def _outer_row(size: int, coupling: float, rows: int, periodic: bool) -> FloatArray:
    """Weights of the last of `rows` rows, summed over the others, (2^L, 1), up to a factor."""
    weights = row_weights(size, coupling, periodic)
    x = weights[:, None].copy()
    for _ in range(rows - 1):
        add_rows(x, weights, coupling, 1)
        x /= x.max()
    return x
