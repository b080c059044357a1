"""The record of the study of the number of latents: `reports/studies/latents.json`. Nats are per held-out word.

A row is one training, `PointRecord`; errors take the units of its split, single words, whole repeats or stretches of
time.
"""

from __future__ import annotations

from latentfield.records.base import Record
from latentfield.records.measured import Converged, Measure, Step
from latentfield.records.provenance import Code, Origin
from latentfield.records.tables import Row
from latentfield.studies.latent_number.plan import LatentStudy, Point
from latentfield.vae.schedule import Shared


class PointRecord(Record, Point):
    """One training, scored."""

    neg_elbo: Measure
    """Mean over `study.DRAWS` draws of z per word; at least `nats_per_word`, up to errors of the draws."""
    rate: Measure
    """E ln( q(z|x) / p(z) ), the part of it that is KL(q(z)||p(z)) included."""
    nats_per_word: Measure
    """-ln P, importance weighted."""
    gain: Measure
    """Over independent cells, word by word."""
    convergence: tuple[Converged, ...]
    validation: dict[str, float]
    """Metrics of the kept weights on the words that chose the epoch."""


class Models(Record):
    """Models without latents on one split."""

    steps: dict[str, Step]
    """By name: "independent", "count", "pairwise", "mixture" (`words.ladder`)."""


class StabilityRecord(Record):
    """How alike the patterns of trainings are that differ in their seeds.

    Patterns are the rows of W in the gauge of `gauge.fixed`, without which directions of latents mean nothing; 1 is
    agreement, about sqrt(2 / pi N) unrelated patterns of N sites.
    """

    latents: int
    seeds: tuple[int, ...]
    mean: float
    """Of |cosine| over pairs of trainings and patterns."""
    cosines: tuple[tuple[float, ...], ...]
    """Of each pattern with its match, for each pair of trainings."""


class Findings(Record):
    """What the study found."""

    points: tuple[PointRecord, ...]
    ladder: dict[str, dict[str, Step]]
    """Models without latents, by split and name."""
    best: PointRecord
    """Of the first split: the fewest nats.

    By value alone: numbers of latents whose nats differ by less than the errors of the differences are as good."""
    stability: StabilityRecord | None = None
    """None where there is only one seed, as is `cumulant`."""
    cumulant: tuple[Row, ...] | None = None
    """K(h) along every latent through the mean pull, and its error over trainings; columns as in `cumulants.along_axes`."""


class StudyOrigin(Origin):
    """What every training comes from."""

    training: Shared
    code: Code


class LatentNumberRecord(Findings, StudyOrigin):
    """The same, with what it was found with."""

    seed: int
    study: LatentStudy
