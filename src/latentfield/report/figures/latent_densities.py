"""Densities of the latents below and above the transition: what the data fill, and what the prior draws (paper, Figure 2).

They read the table `posterior` (`measures.latent_densities`), rows {temperature, latent, z, aggregate, prior} at the
two sampled temperatures nearest to 0.8 and 1.25 of the transition, or at one that is nearest to both. The aggregate
posterior is the mixture over held-out configurations of that temperature; the prior of a joint prior is a mean over
draws of the latents before. There are no error bars.

Each latent has a scale and an origin that the training chose: compare the two densities of one panel, not one panel
with another. Densities of single latents that agree do not say that the joint ones do: correlations between latents are
not in the picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentfield.records.tables import Table
from latentfield.report.figures.canvas import BLUE, VERMILION

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST = 5
"""Latents shown: the first ones by number, whatever they carry; others are left out."""


def densities(figure: Figure, rows: Table) -> None:
    """A row of panels for each temperature, a panel for each latent: aggregate posterior filled, prior as a line.

    The lowest temperature is on top. x is z on the grid of the table, which holds both densities with a margin; y is
    density per unit of z, from 0 and on a scale of its own in every panel. Where the line has mass and the filled area
    none, the VAE draws configurations that the data do not have.
    """
    temperatures = sorted({row["temperature"] for row in rows})
    latents = sorted({row["latent"] for row in rows})[:MOST]
    panels = figure.subplots(len(temperatures), len(latents), squeeze=False)
    for line, temperature in zip(panels, temperatures, strict=True):
        for axes, latent in zip(line, latents, strict=True):
            some = [row for row in rows if row["temperature"] == temperature and row["latent"] == latent]
            z, aggregate, prior = ([row[key] for row in some] for key in ("z", "aggregate", "prior"))
            axes.fill_between(z, 0, aggregate, color=BLUE, alpha=0.35, lw=0, label="aggregate posterior")
            axes.plot(z, prior, color=VERMILION, lw=1.2, label="prior")
            axes.set_ylim(bottom=0)
            axes.set_xlim(z[0], z[-1])
            axes.tick_params(labelsize=7.5)
        line[0].set_ylabel(f"density, T = {temperature:.3g} J")
    for axes, latent in zip(panels[-1], latents, strict=True):
        axes.set_xlabel(f"$z_{{{int(latent)}}}$")
