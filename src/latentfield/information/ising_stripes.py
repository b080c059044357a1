"""Mutual information between two parts of an Ising lattice cut along its rows, exact by transfer matrix.

In the notation of `transfer_matrix`, let A be w whole rows of the L x L torus, with outer rows a and a', and B the other
L - w. Summing over B leaves P(A) = W(A) M(a, a') / Z, with W the Boltzmann weight within A and M = V (D V)^(L - w); summing
over A but for its outer rows, P(a, a') = N(a, a') M(a, a') / Z with N = (D V)^(w - 1) D. So

    H(A) = ln Z - K <bonds within A> - sum over (a, a') of P(a, a') ln M(a, a'),

and in I = H(A) + H(B) - H the bonds within A and B cancel; those of the two cuts, 2 L bonds of mean e (Kaufman), remain.
Both come from the sweep of `ising_torus`.

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
from latentfield.information.ising_torus import MAX_TORUS, torus
from latentfield.information.transfer_matrix import couple, row_spins, row_weights
from latentfield.systems.ising import kaufman

MAX_STRIP = 20
"""Largest L with open ends: one vector of 2^L is enough."""


def stripe_information(size: int, temperature: float, width: int | None = None) -> float:
    """I(A; B) in nats between `width` adjacent rows (by default L // 2) of the L x L torus and the others, L <= 18.

    T in units of J. Milliseconds up to L = 12, 0.1 s at 14, 2 s at 16, half a minute at 18. `width` and L - `width` give the
    same. Raises LatentfieldError for L beyond `MAX_TORUS`, and for a part of no row or of all.
    """
    width = _checked(size, width, MAX_TORUS, "torus")
    coupling = 1 / temperature
    # Of two complementary stripes the narrower one is swept, so that both, and halves and sublattices, share a sweep.
    found = torus(size, coupling, min(width, size - width))
    bond = kaufman(size, coupling)[1] / (2 * size**2)
    return float(np.log(found.total) - 2 * coupling * size * (1 - bond) - found.narrow - found.wide)


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


def _strip_information(size: int, temperature: float, above: int, periodic: bool) -> float:
    """I(A; B) of cylinder or box; ln Z is counted from equal spins here, which turns K <a·b> into -K (L - <a·b>)."""
    coupling = 1 / temperature
    upper, lower = (_outer_row(size, coupling, rows, periodic) for rows in (above, size - above))
    seen_above, seen_below = lower.copy(), upper.copy()
    couple(seen_above, np.exp(-2 * coupling))
    couple(seen_below, np.exp(-2 * coupling))
    total = float((upper * seen_above).sum())
    mean_log = float((upper * xlogy(seen_above, seen_above)).sum() + (lower * xlogy(seen_below, seen_below)).sum())
    unequal = 0.0
    for spin in row_spins(size).T:
        across = spin * lower
        couple(across, np.exp(-2 * coupling))
        unequal += 1 - float((upper * spin * across).sum()) / total
    return float(np.log(total) - coupling * unequal - mean_log / total)


def _outer_row(size: int, coupling: float, rows: int, periodic: bool) -> FloatArray:
    """Weights of the last of `rows` rows, summed over the others, (2^L,), up to a factor."""
    weights = row_weights(size, coupling, periodic)
    x = weights.copy()
    for _ in range(rows - 1):
        couple(x, np.exp(-2 * coupling))
        x *= weights
        x /= x.max()
    return x
