"""Arrays in the files people keep them in, opened so that slices along the first axis can be read without the rest.

    .npy, .npz    NumPy's; .npy stays on disk, nothing is unpickled
    .mat          Matlab's; version 7.3 with h5py, where that is installed
    .zarr         a Zarr array, or a group with one
    .csv          `tables`

A file with several arrays needs a key; the message lists them.

Only .npy and .zarr are read slice by slice: arrays of the other kinds are in memory as a whole once they are opened. Nothing is
binned, thresholded or turned round here: spike times and counts have to become words of 0 and 1 before (`values`, `words`).
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol

import numpy as np
import zarr
from numpy.typing import NDArray
from scipy.io import loadmat, whosmat
from scipy.io.matlab import MatReadError
from scipy.sparse import issparse
from zarr.errors import BaseZarrError

from latentfield.errors import LatentfieldError
from latentfield.recordings import tables
from latentfield.recordings.chunks import Chunks, first_line


class Source(Protocol):
    """What is read: an array, or anything that has a shape, a type and slices like one."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the whole array."""

    @property
    def dtype(self) -> np.dtype:
        """Type of its values."""

    def __getitem__(self, rows: slice) -> NDArray:
        """Entries along the first axis."""


def read(path: Path, key: str | None = None) -> Source:
    """The array in a file; `key` names it where the file holds several.

    The kind is told by the ending, in either case, never by the content. Raises LatentfieldError if there is no such file, it is
    empty, damaged, of another kind, or holds no such array; for a key where the kind of file has none (.npy, .csv, a single Zarr
    array); and for none where there is a choice. Damage in the middle of a Zarr array shows only when its rows are read.
    """
    path = Path(path)
    kind = path.suffix.lower()
    if kind not in KINDS:
        raise LatentfieldError(
            f"{path}: a data set is one of {', '.join(KINDS)}; got {kind or 'a name without ending'!r}"
        )
    if not path.exists():
        raise LatentfieldError(f"there is no file {path}")
    if path.is_file() and not path.stat().st_size:
        raise LatentfieldError(f"{path} is empty")
    return KINDS[kind](path, key)


def _npy(path: Path, key: str | None) -> Source:
    """Mapped from disk: rows are read when they are asked for. Arrays of Python objects are refused."""
    _without_key(path, key)
    return _numpy(path, lambda: np.load(path, mmap_mode="r", allow_pickle=False))


def _npz(path: Path, key: str | None) -> Source:
    """One array of an archive, in memory; the others are not unpacked."""

    def load() -> NDArray:
        if not zipfile.is_zipfile(path):
            raise zipfile.BadZipFile("it is no zip archive")
        with np.load(path, allow_pickle=False) as arrays:
            return arrays[_chosen(path, key, arrays.files)]

    return _numpy(path, load)


def _numpy(path: Path, load: Callable[[], NDArray]) -> NDArray:
    """What `load` finds; NumPy's errors become one LatentfieldError."""
    try:
        return load()
    except (ValueError, EOFError, OSError, zipfile.BadZipFile) as error:
        raise LatentfieldError(f"{path} is not a sound {path.suffix} file: {first_line(error)}") from error


def _mat(path: Path, key: str | None) -> Source:
    """A Matlab array in memory, sparse ones filled up.

    Matlab has no vectors or scalars: without a key only arrays longer than 1 along every axis count, so that settings saved beside
    the data are no choice. A key may name any array.
    """
    try:
        shapes = {name: shape for name, shape, _ in whosmat(path)}
        name = _chosen(path, key, [name for name, shape in shapes.items() if len(shape) > 1 and min(shape) > 1], shapes)
        array = loadmat(path, variable_names=[name])[name]
        return array.toarray() if issparse(array) else np.asarray(array)
    except NotImplementedError:
        return _mat73(path, key)
    except (MatReadError, ValueError, OSError, TypeError) as error:
        raise LatentfieldError(f"{path} is not a sound .mat file: {first_line(error)}") from error


def _mat73(path: Path, key: str | None) -> Source:
    """Version 7.3 is HDF5, which keeps the axes in reverse order: they are turned back to what Matlab shows.

    Only arrays at the top of the file are found. Raises LatentfieldError where h5py is not installed.
    """
    try:
        import h5py
    except ImportError as error:
        raise LatentfieldError(
            f"{path} is a .mat file of version 7.3, which needs the package h5py: install it, or save with '-v7' in Matlab"
        ) from error
    try:
        with h5py.File(path, "r") as file:
            found = {name: item for name, item in file.items() if isinstance(item, h5py.Dataset) and item.ndim > 1}
            return found[_chosen(path, key, found)][...].T
    except OSError as error:
        raise LatentfieldError(f"{path} is not a sound .mat file: {first_line(error)}") from error


def _zarr(path: Path, key: str | None) -> Source:
    """A Zarr array, or one at the top of a group.

    A chunk that was never written reads as the fill value, and so mostly as silent sites: since a copy that was broken off
    looks the same, missing chunks are an error.
    """
    try:
        opened = zarr.open(path, mode="r")
        if isinstance(opened, zarr.Group):
            found = dict(opened.arrays())[_chosen(path, key, sorted(opened.array_keys()))]
        else:
            _without_key(path, key)
            found = opened
        stored, whole = found.nchunks_initialized, found.nchunks
    except (BaseZarrError, OSError, ValueError, KeyError, TypeError) as error:
        raise LatentfieldError(f"{path} is not a sound Zarr array: {first_line(error)}") from error
    if stored < whole:
        raise LatentfieldError(
            f"{path}: {whole - stored} of {whole} chunks are missing and would be read as {found.fill_value}; if they are meant "
            "to be, write the array with write_empty_chunks=True"
        )
    return Chunks(path, found)


def _csv(path: Path, key: str | None) -> Source:
    _without_key(path, key)
    return tables.read(path)


KINDS: dict[str, Callable[[Path, str | None], Source]] = {
    ".npy": _npy, ".npz": _npz, ".mat": _mat, ".csv": _csv, ".zarr": _zarr,
}  # fmt: skip
"""How each kind of file is opened, by its ending in small letters."""


def _without_key(path: Path, key: str | None) -> None:
    if key is not None:
        raise LatentfieldError(f"{path} holds one array, which has no key; got {key!r}: leave --key out")


def _chosen(path: Path, key: str | None, names: Iterable[str], everything: Iterable[str] = ()) -> str:
    """The array that `key` names, or the only one of `names`; a key may also be one of `everything`."""
    names = list(names)
    listed = ", ".join(names) or "none"
    if key is not None:
        if key not in (*names, *everything):
            raise LatentfieldError(f"{path} has no array {key!r}; it has: {listed}")
        return key
    if len(names) != 1:
        raise LatentfieldError(f"{path} should hold one array, or --key name one; it has: {listed}")
    return names[0]
