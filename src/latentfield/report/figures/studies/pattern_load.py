"""The load study on one figure: span and patterns against load and against samples, trained decoders beside the baselines.

Three rows against the load P/N: mean squared cosine of the angles between the span found and that of the true patterns
(1 where they agree); fraction of the patterns that come back in every bit from a search of that span; fewest samples
that bring all of them back, and above T_g what theory asks for at least. A column for each range of temperatures. Dashed: the
storage limit. FastICA, which the record has as well, is not shown. Every point is one data set, and of a VAE one training,
without an error bar.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from latentfield.report.figures import canvas
from latentfield.report.figures.canvas import Style
from latentfield.studies.pattern_load.plan import LoadStudy
from latentfield.studies.pattern_load.record import DecoderRecord, LoadRecord, PointRecord, SpanRecord

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STYLES: dict[str, Style] = {
    "latent_network": {"color": canvas.ORANGE, "marker": "D", "label": "latent fields, no encoder"},
    "vae": {"color": canvas.VERMILION, "marker": "s", "label": "VAE, mean-field decoder"},
    "covariance": {"color": canvas.BLUE, "marker": "o", "label": "covariance"},
    "pseudo_likelihood": {"color": canvas.GREEN, "marker": "^", "label": "pseudo-likelihood"},
}
"""Ways to a span that every point has, by their names in the record: latent fields fitted directly, a VAE,
and two baselines without a latent variable."""
DECODERS: dict[str, Style] = {
    "corrected_mean_field": {"color": canvas.PURPLE, "marker": "x", "label": "VAE, corrected mean field"},
    "cnn": {"color": canvas.PURPLE, "marker": "+", "label": "VAE, convolutional decoder"},
}
"""Decoders that know less of mean-field theory, by their names in the record; trained on samples of all temperatures
only."""
CRITICAL = "one pattern cannot be known below"
HEADINGS = {"cold": "T < 1", "mixed": "all temperatures", "hot": "T > $T_g$"}
"""Ranges of temperature (units of J) in the order of the columns; T_g = 1 + sqrt(P/N), so that "hot" depends on the
load."""
STORAGE = 0.138
"""Storage limit of Amit, Gutfreund and Sompolinsky (1985), as a load P/N, beyond which a network does not recall its
patterns, even at T = 0."""


def draw(record: LoadRecord, folder: Path) -> list[Path]:
    """Write loads.png and loads.svg from the record of the study: a column for each range of temperatures; returns the files.

    A range without points has no column. The headline takes the number of spins from the first point; all have the
    same.
    """
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
            if name == "hot":
                _critical(grid[2, column], LoadStudy.recorded(record.study), points[0].sites)
            if name == "mixed":
                _decoders(grid[0, column], grid[1, column], record.decoders)
        for row, label in enumerate(
            ("mean cos² of span", "fraction of patterns exact", "samples for every pattern exact")
        ):
            grid[row, 0].set_ylabel(label)
        figure.suptitle(f"Hopfield network, {points[0].sites} spins: patterns from samples", fontsize=11)
        canvas.legend(figure, (*(style["label"] for style in (STYLES | DECODERS).values()), CRITICAL))
        return canvas.write(figure, Path(folder) / "loads")


def largest(points: Sequence[PointRecord]) -> list[PointRecord]:
    """The point with most samples at each load, in order of load.

    `points` are of one range. Where every method had found every pattern no more samples were tried, so that the number
    may differ from load to load.
    """
    best: dict[float, PointRecord] = {}
    for point in points:
        if point.alpha not in best or point.samples > best[point.alpha].samples:
            best[point.alpha] = point
    return [best[alpha] for alpha in sorted(best)]


def needed(points: Sequence[PointRecord], method: str) -> list[tuple[float, int, bool]]:
    """(alpha, samples, enough): fewest samples that gave every pattern, or the most that were tried and did not suffice.

    In order of load, of one range and one method (a key of STYLES). Samples are those used over all temperatures of the
    range. Where `enough` is False the number is a lower bound. It is known only to the steps in which samples were
    added. Records of earlier versions lack a method.
    """
    rows = []
    for alpha in sorted({point.alpha for point in points}):
        tried = [point for point in points if point.alpha == alpha and method in point.methods]
        if not tried:
            continue
        enough = [point.used for point in tried if point.methods[method].search.exact == 1]
        rows.append((alpha, min(enough) if enough else max(point.used for point in tried), bool(enough)))
    return rows


def _against_load(axes: Axes, points: Sequence[PointRecord], value: Callable[[SpanRecord], float]) -> None:
    """`value` of every method, between 0 and 1, at the most samples of each load; open symbols joined by lines."""
    shown = largest(points)
    for name, style in STYLES.items():
        some = [point for point in shown if name in point.methods]
        if some:
            axes.plot(
                [point.alpha for point in some], [value(p.methods[name]) for p in some], mfc="none", ms=5, **style
            )
    axes.set_ylim(-0.04, 1.04)
    _load_axis(axes)


def _decoders(spans: Axes, patterns: Axes, records: Sequence[DecoderRecord]) -> None:
    """The spans and patterns of the other decoders, in the first two rows.

    Crosses without lines, at the loads at which they were trained.
    """
    for name, style in DECODERS.items():
        some = [record for record in records if record.decoder == name]
        alpha = [record.alpha for record in some]
        spans.plot(alpha, [record.cos2_mean for record in some], ls="none", ms=7, zorder=5, **style)
        patterns.plot(alpha, [record.search.exact for record in some], ls="none", ms=7, zorder=5, **style)


def _needed(axes: Axes, points: Sequence[PointRecord]) -> None:
    """Open symbols where the largest number tried was not enough, with an arrow upwards.

    Filled ones, joined by lines, where all patterns were found. The axis of samples is logarithmic; the methods are set
    apart by 0.004 in load, which means nothing but that symbols do not hide each other. An arrow has always the same
    length.
    """
    for shift, (name, style) in zip((-0.006, -0.002, 0.002, 0.006), STYLES.items(), strict=True):
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


def _critical(axes: Axes, study: LoadStudy, sites: int) -> None:
    """Dotted, in the hot range: the samples below which nothing can be known of a pattern that were the only one."""
    numbers = [study.critical_samples(p) for p in study.patterns]
    axes.plot([p / sites for p in study.patterns], numbers, ":", color=canvas.INK, lw=1.2, label=CRITICAL)
    axes.set_ylim(bottom=min(numbers) / 2)


def _load_axis(axes: Axes) -> None:
    """Loads from 0 to 0.32, the same in all panels, and the storage limit; a load beyond is not seen."""
    axes.axvline(STORAGE, color=canvas.FAINT, lw=0.9, ls="--", zorder=0)
    axes.set_xlim(0, 0.32)
