"""The figures of one VAE, drawn from what `evaluate` measured.

Files, each as .png and .svg, and the tables they read (`curves` and `words` say which columns):

- observables: observables of samples against T, above their residuals; `observables`, and `exact` and `correlation`
  where they are.
- nats: what the latents leave, and what the encoder carries; the record alone.
- posterior: densities of the latents on both sides of the transition; `posterior`.
- words: statistics of words of a recording; `count`, `overlap`, `rates`, `covariance` and `words10`.
- ladder: nats per held-out word beside models without latents; the record alone.
- residuals: which sites and pairs the decoder misses, of either kind of data; `one_point` and `two_point`.
"""

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
    """Draw every figure of a VAE as PNG and SVG in `folder`; returns the files. Same input, same bytes.

    `observables`, `nats` and `posterior` are of a sampled system, `words` and `ladder` of a recording. `posterior` and
    `residuals` are left out without their tables; a file of an earlier drawing then stays where it is. Everything is
    stamped if the recording is a surrogate.
    """
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
"""What each figure shows, by the stem of its files: the end of its headline."""


def _headline(record: Measured, what: str) -> str:
    """Name of the data, "joint prior" if it is one, number of sites, and `what`; the stamp above it on surrogate words."""
    line = f"{heading(record)}, {size(record)}: {what}"
    return f"{MARK}\n{line}" if surrogate(record) else line


def _sampled(record: MeasuredSystem, tables: Tables) -> dict[str, Figure]:
    """Figures of a sampled system by the stem of their files."""
    figures = {"observables": _observables(record, tables), "nats": _nats(record)}
    if "posterior" in tables:
        figures["posterior"] = _posterior(tables["posterior"])
    return figures


def _observables(record: MeasuredSystem, tables: Tables) -> Figure:
    """Panels against T, and G(r) where there is one, each above a strip of its residuals.

    Two rows of panels, in the order of the table. A strip shares the x axis of its panel and shows VAE minus data in
    units of the standard error. Only the first panel, the order parameter, begins at 0.
    """
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
    """What the latents leave, and what the encoder carries.

    Left `shortfall.remainder`, right `shortfall.rates`, in nats per configuration of all sites, against T.
    """
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
    """Densities of the latents; the figure is as wide as there are panels in a row."""
    shown = min(latent_densities.MOST, int(max(row["latent"] for row in rows)))
    figure = canvas.new(max(4.2, 2.1 * shown + 0.8), 4.2)
    latent_densities.densities(figure, rows)
    canvas.legend(figure, ("aggregate posterior", "prior"))
    return figure


def _residuals(record: Measured, tables: Tables) -> Figure:
    """Maps of the log ratio of data to decoder; wider on a lattice, for its third panel."""
    figure = canvas.new(9.6 if "dy" in tables["two_point"][0] else 8.0, 3.4)
    maps.residual_maps(figure, record.residuals, tables)
    return figure
