"""The network that stores the recovered patterns, checked against data: no truth is needed.

With Q the Boltzmann law of the recovered network, ln Q(x) = -E(x)/T - ln Z, and held-out configurations x of the data,

    cross-entropy <-ln Q(x)>_data,    excess <-ln Q>_data - H(Q) = (<E>_data - <E>_Q) / T,

in nats per configuration. The excess is zero, within its error, if the data follow Q, and ln Z cancels from it. It can be
zero elsewhere: it compares one moment. So the largest overlap is compared too, and, given ln p of another model on the same
configurations, <ln p - ln Q>_data: with the true law p the Kullback-Leibler divergence, which is never negative.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from latentfield.arrays import FloatArray
from latentfield.errors import LatentfieldError
from latentfield.statistics.estimate import Estimate, blocked_mean, z_score
from latentfield.systems.hopfield import Hopfield

LADDER = 12
HOTTEST = 2.0
"""Temperatures (units of J) of the chains that exchange configurations with those at T: LADDER of them, up to HOTTEST or 1.5 T."""


class RecalledHopfield(Hopfield):
    """Hopfield network of given patterns, in place of those of a seed."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    given: NDArray

    @property
    def xi(self) -> NDArray[np.int8]:
        """The given patterns ±1, int8, shape (P, N)."""
        return self.given


class Check(NamedTuple):
    """A recovered network at one temperature beside the data; energies and overlaps per site, the rest in nats."""

    energy: tuple[Estimate, Estimate]
    """Energy per site of the recovered network, of data and model."""
    max_overlap: tuple[Estimate, Estimate]
    """Largest overlap with a recovered pattern, of data and model."""
    energy_z: float
    max_overlap_z: float
    log_z: Estimate
    cross_entropy: Estimate
    """<-ln Q> of the data."""
    gain: Estimate
    """N ln 2 less the cross-entropy: what the network knows beyond fair coins."""
    excess: Estimate
    """Cross-entropy less the entropy of Q."""
    divergence: Estimate | None
    """<ln p - ln Q> of the data, for the other model's ln p."""


def recalled(patterns: NDArray, temperature: float, chains: int = 64, draws: int = 50) -> RecalledHopfield:
    """The network of patterns ±1 (P, N), N a square, with chains that reach equilibrium at T (units of J) and above."""
    patterns = np.ascontiguousarray(patterns, dtype=np.int8)
    size = math.isqrt(patterns.shape[-1])
    if patterns.ndim != 2 or not len(patterns) or size**2 != patterns.shape[1] or not np.all(np.abs(patterns) == 1):
        raise LatentfieldError(
            f"a network is built from at least one pattern ±1 on N = size² sites, (P, N); got an array of shape {patterns.shape}"
        )
    grid = {"min": temperature, "max": max(HOTTEST, 1.5 * temperature), "count": LADDER, "spacing": "log"}
    return RecalledHopfield(
        temperatures=grid, size=size, patterns=len(patterns), given=patterns,
        chains=chains, draws=draws, burn_in=1000, spacing=20,
    )  # fmt: skip


def check(
    network: Hopfield,
    temperature: float,
    data: NDArray,
    seed: int = 0,
    log_p: tuple[Callable[[NDArray], FloatArray], float] | None = None,
) -> Check:
    """The network at T (its lowest temperature) beside data (chains, draws, *shape) at T.

    `log_p` gives ln p(x) of another model for configurations (..., *shape), and the standard error that all its values share.
    """
    rng = np.random.default_rng(seed)
    model = network.sample_block(network.temperatures.values, rng)[0]
    ours, theirs = network.observables(model), network.observables(data)
    pairs = {key: (blocked_mean(theirs[key]), blocked_mean(ours[key])) for key in ("energy", "max_overlap")}
    log_z, mean_energy, _ = network.thermodynamics(temperature, rng)
    log_q = network.log_weight(data, temperature) - log_z.value
    mean = blocked_mean(-log_q)
    cross = Estimate(mean.value, float(np.hypot(mean.se, log_z.se)))
    excess = (
        mean.value - log_z.value - mean_energy.value / temperature,
        np.hypot(mean.se, mean_energy.se / temperature),
    )
    return Check(
        **pairs,
        energy_z=z_score(*pairs["energy"]),
        max_overlap_z=z_score(*pairs["max_overlap"]),
        log_z=log_z,
        cross_entropy=cross,
        gain=Estimate(network.n_sites * math.log(2) - cross.value, cross.se),
        excess=Estimate(float(excess[0]), float(excess[1])),
        divergence=None if log_p is None else _divergence(log_p, data, log_q, log_z.se),
    )


def _divergence(
    log_p: tuple[Callable[[NDArray], FloatArray], float], data: NDArray, log_q: FloatArray, log_z_se: float
) -> Estimate:
    law, shared = log_p
    mean = blocked_mean(law(data) - log_q)
    return Estimate(mean.value, float(np.sqrt(mean.se**2 + shared**2 + log_z_se**2)))
