"""Sample sets on disk: one Zarr v3 group per system.

    samples        (group, sample, *shape)   int8 spins ±1, or float32 unit vectors; group = temperature, or repeat of a recording
    temperatures   (group,)                  in units of J; absent from a recording
    energies       (group, sample)           total energy in units of J; absent from a recording
    ...            extras, such as the planted `patterns` of a Hopfield network (for scoring only) or a recording's `splits`

One chunk of `samples` is one block of one group; the chunks of a group share one shard file. Every chunk carries a CRC-32C, and
its fill value (0, NaN) is no possible sample, so a chunk that is damaged or missing is an error that names it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import zarr
from numpy.typing import NDArray
from pydantic import JsonValue
from zarr.codecs import BloscCodec, Crc32cCodec
from zarr.errors import BaseZarrError

from latentfield.errors import LatentfieldError
from latentfield.samples.splits import TEST, TRAIN, VALIDATION
from latentfield.workspace.provenance import digest

PARTS = {"train": TRAIN, "validation": VALIDATION, "test": TEST}
"""Labels of the parts of a recording."""
HELD_OUT = 10
"""One block in this many, the last ones, is held out for validation."""


class Split(NamedTuple):
    """Configurations (n, *shape) and their temperatures (n,), float32; 1 where a data set has no temperature."""

    x: NDArray
    temperature: NDArray[np.float32]


def write(
    path: Path,
    attributes: Mapping[str, JsonValue],
    block: int,
    groups: Iterable[NDArray],
    n_groups: int,
    **arrays: NDArray,
) -> None:
    """Write a sample set, beside its place and then moved into it.

    `groups` yields the samples of each group, (sample, *shape), one at a time; `block` is the chunk length along `sample`.
    Attributes and the other arrays are written last, so that whoever yields the groups may fill them on the way.
    """
    partial = path.with_name(path.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        root = zarr.create_group(partial, zarr_format=3)
        samples = None
        for g, x in enumerate(groups):
            if samples is None:
                samples = _create(root, "samples", (n_groups, *x.shape), x.dtype, (1, min(block, len(x)), *x.shape[1:]))
            samples[g] = x
        for name, array in arrays.items():
            _create(root, name, array.shape, array.dtype, array.shape)[...] = array
        root.update_attributes(dict(attributes))
        replace(partial, path)
    except OSError as error:
        raise LatentfieldError(
            f"cannot write {partial}: {error.strerror or error}; finished blocks are kept"
        ) from error


def _create(root: zarr.Group, name: str, shape: tuple[int, ...], dtype: np.dtype, chunk: tuple[int, ...]) -> zarr.Array:
    whole = tuple(-(-n // c) * c if axis else c for axis, (n, c) in enumerate(zip(shape, chunk, strict=True)))
    return root.create_array(
        name,
        shape=shape,
        dtype=dtype,
        chunks=chunk,
        shards=whole,
        fill_value=np.nan if dtype.kind == "f" else 0,
        compressors=[BloscCodec(cname="zstd", clevel=3, shuffle="bitshuffle"), Crc32cCodec()],
    )


def replace(source: Path, destination: Path) -> None:
    """Move a finished folder into place, replacing what stood there."""
    destination.parent.mkdir(parents=True, exist_ok=True)
    aside = destination.with_name(destination.name + ".old")
    shutil.rmtree(aside, ignore_errors=True)
    if destination.exists():
        destination.rename(aside)
    source.rename(destination)
    shutil.rmtree(aside, ignore_errors=True)


class SampleSet:
    """A sample set opened for reading. `attributes` says where it came from."""

    def __init__(self, path: Path | str):
        self.path = Path(path)
        try:
            self._root = zarr.open_group(self.path, mode="r")
            self._samples = _array(self._root, "samples")
        except (BaseZarrError, FileNotFoundError, KeyError, ValueError) as error:
            raise LatentfieldError(f"{self.path} is not a sample set: {error}") from error
        self.attributes: dict[str, Any] = dict(self._root.attrs)
        self.shape: tuple[int, ...] = self._samples.shape[2:]

    def __getitem__(self, name: str) -> NDArray:
        """A whole array of the store by name; raises LatentfieldError naming the chunk that is damaged or missing."""
        if name not in self._root:
            raise LatentfieldError(f"{self.path} has no array {name!r}; it has {', '.join(self.names)}")
        try:
            array = np.asarray(_array(self._root, name)[...])
        except (BaseZarrError, ValueError, RuntimeError) as error:
            raise LatentfieldError(f"{self.path}: damaged chunk {self.damaged()[0]} ({error})") from error
        if _has_fill(array):
            raise LatentfieldError(f"{self.path}: missing chunk {self.damaged()[0]}")
        return array

    def __contains__(self, name: str) -> bool:
        return name in self._root

    @property
    def names(self) -> list[str]:
        """Names of the arrays in the store."""
        return sorted(self._root.array_keys())

    @property
    def temperatures(self) -> NDArray[np.float64]:
        """Temperatures of the groups, (group,); [1] for a recording, which has none."""
        return self["temperatures"] if "temperatures" in self else np.ones(1)

    @property
    def n_samples(self) -> int:
        """Configurations in the store, all groups together."""
        return self._samples.shape[0] * self._samples.shape[1]

    def digest(self) -> str:
        """Hash of the stored arrays, 32 hex digits; attributes, which also say which code wrote them, do not enter."""
        chunks = [
            file.relative_to(self.path).as_posix() for name in self.names for file in self.path.glob(f"{name}/**/*")
        ]
        return digest(self.path, tuple(name for name in chunks if (self.path / name).is_file()))[:32]

    @property
    def held_out(self) -> slice:
        """The samples of each group that are held out: its last tenth of blocks, whole chains."""
        n, block = self._samples.shape[1], self._samples.chunks[1]
        blocks = -(-n // block)
        return slice((blocks - max(1, blocks // HELD_OUT)) * block, n)

    def split(self, scheme: str | None = None) -> dict[str, Split]:
        """Training, validation and test configurations.

        Sampled systems: "validation" and "test" are both the held-out blocks. Recordings: `scheme` names one of the stored
        splits (`samples.splits`).
        """
        x = self["samples"]
        if "splits" in self:
            return self._recording_split(x, scheme)
        t = np.repeat(self.temperatures.astype(np.float32), x.shape[1]).reshape(x.shape[:2])
        cut = self.held_out.start
        train, held = (
            (x[:, part].reshape(-1, *self.shape), t[:, part].ravel()) for part in (slice(cut), slice(cut, None))
        )
        return {"train": Split(*train), "validation": Split(*held), "test": Split(*held)}

    def _recording_split(self, x: NDArray, scheme: str | None) -> dict[str, Split]:
        schemes = self.attributes["splits"]
        if scheme not in schemes:
            raise LatentfieldError(f"{self.path}: unknown split {scheme!r}, allowed: {', '.join(schemes)}")
        label = self["splits"][schemes.index(scheme)]
        parts = {name: x[label == k] for name, k in PARTS.items()}
        return {name: Split(part, np.ones(len(part), np.float32)) for name, part in parts.items()}

    def damaged(self) -> list[str]:
        """Names of all chunks that are missing, fail their checksum or hold no data, such as "samples[3, 400:600]"."""
        return [name for array in self.names for name in _damaged_chunks(array, _array(self._root, array))]


def _array(root: zarr.Group, name: str) -> zarr.Array:
    if isinstance(found := root[name], zarr.Array):
        return found
    raise KeyError(f"{name} is a group, not an array")


def _damaged_chunks(name: str, array: zarr.Array) -> list[str]:
    damaged = []
    for corner in np.ndindex(*(-(-n // c) for n, c in zip(array.shape, array.chunks, strict=True))):
        region = tuple(
            slice(k * c, min((k + 1) * c, n)) for k, c, n in zip(corner, array.chunks, array.shape, strict=True)
        )
        try:
            ok = not _has_fill(np.asarray(array[region]))
        except (BaseZarrError, ValueError, RuntimeError):
            ok = False
        if not ok:
            where = ", ".join(str(r.start) if r.stop - r.start == 1 else f"{r.start}:{r.stop}" for r in region[:2])
            damaged.append(f"{name}[{where}]")
    return damaged


def _has_fill(x: NDArray) -> bool:
    return bool(np.isnan(x).any() if x.dtype.kind == "f" else (x == 0).any())
