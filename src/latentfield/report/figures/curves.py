"""Panels of a sampled system against temperature T, in units of the coupling J, or against distance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from latentfield.records.measured import Measure
from latentfield.records.tables import Row, Table
from latentfield.report.figures.canvas import BLUE, DATA, EXACT, FAINT, INK, ORANGE, PURPLE, VAE, VERMILION, Style
from latentfield.report.labels import observable
from latentfield.systems.table import SYSTEMS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TEMPERATURE = "temperature T / J"
BAND = 2
"""Half-width of the grey band of residuals, in standard errors; the scale is logarithmic outside it."""
SHADES = (BLUE, PURPLE, ORANGE)
"""Colours of the lowest, the middle and the highest temperature."""
UNITS = {
    "susceptibility": "susceptibility χ J",
    "energy": "energy per site / J",
    "correlation_length": "correlation length ξ",
}
"""Axis labels that differ from the observable's name; N Var(o) / T is in units of 1/J, ξ in lattice spacings."""


def labels(rows: Table) -> dict[str, str]:
    """Axis label of each observable that a table of curves holds."""
    names = [name.removesuffix("_z") for name in rows[0] if name.endswith("_z")]
    return {name: UNITS.get(name, observable(name)) for name in names}


def curve(axes: Axes, rows: Table, name: str, exact: Sequence[Row] = ()) -> None:
    """Data and VAE with error bars of one standard error, and the exact curve where it is known."""
    temperatures = [row["temperature"] for row in rows]
    known = [(row["temperature"], row[name]) for row in exact if not math.isnan(row.get(name, math.nan))]
    if known:
        axes.plot(*zip(*known, strict=True), zorder=1, **EXACT)
    for suffix, style in (("", DATA), ("_vae", VAE)):
        values, errors = ([row[name + suffix + end] for row in rows] for end in ("", "_se"))
        axes.errorbar(temperatures, values, errors, zorder=3, **style)


def residual(axes: Axes, rows: Table, name: str) -> None:
    """VAE minus data in units of its standard error against T."""
    _strip(axes, [row["temperature"] for row in rows], [row[f"{name}_z"] for row in rows])


def correlation(axes: Axes, strip: Axes, rows: Table) -> None:
    """G(r) at the lowest, the middle and the highest temperature, VAE over data, and the residuals below."""
    temperatures = sorted({row["temperature"] for row in rows})
    chosen = (temperatures[0], temperatures[len(temperatures) // 2], temperatures[-1])
    reach = []
    for temperature, color in zip(chosen, SHADES, strict=True):
        some = [row for row in rows if row["temperature"] == temperature and row["distance"] > 0]
        r = [row["distance"] for row in some]
        for name, style in (("data", DATA), ("vae", VAE)):
            values, errors = ([row[name + end] for row in some] for end in ("", "_se"))
            label = f"T = {temperature:.2f}" if name == "data" else None
            axes.errorbar(r, values, errors, **style | {"color": color, "label": label})
        _strip(strip, r, [row["z"] for row in some], color)
        reach += [abs(row["z"]) for row in some]
    _reach(strip, reach)
    axes.set_ylabel("G(r)")
    axes.legend(fontsize=7, loc="best", handletextpad=0.1)
    strip.set_xlabel("distance r")


def _strip(axes: Axes, x: list[float], scores: list[float], color: str = VERMILION) -> None:
    """Residuals on a scale that is linear within the grey band of two."""
    from matplotlib.ticker import NullFormatter, SymmetricalLogLocator

    axes.axhspan(-BAND, BAND, color="#DDDDDD", lw=0, zorder=-1)
    axes.axhline(0, color=FAINT, lw=0.6)
    axes.plot(x, scores, "s", color=color, mfc="none", ms=3.5)
    axes.set_yscale("symlog", linthresh=BAND, linscale=0.6)
    _reach(axes, [abs(z) for z in scores])
    axes.yaxis.set_major_formatter("{x:.0f}")
    axes.yaxis.set_minor_locator(SymmetricalLogLocator(base=10, linthresh=BAND, subs=range(2, 10)))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.tick_params(axis="y", labelsize=7)
    axes.set_ylabel("Δ/σ", fontsize=8.5)


def _reach(axes: Axes, scores: list[float]) -> None:
    reach = max([20.0, *(2 * z for z in scores if math.isfinite(z))])
    axes.set_ylim(-reach, reach)
    axes.set_yticks([-100, 0, 100] if reach > 100 else [-10, 0, 10])


def transition(axes: Axes, system: str, symbol: bool = False) -> None:
    """A vertical line at the transition of infinitely many sites, with its symbol above if wanted."""
    if system not in SYSTEMS:
        return
    temperature = SYSTEMS[system].transition
    axes.axvline(temperature, color=FAINT, lw=0.9, ls="--", zorder=0)
    if symbol:
        place: Style = {"xycoords": ("data", "axes fraction"), "xytext": (0, 2), "textcoords": "offset points"}
        axes.annotate(SYSTEMS[system].transition_symbol, (temperature, 1), **place, ha="center", va="bottom", color=INK)


def nats(axes: Axes, measure: Measure, unit: float = 1.0, **style: Any) -> None:
    """One quantity in nats per configuration, with its standard error, at each temperature, in units of `unit` J."""
    temperatures, values, errors = columns(measure)
    usual: Style = {"fmt": "o", "ms": 4, "lw": 1, "color": BLUE}
    axes.errorbar([t / unit for t in temperatures], values, errors, **usual | style)


def columns(measure: Measure) -> tuple[list[float], list[float], list[float]]:
    """Temperatures, values and standard errors of a measure."""
    rows = measure.per_temperature
    return [row.temperature for row in rows], [row.value for row in rows], [row.se for row in rows]
