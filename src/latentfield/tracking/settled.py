"""Whether the project's own store knows already what a registration would tell it, found out without MLflow.

Importing MLflow and asking it of every run and model takes seconds, most often for nothing. The state of everything that a
registration reads is the digest of

    the files it is made from       by name, size and time of the last change; the modules of this room among them
    what the store holds            versions of models, their tags and aliases, and runs: rows of its tables, read from the file

so that a version promoted or deleted by hand is seen too.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from pydantic import JsonValue

from latentfield.workspace import whole
from latentfield.workspace.provenance import fingerprint

ROWS = (
    "select name, version, current_stage, last_updated_time from model_versions",
    "select name, alias, version from registered_model_aliases",
    "select name, version, key, value from model_version_tags",
    "select run_uuid, status, lifecycle_stage, end_time from runs",
)
"""Of MLflow's tables, what a registration depends on."""


def state(root: Path, folders: Iterable[Path]) -> str | None:
    """Digest of the files below the folders and of what the store of the checkout at `root` holds.

    None where it cannot be told: MLFLOW_TRACKING_URI names another store, or there is none yet, or it cannot be read.
    """
    store = root / "mlruns" / "mlflow.db"
    if os.environ.get("MLFLOW_TRACKING_URI") or not store.is_file():
        return None
    try:
        with closing(sqlite3.connect(f"{store.as_uri()}?mode=ro", uri=True, timeout=5)) as connection:
            rows = [sorted(map(str, connection.execute(query))) for query in ROWS]
    except sqlite3.Error:
        return None
    files = [
        (str(file), file.stat().st_size, file.stat().st_mtime_ns)
        for folder in (*folders, Path(__file__).parent)
        for file in sorted(folder.rglob("*"))
        if file.is_file() and not file.name.startswith(".")
    ]
    return fingerprint(str(root), files, rows)


def recall(note: Path, state: str | None) -> JsonValue:
    """What was noted when things stood as they do now; None where they do not, or cannot be told, or nothing was noted."""
    try:
        noted = json.loads(note.read_text())
        return noted["content"] if state is not None and noted["state"] == state else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def remember(note: Path, state: str | None, content: JsonValue) -> None:
    """Note how things stand and what goes with it, in place of an earlier note; the folder is made."""
    whole.write(note, json.dumps({"state": state, "content": content}))
