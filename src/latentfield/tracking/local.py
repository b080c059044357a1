"""The project's own MLflow store: an SQLite file and a folder of artifacts, made on first use, mended after a move.

Several processes may use it at once: SQLite lets them write one after the other. The file's neighbours are `-wal` and `-shm`, which
belong to it while it is in use, `.NAME.lock`, held while a process opens the store, `.NAME.unfinished`, the mark of a store whose
tables are not all made, and `artifacts/`.
"""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from pathlib import Path

from filelock import FileLock

from latentfield.tracking.connection import EXPERIMENT, Connection, TrackingUnavailable, join

log = logging.getLogger(__name__)

PLACES = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
)
"""Tables and columns in which MLflow keeps absolute paths of artifacts."""


def open_store(file: Path, own: bool) -> Connection:
    """Connect to the SQLite store in `file`, making it if need be.

    `own` marks the store of this checkout, whose artifacts belong beside it wherever the checkout is moved. Making the
    tables takes seconds, crashes where two processes do it at once, and leaves a file that cannot be mended where it
    is killed halfway: hence the lock and the mark, which outlives a kill. Whoever finds the mark removes the file and begins anew;
    nothing is lost by it, since no run can be in a store that was never opened. Others wait for the lock, without a limit.

    A user's own SQLite file, `own` False, is made in the same way, with artifacts beside it, but its paths are never rewritten.
    Raises `TrackingUnavailable` where the file is no database or cannot be written, is kept locked by another process for 20
    seconds, or lies below a folder with % or ? in its name. A store of another version of MLflow's tables is an error that
    `connect` translates.
    """
    file = file.resolve()
    _check_path(file)
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.parent / f".{file.name}.unfinished"
    with FileLock(file.parent / f".{file.name}.lock"):
        if unfinished.exists():
            for left in (file, Path(f"{file}-wal"), Path(f"{file}-shm")):
                left.unlink(missing_ok=True)
        if not file.exists():
            unfinished.touch()
        _prepare(file)
        if own:
            _follow_move(file)
        connection = join(f"sqlite:///{file}", file.parent / "artifacts")
        unfinished.unlink(missing_ok=True)
    return connection


def database(uri: str) -> Path:
    """File of an sqlite: address; raises `TrackingUnavailable` for one in memory, which would not outlive the process."""
    from sqlalchemy.engine import make_url

    name = make_url(uri).database
    if not name or name == ":memory:":
        raise TrackingUnavailable(f"MLFLOW_TRACKING_URI={uri} names no file; write sqlite:///path/to/mlflow.db.")
    return Path(name)


def relocate(file: Path, old: Path, new: Path) -> int:
    """Rewrite the absolute paths of artifacts below the folder `old` to `new` in an SQLite store; returns how many.

    One transaction over the columns in PLACES, with and without `file://`: all paths are changed or none. Files are not moved,
    and paths elsewhere, on a server or on another disk, are left alone.
    """
    changed = 0
    with closing(sqlite3.connect(file, timeout=20)) as store, store:
        for table, column in PLACES:
            for before, after in ((f"{old}/", f"{new}/"), (f"file://{old}/", f"file://{new}/")):
                statement = f"update {table} set {column} = ? || substr({column}, ?) where substr({column}, 1, ?) = ?"
                changed += store.execute(statement, (after, len(before) + 1, len(before), before)).rowcount
    return changed


def _follow_move(file: Path) -> None:
    """Let the artifact paths of a store that was moved or copied with its checkout point beside it, and say so in the log.

    Where the store was before is told by the artifact folder of its experiment, an absolute path ending in "artifacts". A
    store whose artifacts were put elsewhere on purpose, in a folder of another name or on a server, is left as it is.
    """
    with closing(sqlite3.connect(file, timeout=20)) as store:
        if not store.execute("select 1 from sqlite_master where name = 'experiments'").fetchone():
            return
        query = "select artifact_location from experiments where name = ?"
        found = store.execute(query, (EXPERIMENT,)).fetchone()
    recorded = Path(found[0].removeprefix("file://")) if found else file.parent / "artifacts"
    if recorded.is_absolute() and recorded.name == "artifacts" and recorded != file.parent / "artifacts":
        changed = relocate(file, recorded.parent, file.parent)
        log.warning("The checkout has moved: %d artifact paths in %s now point below %s.", changed, file, file.parent)


def _prepare(file: Path) -> None:
    """Open the file once for writing, since MLflow retries for minutes where that fails; switch a new one to WAL."""
    try:
        with closing(sqlite3.connect(file, timeout=20)) as store:
            if file.stat().st_size == 0:
                # Where the file system cannot do it SQLite keeps its default mode, which is slower but sound.
                store.execute("pragma journal_mode=wal")
            store.execute("begin immediate")
            store.rollback()
    except sqlite3.Error as error:
        raise TrackingUnavailable(f"The MLflow store {file} cannot be written: {error}.") from error


def _check_path(file: Path) -> None:
    """Refuse what MLflow would read as an escape or as the beginning of a query in an address."""
    if "%" in str(file) or "?" in str(file):
        raise TrackingUnavailable(
            f"MLflow misplaces files below folders with % or ? in their names, such as {file.parent}: "
            "move the checkout, or set MLFLOW_TRACKING_URI to a server."
        )
