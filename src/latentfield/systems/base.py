"""What every sampled system promises.

A system is a probability distribution over configurations x of N sites at temperature T,

    P(x | T) = exp(-E(x) / T) / Z(T),        k_B = 1, energies in units of the coupling J, information in nats,

with a sampler whose draws follow it. Samples come in *blocks*: groups of whole, independent Markov chains. A block
is the unit of sampling, of resuming, of storage and of the train/validation split, and every block has a random stream
of its own, so that a sample set depends on its parameters and seed and on nothing else.
"""

from __future__ import annotations

import math
import zlib
from abc import ABC, abstractmethod
from typing import ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt, model_validator

from latentfield.arrays import FloatArray
from latentfield.statistics.estimate import Estimate


class TemperatureGrid(BaseModel):
    """Temperatures T, in units of the coupling J, from `min` to `max` inclusive."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    min: PositiveFloat
    max: PositiveFloat
    count: PositiveInt
    spacing: Literal["linear", "log"] = "linear"

    @model_validator(mode="after")
    def _ordered(self) -> TemperatureGrid:
        if self.max < self.min or (self.count > 1 and self.max == self.min):
            raise ValueError(f"max must exceed min, got min {self.min} and max {self.max}")
        return self

    @property
    def values(self) -> FloatArray:
        """Temperatures in increasing order, shape (count,)."""
        space = np.linspace if self.spacing == "linear" else np.geomspace
        return space(self.min, self.max, self.count)


class Thermodynamics(NamedTuple):
    """A system at one temperature: ln Z, mean total energy (units of J), entropy of the whole configuration (nats).

    A standard error of zero means exact.
    """

    log_z: Estimate
    energy: Estimate
    entropy: Estimate


class System(BaseModel, ABC):
    """A model of statistical physics: its fields are exactly the keys of its block in `params.yaml`.

    Subclasses give the Hamiltonian, a sampler, the observables, whatever is known in closed form, and what they are called on
    paper. Temperatures are in units of J; energies are totals, not per site, in units of J.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str]
    """Key of the system in the table and in `params.yaml`."""
    title: ClassVar[str]
    """Name of the system in headings."""
    note: ClassVar[str]
    """A paragraph for the report: whether a latent mean-field theory holds here, and what a VAE makes of it."""
    sites: ClassVar[Literal["spins", "directors"]] = "spins"
    """What sits on a site: a spin ±1 (int8) or a unit vector of R^3 (float32, last axis of `shape`)."""
    site_entropy: ClassVar[float] = math.log(2)
    """Entropy of a site on which nothing acts, nats."""
    particulars: ClassVar[tuple[str, ...]] = ()
    """Fields that tell one such system from another beside its size."""
    coupled: ClassVar[bool] = False
    """Whether the chains of different temperatures exchange configurations, so that one unit of work spans them all."""
    translation_invariant: ClassVar[bool] = False
    """Whether sites are spins on a torus whose law does not change when all move by the same step: then G(r) is defined."""
    order_parameter: ClassVar[str]
    """Key in `observables` of the series whose mean, susceptibility and Binder cumulant describe the transition."""
    transition: ClassVar[float]
    """Transition temperature in the limit of many sites, in units of J."""
    transition_symbol: ClassVar[str] = "$T_c$"
    """What it is called in figures."""
    update: ClassVar[str]
    """What one Monte Carlo update is, for the reader of a sample set: what burn-in and spacing count."""

    temperatures: TemperatureGrid
    blocks: int = Field(10, ge=2, description="blocks per temperature; the last tenth is held out for validation")
    chains: int = Field(ge=2, description="independent chains in a block; errors come from their spread")
    draws: PositiveInt = Field(description="configurations kept from each chain")
    effective: PositiveInt = Field(500, description="fewer effective samples than this at a temperature: warn")

    @property
    @abstractmethod
    def shape(self) -> tuple[int, ...]:
        """Shape of one configuration: sites, then the director's components if there are any."""

    @property
    @abstractmethod
    def n_sites(self) -> int:
        """Number N of sites."""

    @abstractmethod
    def sample_block(self, temperatures: FloatArray, rng: np.random.Generator) -> NDArray:
        """Draw one block at each of the given temperatures, independent of every other block.

        Returns an array of shape (len(temperatures), chains, draws, *shape): int8 spins or float32 directors. `rng` is the
        only source of randomness. Called with one temperature at a time unless the class is `coupled`. It must release
        the GIL in its hot loop and start no threads of its own: several blocks are drawn at once by threads.
        """

    @abstractmethod
    def energy(self, x: NDArray) -> FloatArray:
        """Total energy of configurations x of shape (..., *shape), in units of J; shape (...)."""

    @abstractmethod
    def observables(self, x: NDArray) -> dict[str, FloatArray]:
        """Scalar series of configurations x of shape (..., *shape), each of shape (...).

        Holds at least "energy" (per site) and the order parameter; every series here has its autocorrelation time
        measured, so slow modes belong here.
        """

    @abstractmethod
    def exact(self, temperature: float) -> dict[str, float]:
        """What is known in closed form (or by quadrature to better than 1e-8) at this temperature.

        Keys, where known: `log_z`, `energy` (mean total), `entropy` (of the whole configuration, nats), and means of
        the observables under their own names ("abs_m", ...). Empty where nothing is known.
        """

    @property
    def unknown(self) -> str:
        """Why `exact` lacks what it lacks."""
        return f"nothing is known in closed form for {self.name}"

    def thermodynamics(self, temperature: float, rng: np.random.Generator) -> Thermodynamics | None:
        """ln Z, energy and entropy: exact where `exact` has them, else None unless the class estimates them with `rng`."""
        exact = self.exact(temperature)
        if "log_z" not in exact:
            return None
        return Thermodynamics(*(Estimate(exact[name], 0.0) for name in Thermodynamics._fields))

    def extras(self) -> dict[str, NDArray]:
        """Arrays stored beside the samples, for scoring only (the planted patterns of a Hopfield network)."""
        return {}

    def log_weight(self, x: NDArray, temperature: float) -> FloatArray:
        """Unnormalised log-probability -E(x)/T of configurations (..., *shape); shape (...)."""
        return -self.energy(x) / temperature

    @property
    def burn_in_draws(self) -> float | None:
        """Length of the burn-in in units of the spacing of kept configurations; None for independent draws."""
        burn_in, spacing = getattr(self, "burn_in", None), getattr(self, "spacing", None)
        return None if burn_in is None or spacing is None else burn_in / spacing

    @property
    def block_size(self) -> int:
        """Configurations in a block, at one temperature."""
        return self.chains * self.draws

    @property
    def samples(self) -> int:
        """Configurations per temperature."""
        return self.blocks * self.block_size


def stream(seed: int, system: str, unit: int) -> np.random.Generator:
    """Random stream of one unit of work, a function of (seed, system, unit) alone."""
    return np.random.default_rng(np.random.SeedSequence([seed, zlib.crc32(system.encode()), unit]))
