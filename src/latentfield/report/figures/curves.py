"""Panels of a sampled system against temperature T, in units of the coupling J, or against distance.

They read three tables that `measures.evaluate` makes:

- `observables`, a row for each temperature: of every observable NAME the columns NAME and NAME_se of the data, NAME_vae
  and NAME_vae_se of samples of the VAE, and NAME_z. The column NAME_exact is not drawn.
- `exact`, about three times as many temperatures: a column for each observable that is known exactly at finite size.
- `correlation`, rows {temperature, distance, data, data_se, vae, vae_se, z} of G(r), for spins on a torus whose sites
  are alike.

The data are all configurations of the sample set, those of the training as well. Error bars are one standard error: of
means from the spread of chains, of susceptibility, Binder cumulant and correlation length by leaving out bins of
chains; every configuration drawn from the VAE is a chain of its own. What another training would have given is not in
them.
"""

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
"""Label of the axis of temperature; k_B = 1."""
BAND = 2
"""Half-width of the grey band of residuals, in standard errors; the scale is logarithmic outside it.

A fluctuation of the sampling alone leaves the band in one of twenty-two residuals.
"""
SHADES = (BLUE, PURPLE, ORANGE)
"""Colours of the lowest, the middle and the highest temperature, of data and VAE alike: the symbols tell these apart."""
UNITS = {
    "susceptibility": "susceptibility χ J",
    "energy": "energy per site / J",
    "correlation_length": "correlation length ξ",
}
"""Axis labels that differ from the observable's name; N Var(o) / T is in units of 1/J, ξ in lattice spacings."""


def labels(rows: Table) -> dict[str, str]:
    """Axis label of each observable that a table of curves holds.

    By the name of the observable, in the order of the columns: order parameter, susceptibility, Binder cumulant,
    energy, and where it is defined correlation length. Only what has a column of residuals is an observable; `rows` may
    not be empty.
    """
    names = [name.removesuffix("_z") for name in rows[0] if name.endswith("_z")]
    return {name: UNITS.get(name, observable(name)) for name in names}


def curve(axes: Axes, rows: Table, name: str, exact: Sequence[Row] = ()) -> None:
    """Data and VAE with error bars of one standard error, and the exact curve where it is known.

    `rows` is the table `observables`, `name` one of its observables, `exact` the table `exact`. The exact curve stays
    away where the table has no such column: of the Ising model the energy alone is known, of the Curie-Weiss model
    every observable. x is T in units of J; y is in the units of UNITS, else a pure number. Labels of the axes are left
    to the caller.
    """
    temperatures = [row["temperature"] for row in rows]
    known = [(row["temperature"], row[name]) for row in exact if not math.isnan(row.get(name, math.nan))]
    if known:
        axes.plot(*zip(*known, strict=True), zorder=1, **EXACT)
    for suffix, style in (("", DATA), ("_vae", VAE)):
        values, errors = ([row[name + suffix + end] for row in rows] for end in ("", "_se"))
        axes.errorbar(temperatures, values, errors, zorder=3, **style)


def residual(axes: Axes, rows: Table, name: str) -> None:
    """VAE minus data in units of its standard error against T.

    Of the table `observables` the column NAME_z: the difference over the root of both squared errors, 0 where neither
    varies. There are no error bars, since each value has the error 1.
    """
    _strip(axes, [row["temperature"] for row in rows], [row[f"{name}_z"] for row in rows])


def correlation(axes: Axes, strip: Axes, rows: Table) -> None:
    """G(r) at the lowest, the middle and the highest temperature, VAE over data, and the residuals below.

    `rows` is the table `correlation`. G(r) = <s_i s_(i+r)> along the axes of the lattice is not connected: in an
    ordered phase it levels off at the square of the magnetisation. r, in lattice spacings, runs from 1 to half the
    edge; r = 0, where G is 1, is left out, and so are all other temperatures. `strip` is the panel of residuals
    beneath, which has the label of the common axis.
    """
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
    """Residuals on a scale that is linear within the grey band of two.

    `x` and `scores` have the same length. Beyond the band the scale is logarithmic on both sides, so that a z of 3 and
    one of 300 fit into one strip. A residual that is not finite is not drawn.
    """
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
    """Limits symmetric about zero, at twice the largest finite |z| and at least 20: panels that agree all have the same
    scale."""
    reach = max([20.0, *(2 * z for z in scores if math.isfinite(z))])
    axes.set_ylim(-reach, reach)
    axes.set_yticks([-100, 0, 100] if reach > 100 else [-10, 0, 10])


def transition(axes: Axes, system: str, symbol: bool = False) -> None:
    """A vertical line at the transition of infinitely many sites, with its symbol above if wanted.

    It stands where `systems.table` has it, in units of J: a finite system changes near it, not at it. Nothing is drawn
    for data that are not of a sampled system.
    """
    if system not in SYSTEMS:
        return
    temperature = SYSTEMS[system].transition
    axes.axvline(temperature, color=FAINT, lw=0.9, ls="--", zorder=0)
    if symbol:
        place: Style = {"xycoords": ("data", "axes fraction"), "xytext": (0, 2), "textcoords": "offset points"}
        axes.annotate(SYSTEMS[system].transition_symbol, (temperature, 1), **place, ha="center", va="bottom", color=INK)


def nats(axes: Axes, measure: Measure, unit: float = 1.0, **style: Any) -> None:
    """One quantity in nats per configuration, with its standard error, at each temperature, in units of `unit` J.

    The temperatures of the measure are drawn, not its mean over them; a measure of a recording has none, and draws
    nothing. x is T / `unit`, so that with the transition temperature as unit systems share an axis. `style` are
    keywords of `errorbar` and goes before the filled blue circles.
    """
    temperatures, values, errors = columns(measure)
    usual: Style = {"fmt": "o", "ms": 4, "lw": 1, "color": BLUE}
    axes.errorbar([t / unit for t in temperatures], values, errors, **usual | style)


def columns(measure: Measure) -> tuple[list[float], list[float], list[float]]:
    """Temperatures (units of J), values and standard errors of a measure, each (temperatures,); empty for a recording."""
    rows = measure.per_temperature
    return [row.temperature for row in rows], [row.value for row in rows], [row.se for row in rows]
