"""Every sampled system in one figure: order parameter, susceptibility, and what correlation the latents leave (paper, Figure 3).

A row for each system of which there is a VAE, represented by that with the joint prior if there is one; x is T in units
of J in all three columns, the dashed line the transition of infinitely many sites. The recording, which has no
temperature, is in `overview`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from latentfield.records.measured import Measured, MeasuredSystem
from latentfield.records.tables import Tables
from latentfield.report.figures import canvas, curves, maps, shortfall
from latentfield.report.labels import heading, observable, representative
from latentfield.systems.table import SYSTEMS

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw(metrics: dict[str, Measured], tables: dict[str, Tables], folder: Path) -> list[Path]:
    """Draw panel.png and panel.svg in `folder` from the record and the tables of each VAE; returns the files.

    No files, and an empty list, where `metrics` has no sampled system. The tables `observables` and, where they are,
    `exact` and `two_point` of each VAE are read.
    """
    shown = [name for system in SYSTEMS if (name := representative(metrics, system))]
    if not shown:
        return []
    with canvas.look():
        figure = canvas.new(9.6, 2.35 * len(shown) + 0.4)
        grid = figure.subplots(len(shown), 3, squeeze=False)
        for line, name in zip(grid, shown, strict=True):
            record, table = cast(MeasuredSystem, metrics[name]), tables[name]
            _order(line[0], record, table)
            _susceptibility(line[1], record, table)
            _remainder(line[2], record, table)
            for axes in line:
                curves.transition(axes, record.system)
        for axes in grid[-1]:
            axes.set_xlabel(curves.TEMPERATURE)
        canvas.legend(figure, ("data", "VAE samples", "exact, finite size", *shortfall.LEFT))
        return canvas.write(figure, Path(folder) / "panel", dpi=120)


def _order(axes: Axes, record: MeasuredSystem, table: Tables) -> None:
    """The order parameter with its standard errors, from 0 upwards, under the name of the system."""
    curves.curve(axes, table["observables"], record.order_parameter, table.get("exact", ()))
    axes.set_ylim(bottom=0)
    axes.set_title(heading(record))
    axes.set_ylabel(observable(record.order_parameter))


def _susceptibility(axes: Axes, record: MeasuredSystem, table: Tables) -> None:
    """Susceptibility; the correlation length, or the Binder cumulant of a system without one, in an inset.

    y is N (<o^2> - <o>^2) / T of the order parameter o, in units of 1/J. The axis ends about a fifth above the largest
    value of the data: where samples of the VAE fluctuate much more they leave the picture. The inset stands on the side
    on which the susceptibility is low, right if the middle temperature lies above that of the peak; its x axis is T as
    well, its errors those of `curves.curve`.
    """
    rows, exact = table["observables"], table.get("exact", ())
    curves.curve(axes, rows, "susceptibility", exact)
    axes.set_ylabel("susceptibility χ J")
    axes.set_ylim(bottom=0, top=1.05 * max(row["susceptibility"] for row in rows) * 1.15)
    name, symbol = ("correlation_length", "ξ") if "correlation_length" in rows[0] else ("binder", "Binder")
    right = rows[len(rows) // 2]["temperature"] > max(rows, key=lambda row: row["susceptibility"])["temperature"]
    inset = axes.inset_axes((0.6 if right else 0.12, 0.46, 0.37, 0.44))
    curves.curve(inset, rows, name, exact)
    for line in inset.lines:
        line.set_markersize(2)
    inset.tick_params(labelsize=6)
    inset.set_title(symbol, fontsize=7, pad=2)


def _remainder(axes: Axes, record: MeasuredSystem, table: Tables) -> None:
    """Gap and total correlation as in `shortfall.remainder`, and as inset the two-point map by displacement, where
    there is one.

    The inset has no colour bar: it shows the shape of what is missed, not its size, and its colours differ from row to
    row. In systems whose sites have no order in space the displacement means nothing, and a map with structure would be
    chance.
    """
    shortfall.remainder(axes, record)
    axes.set_ylabel("nats per configuration")
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.75 * (high - low))
    if "two_point" in table:
        inset = axes.inset_axes((0.64, 0.47, 0.35, 0.44))
        maps.displacement(inset, table["two_point"], bar=False)
        inset.set(xticks=[], yticks=[])
        inset.set_title("pairs by displacement", fontsize=6.5, pad=2)
