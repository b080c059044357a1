"""Figures of what is read off trained decoders: order tensor of a nematic (paper, Figure 4b), coupling of Curie-Weiss.

`decoding.maier_saupe` and `decoding.curie_weiss` say how the numbers come about. Errors, where drawn, are one standard
error over configurations and know nothing of training.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentfield.records.tables import Table
from latentfield.report.figures import canvas
from latentfield.report.figures.canvas import BLUE, FAINT, GREEN, INK, ORANGE, PURPLE, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COORDINATES = 5
"""Coordinates of the symmetric traceless Q in `systems.nematic.TENSOR_BASIS`, an orthonormal basis."""
SHADES = (BLUE, GREEN, ORANGE, VERMILION)
"""Colours of coordinates (a fifth is added), and of temperatures in increasing order."""


def order_tensor(points: Table, scores: Table, mean_field: Table, transition: float) -> Figure:
    """Q from the latents against Q, coordinate by coordinate, and the decoder's B against (3/2) beta J Q.

    `points` has a row for each configuration: temperature, q_k, found_k, field_k; `scores` and `mean_field` one for each
    temperature; `transition` is T_NI in units of J.

    Panels 1 to 5: a coordinate of Q each, found against true, both pure numbers; 6: all five coordinates of B against
    those of (3/2) beta J Q, in units of k_B T; 7: R^2 of each coordinate against T; 8: slope of B on (3/2) beta J Q and
    R^2 about that line against T. Dots are held-out configurations, at most a few thousand of all, coloured by
    temperature (yellow hot, no colour bar); the line is equality. `field` is the site average of the decoder's Bingham
    matrix. Dashed: T_NI of infinitely many sites.
    """
    figure = canvas.new(9.6, 5.6)
    panels = figure.subplots(2, 4).ravel()
    for k, axes in enumerate(panels[:COORDINATES], start=1):
        _coordinate(axes, points, k)
    _fields(panels[5], points)
    _scores(panels[6], scores, transition)
    _slopes(panels[7], mean_field, transition)
    return figure


def _scatter(axes: Axes, x: list[float], y: list[float], color: list[float]) -> None:
    """Dots, with the line of equality over the range of both coordinates; no error bars."""
    low, high = min(x + y), max(x + y)
    axes.plot([low, high], [low, high], color=INK, lw=0.8, zorder=3)
    axes.scatter(x, y, c=color, s=2, cmap="viridis", linewidths=0, rasterized=True)


def _coordinate(axes: Axes, points: Table, k: int) -> None:
    """Columns q_k, of the directors themselves, and found_k, of the network from latents to Q, k from 1."""
    x, y, t = ([row[name] for row in points] for name in (f"q_{k}", f"found_{k}", "temperature"))
    _scatter(axes, x, y, t)
    axes.set_xlabel(f"$Q_{k}$ of the directors")
    axes.set_ylabel(f"$Q_{k}$ from latents")


def _fields(axes: Axes, points: Table) -> None:
    """Columns field_k against 1.5 q_k / T, J = 1, of all five coordinates in one panel; an exact VAE has the line of
    equality."""
    numbers = range(1, COORDINATES + 1)
    x = [1.5 * row[f"q_{k}"] / row["temperature"] for row in points for k in numbers]
    y = [row[f"field_{k}"] for row in points for k in numbers]
    _scatter(axes, x, y, [row["temperature"] for row in points for _ in numbers])
    axes.set_xlabel("$(3/2)\\,\\beta J\\,Q_k$")
    axes.set_ylabel("Bingham $B_k$ of decoder")


def _scores(axes: Axes, scores: Table, transition: float) -> None:
    """Columns r2_1 to r2_5 of the table `r2`, without errors. R^2 refers to the variance of the coordinate at one
    temperature.

    Above T_NI Q only fluctuates about 0: R^2 tells there how much of small fluctuations the latents hold.
    """
    t = [row["temperature"] for row in scores]
    for k, color in enumerate((*SHADES, PURPLE), start=1):
        axes.plot(t, [row[f"r2_{k}"] for row in scores], "o-", ms=3, lw=0.8, color=color, label=f"$Q_{k}$")
    axes.axvline(transition, color=FAINT, lw=0.9, ls="--")
    axes.set(xlabel="temperature T / J", ylabel="$R^2$, held out", ylim=(None, 1.0))
    axes.legend(fontsize=7)


def _slopes(axes: Axes, mean_field: Table, transition: float) -> None:
    """Columns slope, slope_se and r2 of the table `mean_field`; slope 1 is an exact VAE. The regression has no
    constant."""
    t, slope, se, r2 = ([row[name] for row in mean_field] for name in ("temperature", "slope", "slope_se", "r2"))
    axes.axhline(1, color=INK, lw=0.8)
    axes.errorbar(t, slope, se, fmt="o", ms=4, lw=1, color=BLUE, label="slope")
    axes.plot(t, r2, "s", ms=3.5, mfc="none", color=VERMILION, label="$R^2$")
    axes.axvline(transition, color=FAINT, lw=0.9, ls="--")
    axes.set(xlabel="temperature T / J", ylabel="$B$ on $(3/2)\\,\\beta J\\,Q$")
    axes.legend(fontsize=7)


def coupling(couplings: Table, fields: Table) -> Figure:
    """Recovered beta J against 1/T with its relative error, and theta against m with the lines of mean-field theory.

    `couplings` has the columns temperature, beta_j, se and exact (1/T, J = 1); `fields` those of theta. Errors are
    those of the regression over configurations, in the middle panel in per cent of the exact value. The error of beta J
    is that of decoder and posterior together; an exact VAE has none but for the sampling.
    """
    figure = canvas.new(9.6, 3.2)
    left, middle, right = figure.subplots(1, 3)
    inverse = [1 / row["temperature"] for row in couplings]
    value, se, exact = ([row[name] for row in couplings] for name in ("beta_j", "se", "exact"))
    left.plot(inverse, exact, color=INK, lw=1, label="exact")
    left.errorbar(inverse, value, se, fmt="s", color=VERMILION, mfc="none", ms=5, lw=1, label="decoder")
    left.set(xlabel="J / T", ylabel="recovered $\\beta J$")
    left.legend()
    middle.axhline(0, color=INK, lw=0.8)
    error = [100 * (v / e - 1) for v, e in zip(value, exact, strict=True)]
    middle.errorbar(
        inverse, error, [100 * s / e for s, e in zip(se, exact, strict=True)], fmt="s", color=VERMILION, ms=4
    )
    middle.set(xlabel="J / T", ylabel="error of $\\beta J$ / %")
    _field_lines(right, fields)
    return figure


def _field_lines(axes: Axes, fields: Table) -> None:
    """Posterior mean of theta, over sites and configurations of one magnetisation m (circles), on the lines beta J m.

    `fields` has rows {temperature, m, theta, exact, count} of magnetisations seen often enough. At most four
    temperatures, the lowest, are drawn, without errors.
    """
    for t, color in zip(sorted({row["temperature"] for row in fields}), SHADES, strict=False):
        some = [row for row in fields if row["temperature"] == t]
        m, theta, exact = ([row[name] for row in some] for name in ("m", "theta", "exact"))
        axes.plot(m, exact, color=color, lw=1)
        axes.plot(m, theta, "o", color=color, mfc="none", ms=3, label=f"T = {t:.2f}")
    axes.set(xlabel="magnetisation m", ylabel="$\\theta$ (half logit)")
    axes.legend(fontsize=7)
