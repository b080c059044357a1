"""The generalised Hopfield model read off a linear decoder of a recording (paper, Figure 5).

H(s) = -sum_i b_i s_i - K(W^T s) in units of k_B T, K the cumulant generating function of the tilted density of the
latents, the rows of W^T its patterns. Latents are in the gauge of `decoding.generalized_hopfield.gauge`: the tilted
density has mean zero and unit covariance, patterns are orthogonal and the longest is the first. K would be |h|²/2 if p~
were Gaussian.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentfield.records.tables import Table, Tables
from latentfield.report.figures import canvas
from latentfield.report.figures import words as word_panels
from latentfield.report.figures.canvas import BLUE, FAINT, GREEN, INK, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SHADES = (BLUE, VERMILION, GREEN)
"""Colours of the first three latents; others have no curves."""
STYLES = {"prior": "-", "pulled": "--", "tilted": ":"}
"""Line of each density of a latent: of the prior, of p~, and of p~ pulled by the mean pull of the words."""
FAINTEST = 1e-4
"""Densities are shown down to this one."""


def theory(field: list[float], patterns: list[list[float]], tables: Tables) -> Figure:
    """Field and patterns per cell, densities and K(h) along the latents, and words of the model against the recording.

    `patterns` (d, cells) with d = 1, 2 or more, of which two are drawn cell by cell. `tables`: "density" of
    `decoding.cumulants.densities`, "cumulant" of `along_axes` and "plane" of `plane` (without it the panel has the pulls along
    the first latent alone), all about the mean pull h_0 of words; "pulls", rows {h1, h2} of words, less h_0; and those of
    `generalized_hopfield.against_recording`.

    Three rows of four panels. Cells: field, two patterns, and each cell as a dot in the plane of these. Latents:
    densities, K and its Gaussian part, their difference, and K over the plane of two pulls. Words drawn from the model,
    in the colour of VAE samples because the columns are called so, beside held-out ones and independent cells: P(K),
    words of ten cells, overlaps and covariances, as in `figures.words`. Firing probabilities, the third and further
    patterns, and errors of field and patterns are not shown.
    """
    figure = canvas.new(13.0, 8.2)
    panels = figure.subplots(3, 4)
    order = sorted(range(len(field)), key=lambda cell: field[cell])
    _cells(panels[0, 0], [field[cell] for cell in order], INK, "field b / $k_BT$")
    for k in range(2):
        if k < len(patterns):
            _cells(panels[0, k + 1], [patterns[k][cell] for cell in order], SHADES[k], f"pattern {k + 1}")
        else:
            panels[0, k + 1].set_axis_off()
    _cell_plane(panels[0, 3], field, patterns)
    _densities(panels[1, 0], tables["density"])
    _cumulant(panels[1, 1], tables["cumulant"])
    _excess(panels[1, 2], tables["cumulant"])
    _plane(panels[1, 3], tables.get("plane", []), tables["pulls"])
    words = round(sum(row["data_count"] for row in tables["count"]))
    word_panels.count(panels[2, 0], tables["count"], words)
    word_panels.frequencies(panels[2, 1], tables["words10"])
    word_panels.overlap(panels[2, 2], tables["overlap"], words // 2)
    word_panels.covariances(panels[2, 3], tables["covariance"])
    canvas.legend(figure, ("data", "VAE samples", "independent cells"))
    return figure


def _cells(axes: Axes, values: list[float], color: str, name: str) -> None:
    """A bar for each cell, in the order of the field, lowest first, which is the same in all three panels."""
    axes.axhline(0, color=FAINT, lw=0.8)
    axes.bar(range(len(values)), values, width=1.0, color=color, lw=0)
    axes.set(xlabel="cell, in order of the field", ylabel=name)


def _cell_plane(axes: Axes, field: list[float], patterns: list[list[float]]) -> None:
    """Each cell in the plane of its two patterns, or of field and pattern if there is one.

    Patterns are half-logits per unit of the latent; the field, which is the colour as well, is a half-logit, an energy
    in units of k_B T.
    """
    names = ("pattern 1", "pattern 2") if len(patterns) > 1 else ("field b / $k_BT$", "pattern 1")
    x, y = patterns[:2] if len(patterns) > 1 else (field, patterns[0])
    for line in (axes.axhline, axes.axvline):
        line(0, color=FAINT, lw=0.8)
    drawn = axes.scatter(x, y, c=field, s=12, cmap="viridis", linewidths=0)
    axes.set(xlabel=f"{names[0]}, one dot a cell", ylabel=names[1])
    axes.figure.colorbar(drawn, ax=axes, label="field b")


def _along(rows: Table) -> list[tuple[int, str, Table]]:
    """Number from 1, colour and rows of each axis that there is a colour for; tables count axes from 0."""
    found = sorted({row["axis"] for row in rows})
    return [
        (int(k) + 1, color, [row for row in rows if row["axis"] == k]) for k, color in zip(found, SHADES, strict=False)
    ]


def _densities(axes: Axes, rows: Table) -> None:
    """Densities per unit of z on a logarithmic axis: prior, tilted, and tilted at the mean pull, which is where words
    are.

    `rows` is the table `density`, {axis, z, prior, tilted, pulled}. Values under FAINTEST are below the axis.
    """
    top = 1.0
    for number, color, some in _along(rows):
        for name, style in STYLES.items():
            shown = [row for row in some if row[name] > FAINTEST / 10]
            label = f"{name}, latent {number}" if name == "prior" else name if number == 1 else None
            axes.plot(
                [row["z"] for row in shown], [row[name] for row in shown], style, color=color, lw=1.1, label=label
            )
            top = max(top, 2 * max(row[name] for row in shown))
    axes.set(xlabel="latent z (tilted density whitened)", ylabel="density", yscale="log", ylim=(FAINTEST, top))
    axes.legend(fontsize=6, ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1.0))


def _cumulant(axes: Axes, rows: Table) -> None:
    """K(h_0 + h) - K(h_0) along each latent in nats, and its Gaussian part (dashed).

    `rows` is the table `cumulant`, columns axis, h, k, k_se and gaussian; the other latents stay at the mean pull.
    Error bars are over seeds and absent for a single theory.
    """
    for number, color, some in _along(rows):
        h, value, gaussian, se = ([row[name] for row in some] for name in ("h", "k", "gaussian", "k_se"))
        axes.errorbar(h, value, se if any(se) else None, color=color, lw=1.2, label=f"K, latent {number}")
        axes.plot(h, gaussian, "--", color=color, lw=0.9, label=f"Gaussian part, latent {number}")
    axes.set(xlabel="pull h - h$_0$ along one latent", ylabel="K(h) - K(h$_0$) / nats")
    axes.legend(fontsize=7)


def _excess(axes: Axes, rows: Table) -> None:
    """What a Hopfield model of quadratic energy would miss, columns excess and excess_se; the axis is linear within ±1
    nat."""
    axes.axhline(0, color=FAINT, lw=0.8)
    for number, color, some in _along(rows):
        h, value, se = ([row[name] for row in some] for name in ("h", "excess", "excess_se"))
        axes.errorbar(h, value, se if any(se) else None, color=color, lw=1.2, label=f"latent {number}")
    axes.set(xlabel="pull h - h$_0$ along one latent", ylabel="K less its Gaussian part / nats")
    axes.set_yscale("symlog", linthresh=1.0)
    axes.legend(fontsize=7)


def _plane(axes: Axes, rows: Table, pulls: Table) -> None:
    """K less its Gaussian part over the plane of two pulls, in colour, and the pulls of words; without a plane their
    distribution.

    `rows` is the table `plane`, columns h1, h2 and excess, the latents beyond the second at the mean pull; `pulls` has
    h1, h2 of some thousand words at most. Colours are symmetric about 0, logarithmic beyond 1 nat, red where K exceeds
    its Gaussian part. Words outside the plane, which is made for all but a thousandth along either latent, are not
    drawn. Without a plane, of one latent or where summing it would take too long, there is a histogram of h1 with a
    logarithmic count.
    """
    if not rows:
        axes.hist([row["h1"] for row in pulls], bins=60, color=BLUE, histtype="stepfilled", alpha=0.5)
        axes.set(xlabel="pull h - h$_0$ of a word", ylabel="words", yscale="log")
        return
    from matplotlib.colors import SymLogNorm

    first, second = (sorted({row[name] for row in rows}) for name in ("h1", "h2"))
    value = {(row["h1"], row["h2"]): row["excess"] for row in rows}
    most = max(abs(v) for v in value.values())
    image = axes.pcolormesh(
        first,
        second,
        [[value[a, b] for a in first] for b in second],
        norm=SymLogNorm(1.0, vmin=-most, vmax=most),
        cmap="RdBu_r",
        rasterized=True,
    )
    inside = [row for row in pulls if first[0] <= row["h1"] <= first[-1] and second[0] <= row["h2"] <= second[-1]]
    axes.plot(
        [row["h1"] for row in inside], [row["h2"] for row in inside], ".", color=INK, ms=1.5, alpha=0.5, rasterized=True
    )
    axes.set(xlabel="pull $h_1 - h_{01}$, a dot a word", ylabel="pull $h_2 - h_{02}$")
    axes.figure.colorbar(image, ax=axes, label="K less its Gaussian part / nats")
