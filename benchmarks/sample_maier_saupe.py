"""Speed of Maier-Saupe block Gibbs: million director draws per CPU second of one thread, with replica exchange on."""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import statistics
import time
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = "1"

import numpy as np

from latentfield.systems.maier_saupe import MaierSaupe, Walk

SIZES = (6, 12, 32)
SWEEPS = 50


def measure(size: int, rounds: int) -> float:
    """Median over rounds of 50 sweeps, 16 temperatures from 0.12 to 0.35 with 20 chains each."""
    grid = {"min": 0.12, "max": 0.35, "count": 16}
    system = MaierSaupe(size=size, temperatures=grid, chains=20, draws=1, burn_in=0, spacing=1)
    walk = Walk(system, 1 / system.temperatures.values, np.random.default_rng(0))
    walk.advance(100)
    found = []
    for _ in range(rounds):
        start = time.process_time()
        walk.advance(SWEEPS)
        found.append(SWEEPS * walk.slot.size * system.n_sites / (time.process_time() - start) / 1e6)
    return round(statistics.median(found), 1)


def main() -> None:
    """Measure, print the table, write the JSON file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--output", type=Path, default=Path(__file__).parent / "results" / "sample_maier_saupe.json")
    options = parser.parse_args()
    cases = [{"sites": size**2, "million_directors": measure(size, options.rounds)} for size in SIZES]
    for case in cases:
        print(f"{case['sites']:>6}{case['million_directors']:>10}")
    result = {
        "unit": "million director draws per CPU second, one thread",
        "python": platform.python_version(),
        "versions": {name: importlib.metadata.version(name) for name in ("latentfield", "numba", "numpy")},
        "cases": cases,
    }
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
