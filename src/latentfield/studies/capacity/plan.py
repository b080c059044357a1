"""The capacity study, as parameters: which instances, and which VAEs on each.

On every instance VAEs are trained first at every point of a grid, then at as many places, chosen by a sampler, as `search` says.

The plan and the tolerance are the key `sweep` of `params.yaml`, where `default` is what the pipeline runs and `full`
what the command `latentfield study --full` does.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Annotated

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt, model_validator

from latentfield.studies.capacity.instances import Frozen, Hopfields, Instance, Isings, Point
from latentfield.systems.hopfield import Hopfield
from latentfield.systems.ising import CRITICAL_TEMPERATURE, Ising

Cap = Annotated[float, Field(gt=1)]
LADDER_TOP = 1.6
"""Highest temperature, in units of J, that a Hopfield network exchanges configurations with."""


class CapacityStudy(Frozen):
    """All instances, and the VAEs trained on each.

    An instance is one temperature and one pattern number or one edge; on each of them the same points are tried.
    """

    hopfield: Hopfields
    ising: Isings
    latents: Annotated[tuple[PositiveInt, ...], Field(min_length=1)]
    """Numbers d of latents of the grid; the search takes any between the least and the largest."""
    precision_caps: Annotated[tuple[Cap, ...], Field(min_length=1)]
    """Caps tau_max of the grid, above 1; the search takes any between, evenly in the logarithm."""
    search: NonNegativeInt
    """VAEs beyond the grid, at places chosen by the search for the smallest capacity."""
    posterior_draws: PositiveInt = 8
    """Draws of z per held-out configuration in the estimate of -ELBO.

    More make the error of the gap smaller only as far as it comes from z and not from the chains."""

    @model_validator(mode="after")
    def _searchable(self) -> CapacityStudy:
        if self.search and min(self.precision_caps) == max(self.precision_caps):
            raise ValueError("a search needs two different precision_caps to move between")
        return self

    @property
    def grid(self) -> list[Point]:
        """Every pair of latents and caps, in order of capacity: the first places of the plan."""
        return sorted((Point(*pair) for pair in product(self.latents, self.precision_caps)), key=lambda p: p.capacity)

    @property
    def trials(self) -> int:
        """VAEs on each instance."""
        return len(self.grid) + self.search

    def instances(self) -> Iterator[Instance]:
        """Hopfield networks by pattern number, then Ising models by size.

        Temperatures are the slowest of the loops. A network of any pattern number is tried for exact cuts, a torus only
        up to `Isings.exact`.
        """
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


class Sweep(Frozen):
    """The study inside the pipeline, and the full one.

    Tolerance, plan and seed fix the outcome; workers and heartbeat change when it is there, not what it is.
    """

    tolerance: PositiveFloat
    """Gap, in nats per configuration, up to which a VAE is called faithful."""
    workers: PositiveInt = 2
    heartbeat: PositiveInt = 15
    """Seconds between the signs of life of a running trial; after four of them without one it was interrupted."""
    default: CapacityStudy
    full: CapacityStudy
