"""Scratch folders: where unfinished work waits to be taken up again."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from latentfield.errors import LatentfieldError


@contextmanager
def scratch_folder(folder: Path) -> Iterator[Path]:
    """A folder for one unfinished piece of work, removed when the work is done and kept when it fails.

    Only one process works in it at a time: a second one, started while an orphan of a killed run is still at work, waits.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LatentfieldError(f"cannot make the scratch folder {folder}: {error.strerror}") from error
    with _sole_worker(folder):
        folder.mkdir(exist_ok=True)
        yield folder
        shutil.rmtree(folder)


@contextmanager
def _sole_worker(folder: Path) -> Iterator[None]:
    lock = FileLock(folder.with_name(f".{folder.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        print(f"another process is at work in {folder}; waiting for it", flush=True)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
