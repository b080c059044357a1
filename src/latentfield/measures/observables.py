"""Order-parameter curves: samples of the VAE against the data, with error bars.

From the series o of a system's order parameter (|m|, largest overlap, nematic S) on N sites:

    mean <o>,   susceptibility N (<o^2> - <o>^2) / T,   Binder cumulant 1 - <o^4> / (3 <o^2>^2).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from latentfield.measures.estimate import Estimate, blocked_mean, jackknife, z_score
from latentfield.systems.base import System


def curves(system: System, x: np.ndarray, temperature: float) -> dict[str, Estimate]:
    """Order parameter, susceptibility, Binder cumulant and energy per site of x (chains, draws, *shape)."""
    series = system.observables(x)
    o = series[system.order_parameter]
    return {
        system.order_parameter: blocked_mean(o),
        "susceptibility": jackknife(lambda m: system.n_sites * (m[1] - m[0] ** 2) / temperature, o),
        "binder": jackknife(lambda m: 1 - m[2] / (3 * m[1] ** 2), o),
        "energy": blocked_mean(series["energy"]),
    }


def compare(system: System, temperature: float, data: np.ndarray, model: np.ndarray) -> dict[str, Any]:
    """One row of the table of curves: every observable of data and model, its error, the exact value where known, and z."""
    exact = dict(system.exact(temperature))
    if "energy" in exact:
        exact["energy"] /= system.n_sites
    row: dict[str, Any] = {"temperature": temperature}
    ours = curves(system, model[:, None], temperature)
    for name, truth in curves(system, data, temperature).items():
        row |= {name: truth.value, f"{name}_se": truth.se}
        row |= {f"{name}_vae": ours[name].value, f"{name}_vae_se": ours[name].se}
        row |= {f"{name}_exact": exact.get(name), f"{name}_z": z_score(ours[name], truth)}
    return row
