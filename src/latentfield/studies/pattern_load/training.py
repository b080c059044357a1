"""The VAEs of the load study: a Gaussian prior, a training from high temperatures to low, and a decoder out of three.

field    logits linear in z and proportional to 1/T, the exact form of mean-field theory, the encoder's as well
dense    the same field plus a correction of z and T, an encoder of its own
cnn      transposed convolutions, which suppose an order in space that patterns do not have
"""

from __future__ import annotations

import math
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from latentfield.arrays import FloatArray
from latentfield.decoding.patterns.jacobian import logit_jacobian
from latentfield.samples.store import Split
from latentfield.studies.pattern_load.plan import Decoder, LoadStudy, Point, glass_temperature
from latentfield.vae.data import Cooling
from latentfield.vae.model import architecture
from latentfield.vae.training import fit

NETWORKS: dict[Decoder, dict[str, Any]] = {
    "field": {"encoder": "mean_field", "hidden": (1, 1)},
    "dense": {"encoder": "field", "hidden": (96, 96)},
    "cnn": {"encoder": "field", "hidden": (16, 32)},
}
"""Each decoder's encoder and widths."""


def train(study: LoadStudy, point: Point, split: dict[str, Split], seed: int, decoder: Decoder = "field") -> FloatArray:
    """The Jacobian (N, P) of a decoder trained on the point's configurations, at their highest temperature.

    Fewer samples make shorter epochs: their number grows as the root of what is missing from the largest point.
    """
    temperatures, settings = np.unique(split["train"].temperature), study.training
    longer = math.sqrt(max(study.samples) / point.samples)
    epochs, hold, ramp = (round(longer * n) for n in (settings.epochs, settings.hold, settings.ramp))
    config = architecture(
        sites="spins", shape=split["train"].x.shape[1:], temperatures=temperatures.tolist(), latents=point.patterns,
        decoder=decoder, prior={"kind": "gaussian"}, **NETWORKS[decoder],
    )  # fmt: skip
    rate = settings.learning_rate if decoder == "field" else study.decoder_learning_rate
    with tempfile.TemporaryDirectory(prefix="latentfield-load-") as folder:
        model, _ = fit(
            config, split, epochs=epochs, batch=settings.batch, learning_rate=rate,
            weight_decay=0.0, decay=settings.decay ** (1 / longer), precision="32-true", threads=1, seed=seed, folder=Path(folder),
            report=lambda epoch, metrics: None,
            cooling=Cooling(_start(temperatures, point, config), hold, ramp),
        )  # fmt: skip
    return logit_jacobian(model, float(temperatures[-1]), draws=16, seed=seed)


def _start(temperatures: FloatArray, point: Point, config: dict[str, Any]) -> float:
    """The temperature above which a training begins: T_g, or the middle of a range that does not reach it."""
    glass = glass_temperature(point.patterns, math.prod(config["shape"]))
    return glass if temperatures[-1] >= glass else float(np.median(temperatures))
