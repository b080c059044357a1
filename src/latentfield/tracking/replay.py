"""Journals replayed into an MLflow server, as often as one likes.

A replay may be cut off anywhere and run again: MLflow drops a metric whose name, step, value and time it already has,
and the times are those of the journal. The run is found by its journal's key and first moment, which it carries as
tags. The note of how far a replay has come, one file beside each journal, only saves work.

What a run of MLflow gets from its journal:

    name, params             of the first start
    tags, datasets           of all starts, and `latentfield.journal` (the key), `latentfield.began` (milliseconds since 1970),
                             `mlflow.parentRunId` where the journal has a parent
    metrics                  values of `metrics` and `results`, the epoch as their step, the time of the event as theirs
    artifacts                the latest copy of each name in each folder
    status, start, end       RUNNING after a start, else as the last end says; times of the events

Processes that upload the same journal wait for each other; a trainer may go on writing to it meanwhile. A journal goes to any
number of servers, one after another, and each is told everything.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from latentfield.tracking.connection import Connection, TrackingUnavailable
from latentfield.tracking.journal import Event, Journal
from latentfield.tracking.server import connect
from latentfield.workspace import whole

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

log = logging.getLogger(__name__)


def sync(connection: Connection, folder: Path) -> dict[str, str | None]:
    """Upload every journal in the folder; returns the run of each key, None where the run was deleted by hand.

    None, too, for a journal without a start. They are sent in alphabetical order, but a parent before what stands below it. Raises
    `TrackingUnavailable` at the first failure; journals sent by then are noted, and the next call goes on from there. A journal
    with nothing new costs reading it twice and two requests.
    """
    runs = {}
    for path in sorted(Path(folder).glob("*.jsonl")):
        journal = Journal(path)
        upload(journal, connection)
        runs[journal.key] = run_id(journal, connection)
    return runs


def run_id(journal: Journal, connection: Connection) -> str | None:
    """The run that the journal has been uploaded to on this server; None where there is none, or it was deleted.

    It is looked up by its two tags, not in the note, which may be lost or from another store.
    """
    events = _from_start(journal)
    with connection.scope() as client:
        run = _find(client, connection, journal.key, events[0]["time"]) if events else None
    return run.info.run_id if run else None


def upload(journal: Journal, connection: Connection) -> int:
    """Send the events that the server does not have yet; returns how many. A run deleted by hand stays deleted until
    its journal has something new to say, and is then made anew from the start.

    Events before the first start are left out, and a journal without one sends nothing: 0. Raises `TrackingUnavailable` where the
    server fails; the note is written last, so that whatever was sent before is sent again, to no effect. The lock beside the
    journal is waited for without a limit, and is free again when the process that holds it dies.
    """
    note = journal.path.with_name(f"{journal.key}.uploaded.json")
    with FileLock(journal.path.with_name(f".{journal.key}.lock")), connection.scope() as client:
        events = _from_start(journal)
        if not events:
            return 0
        notes = _read(note)
        began = events[0]["time"]
        done = notes.get(connection.place, {})
        sent = done.get("events", 0) if done.get("began") == began else 0
        run = _recorded(client, done["run_id"]) if sent else None
        if run is not None and run.info.lifecycle_stage == "deleted":
            if sent >= len(events):
                return 0
            run = None
        if run is None:
            sent, run = 0, _find(client, connection, journal.key, began)
            run = run or _create(client, connection, journal, events[0])
        _send(client, run, events, sent, journal.path.parent)
        notes[connection.place] = {"run_id": run.info.run_id, "began": began, "events": len(events)}
        whole.write(note, json.dumps(notes, indent=1))
        return len(events) - sent


class Uploader:
    """Uploads one journal again and again while a training goes on; where no server answers it says so once, and gives up.

    It works in the process and the thread of the training, between two epochs: a slow server makes a training slower, a dead
    one costs some seconds, once. It connects when it is first used. Nothing is lost by giving up: what is in the journal is
    sent later, by `sync`.
    """

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self._connection: Connection | None = None
        self._gave_up = False

    def upload(self) -> bool:
        """Send what the server does not have yet, and say whether there still is one; never raises `TrackingUnavailable`."""
        if self._gave_up:
            return False
        try:
            self._connection = self._connection or connect()
            upload(self.journal, self._connection)
        except TrackingUnavailable as error:
            self._gave_up = True
            log.warning("%s Metrics are kept in %s and will be uploaded by the next `make`.", error, self.journal.path)
        return not self._gave_up


def _from_start(journal: Journal) -> list[Event]:
    events = journal.events()
    first = next((i for i, event in enumerate(events) if event["event"] == "start"), len(events))
    return events[first:]


def _recorded(client: MlflowClient, identity: str) -> Run | None:
    """The run of a note, deleted or not; None where the store has never heard of it, being a new one."""
    from mlflow import MlflowException

    try:
        return client.get_run(identity)
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
        return None


def _find(client: MlflowClient, connection: Connection, key: str, began: int) -> Run | None:
    """The run with a journal's key and first moment, among those that are not deleted; a journal begun anew has another moment."""
    query = f"tags.`latentfield.journal` = '{key}' and tags.`latentfield.began` = '{began}'"
    runs = client.search_runs([connection.experiment_id], query, max_results=1)
    return runs[0] if runs else None


