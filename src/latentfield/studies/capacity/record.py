"""The outcome of the capacity study as plain data: `reports/studies/capacity.json`. Nats per configuration.

The full study writes `capacity_full.json`, of the same form. A `Measure` is a value with its standard error, chains as
the units. On one machine everything but `code`, and the names of Optuna studies that hold its fingerprint, is a
function of plan, tolerance and seed.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from latentfield.records.base import Record
from latentfield.records.measured import Measure
from latentfield.records.provenance import Code
from latentfield.records.tables import Row, Table

Verdict = Literal["faithful", "unfaithful", "undecided"]
"""Whether the gap is within the tolerance, above it, or neither beyond its error (`criterion.verdict`)."""


MEASURED = ("gap", "rate", "rate_useful", "rate_excess", "tc", "capacity_sphere_packing", "capacity_gaussian")
"""Columns of the table of a study that have an error."""


class Judgement(Record):
    """Verdict on one VAE (`criterion.judge`).

    None where the system has no known cut: then a VAE can be faithful or not, but neither agree with the criterion nor
    refute it.
    """

    verdict: Verdict
    below: dict[str, bool]
    """For each cut whether the rate is below it."""
    below_criterion: bool | None = None
    """Whether the rate is below the strongest cut; None where no cut is known."""
    contradiction: bool | None = None
    """Whether rate + gap is.

    R + gap >= I(A; B) holds for every VAE, whatever the verdict: True is chance, or an error of one of the numbers."""


class MeasuredVAE(Judgement):
    """What was measured on one VAE, and its verdict."""

    gap: Measure
    """-ELBO - H(P), paired configuration by configuration with the exact ln P; the error of ln Z is part of its own."""
    rate: Measure
    """R = E ln( q(z|x) / p(z) ), the KL term of the ELBO, paper, eq. (54)."""
    rate_useful: Measure
    """I_q(x; z), against the mixture of the posteriors of other chains; errs upwards near the logarithm of their number."""
    rate_excess: Measure
    """KL(q(z)||p(z)), the rate less its useful part, and 0 where that comes out negative."""
    tc: Measure
    """The gap less the excess: total correlation left given z. It may be negative within its error."""
    capacity_sphere_packing: Measure
    """(d/2) ln <tau> of the trained encoder, paper, eq. (55)."""
    capacity_gaussian: Measure
    """Mean KL of the posteriors from a Gaussian of the prior's moments, paper, eq. (58)."""
    capacity_cap: float
    """(d/2) ln tau_max: what posteriors of the least variance could send."""


class Placed(Record):
    """Where in the plan a VAE stands."""

    design: Literal["grid", "search"]
    """"grid" trials are in every study of the same plan; those of the "search" lie where TPE put them, mostly near the
    tolerance, and are no fair sample of VAEs."""
    latents: int
    precision_cap: float


class MeasuredTrial(MeasuredVAE, Placed):
    """A trial that was carried to its end."""


class PrunedTrial(Placed):
    """A trial that was given up.

    It would still have been above the tolerance at its end (`objective.hopeless`), which is no verdict: it enters no
    count.
    """

    verdict: Literal["pruned"] = "pruned"
    epochs: int
    """Epochs it was trained for."""
    val_gap: float
    """Its gap on the held-out configurations after the last of them, nats, one draw of z each."""


Trial = Annotated[MeasuredTrial | PrunedTrial, Field(discriminator="verdict")]


class Facts(Record):
    """What is known of an instance."""

    log_z: Measure
    """Standard error 0 where it is exact."""
    entropy: Measure
    """H(P), nats per configuration."""
    cuts: dict[str, Measure]
    """Mutual information by name, "half" and "checkerboard"; standard error 0 where it was summed exactly."""
    reasons: dict[str, str]
    """Why other cuts are unknown."""
    bound: float | None = None
    """Of all cuts, from above.

    What a Hubbard-Stratonovich field knows of the sites: no cut carries more, and no rate needs to be above it. None
    for Ising."""


class Place(Record):
    """System, size and temperature (units of J) of an instance."""

    name: str
    system: str
    size: int
    n_sites: int
    patterns: int | None = None
    temperature: float


class InstanceRecord(Place):
    """Facts and trials of one instance, its least sufficient and its greatest insufficient rate."""

    study: str
    """Name of the Optuna study."""
    log_z: Measure
    entropy: Measure
    cuts: dict[str, Measure]
    unknown_cuts: dict[str, str]
    bound: float | None = None
    strongest: str | None = None
    """Name of the cut of the largest information, which is I_max here: other cuts may carry more, and would only sharpen
    the criterion."""
    smallest_sufficient: MeasuredTrial | None = None
    largest_insufficient: MeasuredTrial | None = None
    trials: tuple[Trial, ...]
    """In order of their places in the plan: the grid by capacity, then the search."""

    @property
    def measured(self) -> list[MeasuredTrial]:
        """Trials that were carried to their end."""
        return [trial for trial in self.trials if isinstance(trial, MeasuredTrial)]


class Counts(Record):
    """How often criterion and verdict agree (`criterion.counts`).

    A theory without fault has 0 `contradictions` and 0 `faithful_below_by_more_than_gap`.
    """

    trials: int
    judged: int
    undecided: int
    faithful_above: int
    faithful_below: int
    faithful_below_by_more_than_gap: int
    unfaithful_below: int
    unfaithful_above: int
    contradictions: int
    foretold: dict[str, int]
    """By cut: unfaithful trials whose rate is below it."""


class CapacityRecord(Record):
    """The whole study."""

    seed: int
    tolerance: float
    """Gap up to which a VAE is faithful, nats per configuration."""
    study: dict[str, JsonValue]
    """The plan, as parameters."""
    code: Code
    counts: Counts
    """Over the measured trials of all instances together."""
    instances: tuple[InstanceRecord, ...]

    def table(self) -> Table:
        """A row for each measured VAE: its instance, counted from 0, where it stands in the plan, and what was measured.

        `i_max` is the largest information known across a cut; NaN where none is, as `patterns` of a lattice are. Nats.
        """
        return [_row(k, one, trial) for k, one in enumerate(self.instances) for trial in one.measured]


def _row(number: int, instance: InstanceRecord, trial: MeasuredTrial) -> Row:
    place = {"size": instance.size, "patterns": instance.patterns or math.nan, "temperature": instance.temperature}
    known = max((cut.value for cut in instance.cuts.values()), default=math.nan)
    measured = {name: getattr(trial, name) for name in MEASURED}
    return {
        "instance": number,
        **place,
        "i_max": known,
        "latents": trial.latents,
        "precision_cap": trial.precision_cap,
        **{name: measure.value for name, measure in measured.items()},
        **{f"{name}_se": measure.se for name, measure in measured.items()},
    }
