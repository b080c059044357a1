"""The figures of one VAE, drawn from what `evaluate` measured."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from latentfield.records.measured import Measured, MeasuredSystem
from latentfield.records.tables import Table, Tables
from latentfield.report.figures import canvas, curves, latent_densities, maps, shortfall, words
from latentfield.report.labels import MARK, heading, size, surrogate

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw(record: Measured, tables: Tables, folder: Path) -> list[Path]:
    """Draw every figure of a VAE as PNG and SVG in `folder`; returns the files. Same input, same bytes."""
    with canvas.look():
        figures = _sampled(record, tables) if record.kind == "system" else words.figures(record, tables)
        if "two_point" in tables:
            figures["residuals"] = _residuals(record, tables)
        written = []
        for name, figure in figures.items():
            figure.suptitle(_headline(record, TITLES[name]), fontsize=11)
            if surrogate(record):
                canvas.mark(figure)
            written += canvas.write(figure, Path(folder) / name)
    return written


TITLES = {
    "observables": "samples",
    "nats": "held-out configurations",
    "posterior": "densities of the latents",
    "residuals": "what the decoder misses",
    "words": "held-out words",
    "ladder": "likelihood of held-out words",
}
"""What each figure shows."""


def _headline(record: Measured, what: str) -> str:
    line = f"{heading(record)}, {size(record)}: {what}"
    return f"{MARK}\n{line}" if surrogate(record) else line


def _sampled(record: MeasuredSystem, tables: Tables) -> dict[str, Figure]:
    figures = {"observables": _observables(record, tables), "nats": _nats(record)}
    if "posterior" in tables:
        figures["posterior"] = _posterior(tables["posterior"])
    return figures


def _observables(record: MeasuredSystem, tables: Tables) -> Figure:
    """Panels against T, and G(r) where there is one, each above a strip of its residuals."""
    rows, exact = tables["observables"], tables.get("exact", ())
    labels = curves.labels(rows)
    columns = math.ceil((len(labels) + ("correlation" in tables)) / 2)
    figure = canvas.new(3.4 * columns, 6.2)
    grid = figure.subplots(4, columns, height_ratios=[3, 1, 3, 1])
    places = [(grid[2 * line, column], grid[2 * line + 1, column]) for line in (0, 1) for column in range(columns)]
    for (panel, strip), (name, label) in zip(places, labels.items(), strict=False):
        curves.curve(panel, rows, name, exact)
        curves.residual(strip, rows, name)
        panel.set_ylabel(label)
        strip.set_xlabel(curves.TEMPERATURE)
        curves.transition(panel, record.system, symbol=True)
        curves.transition(strip, record.system)
    if "correlation" in tables:
        curves.correlation(*places[len(labels)], tables["correlation"])
    grid[0, 0].set_ylim(bottom=0)
    for panel, strip in places:
        panel.tick_params(labelbottom=False)
        strip.set_xlim(panel.get_xlim())
    for column in range(columns):
        figure.align_ylabels(grid[:, column])
    canvas.legend(figure, ("data", "VAE samples", "exact, finite size"))
    return figure


def _nats(record: MeasuredSystem) -> Figure:
    """What the latents leave, and what the encoder carries."""
    figure = canvas.new(7.6, 3.8)
    left, right = figure.subplots(1, 2)
    shortfall.remainder(left, record)
    left.set_ylabel("left by the latents\n(nats per configuration)")
    shortfall.rates(right, record)
    right.set_ylabel("encoder\n(nats per configuration)")
    for axes in (left, right):
        curves.transition(axes, record.system, symbol=True)
        axes.set_xlabel(curves.TEMPERATURE)
    labels = (*shortfall.LEFT, *(label for label, _ in shortfall.RATES.values()))
    canvas.legend(figure, labels)
    return figure


def _posterior(rows: Table) -> Figure:
    shown = min(latent_densities.MOST, int(max(row["latent"] for row in rows)))
    figure = canvas.new(max(4.2, 2.1 * shown + 0.8), 4.2)
    latent_densities.densities(figure, rows)
    canvas.legend(figure, ("aggregate posterior", "prior"))
    return figure


def _residuals(record: Measured, tables: Tables) -> Figure:
    figure = canvas.new(9.6 if "dy" in tables["two_point"][0] else 8.0, 3.4)
    maps.residual_maps(figure, record.residuals, tables)
    return figure
