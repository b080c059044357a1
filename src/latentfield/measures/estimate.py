"""Means with standard errors from correlated draws: whole chains are the independent units."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from latentfield.systems.base import FloatArray


class Estimate(NamedTuple):
    """A value and its standard error, in the units of the value."""

    value: float
    se: float


def blocked_mean(series: FloatArray) -> Estimate:
    """Mean of series (chains, draws) and its standard error from the spread of the chains' means."""
    means = series.mean(1)
    return Estimate(float(means.mean()), float(means.std(ddof=1) / np.sqrt(len(means))))


def jackknife(statistic: Callable[[FloatArray], FloatArray], series: FloatArray, bins: int = 50) -> Estimate:
    """A function of moments of series (chains, draws) and its standard error by leaving out bins of chains.

    `statistic` maps the moments <o>, <o^2>, <o^4>, along the first axis, to the value.
    """
    moments = np.stack([(series**k).mean(1) for k in (1, 2, 4)])
    bins = min(bins, moments.shape[1])
    size = moments.shape[1] // bins
    moments = moments[:, : bins * size].reshape(3, bins, size).mean(2)
    total = moments.mean(1, keepdims=True)
    left_out = statistic((total * bins - moments) / (bins - 1))
    spread = np.sqrt((bins - 1) * left_out.var())
    return Estimate(float(statistic(total)[0]), float(spread))


def z_score(a: Estimate, b: Estimate) -> float:
    """Difference of two independent estimates in units of its standard error; 0 where neither varies."""
    se = np.hypot(a.se, b.se)
    return float((a.value - b.value) / se) if se > 0 else 0.0


def summary(temperatures: FloatArray, estimates: list[Estimate]) -> dict:
    """An estimate per temperature and their mean, as plain data: {mean, se, per_temperature: [{temperature, value, se}]}."""
    values, errors = (np.array(column) for column in zip(*estimates, strict=True))
    rows = [
        {"temperature": float(t), "value": e.value, "se": e.se} for t, e in zip(temperatures, estimates, strict=True)
    ]
    return {
        "mean": float(values.mean()),
        "se": float(np.sqrt((errors**2).sum()) / len(errors)),
        "per_temperature": rows,
    }
