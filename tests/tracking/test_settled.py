"""Whether a registration has anything to tell the store: every change of files, versions, aliases and runs is seen."""

import os
import sqlite3
from pathlib import Path

import pytest

from latentfield.tracking.settled import recall, remember, state

TABLES = """
create table model_versions (name, version, current_stage, last_updated_time);
create table registered_model_aliases (name, alias, version);
create table model_version_tags (name, version, key, value);
create table runs (run_uuid, status, lifecycle_stage, end_time);
insert into model_versions values ('latentfield-ising', 1, 'None', 17);
insert into registered_model_aliases values ('latentfield-ising', 'champion', 1);
insert into runs values ('a', 'FINISHED', 'active', 18);
"""
CHANGES = [
    "update registered_model_aliases set version = 2",
    "delete from model_versions",
    "insert into model_version_tags values ('latentfield-ising', 1, 'verdict', 'champion')",
    "update runs set lifecycle_stage = 'deleted'",
]


@pytest.fixture
def root(tmp_path, monkeypatch) -> Path:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    (tmp_path / "mlruns").mkdir()
    with sqlite3.connect(tmp_path / "mlruns" / "mlflow.db") as store:
        store.executescript(TABLES)
    (tmp_path / "models" / "ising").mkdir(parents=True)
    (tmp_path / "models" / "ising" / "config.json").write_text("{}")
    return tmp_path


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_in_the_store_changes_the_state(root, change):
    before = state(root, [root / "models"])
    assert before is not None and state(root, [root / "models"]) == before
    with sqlite3.connect(root / "mlruns" / "mlflow.db") as store:
        store.execute(change)
    assert state(root, [root / "models"]) not in (before, None)


def test_a_change_of_a_file_changes_the_state(root):
    before = state(root, [root / "models"])
    os.utime(root / "models" / "ising" / "config.json", (1, 1))
    touched = state(root, [root / "models"])
    (root / "models" / "ising" / "more").write_text("")
    assert len({before, touched, state(root, [root / "models"])}) == 3


def test_another_store_or_none_or_a_damaged_one_cannot_be_told(root, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://localhost:5000")
    assert state(root, []) is None
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    (root / "mlruns" / "mlflow.db").write_text("no database")
    assert state(root, []) is None
    (root / "mlruns" / "mlflow.db").unlink()
    assert state(root, []) is None


def test_what_was_noted_is_recalled_in_the_same_state_alone(tmp_path):
    note = tmp_path / "scratch" / "note.json"
    assert recall(note, "a") is None
    remember(note, "a", {"ising": 1})
    assert recall(note, "a") == {"ising": 1} and recall(note, "b") is None
    remember(note, None, {"ising": 1})
    assert recall(note, None) is None
    note.write_text("{")
    assert recall(note, "a") is None
