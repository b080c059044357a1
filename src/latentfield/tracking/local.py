"""The project's own MLflow store: an SQLite file and a folder of artifacts, made on first use, mended after a move."""

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
    is killed halfway: hence the lock and the mark, which outlives a kill.
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
    """File of an sqlite: address."""
    from sqlalchemy.engine import make_url

    name = make_url(uri).database
    if not name or name == ":memory:":
        raise TrackingUnavailable(f"MLFLOW_TRACKING_URI={uri} names no file; write sqlite:///path/to/mlflow.db.")
    return Path(name)


def relocate(file: Path, old: Path, new: Path) -> int:
    """Rewrite the absolute paths of artifacts below the folder `old` to `new` in an SQLite store; returns how many."""
    changed = 0
    with closing(sqlite3.connect(file, timeout=20)) as store, store:
        for table, column in PLACES:
            for before, after in ((f"{old}/", f"{new}/"), (f"file://{old}/", f"file://{new}/")):
                statement = f"update {table} set {column} = ? || substr({column}, ?) where substr({column}, 1, ?) = ?"
                changed += store.execute(statement, (after, len(before) + 1, len(before), before)).rowcount
    return changed


def _follow_move(file: Path) -> None:
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
    if "%" in str(file) or "?" in str(file):
        raise TrackingUnavailable(
            f"MLflow misplaces files below folders with % or ? in their names, such as {file.parent}: "
            "move the checkout, or set MLFLOW_TRACKING_URI to a server."
        )
