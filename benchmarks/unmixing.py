"""Patterns from a matrix that spans them: share found exactly and seconds on one thread, search beside FastICA.

J = xi R + noise, R standard normal (P, P), the noise in units of the rms entry of xi R, medians and worst cases over seeds. As R is
square and random, its weakest direction is as weak as the noise: at 0.2, span and patterns agree to cos² = 0.82.
Usage: python benchmarks/unmixing.py
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = "1"

import numpy as np

from latentfield.decoding.patterns.recovery import recover
from latentfield.decoding.patterns.scoring import score
from latentfield.decoding.patterns.subspace import cosines_squared

CASES = [(256, p) for p in (4, 16, 26, 36, 50, 64)] + [(1024, p) for p in (36, 64, 100)]
NOISES = (0.0, 0.1, 0.2)
SEEDS = 3
OPTIONS = {"search": {"steps": 1000}, "fast_ica": {"restarts": 2}}
BEYOND = [(256, 80, 20_000), (1024, 128, 3000)]
"""Sites, patterns and steps allowed of the search, without noise, one seed."""


def main() -> None:
    """Print the table and write benchmarks/results/unmixing.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--beyond", action="store_true", help="also try larger loads, minutes each")
    rows = []
    tasks = [(n, p, noise, method, SEEDS, OPTIONS[method]) for n, p in CASES for noise in NOISES for method in OPTIONS]
    if parser.parse_args().beyond:
        tasks += [(n, p, 0.0, "search", 1, {"steps": steps}) for n, p, steps in BEYOND]
    out = Path(__file__).parent / "results" / "unmixing.json"
    for sites, patterns, noise, method, seeds, options in tasks:
        runs = [_run(sites, patterns, noise, method, seed, options) for seed in range(seeds)]
        rows.append({"sites": sites, "patterns": patterns, "noise": noise, "method": method} | _summary(runs) | options)
        print(
            " ".join(f"{value:.3g}" if isinstance(value, float) else f"{value}" for value in rows[-1].values()),
            flush=True,
        )
        out.write_text(json.dumps({"threads": 1, "rows": rows}, indent=2) + "\n")


def _run(sites: int, patterns: int, noise: float, method: str, seed: int, options: dict) -> dict[str, float]:
    rng = np.random.default_rng(seed)
    xi = rng.choice([-1, 1], size=(patterns, sites))
    matrix = xi.T @ rng.standard_normal((patterns, patterns))
    matrix += noise * np.sqrt(patterns) * rng.standard_normal(matrix.shape)
    start = time.perf_counter()
    found = recover(matrix, patterns, method, seed, **options)
    seconds = time.perf_counter() - start
    result = score(found.patterns, xi)
    return {
        "seconds": seconds,
        "exact": result.exact,
        "mean_overlap": result.mean_overlap,
        "missing": found.missing / patterns,
        "cosine_squared": float(cosines_squared(matrix, xi.T).mean()),
    }


def _summary(runs: list[dict[str, float]]) -> dict[str, float]:
    means = {key: float(np.mean([run[key] for run in runs])) for key in runs[0] if key != "seconds"}
    seconds = [run["seconds"] for run in runs]
    return {"seeds": len(runs), "seconds": float(np.median(seconds)), "slowest": max(seconds)} | means


if __name__ == "__main__":
    main()
