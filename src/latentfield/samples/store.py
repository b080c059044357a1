"""Sample sets on disk: one Zarr v3 group per system.

    samples        (group, sample, *shape)   int8 spins ±1, or float32 unit vectors; group = temperature, or repeat of a recording
    temperatures   (group,)                  in units of J; absent from a recording
    energies       (group, sample)           total energy in units of J; absent from a recording
    ...            extras, such as the planted `patterns` of a Hopfield network (for scoring only) or a recording's `splits`

One chunk of `samples` is one block of one group; the chunks of a group share one shard file. Every chunk carries a CRC-32C, and
its fill value (0, NaN) is no possible sample, so a chunk that is damaged or missing is an error that names it.

A chunk is (1, block, *shape), a shard one group, its last block filled up, in the file `samples/c/GROUP/0/...`; every other
array is one chunk. Chunks are compressed by Blosc (zstd, level 3, bits shuffled). Extras must not hold the fill value either:
no 0 among whole numbers, no NaN among floats.

Where a sample set comes from is in the attributes of the group. All have `sites` ("spins" or "directors"); those of sampled systems
are told by `drawing`, those of a data set of one's own by `recordings.store_words`. A recording has in `splits` the names of its
splits, in the order of the rows of the array `splits` (splits, repeats, bins), int8. Its groups are repeats and its samples bins.

A store is never changed once it is written, and any number of processes may read it.
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
"""Labels of the parts of a recording; words with another label, spare ones, are in none."""
HELD_OUT = 10
"""One block in this many, the last ones, is held out for validation; at least one."""


class Split(NamedTuple):
    """Configurations (n, *shape) and their temperatures (n,), float32; 1 where a data set has no temperature."""

    x: NDArray
    """int8 spins ±1, or float32 unit vectors with their components in the last axis."""
    temperature: NDArray[np.float32]
    """In units of J; one number for each temperature, so that configurations of one are those with equal entries."""


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

    All groups have the shape and dtype of the first. There must be `n_groups` of them: what is not yielded is later found as
    missing. The new store grows in NAME.partial, which a kill leaves behind and the next call removes; the old one stands
    until `replace`. One process at a time may write to a place. Raises LatentfieldError where a file cannot be written.
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
    """An empty array whose chunks carry a checksum, with one shard for every chunk along the first axis."""
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
    """Move a finished folder into place, replacing what stood there.

    Both must be on one file system. What stood there is first renamed to NAME.old, then the new folder takes its name, then the old
    one is removed: a kill between the two renamings leaves no folder of that name, but the old one whole under the other.
    """
    destination.parent.mkdir(parents=True, exist_ok=True)
    aside = destination.with_name(destination.name + ".old")
    shutil.rmtree(aside, ignore_errors=True)
    if destination.exists():
        destination.rename(aside)
    source.rename(destination)
    shutil.rmtree(aside, ignore_errors=True)


class SampleSet:
    """A sample set opened for reading. `attributes` says where it came from.

    `shape` is that of one configuration, directors with their axis of three at its end. Opening reads no samples;
    `data["samples"]`, `data["energies"]` and so on read a whole array into memory and check it, anew each time. Raises
    LatentfieldError where the path is no Zarr group with an array `samples`.
    """

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
        """A whole array of the store by name; raises LatentfieldError naming the chunk that is damaged or missing.

        Of several such chunks the first is named (`damaged` has all); an unknown name is answered with those that there are.
        """
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
        """Names of the arrays in the store, in alphabetical order."""
        return sorted(self._root.array_keys())

    @property
    def temperatures(self) -> NDArray[np.float64]:
        """Temperatures of the groups, (group,), in increasing order, units of J; [1] for a recording, which has none."""
        return self["temperatures"] if "temperatures" in self else np.ones(1)

    @property
    def n_samples(self) -> int:
        """Configurations in the store, all groups together, held-out and spare ones included."""
        return self._samples.shape[0] * self._samples.shape[1]

    def digest(self) -> str:
        """Hash of the stored arrays, 32 hex digits; attributes, which also say which code wrote them, do not enter.

        SHA-256 of the files of all arrays, cut: of bytes as they are stored. The same numbers in other chunks, or compressed
        otherwise, have another digest. It is the `data` of the records of VAEs, and the `data_hash` by which their registered
        versions are compared.
        """
        chunks = [
            file.relative_to(self.path).as_posix() for name in self.names for file in self.path.glob(f"{name}/**/*")
        ]
        return digest(self.path, tuple(name for name in chunks if (self.path / name).is_file()))[:32]

    @property
    def held_out(self) -> slice:
        """The samples of each group that are held out: its last tenth of blocks, whole chains.

        A tenth is rounded down to whole blocks, but is one block at least; of a store of one block nothing is left to train on. It
        means nothing for a recording, whose held-out words are told by labels.
        """
        n, block = self._samples.shape[1], self._samples.chunks[1]
        blocks = -(-n // block)
        return slice((blocks - max(1, blocks // HELD_OUT)) * block, n)

    def split(self, scheme: str | None = None) -> dict[str, Split]:
        """Training, validation and test configurations.

        Sampled systems: "validation" and "test" are both the held-out blocks. Recordings: `scheme` names one of the stored
        splits (`samples.splits`).

        Keys "train", "validation" and "test", all in memory. Rows are group by group, in each in the order of the store: chains
        whole and one after the other, words in the order of time. Nothing is shuffled. `scheme` is ignored for a
        sampled system; for a recording LatentfieldError is raised where it is none of its splits, None included. Spare words
        are left out.
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
        """Names of all chunks that are missing, fail their checksum or hold no data, such as "samples[3, 400:600]".

        Empty for a sound store. The name gives the ranges along the first two axes, the group and the samples. Everything is
        read, one chunk at a time.
        """
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
    """Whether an array holds the fill value of its kind anywhere, NaN of floats and 0 of whole numbers: that was never written."""
    return bool(np.isnan(x).any() if x.dtype.kind == "f" else (x == 0).any())
