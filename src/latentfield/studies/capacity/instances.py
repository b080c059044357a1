"""The systems of the capacity study and the VAEs that are trained on them, as parameters.

An *instance* is one system at one temperature, a *point* one VAE: d latents and a cap tau_max on the precision of its posteriors
(`vae.architecture`). The prior is what the network says: a product over latents of one spline each where it says nothing.
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
    """One spline layer of 8 bins, a product over latents, as the paper's: smaller than elsewhere, for a full study trains
    hundreds."""


class Chains(Frozen):
    """How the configurations of one instance are drawn: the last tenth of the chains is held out.

    One block of the sampler: n = chains * draws configurations at the one temperature, of which a tenth is for
    validation and measurement. Standard errors take whole chains as the units, so that 20 chains, 2 of them held out,
    are the least from which there is an error at all, and far too few for a good one.
    """

    chains: int = Field(ge=20, multiple_of=10)
    """Independent Markov chains; a multiple of ten, so that the held-out tenth is made of whole ones."""
    draws: PositiveInt
    """Configurations kept from each chain."""
    burn_in: PositiveInt
    """Updates before the first that is kept; of a Hopfield network sweeps with an exchange each."""
    spacing: PositiveInt
    """Updates between those that are kept."""


class Hopfields(Frozen):
    """Hopfield networks of N = size² spins.

    The vector order parameter (paper, section V.2): P patterns, P overlaps, and a bound of (P/2) ln N + O(1) nats on
    every cut (eq. (61)). Every pattern number is studied at every temperature.
    """

    size: int = Field(ge=2)
    """Edge of the square on which the spins are laid out; patterns have no order in space."""
    patterns: tuple[PositiveInt, ...]
    """Numbers P of patterns. ln Z is by quadrature up to P = 4, beyond it by integration of the sampled energy, with an
    error."""
    pattern_seed: NonNegativeInt = 0
    """Seed of the patterns, apart from that of the study: one set of patterns for each P."""
    temperatures: tuple[PositiveFloat, ...]
    """In units of T_c = J. Below 1 the network orders, and far below it block Gibbs alone would not equilibrate the
    weights of the patterns: hence the ladder."""
    ladder: PositiveInt = 6
    """Temperatures that exchange configurations, of which the lowest is kept. The highest is `plan.LADDER_TOP` or twice
    the lowest, whichever is more; they are evenly spaced in ln T."""
    chains: Chains
    network: Network


class Isings(Frozen):
    """Ising models on L x L tori.

    The system without mean-field theory (paper, section V.1 and eq. (62)). L is a multiple of four since the
    convolutional networks halve the lattice twice; even L also has two sublattices, and so a checkerboard cut.
    """

    sizes: tuple[Annotated[int, Field(ge=4, multiple_of=4)], ...]
    """Edges L; N = L^2 spins."""
    temperatures: tuple[PositiveFloat, ...]
    """In units of T_c = 2 / ln(1 + sqrt 2) J."""
    exact: int = Field(12, le=16)
    """Cuts are summed exactly up to this L, which at L = 16 takes a minute; beyond it the checkerboard is sampled."""
    chains: Chains
    network: Network


class Instance(NamedTuple):
    """One system at one temperature (units of J), and how its VAEs are trained.

    All VAEs of an instance see the same configurations: they are drawn once, from a stream that depends on the seed of
    the study and on `name` alone.
    """

    system: System
    temperature: float
    """The one that VAEs are trained and measured at, units of J; the system's own grid may hold more, to exchange with."""
    network: Network
    exact_cuts: bool
    """Whether cuts are summed exactly where that is possible at all; else they come from samples or stay unknown."""

    @property
    def name(self) -> str:
        """Name of the instance's files and of its Optuna study.

        System, edge, particulars and temperature, such as `hopfield-l16-p04-t0.950`; temperatures that agree to three
        decimals would share a name.
        """
        system = self.system
        more = "".join(f"-{name[0]}{getattr(system, name):02d}" for name in system.particulars)
        return f"{system.name}-l{system.shape[0]:02d}{more}-t{self.temperature:.3f}"


class Point(NamedTuple):
    """One VAE of the grid."""

    latents: int
    """Dimension d of z."""
    precision_cap: float
    """tau_max > 1: no posterior is narrower than the prior's variance over it."""

    @property
    def capacity(self) -> float:
        """(d/2) ln tau_max, nats: what posteriors of the least variance could send.

        The paper's sphere packing, eq. (55), at the cap in place of the mean precision. Where q(z) has the variances of
        the prior, no encoder under the cap has a useful rate above it, since h(z) is at most that of a Gaussian of
        these variances and h(z|x) at least that of the narrowest posterior. Posterior means that spread further could
        send more, at the cost of excess KL.
        """
        return self.latents / 2 * math.log(self.precision_cap)
