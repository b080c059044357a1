"""Maps of what the log ratio of data to decoder depends on: single sites, and pairs of sites.

They read the tables `one_point` and `two_point` of `measures.residual_correlation`, with one column `slope` and the
columns that say of what:

    on a lattice    one_point {row, column}    two_point {dy, dx}, a displacement on the torus
    without one     one_point {cell}           two_point {i, j}, a pair of cells, i < j

A slope is that of the log ratio ln p/q, in nats, on the deviation of a site from its mean under the decoder, or on the
product of two such deviations: positive where the data have more of it than the decoder draws. It comes from a ridge
regression, which shrinks slopes, and has no error bar; whether a map means anything is said by the fraction that it
explains on rows it has not seen, beside that of shuffled ratios. A director deviates in five coordinates of n n^T -
I/3: a product is their scalar product, and a single-site slope the length of a vector, never negative. The regression
pools all temperatures.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from latentfield.arrays import FloatArray
from latentfield.records.measured import Explained, ResidualMaps
from latentfield.records.tables import Table, Tables
from latentfield.report.figures.canvas import BLUE, FAINT, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def residual_maps(figure: Figure, residuals: ResidualMaps, tables: Tables) -> None:
    """One-point map, two-point map, and on a lattice the two-point slopes against distance; same scale for both signs.

    A table with a column `dy` is of a lattice: three panels, else two (every cell, and the matrix of pairs). Each image
    has its own scale, ± its largest |slope|, red positive and blue negative. `figure` is empty; `residuals` gives the
    fractions in the headings, where a negative one counts as 0. Where the sites of a lattice are not alike, as in a
    network, the slope of a displacement is a mean over pairs in which opposite signs cancel.
    """
    lattice = "dy" in tables["two_point"][0]
    panels = figure.subplots(1, 3 if lattice else 2)
    one, two = (_explained(fit) for fit in (residuals.one, residuals.two))
    if lattice:
        _image(panels[0], _grid(tables["one_point"], "row", "column"), f"single sites\n{one}", "nats per unit")
        displacement(panels[1], tables["two_point"])
        panels[1].set_title(f"pairs, by displacement\n{two}")
        _distance(panels[2], tables["two_point"])
    else:
        _cells(panels[0], tables["one_point"])
        panels[0].set_title(f"single cells\n{one}")
        _image(panels[1], _symmetric(tables["two_point"]), f"pairs of cells\n{two}", "nats per unit")


def displacement(axes: Axes, rows: Table, bar: bool = True) -> None:
    """Mean slope of pairs at each displacement on the torus, zero displacement in the middle and blank.

    x and y are Δx and Δy in lattice spacings, from -L/2 to L/2 - 1 for even L, Δy downwards. d and -d are the same
    pairs, so that the map is even. Without `bar` there are neither colour bar nor labels, for an inset.
    """
    import numpy as np

    grid = _grid(rows, "dy", "dx")
    grid[0, 0] = np.nan
    shift = [n // 2 for n in grid.shape]
    extent = (-shift[1] - 0.5, grid.shape[1] - shift[1] - 0.5, grid.shape[0] - shift[0] - 0.5, -shift[0] - 0.5)
    _image(axes, np.roll(grid, shift, (0, 1)), "", "nats per unit" if bar else "", extent)
    if bar:
        axes.set(xlabel="Δx", ylabel="Δy")


def _explained(fit: Explained) -> str:
    """Share of the variance of the log ratios that the map explains, with its null; negative R^2, which is none, reads
    0."""
    return f"explain {100 * max(fit.explained, 0):.0f} % (shuffled: {100 * max(fit.null, 0):.0f} %)"


def _grid(rows: Table, first: str, second: str) -> FloatArray:
    """Slopes as an image, of indices from 0 in the columns `first` (downwards) and `second`; 0 where the table has no
    row."""
    import numpy as np

    shape = [int(max(row[key] for row in rows)) + 1 for key in (first, second)]
    grid = np.zeros(shape)
    for row in rows:
        grid[int(row[first]), int(row[second])] = row["slope"]
    return grid


def _symmetric(rows: Table) -> FloatArray:
    """The matrix of slopes of all pairs (cells, cells), its diagonal blank."""
    import numpy as np

    n = int(max(row["j"] for row in rows)) + 1
    grid = np.full((n, n), np.nan)
    for row in rows:
        grid[int(row["i"]), int(row["j"])] = grid[int(row["j"]), int(row["i"])] = row["slope"]
    return grid


def _image(
    axes: Axes, grid: FloatArray, title: str, bar: str, extent: tuple[float, float, float, float] | None = None
) -> None:
    """Values on colours symmetric about a white 0, NaN blank; `bar` labels the colour bar, which an empty one leaves
    out.

    The end of the colours is the largest modulus there is: a single strong pair pales all others.
    """
    import numpy as np

    reach = float(np.nanmax(np.abs(grid))) or 1.0
    image = axes.imshow(grid, cmap="RdBu_r", vmin=-reach, vmax=reach, interpolation="nearest", extent=extent)
    axes.set_title(title)
    if bar:
        axes.figure.colorbar(image, ax=axes, shrink=0.75, label=bar)


def _distance(axes: Axes, rows: Table) -> None:
    """Slopes against the distance on the torus, the shorter way round along either axis, in lattice spacings."""
    sides = [int(max(row[key] for row in rows)) + 1 for key in ("dy", "dx")]
    pairs = [row for row in rows if row["dy"] or row["dx"]]
    r = [math.hypot(*(min(row[k], n - row[k]) for k, n in zip(("dy", "dx"), sides, strict=True))) for row in pairs]
    axes.axhline(0, color=FAINT, lw=0.6)
    axes.plot(r, [row["slope"] for row in pairs], "o", color=BLUE, ms=2.5, mfc="none")
    axes.set(xlabel="distance r", ylabel="slope (nats per unit)", title="pairs, by distance")


def _cells(axes: Axes, rows: Table) -> None:
    axes.axhline(0, color=FAINT, lw=0.6)
    axes.plot([row["cell"] for row in rows], [row["slope"] for row in rows], "o", color=VERMILION, ms=2.5)
    axes.set(xlabel="cell", ylabel="slope (nats per unit)")
