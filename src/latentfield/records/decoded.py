"""What was read off a trained decoder, in numbers: `theory.json`; its arrays stand beside it.

One kind for each theory, told by `kind`. Nats are per configuration or word, temperatures in units of J.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from latentfield.records.base import Record
from latentfield.records.measured import Agreement, Measure


class TheoryRecord(Record):
    """What every theory says: which VAE it was read off (`records.provenance.Origin`), once that is known."""

    name: str | None = None
    system: str | None = None
    profile: str | None = None
    recording: str | None = None
    data: str | None = None
    run: str | None = None


class NoTheory(TheoryRecord):
    """Nothing could be read off, and why."""

    kind: Literal["none"] = "none"
    reason: str


class PatternScores(Record):
    """Recovered patterns against the true ones."""

    found: int
    exact: float
    """Fraction that came back in every bit."""
    mean_overlap: float
    minimum_overlap: float
    coupling_error: float
    """|J' - J| / |J| of the couplings."""
    binarity: float
    """Mean cosine of the angle between source and pattern; needs no truth."""


class MethodScores(PatternScores):
    """The same of one way to patterns."""

    method: str


class Compared(Record):
    """An observable of data and recovered network, and their difference in standard errors."""

    data: Measure
    network: Measure
    z: float


class NetworkCheck(Record):
    """The recovered network beside held-out data (`decoding.patterns.network_check`), nats."""

    energy: Compared
    max_overlap: Compared
    log_z: Measure
    cross_entropy: Measure
    gain: Measure
    excess: Measure
    divergence: Measure | None = None
    """From the true law, where its ln Z is known."""


class PatternTheory(TheoryRecord):
    """Stored patterns of a Hopfield network."""

    kind: Literal["patterns"] = "patterns"
    temperature: float
    asked: int
    found: int
    confidence: tuple[float, ...]
    """Probability that all bits of a pattern are right."""
    subspace_cos2: tuple[float, ...]
    """Squared cosines of the angles between the decoder's span and that of the true patterns."""
    scores: PatternScores
    methods: tuple[MethodScores, ...]
    network: NetworkCheck | None = None


class Coupling(Record):
    """beta J at one temperature, and its relative error."""

    temperature: float
    beta_j: float
    se: float
    exact: float
    error: float


class CouplingTheory(TheoryRecord):
    """The coupling of a Curie-Weiss model."""

    kind: Literal["mean_field"] = "mean_field"
    worst_error: float
    worst_temperature: float
    couplings: tuple[Coupling, ...]


class TensorScores(Record):
    """R^2 of each coordinate of the order tensor at one temperature."""

    temperature: float
    r2_1: float
    r2_2: float
    r2_3: float
    r2_4: float
    r2_5: float
    worst: float


class FieldLine(Record):
    """The decoder's Bingham matrix on (3/2) beta J Q at one temperature: slope, 1 for an exact VAE, and R^2."""

    temperature: float
    slope: float
    slope_se: float
    r2: float


class TensorTheory(TheoryRecord):
    """Order tensor and molecular field of a nematic."""

    kind: Literal["order_tensor"] = "order_tensor"
    worst_r2_nematic: float | None = None
    """Below the transition."""
    r2: tuple[TensorScores, ...]
    mean_field: tuple[FieldLine, ...]


class Cumulants(Record):
    """Cumulants of one latent at the mean pull of the words."""

    axis: int
    mean: float
    variance: float
    skewness: float
    kurtosis: float


class LinearTheory(TheoryRecord):
    """What is said of every linear decoder of words whose patterns were looked at."""

    binary: bool | None = None
    """Whether the patterns are sign vectors, all sure."""
    confidence: tuple[float, ...] | None = None


class GeneralizedHopfieldTheory(LinearTheory):
    """Field, patterns and cumulant generating function of a linear decoder of words."""

    kind: Literal["generalized_hopfield"] = "generalized_hopfield"
    log_z: float
    error: float
    """Of ln Z and ln P, nats."""
    nats_per_word: Measure
    words: int
    pattern_norms: tuple[float, ...]
    mean_pull: tuple[float, ...]
    cumulants: tuple[Cumulants, ...]
    samples: dict[str, Agreement]
    split: str | None = None


class LinearHead(LinearTheory):
    """Field and patterns alone, and why there is no more."""

    kind: Literal["linear_head"] = "linear_head"
    reason: str


Decoded = Annotated[
    NoTheory | PatternTheory | CouplingTheory | TensorTheory | GeneralizedHopfieldTheory | LinearHead,
    Field(discriminator="kind"),
]
DECODED: TypeAdapter[Decoded] = TypeAdapter(Decoded)
"""Reads any of them."""
