"""Everything measured on the VAE of a sampled system: a record for JSON and tables of curves.

Nats are measured on held-out configurations, temperature by temperature. The total correlation left by the latents is measured by
a network and bounded by the audit, and the two are held against each other.

    -ELBO, distortion, rate        `elbo`            useful and excess rate     `surgery`
    gap                            `elbo.audit`      capacities                 `capacities`
    total correlation, its maps    `residual_correlation`
    samples against data           `observables`     densities of the latents   `latent_densities`

Tables: `observables` and `exact` by temperature, `correlation` by distance (translation-invariant systems only), `posterior` by
latent and z, `one_point` and `two_point` of the residual maps. Whole configurations are counted, in nats; errors have chains as
units.
"""

from __future__ import annotations

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
from latentfield.records.measured import Agreement, Measure, RateParts, SystemMeasures
from latentfield.records.tables import Tables
from latentfield.samples.store import SampleSet
from latentfield.statistics.estimate import Estimate, blocked_mean
from latentfield.systems.base import System
from latentfield.vae.model import VAE

BELOW, ABOVE = 0.8, 1.25
"""Where the densities of the latents are compared, in units of the transition temperature: the nearest of the grid."""


def evaluate(
    model: VAE, data: SampleSet, system: System, posterior_draws: int, model_samples: int, ratio: Settings
) -> tuple[SystemMeasures, Tables]:
    """Measures and tables of a trained VAE; every random number depends on the seed of the settings `ratio` alone.

    -ELBO averages over `posterior_draws` draws of z per configuration; `model_samples` configurations are drawn from the VAE at
    each temperature. The last tenth of the blocks of chains is held out; nats and TC are measured on it, observables of the VAE are
    compared with all data. Entropy, gap and the status of TC are None where ln Z is unknown.
    """
    x, temperatures, seed = data["samples"], data.temperatures, ratio.seed
    train, held = x[:, : data.held_out.start], x[:, data.held_out]
    nats, latents = _nats(model, system, temperatures, train, held, posterior_draws, seed)
    left = remainder(model, temperatures, x, data.held_out, system.draws, ratio, system.translation_invariant)
    found, gap = left.correlation, nats.get("gap")
    agreement, curves = _observables(model, system, temperatures, x, model_samples, seed)
    densities = [
        row
        for t in sorted({_nearest(temperatures, factor * system.transition) for factor in (BELOW, ABOVE)})
        for row in latent_densities(model, held[t], float(temperatures[t]), seed)
    ]
    record = SystemMeasures(
        **nats,
        latents_nats=latents,
        tc=found.value.record(),
        tc_null=found.null.record(),
        tc_status=status(found.value.estimates, gap.estimates) if gap else None,
        residuals=left.residuals,
        observables=agreement,
        order_parameter=system.order_parameter,
    )
    return record, left.tables | curves | {"posterior": densities}


def _nats(
    model: VAE, system: System, temperatures: NDArray, train: NDArray, held: NDArray, draws: int, seed: int
) -> tuple[dict[str, Measure], list[RateParts]]:
    """Every measure in nats; "gap" and "entropy" where a reference is known; and the parts of each latent's rate."""
    columns: dict[str, list[Estimate]] = {}
    latents: list[list[Parts]] = []
    for g, temperature in enumerate(track(temperatures.tolist(), f"nats of {system.name}")):
        found, parts = _nats_at(model, system, temperature, train[g], held[g], draws, seed + g)
        for name, estimate in found.items():
            columns.setdefault(name, []).append(estimate)
        latents.append(parts)
    measures = {name: Measure.over(temperatures, estimates) for name, estimates in columns.items()}
    return measures, [_parts(temperatures, parts) for parts in zip(*latents, strict=True)]


def _nats_at(
    model: VAE, system: System, temperature: float, train: NDArray, held: NDArray, draws: int, seed: int
) -> tuple[dict[str, Estimate], list[Parts]]:
    """The same at one temperature; `draws` are those of z, and training configurations serve the aggregate posterior alone."""
    result = nats(model, held, temperature, draws, seed)
    rate = surgery(model, held, train, temperature, seed, system.draws)
    series = {name: getattr(result, name) for name in ("neg_elbo", "distortion", "rate")}
    found = {name: blocked_mean(values.reshape(-1, system.draws)) for name, values in series.items()}
    found |= {name: getattr(rate.whole, name) for name in ("rate_useful", "rate_excess")}
    found |= capacities(model, held, temperature, system.draws)._asdict()
    known = system.thermodynamics(temperature, np.random.default_rng(seed))
    if known is not None:
        found["entropy"] = known.entropy
        found["gap"] = audit(result, system.log_weight(held, temperature), known.log_z, system.draws)
    return found, rate.latents


def _parts(temperatures: NDArray, parts: tuple[Parts, ...]) -> RateParts:
    """The parts of one latent's rate."""
    return RateParts(**{name: Measure.over(temperatures, [getattr(p, name) for p in parts]) for name in Parts._fields})


def _observables(
    model: VAE, system: System, temperatures: NDArray, x: NDArray, n: int, seed: int
) -> tuple[dict[str, Agreement], Tables]:
    """Samples of the VAE against all data: the worst z of each observable, and the tables behind them.

    x is (temperatures, n, *shape). The `n` samples of the VAE at a temperature are independent of each other: chains of one draw.
    """
    rows, distances = [], []
    for g, temperature in enumerate(track(temperatures.tolist(), f"observables of {system.name}")):
        drawn = model.sample(n, temperature, torch.Generator().manual_seed(seed + g)).numpy()[:, None]
        data = x[g].reshape(-1, system.draws, *system.shape)
        rows.append(compare(system, temperature, data, drawn))
        distances += correlations(system, temperature, data, drawn)
    tables = {"observables": rows, "exact": exact_curves(system, temperatures)}
    return worst(rows, distances), tables | ({"correlation": distances} if distances else {})


def _nearest(temperatures: NDArray, wanted: float) -> int:
    """Place, in the grid, of the temperature next to the wanted one."""
    return int(np.abs(temperatures - wanted).argmin())
