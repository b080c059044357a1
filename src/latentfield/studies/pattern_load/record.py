"""The outcome of the load study as plain data: `reports/studies/load.json`."""

from __future__ import annotations

from pydantic import JsonValue

from latentfield.records.base import Record
from latentfield.records.provenance import Code
from latentfield.studies.pattern_load.plan import Point


class Unmixing(Record):
    """What one way of unmixing a span found."""

    exact: float
    """Fraction of the patterns that came back in every bit."""
    mean_overlap: float
    found: int
    binarity: float
    seconds: float


class SpanRecord(Record):
    """One span: squared cosines of its angles with that of the patterns, and the patterns in it."""

    seconds: float
    cos2_mean: float
    cos2_min: float
    search: Unmixing
    fast_ica: Unmixing


class PointRecord(Record, Point):
    """Every method at one load, range of temperatures and number of samples."""

    alpha: float
    """P/N."""
    sites: int
    used: int
    """Samples, of the number asked for."""
    glass_temperature: float
    lowest: float
    highest: float
    methods: dict[str, SpanRecord]

    @property
    def solved(self) -> bool:
        """Whether every method found every pattern."""
        return all(method.search.exact == 1 for method in self.methods.values())


class DecoderRecord(SpanRecord, Point):
    """One decoder at its load."""

    alpha: float
    decoder: str


class Convergence(Record):
    """What the chains of one temperature say of themselves (`convergence`)."""

    temperature: float
    effective_samples: float
    r_hat: float
    max_overlap: float
    q2_between: float
    q2_within: float
    q2_error: float
    equilibrium: bool


class ChainsRecord(Record):
    """Those of every temperature of a load."""

    temperatures: tuple[Convergence, ...]


class LoadRecord(Record):
    """The whole study."""

    seed: int
    study: dict[str, JsonValue]
    """The plan, as parameters."""
    code: Code
    sampling: dict[str, tuple[Convergence, ...]]
    """By number of patterns."""
    points: tuple[PointRecord, ...]
    decoders: tuple[DecoderRecord, ...]
