"""The figures of one system, drawn from what `evaluate` measured."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from latentfield.report import canvas, curves, recording
from latentfield.report.labels import MARK, size, surrogate, title

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Record = dict[str, Any]
Tables = dict[str, list[dict[str, Any]]]


def draw(record: Record, tables: Tables, folder: Path) -> list[Path]:
    """Draw every figure of a system as PNG and SVG in `folder`; returns the files. Same input, same bytes."""
    with canvas.look():
        figures = _sampled(record, tables) if "observables" in tables else {"words": _words(record, tables)}
        written = []
        for name, figure in figures.items():
            if surrogate(record):
                canvas.mark(figure)
            written += canvas.write(figure, Path(folder) / name)
    return written


def _sampled(record: Record, tables: Tables) -> dict[str, Figure]:
    return {"observables": _observables(record, tables["observables"]), "nats": _nats(record)}


def _headline(record: Record, what: str) -> str:
    line = f"{title(record['system'])}, {what}"
    return f"{MARK}\n{line}" if surrogate(record) else line


def _observables(record: Record, rows: curves.Rows) -> Figure:
    """Two by two panels against T, each above a strip of its residuals."""
    figure = canvas.new(6.8, 6.2)
    grid = figure.subplots(4, 2, sharex=True, height_ratios=[3, 1, 3, 1])
    for k, (name, label) in enumerate(curves.labels(record["order_parameter"]).items()):
        panel, strip = grid[k // 2 * 2, k % 2], grid[k // 2 * 2 + 1, k % 2]
        curves.curve(panel, rows, name)
        curves.residual(strip, rows, name)
        panel.set_ylabel(label)
        curves.transition(panel, record["system"], symbol=True)
        curves.transition(strip, record["system"])
    for column in (0, 1):
        grid[0, column].set_ylim(bottom=0)
        grid[-1, column].set_xlabel(curves.TEMPERATURE)
        figure.align_ylabels(grid[:, column])
    canvas.legend(figure, ("data", "VAE samples", "exact, finite size"))
    figure.suptitle(_headline(record, size(record)), fontsize=11)
    return figure


def _nats(record: Record) -> Figure:
    """The gap where the entropy is known, -ELBO elsewhere; and the rate."""
    figure = canvas.new(6.8, 3.0)
    left, right = figure.subplots(1, 2)
    if "gap" in record:
        curves.nats(left, record["gap"], color=canvas.VERMILION)
        left.axhline(0, color=canvas.INK, lw=0.8)
        left.set_ylabel("−ELBO − exact entropy\n(nats per configuration)")
    else:
        curves.nats(left, record["neg_elbo"], color=canvas.VERMILION)
        left.set_ylabel("−ELBO\n(nats per configuration)")
    curves.nats(right, record["rate"])
    right.set_ylabel("rate\n(nats per configuration)")
    right.set_ylim(bottom=min(0, right.get_ylim()[0]))
    for axes in (left, right):
        curves.transition(axes, record["system"], symbol=True)
        axes.set_xlabel(curves.TEMPERATURE)
    figure.suptitle(_headline(record, f"held-out configurations of {size(record)}"), fontsize=11)
    return figure


def _words(record: Record, tables: Tables) -> Figure:
    figure = canvas.new(7.0, 6.2)
    (count, rates), (overlap, likelihood) = figure.subplots(2, 2)
    recording.count(count, tables["count"], record["words"])
    recording.rates(rates, tables["rates"])
    recording.overlap(overlap, tables["overlap"], record["words"] // 2)
    recording.likelihood(likelihood, record)
    canvas.legend(figure, ("data", "VAE samples", "independent cells"))
    figure.suptitle(_headline(record, f"{record['words']:,} held-out words of {size(record)}"), fontsize=11)
    return figure
