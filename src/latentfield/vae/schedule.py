"""How a VAE is trained, as plain data."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt

from latentfield.records.base import Record

COLD = 0.1
"""Weight of the rate when a warm-up begins."""
RISING = 0.02
"""Share of a training over which the learning rate rises."""
Precision = Literal["auto", "32-true", "bf16-mixed", "bf16-true", "64-true"]


class Cooling(Record):
    """Which temperatures a training sees: T >= floor, the floor falling from `start` to 0 linearly after a wait.

    Where the order parameter is disordered its density is close to a Gaussian, -ELBO has one valley, and every direction of the
    order parameter counts; at low temperature few directions do, and a training that begins there gives up the others for good.
    """

    start: float
    """The first floor, in units of J; where no temperature reaches it, the highest one stands in."""
    hold: NonNegativeInt
    """Epochs at the first floor."""
    ramp: NonNegativeInt
    """Epochs over which the floor falls; afterwards all temperatures are seen."""

    def floor(self, epoch: int) -> float:
        """Lowest temperature seen in an epoch, in units of J."""
        return self.start * min(1.0, max(0.0, 1 - (epoch - self.hold + 1) / (self.ramp + 1)))


class Pace(Record):
    """How long and how fast."""

    epochs: PositiveInt
    batch: PositiveInt = 256
    learning_rate: PositiveFloat
    """The largest one, reached after a fiftieth of the training (`RISING`); from there it falls linearly, to zero at the end."""
    draws: PositiveInt = 1
    """Draws of z per configuration in the bound that is maximised: the ELBO of one, the importance-weighted bound of more."""
    warm_up: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Share of a training over which the weight of the rate rises from `COLD` to 1, so that latents are used before they cost."""

    @property
    def weighted(self) -> bool:
        """Whether the bound is another than the ELBO."""
        return self.draws > 1 or self.warm_up > 0

    def rate_weight(self, progress: float) -> float:
        """Weight of the rate when so much of a training is over, `progress` from 0 to 1."""
        return 1.0 if progress >= self.warm_up else COLD + (1 - COLD) * progress / self.warm_up


def relative_rate(step: int, steps: int) -> float:
    """Learning rate of a step, counted from 0, over the largest one."""
    return min((step + 1) / (RISING * steps), 1.0) * (1 - step / steps)


class Shared(Record):
    """What all trainings of a project share."""

    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    precision: Precision = "auto"
    """One of Lightning's, or "auto": bf16-mixed on a GPU that gains from it, else 32-bit."""


class Schedule(Pace, Shared):
    """Everything that a training is told."""

    threads: PositiveInt = 1
    """CPU threads. Fixed, because the order of floating-point sums depends on them; networks of laptop size gain little from more,
    and lose much on a machine that they share."""
    cooling: Cooling | None = None
    """Shows high temperatures first."""

    @classmethod
    def of(cls, pace: Pace, shared: Shared | None = None, threads: int = 1) -> Self:
        """A pace with what it shares with others."""
        given = {name: getattr(pace, name) for name in Pace.model_fields}
        given |= {name: getattr(shared, name) for name in Shared.model_fields if shared}
        return cls(**given, threads=threads)
