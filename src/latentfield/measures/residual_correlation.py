"""What the latents leave: the total correlation that a network finds given them, and which observables it is made of.

One log ratio serves both: its mean over held-out configurations is the total correlation, its regression on products of sites shows
where that comes from (paper, section IX.5). A map of a total correlation near zero is one of noise: its explained fraction, beside
that of shuffled ratios, tells.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from latentfield.measures.density_ratio import Settings
from latentfield.measures.residual_maps import Fit, by_distance, deviations, residuals
from latentfield.measures.total_correlation import TotalCorrelation, total_correlation
from latentfield.records.measured import Explained, ResidualMaps
from latentfield.records.tables import Table, Tables
from latentfield.vae.model import VAE


class Remainder(NamedTuple):
    """Total correlation left by the latents, which observables it is made of, and their maps."""

    correlation: TotalCorrelation
    residuals: ResidualMaps
    """Explained fraction, on sites and on pairs, of the log ratio of configurations that the regression has not seen."""
    tables: Tables
    """`one_point` and `two_point`: by site and by displacement on a lattice, by cell and by pair of cells without one.

    Rows {row, column, slope} and {dy, dx, slope} on a lattice, (0, 0) included with slope 0; {cell, slope} and {i, j, slope} with
    i < j elsewhere. Numbers from 0; slopes in nats per unit of the deviation, or of the product of two.
    """


def remainder(
    model: VAE,
    temperatures: NDArray,
    x: NDArray,
    held_out: slice,
    draws: int,
    settings: Settings,
    translation_invariant: bool = False,
) -> Remainder:
    """Total correlation of configurations x (groups, n, *shape), one group per temperature, measured on those `held_out`.

    It is learned on those before them. Configurations stand chain by chain, `draws` at a time. On a translation-invariant lattice
    the pairs of a displacement share a slope; elsewhere their slopes are averaged. Two networks are trained, one of them for the
    null. No network has seen the configurations held out when it is measured on them; the regressions use a part of these, and
    are measured on another.
    """
    rows = np.arange(x.shape[0] * x.shape[1]).reshape(x.shape[:2])
    train, test = rows[:, : held_out.start].ravel(), rows[:, held_out].ravel()
    # No copy: these may be the larger part of what memory holds.
    x, t = x.reshape(-1, *x.shape[2:]), np.repeat(temperatures, x.shape[1])
    found = total_correlation(model, x, t, train, test, settings=settings, draws=draws)
    shape = model.site_shape[1:]
    torus = shape if translation_invariant else None
    maps = residuals(deviations(model, x[test], t[test]), found.value.log_ratio, settings.seed, t[test], torus)
    one, two = (Explained(explained=fit.explained, null=fit.null) for fit in maps)
    lattice = len(shape) == 2
    sites, pairs = (_site_table, _displacement_table) if lattice else (_cell_table, _pair_table)
    tables = {"one_point": sites(maps.one, shape), "two_point": pairs(maps.two, shape)}
    return Remainder(found, ResidualMaps(one=one, two=two), tables)


def _site_table(fit: Fit, shape: tuple[int, int]) -> Table:
    slopes = fit.slopes.reshape(shape)
    return [{"row": i, "column": j, "slope": float(slopes[i, j])} for i, j in np.ndindex(*shape)]


def _displacement_table(fit: Fit, shape: tuple[int, int]) -> Table:
    """Slopes by displacement (down, right) on the torus of the lattice, wrapped; those of pairs are averaged first."""
    slopes = fit.slopes if fit.slopes.shape == shape else by_distance(fit.slopes, shape)
    return [{"dy": i, "dx": j, "slope": float(slopes[i, j])} for i, j in np.ndindex(*shape)]


def _cell_table(fit: Fit, shape: tuple[int]) -> Table:
    return [{"cell": i, "slope": float(slope)} for i, slope in enumerate(fit.slopes)]


def _pair_table(fit: Fit, shape: tuple[int]) -> Table:
    first, second = np.triu_indices(math.prod(shape), 1)
    return [{"i": int(i), "j": int(j), "slope": float(fit.slopes[i, j])} for i, j in zip(first, second, strict=True)]
