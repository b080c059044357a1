"""The capacity study, as parameters: which systems, which VAEs, how each is trained.

An *instance* is one system at one temperature. On each, VAEs are trained with d latents and a cap tau_max on the precision of the
posteriors (`precision_cap` of `vae.model`): first every pair of a grid, then as many as `search` asks for at places that a sampler
chooses. The prior is factorised.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, PositiveFloat, PositiveInt, model_validator

from latentfield.systems.base import System
from latentfield.systems.hopfield import Hopfield
from latentfield.systems.ising import CRITICAL_TEMPERATURE, Ising

Cap = Annotated[float, Field(gt=1)]
LADDER_TOP = 1.6
"""Highest temperature, in units of J, that a Hopfield network exchanges configurations with."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Network(_Frozen):
    """How a VAE of the study is built and trained."""

    encoder: Literal["cnn", "dense", "field"]
    decoder: Literal["cnn", "dense", "linear"]
    hidden: tuple[PositiveInt, PositiveInt]
    layers: PositiveInt = 1
    """Of splines in the prior."""
    bins: int = Field(8, ge=2)
    bound: PositiveFloat = 5.0
    prior_hidden: PositiveInt = 16
    epochs: PositiveInt
    batch: PositiveInt = 256
    learning_rate: PositiveFloat
    decay: Annotated[float, Field(gt=0, le=1)]

    @property
    def prior(self) -> dict[str, float | str]:
        """The prior as the VAE's config has it."""
        shape = {"layers": self.layers, "bins": self.bins, "bound": self.bound, "hidden": self.prior_hidden}
        return {"kind": "spline"} | shape

    @property
    def schedule(self) -> dict[str, float]:
        """What the training is told."""
        return {name: getattr(self, name) for name in ("epochs", "batch", "learning_rate", "decay")}


class Chains(_Frozen):
    """How the configurations of one instance are drawn: the last tenth of the chains is held out."""

    chains: int = Field(ge=20, multiple_of=10)
    draws: PositiveInt
    burn_in: PositiveInt
    spacing: PositiveInt


class Hopfields(_Frozen):
    """Hopfield networks of N = size² spins."""

    size: int = Field(ge=2)
    patterns: tuple[PositiveInt, ...]
    pattern_seed: NonNegativeInt = 0
    temperatures: tuple[PositiveFloat, ...]
    """In units of T_c = J."""
    ladder: PositiveInt = 6
    """Temperatures that exchange configurations, of which the lowest is kept."""
    chains: Chains
    network: Network


class Isings(_Frozen):
    """Ising models on L x L tori."""

    sizes: tuple[Annotated[int, Field(ge=4, multiple_of=4)], ...]
    temperatures: tuple[PositiveFloat, ...]
    """In units of T_c = 2 / ln(1 + sqrt 2) J."""
    exact: int = Field(12, le=16)
    """Cuts are summed exactly up to this L, which at L = 16 takes a minute; beyond it the checkerboard is sampled."""
    chains: Chains
    network: Network


class Instance(NamedTuple):
    """One system at one temperature (units of J), and how its VAEs are trained."""

    system: System
    temperature: float
    network: Network
    exact_cuts: bool

    @property
    def name(self) -> str:
        """Name of the instance's files and of its Optuna study."""
        patterns = f"-p{self.system.patterns:02d}" if isinstance(self.system, Hopfield) else ""
        return f"{self.system.name}-l{self.system.shape[0]:02d}{patterns}-t{self.temperature:.3f}"


class Point(NamedTuple):
    """One VAE of the grid."""

    latents: int
    precision_cap: float

    @property
    def capacity(self) -> float:
        """(d/2) ln tau_max, nats: what posteriors of the least variance could send."""
        return self.latents / 2 * math.log(self.precision_cap)


class CapacityStudy(_Frozen):
    """All instances, and the VAEs trained on each."""

    hopfield: Hopfields
    ising: Isings
    latents: Annotated[tuple[PositiveInt, ...], Field(min_length=1)]
    precision_caps: Annotated[tuple[Cap, ...], Field(min_length=1)]
    search: NonNegativeInt
    """VAEs beyond the grid, at places chosen by the search for the smallest capacity."""
    posterior_draws: PositiveInt = 8
    """Draws of z per held-out configuration in the estimate of -ELBO."""

    @model_validator(mode="after")
    def _searchable(self) -> CapacityStudy:
        if self.search and min(self.precision_caps) == max(self.precision_caps):
            raise ValueError("a search needs two different precision_caps to move between")
        return self

    @property
    def grid(self) -> list[Point]:
        """Every pair of latents and caps, in order of capacity."""
        return sorted((Point(*pair) for pair in product(self.latents, self.precision_caps)), key=lambda p: p.capacity)

    @property
    def trials(self) -> int:
        """VAEs on each instance."""
        return len(self.grid) + self.search

    def instances(self) -> Iterator[Instance]:
        """Hopfield networks by pattern number, then Ising models by size."""
        for t, p in product(self.hopfield.temperatures, self.hopfield.patterns):
            yield Instance(self._network(p, t), t, self.hopfield.network, True)
        for t, size in product(self.ising.temperatures, self.ising.sizes):
            grid = {"min": t * CRITICAL_TEMPERATURE, "max": t * CRITICAL_TEMPERATURE, "count": 1}
            system = Ising(size=size, temperatures=grid, **self.ising.chains.model_dump())
            yield Instance(system, t * CRITICAL_TEMPERATURE, self.ising.network, size <= self.ising.exact)

    def _network(self, patterns: int, temperature: float) -> Hopfield:
        plan = self.hopfield
        grid = {"min": temperature, "max": max(LADDER_TOP, 2 * temperature), "count": plan.ladder, "spacing": "log"}
        choice = {"size": plan.size, "patterns": patterns, "pattern_seed": plan.pattern_seed, "temperatures": grid}
        return Hopfield(**choice, **plan.chains.model_dump())


class Sweep(_Frozen):
    """The study inside the pipeline, and the full one."""

    tolerance: PositiveFloat
    """Gap, in nats per configuration, up to which a VAE is called faithful."""
    workers: PositiveInt = 2
    heartbeat: PositiveInt = 15
    """Seconds between the signs of life of a running trial; after four of them without one it was interrupted."""
    default: CapacityStudy
    full: CapacityStudy
