"""The figure of a decoded theory, whatever its kind.

Its panels by kind, and the tables they read:

- mean_field (Curie-Weiss): `couplings` and `fields`.
- order_tensor (nematic): `points`, `r2` and `mean_field`.
- generalized_hopfield (words): `density`, `cumulant`, `plane`, `pulls`, `count`, `words10`, `overlap` and `covariance`.
- patterns (Hopfield): `overlaps` and `sources`, both absent where no pattern was found; the scores of all methods from
  the record.

There is no figure where nothing could be read off, nor of field and patterns alone (kind linear_head).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from latentfield.records.decoded import MethodScores, PatternTheory
from latentfield.records.tables import Table, Tables
from latentfield.report.figures import canvas
from latentfield.report.figures.theories import generalized_hopfield, order_parameters
from latentfield.report.labels import MARK, surrogate, title
from latentfield.systems.table import SYSTEMS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from latentfield.decoding.theory import Theory

MOST_SOURCES = 6
"""Sources whose histograms are drawn: those of the patterns that are surest."""


def draw(decoded: Theory, tables: Tables, folder: Path) -> list[Path]:
    """Draw theory.png and theory.svg in `folder`; nothing where no theory was decoded. Same input, same bytes.

    The files are returned, an empty list where there are none. Theories of synthetic words are stamped.
    """
    kind = decoded.record.kind
    if kind not in FIGURES:
        return []
    with canvas.look():
        figure = FIGURES[kind](decoded, tables)
        data, name = title(decoded.record.system or ""), decoded.record.name or ""
        headline = f"{data}{'' if data == name.replace('_', ' ') else f' ({name})'}: theory read off the decoder"
        if surrogate(decoded.record):
            canvas.mark(figure)
            headline = f"{MARK}\n{headline}"
        figure.suptitle(headline, fontsize=11)
        return canvas.write(figure, Path(folder) / "theory")


def _mean_field(decoded: Theory, tables: Tables) -> Figure:
    """The coupling beta J of a Curie-Weiss model at every temperature."""
    return order_parameters.coupling(tables["couplings"], tables["fields"])


def _order_tensor(decoded: Theory, tables: Tables) -> Figure:
    """Order tensor and molecular field of a nematic, with the transition T_NI of its system."""
    transition = SYSTEMS[decoded.record.system or ""].transition
    return order_parameters.order_tensor(tables["points"], tables["r2"], tables["mean_field"], transition)


def _generalized_hopfield(decoded: Theory, tables: Tables) -> Figure:
    """Field (sites,) and patterns (d, sites) from the arrays of the theory, all else from its tables."""
    return generalized_hopfield.theory(decoded.arrays["field"].tolist(), decoded.arrays["patterns"].tolist(), tables)


def _patterns(decoded: Theory, tables: Tables) -> Figure:
    """Overlaps with the true patterns, the continuous sources, and what the other methods recover.

    The true patterns score what was recovered and serve for nothing else. Without tables a sentence stands in place of
    the first two panels. No error bars: every method ran once.
    """
    figure = canvas.new(9.6, 3.2)
    left, middle, right = figure.subplots(1, 3, width_ratios=[1, 1.2, 1.5])
    if "overlaps" in tables:
        _overlaps(left, tables["overlaps"])
        _sources(middle, tables["sources"])
    else:
        left.set_axis_off()
        middle.set_axis_off()
        left.text(0, 0.5, "the search of the decoder found no pattern", fontsize=9, transform=left.transAxes)
    _methods(right, cast(PatternTheory, decoded.record).methods)
    return figure


def _overlaps(axes: Axes, rows: Table) -> None:
    """Overlap (1/N) xi·xi' of every true pattern (downwards) with every recovered one, from -1 to 1 in colour.

    `rows` is the table `overlaps`, {true, recovered, overlap}, both counted from 1. Recovery knows neither order nor
    sign: it is perfect where each row and each column has one field of full colour, red or blue.
    """
    import numpy as np

    grid = np.zeros([int(max(row[key] for row in rows)) for key in ("true", "recovered")])
    for row in rows:
        grid[int(row["true"]) - 1, int(row["recovered"]) - 1] = row["overlap"]
    extent = (0.5, grid.shape[1] + 0.5, grid.shape[0] + 0.5, 0.5)
    image = axes.imshow(grid, cmap="RdBu_r", vmin=-1, vmax=1, interpolation="nearest", extent=extent)
    axes.set(xlabel="recovered pattern", ylabel="true pattern", title="overlap")
    axes.figure.colorbar(image, ax=axes, shrink=0.75)


def _sources(axes: Axes, rows: Table) -> None:
    """Histograms of the sources, over sites, in units of their mean modulus; a perfect one has all sites at the dashed
    ±1.

    `rows` is the table `sources`, {recovered, site, source}. Sixty bins from -2 to 2; values beyond are not counted.
    """
    shown = sorted({row["recovered"] for row in rows})[:MOST_SOURCES]
    for nu in shown:
        values = [row["source"] for row in rows if row["recovered"] == nu]
        axes.hist(values, bins=60, range=(-2, 2), histtype="step", lw=1, label=f"pattern {nu:.0f}")
    for bit in (-1, 1):
        axes.axvline(bit, color=canvas.FAINT, lw=0.9, ls="--")
    axes.set(xlabel="source on a site, before its sign is taken", ylabel="sites", title="how binary the sources are")
    axes.legend(fontsize=7, loc="upper center")


def _methods(axes: Axes, rows: Sequence[MethodScores]) -> None:
    """Of each way to patterns the mean |overlap| with the true ones (bar) and the fraction right in every bit (dot).

    A true pattern without a partner counts as overlap 0, so that finding few is not hidden by finding them well.
    """
    lines = range(len(rows))
    axes.barh(lines, [row.mean_overlap for row in rows], color=canvas.FAINT, alpha=0.4, label="mean overlap")
    axes.plot([row.exact for row in rows], lines, "o", color=canvas.VERMILION, label="fraction exact")
    axes.set_yticks(lines, [row.method.replace("T_c", "$T_c$") for row in rows], fontsize=7)
    axes.invert_yaxis()
    axes.set(xlim=(0, 1.05), xlabel="of the true patterns")
    axes.figure.legend(*axes.get_legend_handles_labels(), loc="outside lower right", ncols=2)


FIGURES = {
    "mean_field": _mean_field,
    "order_tensor": _order_tensor,
    "generalized_hopfield": _generalized_hopfield,
    "patterns": _patterns,
}
"""What draws a theory, by the kind of its record; takes the theory and its tables."""
