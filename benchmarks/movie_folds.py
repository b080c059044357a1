"""Do latents beyond one pay on scenes never seen? Ten contiguous stretches of the movie, each held out in turn, in all repeats.

Nats per held-out word of independent cells and of exact fits, linear and curved; every fold is a unit of the paired errors. Bins
next to a stretch are left out of the training words, and the stretch after it chooses the round of a curved fit. One thread.
Usage: python benchmarks/movie_folds.py RECORDING
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from pathlib import Path

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from latentfield.marginal.fit import CurvedSettings, LinearSettings, fit_curved, fit_linear
from latentfield.recordings import retina
from latentfield.words import baselines

FOLDS, GAP = 10, 10
"""Stretches, and bins of 20 ms on either side of one that nothing is fitted to."""
LINEAR = LinearSettings(rounds=40, last=3, certificates=1, closing=0)
CURVED = CurvedSettings(rounds=40, last=8)


def main() -> None:
    """Print a line for every fold and write benchmarks/results/movie_folds.json."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recording", type=Path)
    words = retina.read(parser.parse_args().recording)
    torch.set_num_threads(1)
    rows = []
    with threadpool_limits(1):
        for fold in range(FOLDS):
            rows.append(_fold(words, fold))
            print(json.dumps(rows[-1]), flush=True)
    nats = {name: np.array([row["nats"][name] for row in rows]) for name in rows[0]["nats"]}
    pairs = [("linear 1", "independent"), ("linear 2", "linear 1"), ("linear 3", "linear 2"), ("curved 1", "linear 1"),
             ("curved 2", "curved 1"), ("curved 2", "linear 2")]  # fmt: skip
    gains = {f"{a} over {b}": _gain(nats[b] - nats[a]) for a, b in pairs}
    means = {name: float(value.mean()) for name, value in nats.items()}
    found = {"machine": platform.processor() or platform.machine(), "folds": rows, "mean": means, "gains": gains}
    print(json.dumps({"mean": means, "gains": gains}, indent=2))
    (Path(__file__).parent / "results" / "movie_folds.json").write_text(json.dumps(found, indent=2) + "\n")


def _fold(words: np.ndarray, fold: int) -> dict:
    bins = words.shape[1]
    edges = np.linspace(0, bins, FOLDS + 1).astype(int)
    time_of = np.arange(bins)

    def stretch(k: int) -> np.ndarray:
        return (time_of >= edges[k % FOLDS]) & (time_of < edges[k % FOLDS + 1])

    held = np.flatnonzero(stretch(fold))
    near = (time_of >= held[0] - GAP) & (time_of <= held[-1] + GAP)
    choosing = stretch(fold + 1) & ~near
    parts = [words[:, chosen].reshape(-1, words.shape[2]) for chosen in (~near & ~choosing, choosing, stretch(fold))]
    train, validation, test = parts
    started = time.perf_counter()
    nats = {"independent": float(-baselines.independent(train, test).mean())}
    for d in (1, 2, 3):
        nats[f"linear {d}"] = float(-fit_linear(train, d, fold, LINEAR).log_likelihood(test).mean())
    for d in (1, 2):
        nats[f"curved {d}"] = float(-fit_curved(train, validation, d, fold, CURVED).log_likelihood(test).mean())
    return {"fold": fold, "words": len(test), "nats": nats, "seconds": time.perf_counter() - started}


def _gain(differences: np.ndarray) -> dict:
    return {"nats": float(differences.mean()), "se": float(differences.std(ddof=1) / len(differences) ** 0.5)}


if __name__ == "__main__":
    main()
