"""The record of the study of the number of latents: `reports/studies/latents.json`. Nats are per held-out word.

A row is one model, `PointRecord`; errors take the units of its split, single words, whole repeats or stretches of
time.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator

from latentfield.records.base import Record
from latentfield.records.measured import Converged, Measure, Step
from latentfield.records.provenance import Code, Origin
from latentfield.records.tables import Row
from latentfield.studies.former import without_decay
from latentfield.studies.latent_number.plan import LatentStudy, Point
from latentfield.vae.schedule import Shared

SAME = 0.98
"""Cosine above which patterns of two fits are called the same."""


class PointRecord(Record, Point):
    """One model, scored."""

    neg_elbo: Measure
    """Mean over `study.DRAWS` draws of z per word; at least `nats_per_word`, up to errors of the draws, and the same of exact
    fits."""
    rate: Measure
    """E ln( q(z|x) / p(z) ), the part of it that is KL(q(z)||p(z)) included."""
    nats_per_word: Measure
    """-ln P, importance weighted of VAEs."""
    gain: Measure
    """Over independent cells, word by word."""
    convergence: tuple[Converged, ...]
    """Of VAEs."""
    validation: dict[str, float]
    """Metrics of the kept weights on the words that chose the epoch."""
    active: int | None = None
    """Of VAEs, latents that have not collapsed (`vae.accounting`)."""
    certificate: float | None = None
    """Of exact fits, the most that any other prior could gain on the training words, nats per word (`marginal.certificate`)."""


class Models(Record):
    """Models without latents on one split."""

    steps: dict[str, Step]
    """By name: "independent", "count", "pairwise", "mixture" (`words.ladder`)."""


class Alike(Record):
    """How alike the patterns of several fits are."""

    cosines: tuple[tuple[float, ...], ...]
    """|cosine| of each pattern with its match, for each pair of fits."""
    mean: float
    """Of all of them."""
    least: float
    """The smallest of all."""
    span: float
    """Smallest cosine of a principal angle between the spans of the patterns of two fits, which needs no gauge."""

    @property
    def same(self) -> bool:
        """Whether all patterns of all fits are the same."""
        return self.least > SAME


class StabilityRecord(Record):
    """Whether the patterns of linear fits are a property of the data: those of other starts, and of other words.

    Patterns are the rows of W in the gauge of `gauge.of_words`, without which directions of latents mean nothing; 1 is
    agreement, about sqrt(2 / pi N) unrelated patterns of N sites.
    """

    latents: int
    seeds: tuple[int, ...]
    """Of the starts."""
    starts: Alike
    halves: Alike
    """Of two fits, each to half of the training words."""

    @property
    def identified(self) -> bool:
        """Whether both agree above `SAME`, so that patterns may be called a property of the data."""
        return self.starts.same and self.halves.same


class Findings(Record):
    """What the study found."""

    points: tuple[PointRecord, ...]
    ladder: dict[str, dict[str, Step]]
    """Models without latents, by split and name."""
    best: PointRecord
    """Of the first split, with a linear decoder, whose theory can be written down: the fewest nats.

    By value alone: numbers of latents whose nats differ by less than the errors of the differences are as good."""
    stability: StabilityRecord
    cumulant: tuple[Row, ...]
    """K(h) along every latent through the mean pull, and its error from two halves of the words; columns as in
    `cumulants.along_axes`."""


class StudyOrigin(Origin):
    """What every training comes from."""

    training: Shared
    code: Code


class LatentNumberRecord(Findings, StudyOrigin):
    """The same, with what it was found with."""

    seed: int
    study: Annotated[LatentStudy, BeforeValidator(without_decay)]
