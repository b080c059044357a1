"""The look of the figures, and how they are written: the same picture gives the same bytes.

A figure is made by `new`, filled, given one common `legend`, stamped by `mark` if it shows a surrogate recording, and
written by `write`, all of it inside `look`: matplotlib reads its settings at each of these steps. Text between dollars
is matplotlib's own mathematics; no LaTeX is run.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latentfield.report.labels import MARK

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Style = dict[str, Any]
"""Keywords that matplotlib takes, of `plot`, `errorbar` or `annotate`; joined with `|`, where the right side wins."""

# Okabe and Ito (2008), colours that the colour-blind tell apart, https://jfly.uni-koeln.de/color/
BLUE, VERMILION, GREEN, PURPLE, ORANGE = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00"
"""Data are blue, samples of a VAE vermilion and independent cells green where these meet; elsewhere a legend or an axis
tells."""
INK, FAINT, WARNING = "#222222", "#888888", "#B00000"
"""Exact values and text; lines of reference and what is there for comparison; the stamp of surrogate words."""
SYSTEMS = ((PURPLE, "D"), (INK, "o"), (ORANGE, "v"), (GREEN, "^"), (BLUE, "s"), (VERMILION, "P"))
"""Colour and marker of each system where several share a panel, in the order of their table.

`overview` goes through them in a circle, so that a seventh system would look like the first.
"""
DPI = 150
"""Dots per inch of a PNG, unless the caller of `write` names others."""

LOOK: Style = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Arial", "Helvetica"],
    "font.size": 9,
    "axes.titlesize": 9.5,
    "axes.labelsize": 9.5,
    "axes.linewidth": 0.8,
    "axes.edgecolor": INK,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "xtick.top": True,
    "ytick.right": True,
    "lines.linewidth": 1.2,
    "errorbar.capsize": 1.5,
    "figure.facecolor": "white",
    "axes.formatter.useoffset": False,
    # Text stays text, and the identifiers in an SVG depend on its content alone.
    "svg.fonttype": "none",
    "svg.hashsalt": "latentfield",
}
"""Settings of every figure; sizes in points. Ticks are on all four sides, and no axis counts from an offset that a
reader would have to add."""

DATA: Style = {"fmt": "o", "color": BLUE, "ms": 4, "lw": 1, "label": "data"}
"""Data: filled circles."""
VAE: Style = {"fmt": "s", "color": VERMILION, "mfc": "none", "ms": 5, "lw": 1, "label": "VAE samples"}
"""Samples of a VAE: open squares, so that the data beneath them stay visible."""
INDEPENDENT: Style = {"fmt": "^", "color": GREEN, "mfc": "none", "ms": 4, "lw": 1, "label": "independent cells"}
"""Words of independent cells with the firing probabilities of the training words: open triangles."""
EXACT: Style = {"color": INK, "lw": 1, "label": "exact, finite size"}
"""Exact values at the number of sites that the data have, not those of infinitely many: a thin line."""


@contextmanager
def look() -> Iterator[None]:
    """Figures drawn and saved inside have the look of the report.

    matplotlib's own defaults come first, then LOOK, so that a matplotlibrc of the user has no say; afterwards all
    settings are as they were. They are global to the process: two threads cannot draw at once.
    """
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(LOOK)  # type: ignore[arg-type]
        yield


def new(width: float, height: float) -> Figure:
    """An empty figure, sizes in inches, that belongs to no window.

    The layout is constrained: panels shrink until no label overlaps another, and a legend "outside" them finds room.
    pyplot does not know of the figure, so nothing has to be closed.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def mark(place: Figure | Axes, text: str = MARK, size: float = 36) -> None:
    """Write a large translucent text across a figure or a panel, in front of everything.

    By default the stamp of what was made from synthetic words. `size` is in points; the text stands at the centre of
    `place`, turned by 28 degrees, and hides nothing.
    """
    style: Style = {
        "ha": "center",
        "va": "center",
        "rotation": 28,
        "color": WARNING,
        "alpha": 0.25,
        "weight": "bold",
        "zorder": 9,
    }
    # A panel counts in the units of its data, a figure in fractions of itself.
    transform = getattr(place, "transAxes", None) or getattr(place, "transSubfigure")  # noqa: B009
    place.text(0.5, 0.5, text, size=size, transform=transform, **style)


def legend(figure: Figure, names: tuple[str, ...]) -> None:
    """One legend for all panels, below them, with an entry for each of `names` that was drawn.

    `names` are the labels that the panels gave to what they drew; they say the order as well, four columns wide. A
    label outside `names` has no entry, a name that was not drawn is skipped, and of a label drawn in several panels the
    last symbol stands. Insets do not count. To be called after everything is drawn.
    """
    entries: dict[str, Artist] = {}
    for axes in figure.axes:
        handles, labels = axes.get_legend_handles_labels()
        entries |= dict(zip(labels, handles, strict=True))
    shown = [name for name in names if name in entries]
    figure.legend([entries[name] for name in shown], shown, loc="outside lower center", ncols=4)


def write(figure: Figure, stem: Path, dpi: int = DPI) -> list[Path]:
    """Write stem.png and stem.svg without dates or versions; call inside `look`.

    Returns both paths, the PNG first. The folder is made, and files that are there are replaced. The layout is found
    for the PNG and then frozen: what is added later would not be made room for. Outside `look` the SVG has outlines
    instead of text and identifiers that differ from run to run. Points that panels call rasterised are one image within
    the SVG; all else in it is lines and text.
    """
    stem.parent.mkdir(parents=True, exist_ok=True)
    png, svg = stem.with_name(f"{stem.name}.png"), stem.with_name(f"{stem.name}.svg")
    figure.savefig(png, dpi=dpi, metadata={"Software": None})
    # The places of the panels are settled; finding them again would take as long as drawing.
    figure.set_layout_engine("none")
    figure.savefig(svg, metadata={"Date": None, "Creator": None})
    return [png, svg]
