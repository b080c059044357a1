"""Exact Curie-Weiss draws per CPU second on one thread, beside what NumPy offers, at N = 1024 and T = T_c = 1.

Peers: the same table of P(M), then the up spins placed by argsort of random keys or by `Generator.permuted`, or an exact
Hubbard-Stratonovich field and independent spins. Usage: python benchmarks/sample_curie_weiss.py
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from latentfield.systems.curie_weiss import CurieWeiss

SIZE, TEMPERATURE = 32, 1.0


def main() -> None:
    """Print the table and write benchmarks/results/sample_curie_weiss.json."""
    system = CurieWeiss(temperatures={"min": 1, "max": 1, "count": 1}, size=SIZE, blocks=2, chains=20_000)
    rng = np.random.default_rng(0)
    total, log_p, _ = system.magnetisation_law(TEMPERATURE)
    up = ((total + system.n_sites) / 2).astype(int)
    draw_up = lambda n: rng.choice(up, n, p=np.exp(log_p) / np.exp(log_p).sum())  # noqa: E731
    methods: dict[str, tuple[int, Callable[[int], object]]] = {
        "latentfield": (20_000, lambda n: system.sample_block(np.array([TEMPERATURE]), rng)),
        "argsort": (500, lambda n: _argsort(draw_up(n), system.n_sites, rng)),
        "permuted": (500, lambda n: _permuted(draw_up(n), system.n_sites, rng)),
        "field": (5_000, lambda n: _field(draw_up(n), system.n_sites, rng)),
    }
    rates = {name: _rate(*method) for name, method in methods.items()}
    for name, rate in rates.items():
        print(f"{name:12} {rate / 1e3:8.0f} thousand configurations per CPU second")
    out = Path(__file__).parent / "results" / "sample_curie_weiss.json"
    content = {"sites": system.n_sites, "temperature": TEMPERATURE, "configurations_per_cpu_second": rates}
    out.write_text(json.dumps(content, indent=2) + "\n")


def _rate(n: int, method: Callable[[int], object], repeats: int = 7) -> float:
    method(n)
    times = []
    for _ in range(repeats):
        start = time.thread_time()
        method(n)
        times.append(time.thread_time() - start)
    return n / float(np.median(times))


def _argsort(up: np.ndarray, sites: int, rng: np.random.Generator) -> np.ndarray:
    rank = rng.random((len(up), sites)).argsort(1).argsort(1)
    return np.where(rank < up[:, None], 1, -1).astype(np.int8)


def _permuted(up: np.ndarray, sites: int, rng: np.random.Generator) -> np.ndarray:
    ordered = np.where(np.arange(sites) < up[:, None], 1, -1).astype(np.int8)
    return rng.permuted(ordered, axis=1)


def _field(up: np.ndarray, sites: int, rng: np.random.Generator) -> np.ndarray:
    m = rng.normal((2 * up - sites) / sites, np.sqrt(TEMPERATURE / sites))
    p = 1 / (1 + np.exp(-2 * m / TEMPERATURE))
    return np.where(rng.random((len(up), sites), dtype=np.float32) < p[:, None], np.int8(1), np.int8(-1))


if __name__ == "__main__":
    main()
