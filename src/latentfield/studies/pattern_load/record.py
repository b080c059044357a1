"""The outcome of the load study as plain data: `reports/studies/load.json`.

A row of the study is one `PointRecord`: a load, a range of temperatures, a number of samples, with one `SpanRecord` for
each method. Seconds are of wall time on the machine that ran it, and the only numbers that another run changes.
"""

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
    """|overlap| of the planted patterns with their matches, 0 for one without a match. Two unrelated patterns have about
    sqrt(2 / pi N), matches among many somewhat more."""
    found: int
    """Candidates returned, at most P; FastICA always returns P, right or wrong."""
    binarity: float
    """Mean of <|y|> / sqrt(<y^2>) over sources y, 1 for sign vectors, 0.80 for Gaussian ones, 0 for a missing one: what
    can be known without the planted patterns."""
    seconds: float
    """Of the unmixing alone."""


class SpanRecord(Record):
    """One span: squared cosines of its angles with that of the patterns, and the patterns in it."""

    seconds: float
    """Until the matrix was there: of a training, a fit of couplings, or an eigenvalue problem."""
    cos2_mean: float
    """Over the P principal angles, 1 where the spans agree; a random span has about P/N."""
    cos2_min: float
    """Of the direction that is known worst."""
    search: Unmixing
    """By search for sign vectors in the span."""
    fast_ica: Unmixing
    """By FastICA, the paper's way, whose sample is the N sites."""


class PointRecord(Record, Point):
    """Every method at one load, range of temperatures and number of samples."""

    alpha: float
    """P/N."""
    sites: int
    used: int
    """Samples, of the number asked for."""
    glass_temperature: float
    """T_g = 1 + sqrt(alpha), units of J."""
    lowest: float
    """Lowest temperature of the samples, units of J; `highest` likewise."""
    highest: float
    methods: dict[str, SpanRecord]
    """By name: "covariance", "pseudo_likelihood", "latent_network", "vae"."""

    @property
    def solved(self) -> bool:
        """Whether every method found every pattern.

        By search, in every bit. A failure of FastICA alone does not count.
        """
        return all(method.search.exact == 1 for method in self.methods.values())


class DecoderRecord(SpanRecord, Point):
    """One decoder at its load, trained on the most samples of all temperatures."""

    alpha: float
    decoder: str


class Convergence(Record):
    """What the chains of one temperature say of themselves (`convergence`)."""

    temperature: float
    """Units of J; the other fields are without units."""
    effective_samples: float
    r_hat: float
    max_overlap: float
    """Mean of the largest |m_mu|: near 1 in a pattern, of order sqrt(ln P / N) above T_g."""
    q2_between: float
    q2_within: float
    q2_error: float
    """Standard error of the difference of the two <q^2>."""
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
