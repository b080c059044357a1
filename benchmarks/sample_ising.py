"""Speed of Wolff clusters: million flipped spins per CPU second of one thread, ours and other packages in one run.

Counted is what every Wolff code does once per site of a cluster, the flip; starting, warming up and reading out are
not timed. Ours and mcising report the flips themselves. ising-rs and peapods report nothing, so their clusters are
counted and multiplied by the mean cluster size that our kernel finds at the same L and T. peapods runs a Metropolis
sweep before each cluster: the time of a run without clusters is subtracted, and no figure is given where the clusters
take less than a fifth of the total. Each figure is the median over rounds, the packages taking turns.

The other packages are optional: `pip install mcising ising-rs peapods`.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("RAYON_NUM_THREADS", "1")

import numpy as np

from latentfield.systems.ising import Ising
from latentfield.systems.kernels.wolff import bond_threshold, flip_clusters

CASES = [(32, 2.269), (128, 1.8), (128, 2.269), (256, 2.269), (128, 3.0)]
WARM_UP = 50
"""Sweeps before timing, of `Ising.clusters_per_sweep` clusters each."""

Measure = Callable[[int, float, float], Iterator[tuple[float, float]]]
"""Yields (clusters, flips) per CPU second, round by round, for L, T and seconds per round; NaN where not reported."""


def warm_up_clusters(size: int, temperature: float) -> int:
    """Clusters made before timing."""
    grid = {"min": temperature, "max": temperature, "count": 1}
    system = Ising(size=size, temperatures=grid, chains=1, draws=1, burn_in=1, spacing=1)
    return WARM_UP * system.clusters_per_sweep(temperature)


def rates(make: Callable[[int], float], seconds: float) -> Iterator[tuple[float, float]]:
    """Rounds of `make(clusters) -> flips`, each lasting about `seconds` of CPU time."""
    batch = 100
    while True:
        clusters, flips, start = 0, 0.0, time.process_time()
        while (elapsed := time.process_time() - start) < seconds:
            flips += make(batch)
            clusters += batch
        yield clusters / elapsed, flips / elapsed


def latentfield(size: int, temperature: float, seconds: float) -> Iterator[tuple[float, float]]:
    """This package."""
    spins, queue = np.ones((size, size), np.int8), np.empty(size * size + 1, np.uint32)
    words = np.random.default_rng(1).integers(2**64, size=2, dtype=np.uint64)
    threshold = np.uint64(bond_threshold(temperature))
    flip_clusters(spins, queue, words, threshold, warm_up_clusters(size, temperature))
    return rates(lambda clusters: flip_clusters(spins, queue, words, threshold, clusters), seconds)


def mcising(size: int, temperature: float, seconds: float) -> Iterator[tuple[float, float]]:
    """mcising: Rust; a sweep of its Wolff algorithm is one cluster."""
    from mcising import IsingSimulation

    lattice = IsingSimulation(size, 1.0, 0.0, 0.0, 0.0, 1, "wolff")
    lattice.set_spins(np.ones((size, size), np.int8))
    lattice.sweep(warm_up_clusters(size, temperature), temperature=temperature)
    return rates(lambda clusters: lattice.sweep(clusters, temperature=temperature)[0], seconds)


def ising_rs(size: int, temperature: float, seconds: float) -> Iterator[tuple[float, float]]:
    """ising-rs: Rust; starts at random, so it is first cooled until nearly every spin is equal."""
    from isingmodel import Lattice

    lattice = Lattice(size, size, 0.1, 0.0)

    def make(clusters: int) -> float:
        for _ in range(clusters):
            lattice.wolff_step()
        return float("nan")

    while abs(lattice.average_magnetization()) < 0.99:
        make(1)
    lattice.temperature = temperature
    make(warm_up_clusters(size, temperature))
    return rates(make, seconds)


def peapods(size: int, temperature: float, seconds: float) -> Iterator[tuple[float, float]]:
    """peapods: Rust; the time of Metropolis sweeps alone is subtracted."""
    from peapods import Ising as Peapods

    lattice = Peapods((size, size), temperatures=np.array([temperature]), n_replicas=1)

    def cpu_seconds(sweeps: int, **clusters) -> float:
        start = time.process_time()
        lattice.sample(sweeps, sweep_mode="metropolis", sequential=True, **clusters)
        return time.process_time() - start

    cpu_seconds(500, cluster_update_interval=1, cluster_mode="sw")
    sweeps = max(10, int(seconds * 1e7 / size**2))
    while True:
        both = cpu_seconds(sweeps, cluster_update_interval=1, cluster_mode="wolff")
        alone = cpu_seconds(sweeps)
        yield sweeps / (both - alone) if both > 1.25 * alone else float("nan"), float("nan")


PACKAGES: dict[str, tuple[str, Measure]] = {
    "latentfield": ("latentfield", latentfield),
    "mcising": ("mcising", mcising),
    "ising-rs": ("isingmodel", ising_rs),
    "peapods": ("peapods", peapods),
}
"""Import name and measurement of each distribution."""


def measure_case(size: int, temperature: float, rounds: int, seconds: float) -> dict:
    """Medians over rounds of every package that is installed, in million spins per CPU second."""
    running = {
        name: measure(size, temperature, seconds)
        for name, (module, measure) in PACKAGES.items()
        if importlib.util.find_spec(module)
    }
    found = {name: [] for name in running}
    for _ in range(rounds):
        for name, series in running.items():
            found[name].append(next(series))
    cluster = statistics.mean(flips / clusters for clusters, flips in found["latentfield"])
    speeds = {}
    for name, pairs in found.items():
        spins = [clusters * cluster if np.isnan(flips) else flips for clusters, flips in pairs]
        speeds[name] = None if np.isnan(spins).any() else round(statistics.median(spins) / 1e6, 1)
    return {"size": size, "temperature": temperature, "spins_per_cluster": round(cluster, 1), "million_spins": speeds}


def processor() -> str:
    """Model name of the processor, where the system tells."""
    info = Path("/proc/cpuinfo")
    models = [line for line in info.read_text().splitlines() if line.startswith("model name")] if info.exists() else []
    return models[0].split(":")[1].strip() if models else platform.machine()


def main() -> None:
    """Measure, print the table, write the JSON file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.5, help="CPU seconds per package and round")
    parser.add_argument("--output", type=Path, default=Path(__file__).parent / "results" / "sample_ising.json")
    options = parser.parse_args()
    installed = [name for name, (module, _) in PACKAGES.items() if importlib.util.find_spec(module)]
    print(f"{'L':>4} {'T':>6} {'cluster':>9}" + "".join(f"{name:>13}" for name in installed))
    cases = []
    for size, temperature in CASES:
        case = measure_case(size, temperature, options.rounds, options.seconds)
        cases.append(case)
        speeds = "".join(f"{case['million_spins'][name] or '-':>13}" for name in installed)
        print(f"{size:>4} {temperature:>6} {case['spins_per_cluster']:>9}{speeds}", flush=True)
    result = {
        "unit": "million flipped spins per CPU second, one thread",
        "processor": processor(),
        "python": platform.python_version(),
        "versions": {name: importlib.metadata.version(name) for name in [*installed, "numba", "numpy"]},
        "cases": cases,
    }
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
