"""A connection to an MLflow server, and what is asked of it: its failures are one error, its noise is kept away.

MLflow reads much from the environment of the process. What is set here holds while something is asked and is put back after it, for
the whole process: two threads must not be in the `scope` of two servers at the same time.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from latentfield.errors import LatentfieldError

if TYPE_CHECKING:
    from mlflow import MlflowClient

EXPERIMENT = "latentfield"
"""Name of the experiment that all runs and logged models belong to, made on first use."""


class TrackingUnavailable(LatentfieldError):
    """MLflow cannot be reached, or refuses what it is asked; what was to be recorded is still in the journals.

    Callers that only record turn it into a warning and go on; the next upload makes up for it. Callers that need an answer, such as
    `load("hopfield@champion")`, let it pass. Its message names the server without password, and the first line of the reason.
    """


@dataclass(frozen=True)
class Connection:
    """A server that has answered, and the experiment on it that runs go to."""

    uri: str
    """Of runs and registry alike, as MLflow takes it; it may hold a password, so that `place` is what is shown."""
    client: MlflowClient
    """To be used inside `scope` only."""
    experiment_id: str
    """MLflow's number of the experiment "latentfield"."""

    @property
    def place(self) -> str:
        """The address without user name and password, fit for files and messages."""
        return _public(self.uri)

    @contextmanager
    def scope(self) -> Iterator[MlflowClient]:
        """The client, for as long as something is asked of the server; MLflow's failures become `TrackingUnavailable`.

        MLflow's registry looks up the tracking address in the environment even where a client was given another one, so
        the environment names this server inside the scope and is put back after it. A request to an HTTP server waits 10 seconds
        and is repeated once, unless MLFLOW_HTTP_REQUEST_TIMEOUT and MLFLOW_HTTP_REQUEST_MAX_RETRIES are set. Every OSError in the
        block counts as a failure of the server, also one of a local file; other errors pass unchanged.
        """
        from mlflow import MlflowException

        patience = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1", "MLFLOW_HTTP_REQUEST_TIMEOUT": "10"}
        patience = {name: os.environ.get(name, value) for name, value in patience.items()}
        with environment(MLFLOW_TRACKING_URI=self.uri, **patience, **QUIET):
            try:
                yield self.client
            except (MlflowException, OSError) as error:
                raise unavailable(self.uri, error) from error


QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}
"""Variables that keep MLflow from sending usage data, and from writing progress bars and addresses between our own lines."""


def join(uri: str, artifacts: Path | None = None) -> Connection:
    """Connect to the server at `uri`, making the experiment if it is not there; artifacts go where the server says
    unless a folder is given.

    The folder counts only where the experiment is made: an experiment that is there keeps its place. Raises `TrackingUnavailable`
    where the experiment has been deleted, with the command that restores it; MLflow's own errors pass, for the caller to translate.
    """
    with warnings.catch_warnings():
        # MLflow 3.17 maps its tables with an option that SQLAlchemy 2.1 deprecates.
        warnings.filterwarnings("ignore", "The ``noload`` loader strategy")
        from mlflow import MlflowClient

        for noisy in ("mlflow.store", "alembic"):
            logging.getLogger(noisy).setLevel(logging.WARNING)
        client = MlflowClient(tracking_uri=uri, registry_uri=uri)
        experiment = client.get_experiment_by_name(EXPERIMENT)
    if experiment is None:
        identity = client.create_experiment(EXPERIMENT, artifact_location=str(artifacts) if artifacts else None)
        return Connection(uri, client, identity)
    if experiment.lifecycle_stage == "deleted":
        raise TrackingUnavailable(
            f"The experiment {EXPERIMENT!r} at {_public(uri)} has been deleted: restore it with "
            f"`mlflow experiments restore --experiment-id {experiment.experiment_id}`."
        )
    return Connection(uri, client, experiment.experiment_id)


@contextmanager
def environment(**values: str) -> Iterator[None]:
    """Environment variables that hold inside the block and are put back after it."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def unavailable(uri: str, error: Exception) -> TrackingUnavailable:
    """What to raise for a failure of the server at an address: "no answer", or the first line of the error, 300 characters of it.

    User name and password are taken out of the address, and out of the error where it quotes the whole address.
    """
    text = str(error).strip().replace(uri, _public(uri)) or type(error).__name__
    reason = "no answer" if "Max retries exceeded" in text else text.splitlines()[0][:300].rstrip(".")
    return TrackingUnavailable(f"MLflow at {_public(uri)} is not available: {reason}.")


def _public(uri: str) -> str:
    """An address without the part of its host before an @."""
    parts = urlsplit(uri)
    return uri.replace(parts.netloc, parts.netloc.rpartition("@")[2], 1) if "@" in parts.netloc else uri
