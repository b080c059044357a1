"""Which MLflow server is used, and whether it answers.

Unless MLFLOW_TRACKING_URI names another one it is the project's own store: mlruns/mlflow.db beside dvc.yaml, with
artifacts in mlruns/artifacts. MLflow itself is imported only when a connection is made.

Three kinds of address are told apart: none, the store of the checkout, which follows it when it is moved; sqlite:///FILE, a store
of one's own that is made if need be; anything else, such as http://HOST:5000, a server that decides itself where artifacts go.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from latentfield.tracking import local
from latentfield.tracking.connection import QUIET, Connection, environment, join, unavailable
from latentfield.workspace.root import project_root


def connect(root: Path | None = None) -> Connection:
    """Open the store of the checkout at `root` (or `project_root()`), or the server that MLFLOW_TRACKING_URI names.

    Raises `TrackingUnavailable` within about five seconds if it does not answer. Making a store takes some seconds, on first
    use only.

    `root` counts only where MLFLOW_TRACKING_URI is not set or empty. The experiment "latentfield" is made if it is not there, and
    `TrackingUnavailable` is raised, too, where it was deleted, where the store is damaged or of another version of MLflow,
    and where a package that the address needs (a database driver, say) is not installed. MLflow's usage data are switched off
    for this process unless MLFLOW_DISABLE_TELEMETRY says otherwise.
    """
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    uri = os.environ.get("MLFLOW_TRACKING_URI")
    try:
        if not uri:
            return local.open_store((root or project_root()) / "mlruns" / "mlflow.db", own=True)
        if uri.startswith("sqlite:"):
            return local.open_store(local.database(uri), own=False)
        with environment(MLFLOW_HTTP_REQUEST_MAX_RETRIES="0", MLFLOW_HTTP_REQUEST_TIMEOUT="4", **QUIET):
            return join(uri)
    except _failures() as error:
        raise unavailable(uri or "mlruns/mlflow.db", error) from error


def _failures() -> tuple[type[Exception], ...]:
    """What a store or a server that is not usable raises, by whichever library meets it first; imported late, as MLflow is."""
    from alembic.util.exc import CommandError
    from mlflow import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    return MlflowException, SQLAlchemyError, sqlite3.Error, CommandError, OSError, ImportError
