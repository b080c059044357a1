"""The VAEs of the load study: a Gaussian prior, a training from high temperatures to low, and a decoder out of three.

mean_field              logits linear in z and proportional to 1/T, the exact form of mean-field theory, the encoder's as well
corrected_mean_field    the same field plus a correction of z and T, an encoder of its own
cnn                     transposed convolutions, which suppose an order in space that patterns do not have

A Gaussian prior is what mean-field theory has far above T_c. Trainings begin there, where every pattern shows a little,
since one that begins at low temperature keeps the few patterns of its chains (`vae.schedule.Cooling`).
"""

from __future__ import annotations

import math
import tempfile
from pathlib import Path

import numpy as np

from latentfield.arrays import FloatArray
from latentfield.decoding.patterns.jacobian import logit_jacobian
from latentfield.samples.store import Split
from latentfield.studies.pattern_load.plan import MEAN_FIELD, LoadStudy, Point, glass_temperature
from latentfield.vae.architecture import Architecture, NetworkSettings, PriorSettings
from latentfield.vae.schedule import Cooling, Schedule
from latentfield.vae.training import fit

GAUSSIAN = PriorSettings(kind="gaussian")
NETWORKS = {
    network.decoder: network
    for network in (
        NetworkSettings(encoder="mean_field", decoder=MEAN_FIELD, hidden=(1, 1), prior=GAUSSIAN),
        NetworkSettings(
            encoder="corrected_mean_field", decoder="corrected_mean_field", hidden=(96, 96), prior=GAUSSIAN
        ),
        NetworkSettings(encoder="corrected_mean_field", decoder="cnn", hidden=(16, 32), prior=GAUSSIAN),
    )
}
"""The network of each decoder."""


def train(study: LoadStudy, point: Point, split: dict[str, Split], seed: int, decoder: str = MEAN_FIELD) -> FloatArray:
    """The Jacobian (N, P) of a decoder trained on the point's configurations, at their highest temperature.

    As many latents as patterns: their number is told, their bits are not. The span of a mean-field Jacobian is the same
    at every T and z; that of another decoder is of its mean over 16 draws of the prior. Checkpoints go with their
    temporary folder, so that a kill loses the training. One thread, 32 bits: the same for the same seed on a machine.
    """
    temperatures, shape = np.unique(split["train"].temperature), split["train"].x.shape[1:]
    architecture = Architecture.of(
        NETWORKS[decoder], temperatures.tolist(), sites="spins", shape=shape, latents=point.patterns
    )
    start = _start(temperatures, point, math.prod(shape))
    with tempfile.TemporaryDirectory(prefix="latentfield-load-") as folder:
        model, _ = fit(
            architecture, split, schedule(study, point, decoder, start),
            seed=seed, folder=Path(folder), report=lambda epoch, metrics: None,
        )  # fmt: skip
    return logit_jacobian(model, float(temperatures[-1]), draws=16, seed=seed)


def schedule(study: LoadStudy, point: Point, decoder: str, start: float) -> Schedule:
    """How a decoder is trained on a point, from temperatures above `start`, in units of J.

    Fewer samples make shorter epochs: their number grows as the root of what is missing from the largest point. `hold`
    and `ramp` grow with it. Batches seen still fall as the root of the number of samples.
    """
    settings, longer = study.training, math.sqrt(max(study.samples) / point.samples)
    epochs, hold, ramp = (round(longer * n) for n in (settings.epochs, settings.hold, settings.ramp))
    return Schedule(
        epochs=epochs,
        batch=settings.batch,
        learning_rate=settings.learning_rate if decoder == MEAN_FIELD else study.decoder_learning_rate,
        precision="32-true",
        cooling=Cooling(start=start, hold=hold, ramp=ramp),
    )


def _start(temperatures: FloatArray, point: Point, sites: int) -> float:
    """The temperature above which a training begins: T_g, or the middle of a range that does not reach it.

    Units of J. A "cold" range never reaches T_g: its training begins with its upper half.
    """
    glass = glass_temperature(point.patterns, sites)
    return glass if temperatures[-1] >= glass else float(np.median(temperatures))
