"""The curve or surface of fields that a curved decoder of few latents traces (`decoding.curved`)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from latentfield.records.tables import Table, Tables
from latentfield.report.figures import canvas

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAME = "curved"
"""Of the figure's files."""
LEAST = 1e-4
"""Probabilities below are drawn as this one, and nodes of less weight not at all."""


def draw(tables: Tables, name: str, folder: Path) -> list[Path]:
    """Write curved.png and curved.svg from the tables of a `Curve`; nothing where there are none.

    Left, the probability of every site along the curve, sites in the order of their mean; middle, the nodes of the latents in the
    space of fields, by its first two directions, the third as colour and the weight as area; right, the shares of the directions of
    that space, of which a linear decoder fills as many as there are latents.
    """
    if "curve" not in tables:
        return []
    whole = tables["curvature"][0]
    d = round(whole["latents"])
    with canvas.look():
        figure = canvas.new(11.0, 3.6)
        left, middle, right = figure.subplots(1, 3, width_ratios=[1.3, 1.1, 1])
        _probabilities(left, tables["curve"], d)
        _fields(middle, tables["fields"])
        _spread(right, tables["spread"], d)
        many = f"{d} latents" if d > 1 else "one latent"
        straight = f"{100 * whole['straight']:.0f} % of their spread is straight"
        figure.suptitle(f"{name}: fields of the curved fit with {many}; {straight}", fontsize=11)
        return canvas.write(figure, Path(folder) / NAME)


def _probabilities(axes: Axes, rows: Table, latents: int) -> None:
    import numpy as np
    from matplotlib.colors import LogNorm

    sites = round(max(row["site"] for row in rows)) + 1
    p = np.array([row["p"] for row in rows]).reshape(-1, sites)
    ordered = np.clip(p[:, np.argsort(p.mean(0), kind="stable")], LEAST, 1).T
    image = axes.imshow(
        ordered, aspect="auto", origin="lower", norm=LogNorm(), extent=(0, 1, 0.5, sites + 0.5), cmap="viridis"
    )
    axes.figure.colorbar(image, ax=axes, label="probability of +1")
    along = "the latent" if latents == 1 else "the first direction"
    axes.set(xlabel=f"share of words, along {along}", ylabel="site, in order of its mean")


def _fields(axes: Axes, rows: Table) -> None:
    shown = [row for row in rows if row["weight"] > LEAST]
    area = [4000 * row["weight"] / max(1.0, len(shown) ** 0.5) + 3 for row in shown]
    values = {key: [row[key] for row in shown] for key in ("first", "second", "third")}
    points = axes.scatter(
        values["first"], values["second"], s=area, c=values["third"], cmap="coolwarm", edgecolors=canvas.INK, lw=0.3
    )
    axes.figure.colorbar(points, ax=axes, label="third direction")
    axes.set(xlabel="fields along the first direction", ylabel="second direction")


def _spread(axes: Axes, rows: Table, latents: int) -> None:
    inside = [row["direction"] <= latents for row in rows]
    for within, color, label in ((True, canvas.BLUE, "as a linear decoder"), (False, canvas.VERMILION, "curvature")):
        some = [row for row, held in zip(rows, inside, strict=True) if held == within]
        axes.bar([row["direction"] for row in some], [row["share"] for row in some], color=color, label=label)
    axes.set(xlabel="direction of the fields", ylabel="share of their spread", yscale="log", ylim=(1e-3, 1.2))
    axes.legend(fontsize=8)
