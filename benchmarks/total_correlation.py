"""Error of the total correlation against exact values, by head and loss: the table of docs/total_correlation.md.

Curie-Weiss, 256 spins, and Maier-Saupe, 144 directors, against uniform sites.
Usage: python benchmarks/total_correlation.py
"""

import itertools
import json
import math
import platform
import time
from pathlib import Path

import numpy as np
import torch

from latentfield.measures.density_ratio import FORMS, Draw, Settings
from latentfield.measures.scaled_head import Pairs
from latentfield.measures.total_correlation import divergence
from latentfield.systems.base import System, stream
from latentfield.systems.curie_weiss import CurieWeiss
from latentfield.systems.maier_saupe import MaierSaupe
from latentfield.vae.parts.likelihoods import LIKELIHOODS

SEEDS = (31, 32, 33)
HEADS = ("mlp", "cnn")
SPINS = CurieWeiss(size=16, temperatures={"min": 1.0, "max": 2.0, "count": 2}, chains=10_000)
DIRECTORS = MaierSaupe(
    size=12, temperatures={"min": 0.3, "max": 0.5, "count": 3}, chains=1000, draws=10, burn_in=200, spacing=20
)
CASES = {"spins": (SPINS, (2.0, 1.5, 1.2)), "directors": (DIRECTORS, (0.5, 0.4, 0.3))}


def against_uniform(x: torch.Tensor, t: torch.Tensor, sites: str, null: bool) -> Draw:
    """Configurations x (n, *shape) against uniform ones, or with `null` those against themselves, conditioned on T."""
    encode = LIKELIHOODS[sites]().encode

    def uniform(n: int, generator: torch.Generator) -> torch.Tensor:
        normal = torch.randn(n, *x.shape[1:], generator=generator)
        return encode(normal.sign() if sites == "spins" else torch.nn.functional.normalize(normal, dim=-1))

    def draw(rows: torch.Tensor, generator: torch.Generator) -> Pairs:
        joint = uniform(len(rows), generator) if null else encode(x[rows])
        return Pairs(joint, uniform(len(rows), generator), t[rows].unsqueeze(1))

    return draw


def case(system: System, temperatures: tuple[float, ...], sites: str, seed: int, null: bool, **settings) -> dict:
    """Estimate at each temperature, the mean of the exact log ratio over the same configurations, and the exact divergence."""
    block = system.sample_block(np.array(temperatures), stream(seed, system.name, 0))
    x = block.reshape(len(temperatures), -1, *system.shape)
    rows = torch.arange(x.shape[0] * x.shape[1]).reshape(x.shape[:2])
    cut = 3 * x.shape[1] // 5
    t = torch.tensor(temperatures).repeat_interleave(x.shape[1])
    draw = against_uniform(torch.from_numpy(x).flatten(0, 1), t, sites, null)
    start = time.perf_counter()
    found = divergence(
        draw, t, rows[:, :cut].flatten(), rows[:, cut:].flatten(), Settings(seed=seed, **settings), system.draws
    )
    seconds = time.perf_counter() - start
    by_temperature = dict(zip(found.temperatures.round(6), found.extrapolated, strict=True))
    uniform = math.prod(system.shape[:2]) * math.log(2) if sites == "spins" else 0.0
    exact = [system.exact(temperature) for temperature in temperatures]
    return {
        "found": [float(by_temperature[temperature]) for temperature in temperatures],
        "same_configurations": [
            float(np.mean(system.log_weight(part[cut:], temperature))) - known["log_z"] + uniform
            for part, temperature, known in zip(x, temperatures, exact, strict=True)
        ],
        "exact": [uniform - float(known["entropy"]) for known in exact],
        "seconds": seconds,
    }


def main() -> None:
    """Print the table and write benchmarks/results/total_correlation.json."""
    torch.set_num_threads(1)
    rows = []
    for (sites, (system, temperatures)), head, form in itertools.product(CASES.items(), HEADS, FORMS):
        runs = [case(system, temperatures, sites, seed, False, head=head, form=form) for seed in SEEDS]
        found, same = (np.array([run[key] for run in runs]) for key in ("found", "same_configurations"))
        row = {
            "sites": sites, "head": head, "form": form, "temperatures": temperatures, "exact": runs[0]["exact"],
            "mean": found.mean(0).tolist(), "bias": (found - same).mean(0).tolist(),
            "worst_against_exact": np.abs(found - runs[0]["exact"]).max(0).tolist(),
            "seconds": float(np.mean([run["seconds"] for run in runs])),
        }  # fmt: skip
        rows.append(row)
        cells = "  ".join(f"{m:.3f} ({b:+.3f})" for m, b in zip(row["mean"], row["bias"], strict=True))
        print(f"{sites:9s}  {head:3s}  {form:4s}  {cells}  {row['seconds']:.0f} s", flush=True)
    nulls = {
        sites: max(abs(value) for seed in SEEDS for value in case(system, temperatures, sites, seed, True)["found"])
        for sites, (system, temperatures) in CASES.items()
    }
    print("null, largest:", nulls)
    result = {"machine": platform.processor() or platform.machine(), "seeds": SEEDS, "rows": rows, "null": nulls}
    path = Path(__file__).parent / "results" / "total_correlation.json"
    path.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
