"""Draw a sample set: many blocks at once, resumable, the same whatever the number of workers.

A unit of work is one block at one temperature or, for samplers that exchange configurations between temperatures, one
block over all of them. A finished unit is a file of its own in a scratch folder keyed by a fingerprint of everything it depends on;
a run that was killed finds them again. The sample set is put together from the units at the end and moved into place, so it is
either absent or whole. Workers are threads: the samplers' loops are compiled and release the GIL, and no orphan
process outlives a killed run.

Unit u has a random stream of its own, a function of (seed, name of the system, u) alone. Units are numbered 0, 1, ...: of a
system whose temperatures exchange configurations u is the block; of another u = g blocks + b, with g the temperature, in
increasing order, and b the block. `unit-UUUUUU.npz` holds one array `groupK`, (chains draws, *shape), for each temperature of
the unit.

Attributes of the store, lists in the order of temperatures:

    system, parameters, seed, code   all that it depends on: block of `params.yaml`, seed, digest and commit of the sources
    sites, update                    "spins" or "directors"; what one Monte Carlo update is
    autocorrelation                  for each observable `tau`, in kept configurations, and whether it is `resolved`
    effective_samples                samples / (2 tau) of the slowest observable
    burn_in_over_tau                 length of the burn-in in units of that tau; null where draws are independent
"""

from __future__ import annotations

import os
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.progress import track
from threadpoolctl import threadpool_limits

from latentfield.errors import LatentfieldError
from latentfield.samples import store
from latentfield.statistics.autocorrelation import integrated_time
from latentfield.systems.base import System, stream
from latentfield.workspace.provenance import code_version, fingerprint
from latentfield.workspace.scratch import scratch_folder

DAMAGE = (OSError, EOFError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error)
"""What reading a damaged unit of work may raise; such a unit is drawn again."""


MIN_BURN_IN = 10
"""A burn-in shorter than this many autocorrelation times may still remember the start."""


class FewEffectiveSamples(UserWarning):
    """The chains of a temperature are too few, too short or too young for the samples its system asks for.

    The sample set is written all the same, and the numbers behind the warning are in its attributes.
    """


def sample(system: System, seed: int, path: Path, scratch: Path, workers: int | None = None) -> None:
    """Write the sample set of a system to `path` (Zarr), keeping finished blocks under `scratch` until it is complete.

    `workers` threads (default: one per core) draw blocks; the result does not depend on their number.

    Finished units lie in `sample-SYSTEM-FINGERPRINT` below `scratch`, removed when the store is in place; a second process
    that draws the same set waits for the first, and then draws it again. Units take as much disk as the samples do
    uncompressed, memory is that of one temperature and of the blocks at work. Warns with FewEffectiveSamples, once for each
    temperature and shortcoming. Raises LatentfieldError where a file cannot be written; units finished by then are kept.
    """
    code = code_version(type(system).__module__)
    parameters = system.model_dump(mode="json")
    folder = scratch / f"sample-{system.name}-{fingerprint(system.name, parameters, seed, code['source'])}"
    with scratch_folder(folder):
        _draw_missing(system, seed, folder, workers or os.cpu_count() or 1)
        _assemble(system, path, folder, {"system": system.name, "parameters": parameters, "seed": seed, "code": code})


