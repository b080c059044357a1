"""The load study on one figure: span and patterns against load and against samples, trained decoders beside the baselines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from latentfield.report.figures import canvas
from latentfield.report.figures.canvas import Style
from latentfield.studies.pattern_load.record import DecoderRecord, LoadRecord, PointRecord, SpanRecord

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STYLES: dict[str, Style] = {
    "vae": {"color": canvas.VERMILION, "marker": "s", "label": "VAE, mean-field decoder"},
    "covariance": {"color": canvas.BLUE, "marker": "o", "label": "covariance"},
    "pseudo_likelihood": {"color": canvas.GREEN, "marker": "^", "label": "pseudo-likelihood"},
}
DECODERS: dict[str, Style] = {
    "corrected_mean_field": {"color": canvas.PURPLE, "marker": "x", "label": "VAE, corrected mean field"},
    "cnn": {"color": canvas.PURPLE, "marker": "+", "label": "VAE, convolutional decoder"},
}
HEADINGS = {"cold": "T < 1", "mixed": "all temperatures", "hot": "T > $T_g$"}
STORAGE = 0.138
"""Storage limit of Amit, Gutfreund and Sompolinsky."""


def draw(record: LoadRecord, folder: Path) -> list[Path]:
    """Write loads.png and loads.svg from the record of the study: a column for each range of temperatures; returns the files."""
    points = record.points
    ranges = [name for name in HEADINGS if any(point.temperatures == name for point in points)]
    with canvas.look():
        figure = canvas.new(3.1 * len(ranges) + 0.6, 7.4)
        grid = figure.subplots(3, len(ranges), squeeze=False)
        for column, name in enumerate(ranges):
            some = [point for point in points if point.temperatures == name]
            grid[0, column].set_title(HEADINGS[name])
            _against_load(grid[0, column], some, lambda method: method.cos2_mean)
            _against_load(grid[1, column], some, lambda method: method.search.exact)
            _needed(grid[2, column], some)
            if name == "mixed":
                _decoders(grid[0, column], grid[1, column], record.decoders)
        for row, label in enumerate(
            ("mean cos² of span", "fraction of patterns exact", "samples for every pattern exact")
        ):
            grid[row, 0].set_ylabel(label)
        figure.suptitle(f"Hopfield network, {points[0].sites} spins: patterns from samples", fontsize=11)
        canvas.legend(figure, tuple(style["label"] for style in (STYLES | DECODERS).values()))
        return canvas.write(figure, Path(folder) / "loads")


def largest(points: Sequence[PointRecord]) -> list[PointRecord]:
    """The point with most samples at each load, in order of load."""
    best: dict[float, PointRecord] = {}
    for point in points:
        if point.alpha not in best or point.samples > best[point.alpha].samples:
            best[point.alpha] = point
    return [best[alpha] for alpha in sorted(best)]


def needed(points: Sequence[PointRecord], method: str) -> list[tuple[float, int, bool]]:
    """(alpha, samples, enough): fewest samples that gave every pattern, or the most that were tried and did not suffice."""
    rows = []
    for alpha in sorted({point.alpha for point in points}):
        tried = [point for point in points if point.alpha == alpha]
        enough = [point.used for point in tried if point.methods[method].search.exact == 1]
        rows.append((alpha, min(enough) if enough else max(point.used for point in tried), bool(enough)))
    return rows


def _against_load(axes: Axes, points: Sequence[PointRecord], value: Callable[[SpanRecord], float]) -> None:
    shown = largest(points)
    for name, style in STYLES.items():
        values = [value(point.methods[name]) for point in shown]
        axes.plot([point.alpha for point in shown], values, mfc="none", ms=5, **style)
    axes.set_ylim(-0.04, 1.04)
    _load_axis(axes)


def _decoders(spans: Axes, patterns: Axes, records: Sequence[DecoderRecord]) -> None:
    """The spans and patterns of the other decoders, in the first two rows."""
    for name, style in DECODERS.items():
        some = [record for record in records if record.decoder == name]
        alpha = [record.alpha for record in some]
        spans.plot(alpha, [record.cos2_mean for record in some], ls="none", ms=7, zorder=5, **style)
        patterns.plot(alpha, [record.search.exact for record in some], ls="none", ms=7, zorder=5, **style)


def _needed(axes: Axes, points: Sequence[PointRecord]) -> None:
    """Open symbols where the largest number tried was not enough, with an arrow upwards."""
    for shift, (name, style) in zip((-0.004, 0.0, 0.004), STYLES.items(), strict=True):
        rows = needed(points, name)
        reached = [(alpha + shift, n) for alpha, n, enough in rows if enough]
        if reached:
            axes.plot(*zip(*reached, strict=True), ms=5, **style)
        for alpha, n, enough in rows:
            if not enough:
                axes.plot(alpha + shift, n, style["marker"], mfc="none", ms=5, color=style["color"])
                arrow = {"arrowstyle": "->", "color": style["color"]}
                axes.annotate("", (alpha + shift, 1.9 * n), (alpha + shift, 1.08 * n), arrowprops=arrow)
    axes.set_yscale("log")
    axes.set_ylim(min(point.used for point in points) / 2, max(point.used for point in points) * 3)
    axes.set_xlabel("load α = P/N")
    _load_axis(axes)


def _load_axis(axes: Axes) -> None:
    axes.axvline(STORAGE, color=canvas.FAINT, lw=0.9, ls="--", zorder=0)
    axes.set_xlim(0, 0.32)
