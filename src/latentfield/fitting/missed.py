"""Which pairs of sites a fit misses."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from latentfield.records.fitted import Missed
from latentfield.records.measured import Explained
from latentfield.records.tables import Table

NAMED = 5
"""Pairs of sites that are named, those of the steepest slopes."""
FAILS = 0.05
"""Fraction of the log ratio that pairs must explain for any to be named; or twice that of shuffled ratios, if that is more."""


def missed(rows: Table, fit: Explained, kept: NDArray[np.int64]) -> Missed:
    """Pairs on which the log ratio of data to decoder depends most, from the map of pairs by site, or by displacement on a lattice.

    `kept` (sites,) holds the number of every site in the file. Slopes are nats per unit of the product of two sites' deviations
    from what the decoder expects (`residual_maps`), positive where the data have more of it than the decoder; displacements are
    (down, right), and (0, 0) is not among them. `fit` is the regression on pairs, whose explained fraction goes with them.
    """
    lattice = "dy" in rows[0]
    if lattice:
        rows = [row for row in rows if row["dy"] or row["dx"]]
    steepest = sorted(rows, key=lambda row: -abs(row["slope"]))[:NAMED]
    keys = ("dy", "dx") if lattice else ("i", "j")
    places = [(int(row[keys[0]]), int(row[keys[1]])) for row in steepest]
    named = tuple(places if lattice else [(int(kept[i]), int(kept[j])) for i, j in places])
    slopes = tuple(row["slope"] for row in steepest)
    return Missed(lattice=lattice, pairs=named, slopes=slopes, explained=fit.explained, null=fit.null)


def in_words(pairs: Missed) -> str:
    """A sentence on the pairs, where they explain enough."""
    if pairs.explained < max(FAILS, 2 * pairs.null):
        return "No single pairs of sites stand out among what is missed."
    what = "displacements (down, right)" if pairs.lattice else "sites"
    named = ", ".join(f"({a}, {b})" for a, b in pairs.pairs)
    share = 100 * pairs.explained
    return f"Pairs of sites explain {share:.0f} % of what is missed, most of all those of {what} {named}."
