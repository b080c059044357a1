"""What exact fits of few latents reach, and in what time: nats per held-out word of linear and of curved decoders.

On the recording, where the first tenth of `default_rng(0).permutation` of all words is held out, and on any file of words: a
NumPy array (n, sites), a fifth of which is held out, or an .npz with `train`, `valid` and `test`. Independent sites and the best
known mixture of product laws stand beside. One thread. Usage: python benchmarks/exact_fits.py RECORDING [WORDS ...]
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from latentfield.marginal.active import Active
from latentfield.marginal.certificate import certify
from latentfield.marginal.fit import fit_curved, fit_linear
from latentfield.marginal.model import Marginal
from latentfield.recordings import retina
from latentfield.words import baselines, mixture
from latentfield.words.parts import Parts

MIXTURES = (8, 32, 100, 400)


class Words(NamedTuple):
    """Words ±1 to train on, to choose with and to test on."""

    train: NDArray[np.int8]
    validation: NDArray[np.int8]
    test: NDArray[np.int8]


def main() -> None:
    """Print a line for every fit and write benchmarks/results/exact_fits.json."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recording", type=Path)
    parser.add_argument("words", type=Path, nargs="*")
    parser.add_argument("--latents", type=int, nargs="+", default=[1, 2, 3])
    asked = parser.parse_args()
    torch.set_num_threads(1)
    rows = []
    with threadpool_limits(1):
        for file in (asked.recording, *asked.words):
            words = of_recording(file) if file.suffix == ".mat" else of_file(file)
            for row in fits(words, asked.latents):
                rows.append({"words": file.stem} | row)
                print(json.dumps(rows[-1]), flush=True)
    out = Path(__file__).parent / "results" / "exact_fits.json"
    out.write_text(json.dumps({"machine": platform.processor() or platform.machine(), "rows": rows}, indent=2) + "\n")


def of_recording(file: Path) -> Words:
    """The recording's words in a random order of which the first tenth is held out, and 20,000 others choose."""
    words = retina.read(file)
    words = words.reshape(-1, words.shape[-1])
    words = words[np.random.default_rng(0).permutation(len(words))]
    test = len(words) // 10
    return Words(words[test + 20_000 :], words[test : test + 20_000], words[:test])


def of_file(file: Path) -> Words:
    """Words 0/1 or ±1 of an array, a fifth held out and a tenth of the others to choose with, or of an archive with its parts."""
    found = np.load(file)
    if isinstance(found, np.ndarray):
        words = _signs(found)[np.random.default_rng(0).permutation(len(found))]
        test = len(words) // 5
        choose = (len(words) - test) // 10
        return Words(words[test + choose :], words[test : test + choose], words[:test])
    return Words(*(_signs(found[key]) for key in ("train", "valid", "test")))


def fits(words: Words, latents: list[int]) -> list[dict[str, float | str]]:
    """Independent sites, the best mixture, linear and curved decoders with so many latents."""
    every = Words(np.concatenate([words.train, words.validation]), words.validation, words.test)
    rows = [_row("independent", 0, lambda: baselines.independent(every.train, words.test))]
    parts = Parts(words.train, words.validation, words.test, None)
    rows.append(_row("mixture", 0, lambda: mixture.best(parts, MIXTURES, 0).log_likelihood(words.test)))
    for d in latents:
        rows.append(_fitted("linear", d, lambda d=d: fit_linear(every.train, d), every))
        rows.append(_fitted("curved", d, lambda d=d: fit_curved(words.train, words.validation, d), words))
    return rows


def _fitted(name: str, latents: int, fit: Callable[[], Marginal], words: Words) -> dict[str, float | str]:
    start = time.perf_counter()
    model = fit()
    seconds = time.perf_counter() - start
    row = _row(name, latents, lambda: model.log_likelihood(words.test))
    gains = {f"gain_{part}": certify(model, Active.of(getattr(words, part))).gain for part in ("train", "test")}
    return row | gains | {"nodes": len(model.node), "seconds": seconds}


def _row(name: str, latents: int, log_p: Callable[[], NDArray[np.floating]]) -> dict[str, float | str]:
    start = time.perf_counter()
    found = log_p()
    seconds = time.perf_counter() - start
    error = found.std() / np.sqrt(len(found))
    return {"model": name, "latents": latents, "nats": -found.mean(), "se": error, "seconds": seconds}


def _signs(words: NDArray[np.generic]) -> NDArray[np.int8]:
    return np.where(words > 0, 1, -1).astype(np.int8)


if __name__ == "__main__":
    main()
