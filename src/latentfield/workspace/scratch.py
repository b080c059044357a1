"""Scratch folders: where unfinished work waits to be taken up again.

The name of a folder is a key of the work and a fingerprint of all that its result depends on, such as
`train-NAME-FINGERPRINT`: with other settings, data or sources the work begins anew in another folder, and the old one stays
until somebody removes it. What lies in it, checkpoints, finished units, unfinished results, is the affair of the work.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from latentfield.errors import LatentfieldError


@contextmanager
def scratch_folder(folder: Path) -> Iterator[Path]:
    """A folder for one unfinished piece of work, removed when the work is done and kept when it fails.

    Only one process works in it at a time: a second one, started while an orphan of a killed run is still at work, waits.

    It waits without a limit, says so on standard error, and finds an empty folder when the first has succeeded: a caller
    that need not repeat the work looks for its result inside the block. "Fails" is any exception, KeyboardInterrupt included.
    The lock is the file `.NAME.lock` beside the folder; it stays, and is free again when the process that holds it ends,
    however it ends. Raises LatentfieldError where the folder cannot be made.
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
    """Hold the lock of a folder, which lies outside it, so that whoever removes the folder still holds it."""
    lock = FileLock(folder.with_name(f".{folder.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        print(f"another process is at work in {folder}; waiting for it", file=sys.stderr, flush=True)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
