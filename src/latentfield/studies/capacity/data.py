"""The configurations of one instance and all that is known of it, computed once and kept as one sample set.

Known: ln Z and the entropy with their errors (exact, or thermodynamic integration of a Hopfield network of many patterns), the
information across the half and the checkerboard cut, exact or from samples, where there is none the reason why, and an upper bound
on all cuts of a Hopfield network, which no rate needs to reach.

The exact peers: Kaufman's ln Z and entropy of the torus, quadrature for P <= 4 patterns; transfer matrices for the cuts
of a torus up to `Isings.exact`, beyond it the checkerboard from Kaufman's entropy and sampled neighbour sums; sums over
the overlaps of blocks for networks of few patterns, beyond them the half cut by importance sampling of the field. An
exact number has standard error 0.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from latentfield.errors import LatentfieldError
from latentfield.information.cuts import colour_information, first_half, half_information, information_bound
from latentfield.information.field_bound import gaussian_bound
from latentfield.information.hopfield_samples import sampled_cut_information
from latentfield.information.ising_checkerboard import sampled_checkerboard_information
from latentfield.records.measured import Measure
from latentfield.samples import store
from latentfield.samples.store import SampleSet
from latentfield.statistics.estimate import Estimate
from latentfield.studies.capacity.instances import Instance
from latentfield.studies.capacity.record import Facts
from latentfield.systems.base import System, stream
from latentfield.systems.hopfield import Hopfield
from latentfield.systems.ising import Ising

HALF, CHECKERBOARD = "half", "checkerboard"
FEW = 4
"""Draws of each chain from which the half cut of a network of many patterns is estimated.

Importance sampling of the field takes most of the time, and draws of one chain resemble each other anyway."""
WAYS = {HALF: half_information, CHECKERBOARD: colour_information}
"""How each cut is summed exactly; LatentfieldError where that is out of reach."""


class Known:
    """The sample set of an instance with what is known beside it.

    `facts` is what was stored, `log_z` and `cuts` the same as estimates, `temperature` in units of J.
    """

    def __init__(self, data: SampleSet, system: System):
        self.data, self.system = data, system
        self.temperature = float(data.temperatures[0])
        self.facts = Facts.parsed(data.attributes["facts"], str(data.path))
        self.log_z = self.facts.log_z.estimate
        self.cuts = {name: cut.estimate for name, cut in self.facts.cuts.items()}

    def chains(self, held_out: bool) -> NDArray:
        """Configurations (n, *shape) on which VAEs are measured, or on which they are trained; whole chains in order.

        The held-out tenth of the chains is also the validation part, on which the best epoch is chosen; each of its
        chains holds `system.draws` configurations one after the other.
        """
        part = self.data.held_out if held_out else slice(0, self.data.held_out.start)
        return self.data["samples"][0, part]


def prepare(instance: Instance, seed: int, folder: Path) -> Known:
    """The instance's sample set in a folder, drawn if it is not there; other processes wait meanwhile.

    What is drawn depends on the seed, the parameters of the instance and its name alone, not on who draws it. A kill in
    between loses the drawing, for the set is moved into place when it is complete. At L = 16 the exact cuts take about
    a minute. Raises LatentfieldError for a system of unknown ln Z, without which there is no gap.
    """
    path = folder / f"{instance.name}.zarr"
    with FileLock(folder / f".{instance.name}.lock"):
        if not path.exists():
            _draw(instance, seed, path)
    return Known(SampleSet(path), instance.system)


def _draw(instance: Instance, seed: int, path: Path) -> None:
    """Draw one block of chains, find out what is known, and keep both.

    A system that exchanges configurations runs at all its temperatures, of which the lowest is kept; chunks are tenths
    of the chains. There are three streams of random numbers: of the chains, of ln Z where it is integrated (another set
    of chains), and of sampled cuts.
    """
    system, temperature = instance.system, instance.temperature
    x = system.sample_block(system.temperatures.values, stream(seed, instance.name, 0))[0]
    found = system.thermodynamics(temperature, np.random.default_rng(seed))
    if found is None:
        raise LatentfieldError(f"the capacity study needs ln Z, which is unknown for {system.name}")
    cuts, reasons = _cuts(instance, x, found.log_z, stream(seed, instance.name, 1))
    facts = Facts(
        log_z=Measure.of(found.log_z),
        entropy=Measure.of(found.entropy),
        cuts={name: Measure.of(cut) for name, cut in cuts.items()},
        reasons=reasons,
        bound=_bound(system, temperature, x),
    )
    attributes = {"facts": facts.plain(), "sites": system.sites}
    flat = x.reshape(1, -1, *system.shape)
    block = system.block_size // store.HELD_OUT
    known = {"temperatures": np.array([temperature]), "energies": system.energy(flat)}
    store.write(path, attributes, block, flat, 1, **known)


def _cuts(
    instance: Instance, x: NDArray, log_z: Estimate, rng: np.random.Generator
) -> tuple[dict[str, Estimate], dict[str, str]]:
    """Cuts by name, and the reasons why others are unknown; x (chains, draws, *shape) are samples for those that take them.

    With `exact_cuts` off no exact sum is tried. The reason why a cut is unknown is the message of the error that said
    so.
    """
    system, temperature = instance.system, instance.temperature
    cuts, reasons = {}, {}
    for name, way in WAYS.items():
        sampled = SAMPLED.get((system.name, name))
        try:
            if not instance.exact_cuts:
                raise LatentfieldError("left out, it takes long")
            cuts[name] = Estimate(way(system, temperature), 0.0)
        except LatentfieldError as error:
            if sampled:
                cuts[name] = sampled(system, temperature, x, log_z, rng)
            else:
                reasons[name] = str(error)
    return cuts, reasons


def _sampled_half(
    system: Hopfield, temperature: float, x: NDArray, log_z: Estimate, rng: np.random.Generator
) -> Estimate:
    """The half cut from about `FEW` draws of each chain, evenly spaced.

    Its error includes the bias of the logarithm of an estimate.
    """
    few = x[:, :: max(1, system.draws // FEW)]
    return sampled_cut_information(system, temperature, few, first_half(system), log_z, rng)


SAMPLED: dict[tuple[str, str], Callable[[Any, float, NDArray, Estimate, np.random.Generator], Estimate]] = {
    (Ising.name, CHECKERBOARD): lambda system, t, x, log_z, rng: sampled_checkerboard_information(system, t, x),
    (Hopfield.name, HALF): _sampled_half,
}
"""Cuts estimated from samples where the exact sum is too long. The sites of a network have no order, so that another cut through
its middle would say the same again."""


def _bound(system: System, temperature: float, x: NDArray) -> float | None:
    """What the field of a system knows about its sites, or the bound on it from samples, nats; None where no field acts."""
    try:
        return information_bound(system, temperature)
    except LatentfieldError:
        return BOUNDS[system.name](system, temperature, x) if system.name in BOUNDS else None


def _sampled_bound(system: Hopfield, temperature: float, x: NDArray) -> float:
    """The Gaussian bound from sampled overlaps.

    (1/2) sum over patterns of ln(1 + beta N <m^2>), m the overlap of the spins: a mean over samples, given without its
    error.
    """
    overlaps = system.overlaps(x).reshape(-1, system.patterns)
    return gaussian_bound(system.n_sites / temperature * (overlaps**2).mean(0))


BOUNDS: dict[str, Callable[[Any, float, NDArray], float]] = {Hopfield.name: _sampled_bound}
"""Bounds from samples, where none is known exactly."""
