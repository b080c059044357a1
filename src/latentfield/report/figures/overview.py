"""The one figure that stands for the project: every system, data against VAE against theory.

One VAE (`labels.representative`) speaks for each system in its own panel; the panel of gaps has every VAE of a sampled
system.
"""

from __future__ import annotations

import math
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, cast

from latentfield.recordings import retina
from latentfield.records.measured import Measured, MeasuredRecording, MeasuredSystem
from latentfield.records.tables import Tables
from latentfield.report.figures import canvas, curves
from latentfield.report.figures import words as word_panels
from latentfield.report.figures.canvas import Style
from latentfield.report.labels import MARK, heading, observable, ordered, representative, size, surrogate, title
from latentfield.systems.table import SYSTEMS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DPI = 120
"""Coarser than the other figures: this one is kept under version control."""


def draw(metrics: dict[str, Measured], tables: dict[str, Tables], folder: Path) -> list[Path]:
    """Draw overview.png and overview.svg in `folder` from the record and the tables of each VAE; returns the files.

    Panels: the order parameter of the sampled systems, P(K) of the recording, and the gap of the sampled systems
    against T over their transition temperature. A system that is not there leaves its panel empty.

    `metrics` and `tables` go by the names of the VAEs. Systems stand in the order of `systems.table`, the recording
    after them, and the gaps take the rest of the second row. Susceptibilities, rates and total correlations are not in
    it: `panel` has some of them. Recordings other than the retina are not shown.
    """
    shown = (*SYSTEMS, retina.NAME)
    columns = math.ceil((len(shown) + 1) / 2)
    with canvas.look():
        figure = canvas.new(3.0 * columns, 6.0)
        figure.set_layout_engine("constrained", w_pad=0.08)
        grid = figure.add_gridspec(2, columns)
        for place, system in enumerate(shown):
            axes = figure.add_subplot(grid[divmod(place, columns)])
            name = representative(metrics, system)
            if name is None:
                _absent(axes, system)
            elif system == retina.NAME:
                _recording(axes, cast(MeasuredRecording, metrics[name]), tables[name])
            else:
                _sampled(axes, cast(MeasuredSystem, metrics[name]), tables[name])
        _gaps(figure.add_subplot(grid[1, len(shown) - columns :]), metrics)
        canvas.legend(figure, ("data", "VAE samples", "exact, finite size", "independent cells"))
        return canvas.write(figure, Path(folder) / "overview", dpi=DPI)


def _absent(axes: Axes, system: str) -> None:
    """An empty place with the name of a system of which there is no record."""
    axes.set_axis_off()
    axes.text(0.5, 0.5, f"{title(system)}:\nnot evaluated", ha="center", va="center", transform=axes.transAxes)


def _sampled(axes: Axes, record: MeasuredSystem, tables: Tables) -> None:
    """The order parameter against T from 0 upwards: data, samples of the VAE, and the exact curve where the system has
    one."""
    curves.curve(axes, tables["observables"], record.order_parameter, tables.get("exact", ()))
    curves.transition(axes, record.system)
    axes.set_ylim(bottom=0)
    axes.set(title=f"{heading(record)}\n{size(record)}", xlabel=curves.TEMPERATURE)
    axes.set_ylabel(observable(record.order_parameter))


def _recording(axes: Axes, record: MeasuredRecording, tables: Tables) -> None:
    """P(K) of held-out words, words of the VAE and independent cells; a stamp takes the heading of surrogate words."""
    word_panels.count(axes, tables["count"], record.words)
    axes.set_title(f"{title(record.system)}\n{size(record)}")
    if surrogate(record):
        axes.set_title(MARK, color=canvas.WARNING, weight="bold")
        canvas.mark(axes, "SURROGATE", 24)


def _gaps(axes: Axes, metrics: dict[str, Measured]) -> None:
    """Gaps on a scale that is linear below 0.1 nats, so that zero, their lower bound, is on it.

    x is T over the transition temperature of infinitely many sites, y -ELBO - H in nats per configuration of all sites:
    larger systems have more to miss. Error bars are those of the paired difference, with the error of ln Z where that
    is an estimate. The first VAE of a system with a gap has filled symbols, others open ones of the same colour. VAEs
    without a gap (ln Z unknown, recordings) are left out. Nothing below -0.1 nats is shown: a gap below it, which
    beyond its error proves a wrong ln Z or samples out of equilibrium, is not seen here but in the figure `nats` of its
    VAE. Above the points four decades are kept free for the legend.
    """
    for (color, marker), system in zip(cycle(canvas.SYSTEMS), SYSTEMS, strict=False):
        own = [metrics[name] for name in ordered(metrics) if metrics[name].system == system]
        for k, (record, gap) in enumerate((one, one.gap) for one in own if isinstance(one, MeasuredSystem) and one.gap):
            style: Style = {"color": color, "fmt": marker, "mfc": "none" if k else color}
            curves.nats(axes, gap, SYSTEMS[system].transition, label=heading(record), **style)
    axes.axhline(0, color=canvas.INK, lw=0.8)
    axes.axvline(1, color=canvas.FAINT, lw=0.9, ls="--", zorder=0)
    axes.set_yscale("symlog", linthresh=0.1, linscale=0.5)
    axes.set(title="Gap of the VAE", xlabel="T / transition temperature", ylabel="−ELBO − exact entropy (nats)")
    low, high = axes.get_ylim()
    axes.set_ylim(max(low, -0.1), 20_000 * max(high, 1))
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="upper left", fontsize=7.5, handletextpad=0.2, labelspacing=0.3, frameon=True, edgecolor="none")
