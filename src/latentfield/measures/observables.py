"""Observables of samples of the VAE against the data and, where known, exact values, with error bars.

From the series o of a system's order parameter (|m|, largest overlap, nematic S) on N sites:

    mean <o>,   susceptibility N (<o^2> - <o>^2) / T,   Binder cumulant 1 - <o^4> / (3 <o^2>^2).

Spins on a torus whose law does not change under translations (Ising, and Curie-Weiss as a control) also have the correlation
function G(r) = <s_i s_{i+r}> along the axes, not connected, and the second-moment correlation length

    xi = sqrt(S(0) / S(k) - 1) / (2 sin(pi / L)),     S(k) = <|sum_i s_i exp(i k x_i)|^2> / N,   k = 2 pi / L along either axis,

0 where S(0) <= S(k). It diverges with the number of sites in the ordered phase (Cooper, Freedman and Preston 1982,
https://doi.org/10.1016/0550-3213(82)90240-1).

Errors have chains as their units: of means from the spread over chains, of functions of means by a jackknife over at most 50
bins of chains. Functions are taken of the means of all chains and not corrected for the bias that falls as one over their
number.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from latentfield.arrays import FloatArray
from latentfield.records.measured import Agreement
from latentfield.records.tables import Row, Table
from latentfield.statistics.estimate import Estimate, blocked_mean, jackknife, jackknife_means, z_score
from latentfield.systems.base import System

FINER = 3
"""Temperatures of the exact curves for each one sampled."""


def curves(system: System, x: NDArray, temperature: float) -> dict[str, Estimate]:
    """Order parameter, susceptibility, Binder cumulant, energy per site and, where defined, xi of x (chains, draws, *shape).

    Energies in units of J per site, T in units of J; the susceptibility is that of o, per site, and so of |m| for a magnet,
    which has no spurious growth below T_c. Two chains at least.
    """
    series = system.observables(x)
    o = series[system.order_parameter]
    found = {
        system.order_parameter: blocked_mean(o),
        "susceptibility": jackknife(lambda m: system.n_sites * (m[1] - m[0] ** 2) / temperature, o),
        "binder": jackknife(lambda m: 1 - m[2] / (3 * m[1] ** 2), o),
        "energy": blocked_mean(series["energy"]),
    }
    return found | ({"correlation_length": correlation_length(x)} if system.translation_invariant else {})


def correlation_length(x: NDArray) -> Estimate:
    """Second-moment xi in lattice spacings of spins x (chains, draws, L, L).

    S(k) is averaged over the two axes before the ratio is taken. Not connected: below T_c it measures the order, not fluctuations.
    """
    size = x.shape[-1]
    wave = np.exp(2j * np.pi * np.arange(size) / size)
    sums = [x.sum(axis, dtype=np.int64) for axis in (-1, -2)]
    modes = [np.abs(line @ wave) ** 2 for line in sums]
    means = np.stack([(sums[0].sum(-1) ** 2).mean(1), (modes[0] + modes[1]).mean(1) / 2])

    def xi(m: FloatArray) -> FloatArray:
        return np.sqrt(np.maximum(m[0] / m[1] - 1, 0)) / (2 * np.sin(np.pi / size))

    return jackknife_means(xi, means)


def correlation_function(x: NDArray) -> list[Estimate]:
    """G(r), r = 0..L/2, of spins x (chains, draws, L, L), averaged over sites and both axes; G(0) = 1 without error.

    Values at different r come from the same chains: their errors are not independent.
    """
    found = []
    for r in range(x.shape[-1] // 2 + 1):
        products = [(x * np.roll(x, r, axis)).mean((-2, -1), dtype=np.float64) for axis in (-1, -2)]
        found.append(blocked_mean((products[0] + products[1]) / 2))
    return found


def compare(system: System, temperature: float, data: NDArray, model: NDArray) -> Row:
    """One row of the table of curves: every observable of data and model, its error, the exact value where known, and z.

    Both are (chains, draws, *shape); draws of the VAE are chains of their own. Keys: `temperature`, and for each observable
    NAME, that of the data, NAME_se, NAME_vae, NAME_vae_se, NAME_exact (NaN where it is unknown) and NAME_z, VAE less data in
    units of the standard error of their difference, 0 where neither varies. The exact value takes no part in z.
    """
    exact = exact_values(system, temperature)
    row: Row = {"temperature": temperature}
    ours = curves(system, model, temperature)
    for name, truth in curves(system, data, temperature).items():
        row |= {name: truth.value, f"{name}_se": truth.se}
        row |= {f"{name}_vae": ours[name].value, f"{name}_vae_se": ours[name].se}
        row |= {f"{name}_exact": exact.get(name, math.nan), f"{name}_z": z_score(ours[name], truth)}
    return row


def correlations(system: System, temperature: float, data: NDArray, model: NDArray) -> Table:
    """Rows {temperature, distance, data, data_se, vae, vae_se, z} of G(r); none for systems without it. Arguments as `compare`."""
    if not system.translation_invariant:
        return []
    pairs = zip(correlation_function(data), correlation_function(model), strict=True)
    return [
        {"temperature": temperature, "distance": r, "data": truth.value, "data_se": truth.se}
        | {"vae": ours.value, "vae_se": ours.se, "z": z_score(ours, truth)}
        for r, (truth, ours) in enumerate(pairs)
    ]


def exact_values(system: System, temperature: float) -> dict[str, float]:
    """`system.exact` with the energy per site; empty where the system has no closed form."""
    exact = dict(system.exact(temperature))
    if "energy" in exact:
        exact["energy"] /= system.n_sites
    return exact


def exact_curves(system: System, temperatures: FloatArray) -> Table:
    """What is known exactly, on a grid of temperatures FINER times finer; entropy of the whole configuration in nats."""
    steps = np.linspace(0, len(temperatures) - 1, FINER * (len(temperatures) - 1) + 1)
    grid = np.interp(steps, np.arange(len(temperatures)), temperatures)
    return [{"temperature": t} | exact_values(system, t) for t in grid.tolist()]


def worst(rows: Table, distances: Table) -> dict[str, Agreement]:
    """The z of largest modulus of each observable over temperatures, with its sign; of G(r) over distances from 1 as well.

    The largest of n values, which of a faithful VAE is about sqrt(2 ln n) if they are independent, 2 to 3 rather than 1.
    """
    columns = {
        name.removesuffix("_z"): [(row["temperature"], row[name]) for row in rows]
        for name in rows[0]
        if name.endswith("_z")
    }
    if distances:
        columns["correlation"] = [(row["temperature"], row["z"]) for row in distances if row["distance"]]
    found = {name: max(pairs, key=lambda pair: abs(pair[1])) for name, pairs in columns.items()}
    return {name: Agreement(worst_z=z, worst_temperature=t) for name, (t, z) in found.items()}
