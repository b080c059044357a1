"""Everything measured on the VAE of a sampled system: a record for JSON and tables of curves.

Nats are measured on held-out configurations, temperature by temperature. The total correlation left by the latents is measured by
a network and bounded by the audit, and the two are held against each other.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import track

from latentfield.measures.capacities import capacities
from latentfield.measures.density_ratio import Settings
from latentfield.measures.elbo import audit, nats
from latentfield.measures.latent_densities import latent_densities
from latentfield.measures.observables import compare, correlations, exact_curves, worst
from latentfield.measures.residual_correlation import remainder
from latentfield.measures.surgery import Parts, surgery
from latentfield.measures.total_correlation import status
from latentfield.samples.store import SampleSet
from latentfield.statistics.estimate import Estimate, blocked_mean, summary
from latentfield.systems.base import System
from latentfield.systems.reference import reference
from latentfield.vae.model import VAE

Record, Table = dict[str, Any], list[dict[str, Any]]

BELOW, ABOVE = 0.8, 1.25
"""Where the densities of the latents are compared, in units of the transition temperature: the nearest of the grid."""


def evaluate(
    model: VAE, data: SampleSet, system: System, posterior_draws: int, model_samples: int, ratio: Settings
) -> tuple[Record, dict[str, Table]]:
    """Measures and tables of a trained VAE; every random number depends on the seed of the settings `ratio` alone.

    -ELBO averages over `posterior_draws` draws of z per configuration; `model_samples` configurations are drawn from the VAE at
    each temperature.
    """
    x, temperatures, seed = data["samples"], data.temperatures, ratio.seed
    train, held = x[:, : data.held_out.start], x[:, data.held_out]
    record = _nats(model, system, temperatures, train, held, posterior_draws, seed)
    found, maps, tables = remainder(model, temperatures, train, held, system.draws, ratio, system.translation_invariant)
    record |= {"tc": found.value.record(), "tc_null": found.null.record(), "residuals": maps}
    if "gap" in record:
        record["tc_status"] = status(found.value.estimates, _estimates(record["gap"]))
    observed, curves = _observables(model, system, temperatures, x, model_samples, seed)
    densities = [
        row
        for t in sorted({_nearest(temperatures, factor * system.transition) for factor in (BELOW, ABOVE)})
        for row in latent_densities(model, held[t], float(temperatures[t]), seed)
    ]
    return record | {"observables": observed}, tables | curves | {"posterior": densities}


def _nats(
    model: VAE, system: System, temperatures: NDArray, train: NDArray, held: NDArray, draws: int, seed: int
) -> Record:
    """Every measure in nats, per temperature and averaged; "gap" and "entropy" where a reference is known."""
    columns: dict[str, list[Estimate]] = {}
    latents: list[list[Parts]] = []
    for g, temperature in enumerate(track(temperatures.tolist(), f"nats of {system.name}")):
        found, parts = _nats_at(model, system, temperature, train[g], held[g], draws, seed + g)
        for name, estimate in found.items():
            columns.setdefault(name, []).append(estimate)
        latents.append(parts)
    measures = {name: summary(temperatures, estimates) for name, estimates in columns.items()}
    return measures | {"latents_nats": [_parts(temperatures, parts) for parts in zip(*latents, strict=True)]}


def _nats_at(
    model: VAE, system: System, temperature: float, train: NDArray, held: NDArray, draws: int, seed: int
) -> tuple[dict[str, Estimate], list[Parts]]:
    result = nats(model, held, temperature, draws, seed)
    rate = surgery(model, held, train, temperature, seed, system.draws)
    series = {name: getattr(result, name) for name in ("neg_elbo", "distortion", "rate")}
    found = {name: blocked_mean(values.reshape(-1, system.draws)) for name, values in series.items()}
    found |= {name: getattr(rate.whole, name) for name in ("rate_useful", "rate_excess")}
    found |= capacities(model, held, temperature, system.draws)._asdict()
    known = reference(system, temperature, seed)
    if known is not None:
        found["entropy"] = known.entropy
        found["gap"] = audit(result, system.log_weight(held, temperature), known.log_z, system.draws)
    return found, rate.latents


def _estimates(measure: Record) -> list[Estimate]:
    return [Estimate(row["value"], row["se"]) for row in measure["per_temperature"]]


def _parts(temperatures: NDArray, parts: tuple[Parts, ...]) -> Record:
    """The parts of one latent's rate as measures."""
    return {name: summary(temperatures, [getattr(part, name) for part in parts]) for name in Parts._fields}


def _observables(
    model: VAE, system: System, temperatures: NDArray, x: NDArray, n: int, seed: int
) -> tuple[Record, dict[str, Table]]:
    """Samples of the VAE against all data: the worst z of each observable, and the tables behind them."""
    rows, distances = [], []
    for g, temperature in enumerate(track(temperatures.tolist(), f"observables of {system.name}")):
        drawn = model.sample(n, temperature, torch.Generator().manual_seed(seed + g)).numpy()[:, None]
        data = x[g].reshape(-1, system.draws, *system.shape)
        rows.append(compare(system, temperature, data, drawn))
        distances += correlations(system, temperature, data, drawn)
    tables = {"observables": rows, "exact": exact_curves(system, temperatures)}
    return worst(rows, distances), tables | ({"correlation": distances} if distances else {})


def _nearest(temperatures: NDArray, wanted: float) -> int:
    return int(np.abs(temperatures - wanted).argmin())
