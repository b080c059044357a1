"""The record of the study of the number of latents: `reports/studies/latents.json`. Nats are per held-out word."""

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
    rate: Measure
    nats_per_word: Measure
    """-ln P, importance weighted."""
    gain: Measure
    """Over independent cells, word by word."""
    convergence: tuple[Converged, ...]
    validation: dict[str, float]


class Models(Record):
    """Models without latents on one split."""

    steps: dict[str, Step]


class StabilityRecord(Record):
    """How alike the patterns of trainings are that differ in their seeds."""

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
    """Of the first split: the fewest nats."""
    stability: StabilityRecord | None = None
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
