"""Figures of a recording: statistics of words, and nats per held-out word.

Held-out words are compared with as many words of the VAE and of independent cells with the firing probabilities of the
training words (`words.statistics`). The tables have a column for each source, "data", "vae" and "independent", and
NAME_se beside it. Errors are one standard error: of the data over clusters of words where whole repeats or stretches
are held out, of all else binomial. A state that a source does not show has no point, which says of its probability only
that it is hardly above one over the number of words.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from latentfield.records.measured import Step, WordMeasures
from latentfield.records.tables import Table, Tables
from latentfield.report.figures import canvas
from latentfield.report.figures.canvas import BLUE, DATA, FAINT, GREEN, INDEPENDENT, INK, VAE, VERMILION, Style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SOURCES = (("independent", INDEPENDENT), ("data", DATA), ("vae", VAE))
"""Columns of the tables with their symbols, in the order in which they are drawn: later ones lie on top."""


def figures(record: WordMeasures, tables: Tables) -> dict[str, Figure]:
    """Statistics of words, and the ladder of models; a figure for each.

    By the stem of their files, "words" and "ladder", not yet written. Two rows of panels: P(K), P(q) and firing
    probabilities; covariances, words of ten cells and the convergence of the likelihood. The legend serves the first;
    colours are the same in all.
    """
    words = canvas.new(9.6, 6.0)
    panels = words.subplots(2, 3)
    count(panels[0, 0], tables["count"], record.words)
    overlap(panels[0, 1], tables["overlap"], record.words // 2)
    rates(panels[0, 2], tables["rates"])
    covariances(panels[1, 0], tables["covariance"])
    frequencies(panels[1, 1], tables["words10"])
    convergence(panels[1, 2], record)
    canvas.legend(words, ("data", "VAE samples", "independent cells"))
    steps = canvas.new(7.0, 0.45 * len(record.ladder) + 1.3)
    ladder(steps.subplots(), record)
    return {"words": words, "ladder": steps}


def count(axes: Axes, rows: Table, words: int) -> None:
    """Probability of K active cells in one word.

    `rows` is the table `count`, columns `active` and the sources with their errors; `words` is the number of held-out
    words, which sets the lower end of the logarithmic axis. Independent cells give too few silent words and too few
    busy ones if cells fire together.
    """
    for name, style in SOURCES:
        seen = [row for row in rows if row[name] > 0]
        active, p, errors = ([row[key] for row in seen] for key in ("active", name, f"{name}_se"))
        axes.errorbar(active, p, errors, **style | {"ms": 3.5})
    _probability(axes, words)
    axes.set_xlabel("active cells K in a word")
    axes.set_ylabel("P(K)")


def overlap(axes: Axes, rows: Table, pairs: int) -> None:
    """Probability of each overlap q of a pair of words, with the binomial standard error of `pairs` pairs.

    `rows` is the table `overlap`; q = (1/N) sum_i s_i s'_i of two words ±1 goes in steps of 2/N, and is high where
    cells are mostly silent. Pairs are random and disjoint, half as many as words. Their errors take them as
    independent, too small where words of one stretch resemble each other.
    """
    for name, style in SOURCES:
        seen = [row for row in rows if row[name] > 0]
        p = [row[name] for row in seen]
        errors = [math.sqrt(value * (1 - value) / pairs) for value in p]
        axes.errorbar([row["overlap"] for row in seen], p, errors, **style | {"ms": 3.5})
    _probability(axes, pairs)
    axes.set_xlabel("overlap q of two words")
    axes.set_ylabel("P(q)")


def _probability(axes: Axes, draws: int) -> None:
    """A logarithmic axis that ends below one event in `draws`.

    An error bar that would reach down to 0 or below is cut at the edge.
    """
    axes.set_yscale("log", nonpositive="clip")
    axes.set_ylim(bottom=0.5 / draws)


def rates(axes: Axes, rows: Table) -> None:
    """Firing probability per bin of every cell: VAE against data, with the line of equality.

    `rows` is the table `rates`, one cell each. Both axes are logarithmic. Horizontal bars are the errors of the data;
    those of the VAE are not drawn. A cell that is silent in either is off the axes. Independent cells, which have the
    rates of the training words, are not shown.
    """
    data, errors, vae = ([row[key] for row in rows] for key in ("data", "data_se", "vae"))
    low = 0.7 * min(p for p in data + vae if p > 0)
    high = 1.3 * max(data + vae)
    axes.plot([low, high], [low, high], color=FAINT, lw=0.9)
    axes.errorbar(data, vae, xerr=errors, fmt="s", color=VERMILION, mfc="none", ms=3.5, lw=0.8)
    axes.set(xscale="log", yscale="log", xlim=(low, high), ylim=(low, high))
    axes.set_xlabel("firing probability per bin, data")
    axes.set_ylabel("same, VAE samples")


def covariances(axes: Axes, rows: Table) -> None:
    """Covariance of every pair of cells, spins ±1: VAE against data.

    `rows` is the table `covariance`, a dot for each pair i < j; of spins ±1 it is four times that of 0 and 1. The faint
    line is equality, the green one at 0 independent cells. Neither axis has error bars, though the table has both
    (data_se, vae_se).
    """
    data, vae = ([row[key] for row in rows] for key in ("data", "vae"))
    low, high = min(data + vae), max(data + vae)
    axes.plot([low, high], [low, high], color=FAINT, lw=0.9)
    axes.plot(data, vae, "s", color=VERMILION, mfc="none", ms=2, mew=0.4, rasterized=True)
    axes.axhline(0, color=GREEN, lw=0.8)
    axes.set_xlabel("covariance of two cells, data")
    axes.set_ylabel("same, VAE samples")


def frequencies(axes: Axes, rows: Table) -> None:
    """Probability of every word of ten cells that was seen, VAE and independent cells against data.

    `rows` is the table `words10`: 20 random sets of ten cells, all in one panel, both axes logarithmic. Words that the
    data or a model do not show are left out, and so are errors: at the left lie words seen once or twice, whose scatter
    is that of counting.
    """
    low = 0.5 * min(row["data"] for row in rows if row["data"] > 0)
    axes.plot([low, 1], [low, 1], color=FAINT, lw=0.9)
    for name, style in (("independent", INDEPENDENT), ("vae", VAE)):
        seen = [row for row in rows if row["data"] > 0 and row[name] > 0]
        points = [row["data"] for row in seen], [row[name] for row in seen]
        axes.plot(*points, style["fmt"], color=style["color"], mfc="none", ms=2.5, mew=0.5, rasterized=True)
    axes.set(xscale="log", yscale="log", xlim=(low, 1.5), ylim=(low / 30, 1.5))
    axes.set_xlabel("probability of a ten-cell word, data")
    axes.set_ylabel("same, models")


def convergence(axes: Axes, record: WordMeasures) -> None:
    """The importance-weighted bound against the number of draws per word; errors are those of its difference from the last.

    x is the number K of draws, logarithmic; y is the mean over held-out words of the bound on -ln P in nats, which
    falls towards its true value as K grows. The last point has no error, being compared with itself. Where the curve
    has not levelled off the VAE is better than it says.
    """
    rows = record.convergence
    values, errors = [row.value for row in rows], [row.se_of_difference or 0.0 for row in rows]
    axes.errorbar([row.samples for row in rows], values, errors, fmt="D-", color=BLUE, ms=4, lw=1)
    axes.set_xscale("log")
    axes.set_xlabel("draws of z per word, K")
    axes.set_ylabel("nats per held-out word")


def ladder(axes: Axes, record: WordMeasures) -> None:
    """Nats per held-out word of every model, lower is better, the worst on top.

    Bars are one standard error, with that of ln Z for the pairwise model. All models score the same words, so that
    their differences are surer than the bars suggest. The VAE, a blue diamond, stands at a bound: its true value is not
    higher.
    """
    steps = sorted(record.ladder.items(), key=lambda step: step[1].value)
    for height, (name, step) in enumerate(steps):
        color = BLUE if name == "vae" else INK
        axes.errorbar(step.value, height, xerr=step.se, fmt="D" if name == "vae" else "o", color=color, ms=6)
        place: Style = {"xytext": (0, 6), "textcoords": "offset points", "ha": "center", "fontsize": 7.5}
        axes.annotate(f"{step.value:.3f} ± {step.se:.3f}", (step.value, height), color=color, **place)
    axes.set_yticks(range(len(steps)), [model(name, step) for name, step in steps])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(-0.5, len(steps) - 0.2)
    axes.margins(x=0.12)
    axes.set_xlabel("nats per held-out word")


def model(name: str, step: Step) -> str:
    """What a model of the ladder is called, with its components or latents; a name that is not known here stays as it
    is."""
    latents = f"{step.latents} latent{'' if step.latents == 1 else 's'}"
    return {
        "independent": "independent cells",
        "count": "P(K), and cells given K",
        "mixture": f"mixture of {step.components} components",
        "pairwise": "pairwise maximum entropy",
        "linear": f"{latents}, linear decoder, exact",
        "curved": f"{latents}, curved decoder, exact",
        # Only exact fits can say what another prior would gain.
        "vae": f"VAE, {latents}" if step.gain is None else f"{latents}, exact",
    }.get(name.partition("-")[0], name)
