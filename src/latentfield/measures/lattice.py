"""Everything measured on the VAE of a sampled system: a record for JSON and a table of curves."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from rich.progress import track

from latentfield.measures.elbo import audit, nats
from latentfield.measures.estimate import Estimate, blocked_mean, summary
from latentfield.measures.observables import compare
from latentfield.store import SampleSet
from latentfield.systems.base import System
from latentfield.vae.model import VAE


def evaluate(
    model: VAE, data: SampleSet, system: System, posterior_draws: int, model_samples: int, seed: int
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Nats per held-out configuration (with the exact entropy and gap where known), and one row of curves per temperature."""
    x = data["samples"]
    held = x[:, data.held_out]
    temperatures = data.temperatures
    columns: dict[str, list[Estimate]] = {name: [] for name in ("neg_elbo", "rate", "distortion", "gap")}
    entropies, rows = [], []
    for g, temperature in enumerate(track(temperatures.tolist(), f"evaluate {system.name}")):
        result = nats(model, held[g], temperature, posterior_draws, seed + g)
        for name in ("neg_elbo", "rate", "distortion"):
            columns[name].append(blocked_mean(getattr(result, name).reshape(-1, system.draws)))
        exact = system.exact(temperature)
        if "log_z" in exact:
            log_p = system.log_weight(held[g], temperature) - exact["log_z"]
            columns["gap"].append(audit(result, log_p, system.draws))
            entropies.append(exact["entropy"])
        drawn = model.sample(model_samples, temperature, torch.Generator().manual_seed(seed + g)).numpy()
        rows.append(compare(system, temperature, x[g].reshape(-1, system.draws, *system.shape), drawn))
    record: dict[str, Any] = {name: summary(temperatures, values) for name, values in columns.items() if values}
    record["entropy"] = float(np.mean(entropies)) if entropies else None
    record["worst_z"] = {k.removesuffix("_z"): _worst(rows, k) for k in rows[0] if k.endswith("_z")}
    return record, rows


def _worst(rows: list[dict[str, Any]], column: str) -> dict[str, float]:
    row = max(rows, key=lambda r: abs(r[column]))
    return {"z": row[column], "temperature": row["temperature"]}
