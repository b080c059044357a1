"""Speed of Hopfield block Gibbs: million spin updates per CPU second of one thread, ours and others in one run.

One sweep draws every field and then every spin of 64 chains at T = 1; exchange is off, nothing is read out. The others
do the same sweep on whole arrays: NumPy and PyTorch with two matrix products and a comparison with uniform numbers, and
NumPy's products followed by one Numba loop for random number, sigmoid and comparison. Each figure is the median over
rounds, taking turns.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = "1"

import numpy as np
import torch
from numba import njit

from latentfield.systems.hopfield import Hopfield, Walk

CASES = [(32, 8), (32, 32), (32, 64), (16, 4)]
CHAINS = 64
BETA = 1.0

Advance = Callable[[int], None]
"""Runs that many sweeps."""


def latentfield(system: Hopfield) -> Advance:
    """This package."""
    return Walk(system, np.array([BETA]), np.random.default_rng(0)).advance


def numpy_products(system: Hopfield) -> Advance:
    """Two products, `rng.random` and a comparison, in float32."""
    rng, xi, n = np.random.default_rng(0), system.xi.astype(np.float32), system.n_sites
    spins, scale = np.ones((CHAINS, n), np.float32), np.float32(1 / np.sqrt(BETA * n))

    def advance(sweeps: int) -> None:
        for _ in range(sweeps):
            m = spins @ xi.T / np.float32(n) + scale * rng.standard_normal((CHAINS, len(xi)), dtype=np.float32)
            up = rng.random((CHAINS, n), dtype=np.float32) * (1 + np.exp(np.float32(-2 * BETA) * (m @ xi))) < 1
            np.subtract(2 * up, 1, out=spins, casting="unsafe")

    return advance


def torch_products(system: Hopfield) -> Advance:
    """Two products, `rand < sigmoid`, in float32."""
    torch.set_num_threads(1)
    xi, n = torch.from_numpy(system.xi.astype(np.float32)), system.n_sites
    state = [torch.ones((CHAINS, n))]

    @torch.inference_mode()
    def advance(sweeps: int) -> None:
        spins = state[0]
        for _ in range(sweeps):
            m = spins @ xi.T / n + torch.randn((CHAINS, len(xi))) / (BETA * n) ** 0.5
            spins = (torch.rand((CHAINS, n)) < torch.sigmoid(2 * BETA * (m @ xi))).float().mul_(2).sub_(1)
        state[0] = spins

    return advance


@njit(fastmath=True, nogil=True)
def draw(field: np.ndarray, spins: np.ndarray, state: np.ndarray) -> None:
    """Spins ±1 of fields, with one xorshift64* number each."""
    x = state[0]
    for j in range(field.size):
        x ^= x >> np.uint64(12)
        x ^= x << np.uint64(25)
        x ^= x >> np.uint64(27)
        uniform = np.float32((x * np.uint64(2685821657736338717)) >> np.uint64(40)) * np.float32(2.0**-24)
        up = uniform * (np.float32(1) + np.exp(-field[j])) < np.float32(1)
        spins[j] = np.float32(1) if up else np.float32(-1)
    state[0] = x


def products_and_numba(system: Hopfield) -> Advance:
    """Two NumPy products and one fused Numba loop."""
    rng, xi, n = np.random.default_rng(0), system.xi.astype(np.float32), system.n_sites
    spins, scale = np.ones((CHAINS, n), np.float32), np.float32(1 / np.sqrt(BETA * n))
    state = np.array([88172645463325252], np.uint64)

    def advance(sweeps: int) -> None:
        for _ in range(sweeps):
            m = spins @ xi.T / np.float32(n) + scale * rng.standard_normal((CHAINS, len(xi)), dtype=np.float32)
            draw((np.float32(2 * BETA) * m @ xi).reshape(-1), spins.reshape(-1), state)

    return advance


RIVALS = {
    "latentfield": latentfield,
    "numpy": numpy_products,
    "torch": torch_products,
    "numpy+numba": products_and_numba,
}


def rates(advance: Advance, updates: int, seconds: float) -> Iterator[float]:
    """Spin updates per CPU second, round by round."""
    advance(5)
    while True:
        sweeps, start = 0, time.process_time()
        while (elapsed := time.process_time() - start) < seconds:
            advance(50)
            sweeps += 50
        yield sweeps * updates / elapsed


def measure_case(size: int, patterns: int, rounds: int, seconds: float) -> dict:
    """One row of the table."""
    grid = {"min": 1 / BETA, "max": 1 / BETA, "count": 1}
    system = Hopfield(
        size=size, patterns=patterns, temperatures=grid, chains=CHAINS, draws=1, burn_in=0, spacing=1, exchange=False
    )
    running = {name: rates(make(system), CHAINS * size**2, seconds) for name, make in RIVALS.items()}
    found = {name: [] for name in running}
    for _ in range(rounds):
        for name, series in running.items():
            found[name].append(next(series) / 1e6)
    speeds = {name: round(statistics.median(series), 1) for name, series in found.items()}
    return {"sites": size**2, "patterns": patterns, "chains": CHAINS, "million_updates": speeds}


def processor() -> str:
    """Model name of the processor, where the system tells."""
    info = Path("/proc/cpuinfo")
    models = [line for line in info.read_text().splitlines() if line.startswith("model name")] if info.exists() else []
    return models[0].split(":")[1].strip() if models else platform.machine()


def main() -> None:
    """Measure, print the table, write the JSON file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.5, help="CPU seconds per program and round")
    parser.add_argument("--output", type=Path, default=Path(__file__).parent / "results" / "sample_hopfield.json")
    options = parser.parse_args()
    print(f"{'N':>6} {'P':>4}" + "".join(f"{name:>13}" for name in RIVALS))
    cases = []
    for size, patterns in CASES:
        case = measure_case(size, patterns, options.rounds, options.seconds)
        cases.append(case)
        speeds = "".join(f"{speed:>13}" for speed in case["million_updates"].values())
        print(f"{size**2:>6} {patterns:>4}{speeds}", flush=True)
    result = {
        "unit": "million spin updates per CPU second, one thread",
        "processor": processor(),
        "python": platform.python_version(),
        "versions": {name: importlib.metadata.version(name) for name in ("latentfield", "numba", "numpy", "torch")},
        "cases": cases,
    }
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
