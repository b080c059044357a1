"""Settings of every test: no network, no windows, and an MLflow store that costs milliseconds instead of seconds."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

os.environ["DVC_NO_ANALYTICS"] = "1"
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["MPLBACKEND"] = "Agg"
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# Tests share two cores, and sums and eigenvectors depend on the number of threads.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def tracking_template(tmp_path_factory):
    """An empty MLflow store, made once (seconds) and copied for each test."""
    from latentfield.tracking.server import connect

    root = tmp_path_factory.mktemp("template")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        connection = connect(root)
    connection.client._tracking_client.store.engine.dispose()
    return root / "mlruns" / "mlflow.db"


@pytest.fixture
def tracking_store(tracking_template, tmp_path, monkeypatch) -> Path:
    """A project root with an empty MLflow store of its own, which `connect()` finds through DVC_ROOT."""
    from latentfield.tracking.local import relocate

    root = tmp_path / "project"
    copy_store(tracking_template, root / "mlruns" / "mlflow.db")
    relocate(root / "mlruns" / "mlflow.db", tracking_template.parent, root / "mlruns")
    monkeypatch.setenv("DVC_ROOT", str(root))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(root)
    return root


def copy_store(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True)
    with closing(sqlite3.connect(source)) as store:
        store.execute("pragma wal_checkpoint(truncate)")
    shutil.copyfile(source, target)
