"""The configurations of one instance and all that is known of it, computed once and kept as one sample set.

Known: ln Z and the entropy with their errors (exact, or thermodynamic integration of a Hopfield network of many patterns), the
information across the half and the checkerboard cut, exact or from samples, where there is none the reason why, and an upper bound
on all cuts of a Hopfield network, which no rate needs to reach.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from latentfield.errors import LatentfieldError
from latentfield.information.cuts import colour_information, half_information, information_bound
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
from latentfield.systems.reference import reference

HALF, CHECKERBOARD = "half", "checkerboard"
FEW = 8
"""Draws of each chain from which the half cut of a network of many patterns is estimated."""
WAYS = {HALF: half_information, CHECKERBOARD: colour_information}


class Known:
    """The sample set of an instance with what is known beside it."""

    def __init__(self, data: SampleSet, system: System):
        self.data, self.system = data, system
        self.temperature = float(data.temperatures[0])
        self.facts = Facts.parsed(data.attributes["facts"], str(data.path))
        self.log_z = self.facts.log_z.estimate
        self.cuts = {name: cut.estimate for name, cut in self.facts.cuts.items()}

    def chains(self, held_out: bool) -> NDArray:
        """Configurations (n, *shape) on which VAEs are measured, or on which they are trained; whole chains in order."""
        part = self.data.held_out if held_out else slice(0, self.data.held_out.start)
        return self.data["samples"][0, part]


def prepare(instance: Instance, seed: int, folder: Path) -> Known:
    """The instance's sample set in a folder, drawn if it is not there; other processes wait meanwhile."""
    path = folder / f"{instance.name}.zarr"
    with FileLock(folder / f".{instance.name}.lock"):
        if not path.exists():
            _draw(instance, seed, path)
    return Known(SampleSet(path), instance.system)


def _draw(instance: Instance, seed: int, path: Path) -> None:
    system, temperature = instance.system, instance.temperature
    x = system.sample_block(system.temperatures.values, stream(seed, instance.name, 0))[0]
    found = reference(system, temperature, seed)
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
    """Cuts by name, and the reasons why others are unknown; x (chains, draws, *shape) are samples for those that take them."""
    system, temperature = instance.system, instance.temperature
    if isinstance(system, Ising) and not instance.exact_cuts:
        sampled = sampled_checkerboard_information(system, temperature, x)
        return {CHECKERBOARD: sampled}, {HALF: "left out, it takes long"}
    cuts, reasons = {}, {}
    for name, way in WAYS.items():
        try:
            cuts[name] = Estimate(way(system, temperature), 0.0)
        except LatentfieldError as error:
            reasons[name] = str(error)
    if isinstance(system, Hopfield) and HALF in reasons:
        # The sites have no order, so that another cut through the middle would say the same again.
        half, few = np.arange(system.n_sites) < system.n_sites // 2, x[:, :: max(1, system.draws // FEW)]
        cuts[HALF] = sampled_cut_information(system, temperature, few, half, log_z, rng)
        del reasons[HALF]
    return cuts, reasons


def _bound(system: System, temperature: float, x: NDArray) -> float | None:
    """What the field of a Hopfield network knows about its sites, or the Gaussian bound on it from sampled overlaps; nats."""
    if not isinstance(system, Hopfield):
        return None
    try:
        return information_bound(system, temperature)
    except LatentfieldError:
        overlaps = system.overlaps(x).reshape(-1, system.patterns)
        return gaussian_bound(system.n_sites / temperature * (overlaps**2).mean(0))
