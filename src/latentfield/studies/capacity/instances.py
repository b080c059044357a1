"""The systems of the capacity study and the VAEs that are trained on them, as parameters.

An *instance* is one system at one temperature, a *point* one VAE: d latents and a cap tau_max on the precision of its posteriors
(`vae.architecture`). The prior is factorised.
"""

from __future__ import annotations

import math
from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, PositiveFloat, PositiveInt

from latentfield.systems.base import System
from latentfield.vae.architecture import NetworkSettings, PriorSettings
from latentfield.vae.schedule import Pace


class Frozen(BaseModel):
    """A block of parameters."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Network(NetworkSettings, Pace):
    """How a VAE of the study is built and trained."""

    prior: PriorSettings = PriorSettings(layers=1, bins=8, hidden=16)


class Chains(Frozen):
    """How the configurations of one instance are drawn: the last tenth of the chains is held out."""

    chains: int = Field(ge=20, multiple_of=10)
    draws: PositiveInt
    burn_in: PositiveInt
    spacing: PositiveInt


class Hopfields(Frozen):
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


class Isings(Frozen):
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
        system = self.system
        more = "".join(f"-{name[0]}{getattr(system, name):02d}" for name in system.particulars)
        return f"{system.name}-l{system.shape[0]:02d}{more}-t{self.temperature:.3f}"


class Point(NamedTuple):
    """One VAE of the grid."""

    latents: int
    precision_cap: float

    @property
    def capacity(self) -> float:
        """(d/2) ln tau_max, nats: what posteriors of the least variance could send."""
        return self.latents / 2 * math.log(self.precision_cap)
