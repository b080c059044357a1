import logging
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from latentfield.tracking.connection import TrackingUnavailable
from latentfield.tracking.local import relocate
from latentfield.tracking.server import connect
from latentfield.workspace.root import project_root

OPEN = (
    "import sys, time, pathlib\nfrom latentfield.tracking.server import connect\nprint('go', flush=True)\n"
    "c = connect(pathlib.Path(sys.argv[1])); r = c.client.create_run(c.experiment_id)\nprint(r.info.run_id)"
)


def open_in_process(root):
    env = {name: value for name, value in os.environ.items() if name != "MLFLOW_TRACKING_URI"}
    return subprocess.Popen([sys.executable, "-c", OPEN, str(root)], stdout=subprocess.PIPE, text=True, env=env)


def test_project_root(tmp_path, monkeypatch):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "dvc.yaml").touch()
    monkeypatch.chdir(tmp_path / "a" / "b")
    monkeypatch.delenv("DVC_ROOT", raising=False)
    assert project_root() == tmp_path / "a"
    monkeypatch.chdir(tmp_path)
    assert project_root() == tmp_path
    monkeypatch.setenv("DVC_ROOT", str(tmp_path / "a" / "b"))
    assert project_root() == tmp_path / "a" / "b"


def test_importing_the_room_does_not_import_mlflow():
    names = "champion journal local logged_model registered registry replay server".split()
    code = "import sys\n" + "".join(f"import latentfield.tracking.{name}\n" for name in names)
    code += "print([m for m in ('mlflow', 'torch', 'sqlalchemy') if m in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_local_store(tracking_store):
    connection = connect()
    before = dict(os.environ)
    assert connection.uri == f"sqlite:///{tracking_store}/mlruns/mlflow.db"
    experiment = connection.client.get_experiment(connection.experiment_id)
    assert experiment.name == "latentfield"
    assert experiment.artifact_location == str(tracking_store / "mlruns" / "artifacts")
    with connection.scope():
        assert os.environ["MLFLOW_TRACKING_URI"] == connection.uri
    assert dict(os.environ) == before and "MLFLOW_TRACKING_URI" not in before
    with closing(sqlite3.connect(tracking_store / "mlruns" / "mlflow.db")) as store:
        assert store.execute("pragma journal_mode").fetchone() == ("wal",)


def test_first_use_by_two_processes_at_once(tmp_path):
    children = [open_in_process(tmp_path) for _ in range(2)]
    runs = [child.communicate(timeout=120)[0].split()[-1] for child in children]
    assert [child.returncode for child in children] == [0, 0]
    connection = connect(tmp_path)
    assert {run.info.run_id for run in connection.client.search_runs([connection.experiment_id])} == set(runs)


def test_first_use_killed_halfway(tmp_path):
    with open_in_process(tmp_path) as child:
        folder = tmp_path / "mlruns"
        while not (folder / ".mlflow.db.unfinished").exists():
            time.sleep(0.005)
        os.kill(child.pid, signal.SIGKILL)
    for file in folder.glob("mlflow.db*"):
        file.unlink()
    # What the kill left depends on its moment: plant the worst.
    with closing(sqlite3.connect(folder / "mlflow.db")) as store, store:
        store.execute("create table alembic_version (version_num text)")
        store.execute("insert into alembic_version values ('half')")
    connection = connect(tmp_path)
    assert connection.client.create_run(connection.experiment_id).info.status == "RUNNING"
    assert not (tmp_path / "mlruns" / ".mlflow.db.unfinished").exists()


@pytest.mark.parametrize("place", ["moved here", "répertoire#1"])
def test_moved_checkout_finds_its_artifacts(tracking_store, tmp_path, caplog, place):
    connection = connect()
    run = connection.client.create_run(connection.experiment_id).info.run_id
    connection.client.log_text(run, "kept", "note.txt")
    new = tmp_path / place
    tracking_store.rename(new)
    os.chdir(new)
    with caplog.at_level(logging.WARNING, "latentfield"):
        moved = connect(new)
        connect(new)
    (record,) = caplog.records
    assert "has moved" in record.getMessage() and str(new / "mlruns") in record.getMessage()
    assert moved.client.get_run(run).info.artifact_uri.startswith(str(new / "mlruns" / "artifacts"))
    assert Path(moved.client.download_artifacts(run, "note.txt", str(tmp_path))).read_text() == "kept"


def test_relocate_leaves_other_folders_alone(tracking_store):
    connection = connect()
    places = ["/old/lat/x", "/old/latent/x", "s3://bucket/old/lat/x", "file:///old/lat/x"]
    made = [connection.client.create_experiment(f"e{i}") for i in range(len(places))]
    file = tracking_store / "mlruns" / "mlflow.db"
    with closing(sqlite3.connect(file)) as store, store:
        for identity, place in zip(made, places, strict=True):
            store.execute("update experiments set artifact_location = ? where experiment_id = ?", (place, identity))
    assert relocate(file, Path("/old/lat"), Path("/new")) == 2
    found = [connection.client.get_experiment(identity).artifact_location for identity in made]
    assert found == ["/new/x", "/old/latent/x", "s3://bucket/old/lat/x", "file:///new/x"]


def test_store_named_by_the_environment(tmp_path, tracking_template, monkeypatch):
    (tmp_path / "s.db").write_bytes(tracking_template.read_bytes())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///s.db")
    connection = connect()
    assert connection.client.create_run(connection.experiment_id).info.status == "RUNNING"
    assert connection.uri == f"sqlite:///{tmp_path}/s.db"


@pytest.mark.parametrize("uri", ["http://127.0.0.1:9", "http://no-such-host.invalid:5000", "sqlite://", "file:///x"])
def test_unusable_address(uri, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    began = time.monotonic()
    with pytest.raises(TrackingUnavailable):
        connect()
    assert time.monotonic() - began < 10


def test_server_that_never_answers(monkeypatch):
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{deaf.getsockname()[1]}")
        began = time.monotonic()
        with pytest.raises(TrackingUnavailable, match="not available: no answer"):
            connect()
    assert time.monotonic() - began < 10


def test_store_that_is_no_store(tmp_path, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    (tmp_path / "mlruns").mkdir()
    (tmp_path / "mlruns" / "mlflow.db").write_text("not a database" * 100)
    with pytest.raises(TrackingUnavailable, match="cannot be written: file is not a database"):
        connect(tmp_path)
    with pytest.raises(TrackingUnavailable, match=r"% or \?"):
        connect(tmp_path / "50%")


def test_deleted_experiment_says_how_to_restore_it(tracking_store):
    connection = connect()
    connection.client.delete_experiment(connection.experiment_id)
    with pytest.raises(TrackingUnavailable, match="mlflow experiments restore"):
        connect()
