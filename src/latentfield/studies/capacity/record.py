"""The outcome of the capacity study as plain data: `reports/studies/capacity.json`. Nats per configuration."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, JsonValue

from latentfield.records.base import Record
from latentfield.records.measured import Measure
from latentfield.records.provenance import Code

Verdict = Literal["faithful", "unfaithful", "undecided"]


class Judgement(Record):
    """Verdict on one VAE (`criterion.judge`)."""

    verdict: Verdict
    below: dict[str, bool]
    """For each cut whether the rate is below it."""
    below_criterion: bool | None = None
    """Whether the rate is below the strongest cut; None where no cut is known."""
    contradiction: bool | None = None
    """Whether rate + gap is."""


class MeasuredVAE(Judgement):
    """What was measured on one VAE, and its verdict."""

    gap: Measure
    rate: Measure
    rate_useful: Measure
    rate_excess: Measure
    tc: Measure
    capacity_sphere_packing: Measure
    capacity_gaussian: Measure
    capacity_cap: float
    """(d/2) ln tau_max: what posteriors of the least variance could send."""


class Placed(Record):
    """Where in the plan a VAE stands."""

    design: Literal["grid", "search"]
    latents: int
    precision_cap: float


class MeasuredTrial(MeasuredVAE, Placed):
    """A trial that was carried to its end."""


class PrunedTrial(Placed):
    """A trial that was given up."""

    verdict: Literal["pruned"] = "pruned"
    epochs: int
    val_gap: float


Trial = Annotated[MeasuredTrial | PrunedTrial, Field(discriminator="verdict")]


class Facts(Record):
    """What is known of an instance."""

    log_z: Measure
    entropy: Measure
    cuts: dict[str, Measure]
    reasons: dict[str, str]
    """Why other cuts are unknown."""
    bound: float | None = None
    """Of all cuts, from above."""


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
    smallest_sufficient: MeasuredTrial | None = None
    largest_insufficient: MeasuredTrial | None = None
    trials: tuple[Trial, ...]

    @property
    def measured(self) -> list[MeasuredTrial]:
        """Trials that were carried to their end."""
        return [trial for trial in self.trials if isinstance(trial, MeasuredTrial)]


class Counts(Record):
    """How often criterion and verdict agree (`criterion.counts`)."""

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


class CapacityRecord(Record):
    """The whole study."""

    seed: int
    tolerance: float
    study: dict[str, JsonValue]
    """The plan, as parameters."""
    code: Code
    counts: Counts
    instances: tuple[InstanceRecord, ...]
