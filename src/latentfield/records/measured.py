"""Everything measured on one trained VAE: `reports/metrics/NAME.json`.

Nats are per configuration: of all sites, or one word of a recording. A value with `per_temperature` is the mean over temperatures,
its error that of the mean; a recording has one temperature, and none is listed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, JsonValue, SerializerFunctionWrapHandler, TypeAdapter, model_serializer, model_validator

from latentfield.arrays import FloatArray
from latentfield.records.base import Record, checked, read_json
from latentfield.records.provenance import Code, Origin
from latentfield.statistics.estimate import Estimate


class AtTemperature(Record):
    """An estimate at one temperature, in units of J."""

    temperature: float
    value: float
    se: float


class Measure(Record):
    """A quantity and its standard error, in all and at every temperature."""

    value: float
    se: float
    per_temperature: tuple[AtTemperature, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _pair(cls, content: object) -> object:
        """Theories registered with the first versions have some estimates as [value, se]."""
        return dict(zip(("value", "se"), content, strict=True)) if isinstance(content, list) else content

    @model_serializer(mode="wrap")
    def _without_empty(self, handler: SerializerFunctionWrapHandler) -> dict[str, JsonValue]:
        return {name: value for name, value in handler(self).items() if value not in ([], ())}

    @classmethod
    def of(cls, estimate: Estimate) -> Measure:
        """An estimate without temperatures."""
        return cls(value=estimate.value, se=estimate.se)

    @classmethod
    def over(cls, temperatures: FloatArray, estimates: Sequence[Estimate]) -> Measure:
        """Independent estimates, one for each temperature (t,), and their mean."""
        rows = tuple(
            AtTemperature(temperature=float(t), value=e.value, se=e.se)
            for t, e in zip(temperatures, estimates, strict=True)
        )
        values, errors = (np.array(column) for column in zip(*estimates, strict=True))
        return cls(value=float(values.mean()), se=float(np.sqrt((errors**2).sum()) / len(errors)), per_temperature=rows)

    @property
    def estimate(self) -> Estimate:
        """The value in all and its error."""
        return Estimate(self.value, self.se)

    @property
    def estimates(self) -> list[Estimate]:
        """Those of the temperatures."""
        return [Estimate(row.value, row.se) for row in self.per_temperature]


class Correlation(Measure):
    """Total correlation as a network finds it; entries are those of the temperatures, one for a recording."""

    at_least: tuple[bool, ...]
    """Where the network saturates, or falls short of what other models prove: as much is left at least."""
    limit: float
    """Nats above which the network saturates; larger values enter as this one."""
    extrapolated: tuple[float, ...] = ()
    """The values themselves; beyond the limit they may err both ways."""


class RateParts(Record):
    """The rate of a latent and its parts, nats."""

    rate: Measure
    rate_useful: Measure
    rate_excess: Measure


class Explained(Record):
    """Fraction of the log ratio of data to decoder that a regression explains, and the same for shuffled ratios."""

    explained: float
    null: float


class ResidualMaps(Record):
    """Regressions on single sites and on pairs of them."""

    one: Explained
    two: Explained


class Agreement(Record):
    """How far samples of the VAE and the data agree in one observable: differences in units of their standard error, z."""

    worst_z: float
    worst_temperature: float | None = None
    rms_z: float | None = None
    values: int | None = None
    """Numbers compared."""
    slope: float | None = None
    """Of the VAE's covariances on the data's."""
    correlation: float | None = None
    """Of the VAE's covariances with the data's."""
    divergence_vae: float | None = None
    """Jensen-Shannon divergence of ten-cell words from the data's, nats."""
    divergence_independent: float | None = None
    divergence_floor: float | None = None
    """Of one half of the data from the other."""


class Consistency(Record):
    """Whether the network's total correlation is at most the exact gap."""

    status: Literal["consistent", "inconsistent"]
    per_temperature: tuple[Literal["consistent", "inconsistent"], ...]


class Step(Record):
    """A model of held-out words: nats per word, and what else is to be said of it."""

    value: float
    se: float
    latents: int | None = None
    components: int | None = None
    fitted_by: str | None = None
    log_z: float | None = None
    log_z_se: float | None = None
    gain: float | None = None
    """Nats per word that any other prior of the latents could gain on the training words, at most."""


class Converged(Record):
    """Importance-weighted nats with so many draws of z per word; the errors of the mean, and of its difference from the last."""

    samples: int
    value: float
    se: float
    se_of_difference: float | None = None


class Dissected(Record):
    """-ELBO and its parts."""

    neg_elbo: Measure
    distortion: Measure
    rate: Measure
    rate_useful: Measure
    """I_q(x; z)."""
    rate_excess: Measure
    """KL(q(z)||p(z))."""
    latents_nats: tuple[RateParts, ...]
    """Latent by latent."""


class Measures(Dissected):
    """What is measured on every VAE."""

    capacity_sphere_packing: Measure
    capacity_gaussian: Measure
    tc: Correlation
    tc_null: Correlation
    """The same network where nothing is left."""
    residuals: ResidualMaps
    observables: dict[str, Agreement]


class SystemMeasures(Measures):
    """Of a sampled system."""

    kind: Literal["system"] = "system"
    order_parameter: str
    entropy: Measure | None = None
    """Of the data, where it is known."""
    gap: Measure | None = None
    """-ELBO - entropy, paired."""
    tc_status: Consistency | None = None


class WordMeasures(Measures):
    """Of a recording."""

    kind: Literal["recording"] = "recording"
    split: str
    words: int
    """Held-out words."""
    importance_samples: int
    """Draws of z per word."""
    nats_per_word: Measure
    """-ln P, importance weighted."""
    independent: Step
    gain: Measure
    """Over independent cells, word by word."""
    ladder: dict[str, Step]
    convergence: tuple[Converged, ...]
    tc_bound: Measure
    """What the best model of the ladder proves to be left, nats."""


class Trained(Origin):
    """The VAE that was measured."""

    seed: int
    code: Code
    validation: dict[str, float]
    prior: str
    sites: tuple[int, ...]
    """Shape of one configuration."""
    samples: int
    """Configurations of the data set."""
    latents: int


class MeasuredSystem(SystemMeasures, Trained):
    """A VAE of a sampled system."""


class MeasuredRecording(WordMeasures, Trained):
    """A VAE of a recording."""


Measured = Annotated[MeasuredSystem | MeasuredRecording, Field(discriminator="kind")]
MEASURED: TypeAdapter[Measured] = TypeAdapter(Measured)
"""Reads either."""


def read_measured(folder: Path) -> dict[str, Measured]:
    """The records in a folder, by the names of their VAEs; raises LatentfieldError where one is damaged."""
    return {path.stem: checked(MEASURED, read_json(path), str(path)) for path in sorted(folder.glob("*.json"))}
