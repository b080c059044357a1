"""Panels of a sampled system against temperature T, in units of the coupling J."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from latentfield.report.canvas import BLUE, DATA, EXACT, FAINT, INK, VAE, VERMILION
from latentfield.report.labels import TRANSITIONS, observable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Rows = list[dict[str, Any]]
TEMPERATURE = "temperature T / J"
BAND = 2
"""Half-width of the grey band of residuals, in standard errors; the scale is logarithmic outside it."""


def labels(parameter: str) -> dict[str, str]:
    """Axis label of each column of curves; the susceptibility N Var(o) / T is in units of 1/J."""
    names = {name: observable(name) for name in (parameter, "susceptibility", "binder", "energy")}
    return names | {"susceptibility": "susceptibility χ J", "energy": "energy per site / J"}


def curve(axes: Axes, rows: Rows, name: str) -> None:
    """Data and VAE with error bars of one standard error, and the exact values, joined by lines, where known."""
    temperatures = [row["temperature"] for row in rows]
    known = [(row["temperature"], row[f"{name}_exact"]) for row in rows if row.get(f"{name}_exact") is not None]
    if known:
        axes.plot(*zip(*known, strict=True), zorder=1, **EXACT)
    for suffix, style in (("", DATA), ("_vae", VAE)):
        values, errors = ([row[name + suffix + end] for row in rows] for end in ("", "_se"))
        axes.errorbar(temperatures, values, errors, zorder=3, **style)


def residual(axes: Axes, rows: Rows, name: str) -> None:
    """VAE minus data in units of its standard error, on a scale that is linear within the grey band of two."""
    from matplotlib.ticker import NullFormatter, SymmetricalLogLocator

    scores = [row[f"{name}_z"] for row in rows]
    axes.axhspan(-BAND, BAND, color="#DDDDDD", lw=0, zorder=-1)
    axes.axhline(0, color=FAINT, lw=0.6)
    axes.plot([row["temperature"] for row in rows], scores, "s", color=VERMILION, mfc="none", ms=3.5)
    axes.set_yscale("symlog", linthresh=BAND, linscale=0.6)
    reach = max([20.0, *(2 * abs(z) for z in scores if math.isfinite(z))])
    axes.set_ylim(-reach, reach)
    axes.set_yticks([-100, 0, 100] if reach > 100 else [-10, 0, 10])
    axes.yaxis.set_major_formatter("{x:.0f}")
    axes.yaxis.set_minor_locator(SymmetricalLogLocator(base=10, linthresh=BAND, subs=range(2, 10)))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.tick_params(axis="y", labelsize=7)
    axes.set_ylabel("Δ/σ", fontsize=8.5)


def transition(axes: Axes, system: str, symbol: bool = False) -> None:
    """A vertical line at the transition of infinitely many sites, with its symbol above if wanted."""
    if system not in TRANSITIONS:
        return
    temperature, name = TRANSITIONS[system]
    axes.axvline(temperature, color=FAINT, lw=0.9, ls="--", zorder=0)
    if symbol:
        place = {"xycoords": ("data", "axes fraction"), "xytext": (0, 2), "textcoords": "offset points"}
        axes.annotate(name, (temperature, 1), **place, ha="center", va="bottom", color=INK)


def nats(axes: Axes, summary: dict[str, Any], unit: float = 1.0, **style: Any) -> None:
    """One quantity in nats per configuration, with its standard error, at each temperature, in units of `unit` J."""
    rows = summary["per_temperature"]
    temperatures = [row["temperature"] / unit for row in rows]
    values, errors = ([row[key] for row in rows] for key in ("value", "se"))
    axes.errorbar(temperatures, values, errors, **{"fmt": "o", "ms": 4, "lw": 1, "color": BLUE} | style)
