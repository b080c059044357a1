"""What Lightning costs: epochs of `latentfield.vae.training` against a bare PyTorch loop over the same batches.

Both train a VAE of the Curie-Weiss model of params.yaml from the same weights on the same batches in the same order; the bare loop
does what the loss needs and nothing else. Each pair of epochs is timed back to back, so that a machine whose speed drifts treats
both alike. Usage: python benchmarks/train_overhead.py [--pairs 5]
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from latentfield.pipeline import params
from latentfield.pipeline.entries import Train
from latentfield.samples.store import Split
from latentfield.systems.base import stream
from latentfield.vae.architecture import Architecture
from latentfield.vae.data import BatchOrder, Configurations
from latentfield.vae.model import VAE
from latentfield.vae.schedule import Schedule
from latentfield.vae.training import fit

VAE_SETTINGS = Train(
    data="curie_weiss", latents=1, encoder="corrected_mean_field", decoder="corrected_mean_field", hidden=(64, 64),
    prior={"kind": "spline", "layers": 3, "bins": 16, "bound": 5.0, "hidden": 128},
    epochs=20, batch=512, learning_rate=6e-3,
)  # fmt: skip


def main() -> None:
    """Print the table and write benchmarks/results/train_overhead.json."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=5, help="pairs of one-epoch trainings")
    pairs = parser.parse_args().pairs
    settings = VAE_SETTINGS
    architecture, splits = _problem(params.load())
    rows = []
    for pair in range(pairs + 1):
        bare, module = _bare(architecture, splits, settings, pair), _lightning(architecture, splits, settings, pair)
        if pair:
            rows.append({"bare": bare, "lightning": module, "ratio": module / bare})
            print(f"bare {bare:.2f} s   Lightning {module:.2f} s   ratio {module / bare:.3f}", flush=True)
    median = float(np.median([row["ratio"] for row in rows]))
    print(
        f"median ratio {median:.3f} (an epoch of {len(splits['train'].x)} configurations, batches of {settings.batch})"
    )
    out = Path(__file__).parent / "results" / "train_overhead.json"
    out.write_text(
        json.dumps({"threads": torch.get_num_threads(), "rows": rows, "median_ratio": median}, indent=2) + "\n"
    )


def _problem(parameters: params.Params) -> tuple[Architecture, dict[str, Split]]:
    system = parameters.sample.curie_weiss
    t = system.temperatures.values
    x = np.concatenate([system.sample_block(t, stream(0, system.name, u))[:, :, 0] for u in range(system.blocks)], 1)
    group = np.repeat(t.astype(np.float32), x.shape[1])
    train = Split(x.reshape(-1, *system.shape), group)
    architecture = Architecture.of(VAE_SETTINGS, t.tolist(), sites="spins", shape=system.shape, latents=1)
    return architecture, {"train": train, "validation": Split(train.x[:1], train.temperature[:1])}


def _bare(architecture: Architecture, splits: dict[str, Split], settings: Train, seed: int) -> float:
    temperatures = torch.from_numpy(np.unique(splits["train"].temperature))
    data = Configurations(splits["train"], temperatures)
    torch.manual_seed(seed)
    model = VAE(architecture)
    optimizer = torch.optim.AdamW(model.parameters(), lr=settings.learning_rate)
    start = time.perf_counter()
    for rows in BatchOrder(len(data), settings.batch, seed):
        x, group = data[rows]
        terms = model.terms(x, temperatures[group])
        loss = (terms.distortion + terms.rate.sum(1)).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return time.perf_counter() - start


def _lightning(architecture: Architecture, splits: dict[str, Split], settings: Train, seed: int) -> float:
    speed = []
    schedule = Schedule(
        epochs=1,
        batch=settings.batch,
        learning_rate=settings.learning_rate,
        weight_decay=0.01,
        precision="32-true",
        threads=settings.threads,
    )
    with tempfile.TemporaryDirectory() as folder:
        fit(
            architecture, splits, schedule, seed=seed, folder=Path(folder),
            report=lambda _, metrics: speed.append(metrics["samples_per_second"]),
        )  # fmt: skip
    return len(splits["train"].x) / speed[0]


if __name__ == "__main__":
    main()
