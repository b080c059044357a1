"""Whether patterns are a property of the data: linear fits of other starts, and of two halves of the words, compared."""

from __future__ import annotations

import numpy as np

from latentfield.arrays import FloatArray
from latentfield.decoding.generalized_hopfield import cumulants, gauge
from latentfield.decoding.generalized_hopfield import model as generalized
from latentfield.decoding.patterns.stability import stability
from latentfield.records.tables import Row
from latentfield.studies.latent_number.making import Work
from latentfield.studies.latent_number.record import Alike, StabilityRecord
from latentfield.vae.model import load


def compared(work: Work) -> tuple[StabilityRecord, tuple[Row, ...]]:
    """How alike the patterns of starts and halves are, and K of the halves' mean with its error.

    All are in the gauge of the test words (`gauge.of_words`), aligned to the first start. K is taken around the mean pull of the
    test words of both halves, along each latent as far as all but a thousandth of the pulls reach.
    """
    points = work.study.compared(work.seed)
    test = work.data.split(work.study.splits[0])["test"].x
    theories = [gauge.of_words(generalized.decode(load(work.folder / point.name)), test) for point in points]
    theories = [gauge.aligned(theory, theories[0]) for theory in theories]
    starts = [theory for theory, point in zip(theories, points, strict=True) if point.half is None]
    halves = [theory for theory, point in zip(theories, points, strict=True) if point.half is not None]
    origin, reach = cumulants.frame(np.array([theory.overlaps(test) for theory in halves]))
    record = StabilityRecord(
        latents=work.study.stable,
        seeds=tuple(point.seed for point in points if point.half is None),
        starts=_alike([theory.patterns for theory in starts]),
        halves=_alike([theory.patterns for theory in halves]),
    )
    return record, tuple(cumulants.along_axes(halves, reach, origin))


def _alike(patterns: list[FloatArray]) -> Alike:
    found = stability(patterns)
    return Alike(cosines=found.cosines.tolist(), mean=found.mean, least=float(found.cosines.min()), span=found.span)
