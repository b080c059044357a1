"""The one figure that stands for the project: every system, data against VAE against theory."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from latentfield.records.measured import Measured, MeasuredRecording, MeasuredSystem
from latentfield.records.tables import Tables
from latentfield.report.figures import canvas, curves
from latentfield.report.figures import words as word_panels
from latentfield.report.figures.panel import representative
from latentfield.report.labels import MARK, TRANSITIONS, heading, observable, size, surrogate, title

if TYPE_CHECKING:
    from matplotlib.axes import Axes


STYLES = {
    "ising": {"color": canvas.PURPLE, "fmt": "D"},
    "maier_saupe": {"color": canvas.GREEN, "fmt": "^"},
    "hopfield": {"color": canvas.ORANGE, "fmt": "v"},
    "hopfield_joint": {"color": canvas.ORANGE, "fmt": "v", "mfc": "none"},
    "curie_weiss": {"color": canvas.INK, "fmt": "o"},
}
"""Colour and marker of the gap of each VAE whose data have an exact entropy."""

DPI = 120
"""Coarser than the other figures: this one is kept under version control."""


def draw(metrics: dict[str, Measured], tables: dict[str, Tables], folder: Path) -> list[Path]:
    """Draw overview.png and overview.svg in `folder` from the record and the tables of each VAE; returns the files.

    Panels: the order parameter of the four sampled systems, P(K) of the recording, and the gap of the sampled systems
    against T over their transition temperature. A system that is not there leaves its panel empty.
    """
    with canvas.look():
        figure = canvas.new(9.0, 6.0)
        figure.get_layout_engine().set(w_pad=0.08)
        panels = figure.subplots(2, 3)
        for axes, system in zip(panels.flat, (*TRANSITIONS, "retina"), strict=False):
            name = representative(metrics, system)
            if name is None:
                _absent(axes, system)
            elif system == "retina":
                _recording(axes, metrics[name], tables[name])
            else:
                _sampled(axes, metrics[name], tables[name])
        _gaps(panels[1, 2], metrics)
        canvas.legend(figure, ("data", "VAE samples", "exact, finite size", "independent cells"))
        return canvas.write(figure, Path(folder) / "overview", dpi=DPI)


def _absent(axes: Axes, system: str) -> None:
    axes.set_axis_off()
    axes.text(0.5, 0.5, f"{title(system)}:\nnot evaluated", ha="center", va="center", transform=axes.transAxes)


def _sampled(axes: Axes, record: MeasuredSystem, tables: Tables) -> None:
    curves.curve(axes, tables["observables"], record.order_parameter, tables.get("exact", ()))
    curves.transition(axes, record.system)
    axes.set_ylim(bottom=0)
    axes.set(title=f"{heading(record)}\n{size(record)}", xlabel=curves.TEMPERATURE)
    axes.set_ylabel(observable(record.order_parameter))


def _recording(axes: Axes, record: MeasuredRecording, tables: Tables) -> None:
    word_panels.count(axes, tables["count"], record.words)
    axes.set_title(f"{title(record.system)}\n{size(record)}")
    if surrogate(record):
        axes.set_title(MARK, color=canvas.WARNING, weight="bold")
        canvas.mark(axes, "SURROGATE", 24)


def _gaps(axes: Axes, metrics: dict[str, Measured]) -> None:
    """Gaps on a scale that is linear below 0.1 nats, so that zero, their lower bound, is on it."""
    for name, style in STYLES.items():
        record = metrics.get(name)
        if record and record.kind == "system" and record.gap:
            unit = TRANSITIONS[record.system].temperature
            curves.nats(axes, record.gap, unit, label=heading(record), **style)
    axes.axhline(0, color=canvas.INK, lw=0.8)
    axes.axvline(1, color=canvas.FAINT, lw=0.9, ls="--", zorder=0)
    axes.set_yscale("symlog", linthresh=0.1, linscale=0.5)
    axes.set(title="Gap of the VAE", xlabel="T / transition temperature", ylabel="−ELBO − exact entropy (nats)")
    low, high = axes.get_ylim()
    axes.set_ylim(max(low, -0.1), 20_000 * max(high, 1))
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="upper left", fontsize=7.5, handletextpad=0.2, labelspacing=0.3, frameon=True, edgecolor="none")