def _create(client: MlflowClient, connection: Connection, journal: Journal, start: Event) -> Run:
    tags = {"latentfield.journal": journal.key, "latentfield.began": str(start["time"])}
    tags |= _place_below(journal.path.with_name(f"{start.get('parent')}.jsonl"), connection)
    return client.create_run(connection.experiment_id, start["time"], tags, start["name"])


def _place_below(parent: Path, connection: Connection) -> dict[str, str]:
    """The tag that puts a run below that of a parent's journal, which is uploaded first; none where there is no such journal."""
    if not parent.exists():
        return {}
    above = Journal(parent)
    upload(above, connection)
    identity = run_id(above, connection)
    return {"mlflow.parentRunId": identity} if identity else {}


def _send(client: MlflowClient, run: Run, events: list[Event], sent: int, folder: Path) -> None:
    """Tell a run of the events from number `sent` on, kind by kind; its status comes last, when all else has arrived."""
    identity, pending = run.info.run_id, events[sent:]
    starts = [event for event in pending if event["event"] == "start"]
    if sent == 0:
        _send_params(client, identity, events[0]["params"])
    _send_tags(client, identity, {key: value for start in starts for key, value in start["tags"].items()})
    _send_datasets(client, identity, [start["dataset"] for start in starts if start["dataset"]])
    _send_metrics(client, identity, pending)
    _send_artifacts(client, identity, pending, folder)
    last = next((event for event in reversed(pending) if event["event"] in ("start", "end")), None)
    if last is not None and last["event"] == "end":
        client.set_terminated(identity, last["status"], last["time"])
    elif last is not None and run.info.status != "RUNNING":
        client.update_run(identity, status="RUNNING")


def _send_params(client: MlflowClient, identity: str, params: dict[str, str]) -> None:
    from mlflow.entities import Param

    for part in _chunks([Param(*item) for item in params.items()], 100):
        client.log_batch(identity, params=part, synchronous=True)


def _send_tags(client: MlflowClient, identity: str, tags: dict[str, str]) -> None:
    from mlflow.entities import RunTag

    for part in _chunks([RunTag(*item) for item in tags.items()], 100):
        client.log_batch(identity, tags=part, synchronous=True)


def _send_datasets(client: MlflowClient, identity: str, datasets: list[dict[str, str]]) -> None:
    from mlflow.entities import Dataset, DatasetInput, InputTag

    for data in datasets:
        rest = {key: value for key, value in data.items() if key not in ("name", "digest", "source")}
        source = json.dumps({"path": str(data.get("source", ""))})
        entity = Dataset(data["name"], data["digest"], "dvc", source, profile=json.dumps(rest, default=str))
        client.log_inputs(identity, [DatasetInput(entity, [InputTag("mlflow.data.context", "training")])])


def _send_metrics(client: MlflowClient, identity: str, events: list[Event]) -> None:
    from mlflow.entities import Metric

    metrics = [Metric(name, value, event["time"], event["epoch"])
               for event in events if event["event"] in ("metrics", "results")
               for name, value in event["values"].items()]  # fmt: skip
    for part in _chunks(metrics, 1000):
        client.log_batch(identity, metrics=part, synchronous=True)


def _send_artifacts(client: MlflowClient, identity: str, events: list[Event], folder: Path) -> None:
    """Upload the last copy of each file; one that somebody removed from beside the journal is a warning."""
    artifacts = [event for event in events if event["event"] == "artifact"]
    latest = {(event["folder"], Path(event["file"]).name): event for event in artifacts}
    for event in latest.values():
        if (folder / event["file"]).exists():
            client.log_artifact(identity, str(folder / event["file"]), event["folder"] or None)
        else:
            log.warning("%s is gone and will not appear in MLflow run %s.", folder / event["file"], identity)


def _chunks(items: list[Any], size: int) -> Iterator[list[Any]]:
    return (items[i : i + size] for i in range(0, len(items), size))


def _read(note: Path) -> dict[str, Any]:
    try:
        return json.loads(note.read_text())
    except (FileNotFoundError, ValueError):
        # Not yet there, or cut short by a power failure: everything is sent again, to no effect.
        return {}