def _draw_missing(system: System, seed: int, folder: Path, workers: int) -> None:
    """Draw every unit whose file is not whole; after an error those at work are finished, those that wait are given up."""
    temperatures = system.temperatures.values
    groups = [temperatures] if system.coupled else [temperatures[k : k + 1] for k in range(len(temperatures))]
    units = [(u, group) for u, group in enumerate(g for g in groups for _ in range(system.blocks))]
    missing = [(u, group) for u, group in units if not _is_whole(_unit_file(folder, u), len(group))]
    if len(missing) < len(units):
        print(f"{system.name}: {len(units) - len(missing)} of {len(units)} units of work found finished", flush=True)
    with threadpool_limits(1), ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(_draw, system, seed, u, group, _unit_file(folder, u)) for u, group in missing]
        try:
            for future in track(
                as_completed(futures), f"sample {system.name}", total=len(futures), disable=not futures
            ):
                future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _draw(system: System, seed: int, unit: int, temperatures: NDArray, file: Path) -> None:
    """Draw one unit to a file beside its place, force it to disk, and move it there: whole or absent after a power failure."""
    x = system.sample_block(temperatures, stream(seed, system.name, unit))
    x = x.reshape(len(temperatures), system.block_size, *system.shape)
    partial = file.with_suffix(".partial")
    try:
        with partial.open("wb") as handle:
            np.savez(handle, **{f"group{g}": samples for g, samples in enumerate(x)})
            handle.flush()
            os.fsync(handle.fileno())
        partial.replace(file)
    except OSError as error:
        raise LatentfieldError(
            f"cannot write {partial}: {error.strerror or error}; finished blocks are kept"
        ) from error


def _unit_file(folder: Path, unit: int) -> Path:
    return folder / f"unit-{unit:06d}.npz"


def _is_whole(file: Path, groups: int) -> bool:
    """Whether a unit has its arrays and every byte agrees with the checksums of the archive; read as a whole to find out."""
    try:
        with zipfile.ZipFile(file) as archive:
            return archive.namelist() == [f"group{g}.npy" for g in range(groups)] and archive.testzip() is None
    except DAMAGE:
        return False


def _assemble(system: System, path: Path, folder: Path, attributes: dict) -> None:
    """Put the units together, temperature by temperature; energies and autocorrelations are measured as the samples pass by."""
    temperatures = system.temperatures.values
    energies = np.empty((len(temperatures), system.samples))
    report: dict[str, list] = {"autocorrelation": [], "effective_samples": [], "burn_in_over_tau": []}

    def groups() -> Iterator[NDArray]:
        for g, temperature in enumerate(temperatures):
            x = np.concatenate([_group(system, folder, g, block) for block in range(system.blocks)])
            energies[g] = system.energy(x)
            _measure(system, x, float(temperature), report)
            yield x

    store.write(
        path,
        attributes | report | {"update": system.update, "sites": system.sites},
        system.block_size,
        groups(),
        len(temperatures),
        temperatures=temperatures,
        energies=energies,
        **system.extras(),
    )


def _group(system: System, folder: Path, group: int, block: int) -> NDArray:
    """One block at one temperature, (chains draws, *shape), chain after chain, from the unit that it belongs to."""
    unit, key = (block, group) if system.coupled else (group * system.blocks + block, 0)
    with np.load(_unit_file(folder, unit)) as archive:
        return archive[f"group{key}"]


def _measure(system: System, x: NDArray, temperature: float, report: dict[str, list]) -> None:
    """Append what one temperature's chains say of themselves, judged by the slowest observable, and warn if it is too little."""
    times = {name: integrated_time(series.reshape(-1, system.draws)) for name, series in system.observables(x).items()}
    slowest = max(times, key=lambda name: times[name].tau)
    tau, resolved = times[slowest]
    effective = system.samples / (2 * tau)
    burn_in = None if system.burn_in_draws is None else system.burn_in_draws / tau
    report["autocorrelation"].append({name: time._asdict() for name, time in times.items()})
    report["effective_samples"].append(effective)
    report["burn_in_over_tau"].append(burn_in)
    where = f"{system.name} at T = {temperature:.4g}: {slowest} has tau = {tau:.3g} kept draws"
    if not resolved:
        _warn(f"{where} or more, the chains are too short to tell; raise draws or spacing")
    if effective < system.effective:
        _warn(
            f"{where}, so {effective:.0f} effective samples of {system.samples} (wanted {system.effective}); raise spacing"
        )
    if burn_in is not None and burn_in < MIN_BURN_IN:
        _warn(f"{where}, and the burn-in is only {burn_in:.1f} tau (wanted {MIN_BURN_IN}); raise burn_in")


def _warn(message: str) -> None:
    warnings.warn(message, FewEffectiveSamples, stacklevel=4)
