"""The journal of a run: everything MLflow is to know about it, one JSON object per line, on local disk.

Training appends to its journal and is done; `replay` sends it to an MLflow server as soon as one answers. A line is an
event with the time it happened, in milliseconds since 1970:

    start     name, params, tags, dataset    a training process begins, or goes on from a checkpoint;
              and parent, where the run has one: the key of its journal
    metrics   epoch, values                  written once per epoch and name
    results   epoch, values                  written whenever a value has changed
    artifact  folder, file                   a copy of the file is kept beside the journal, named by its content
    end       status                         FINISHED, FAILED or KILLED

Lines are only ever added, each with one fsync'd write. A line torn by a kill is skipped by the reader: what it
said was never acknowledged, and training, which goes on from its last checkpoint, says it again.

A journal may be read, and uploaded, while it is written. It should have one writer; where an orphan writes beside it no line is
lost, and of two values for the same epoch and name the first counts. Reading is always of the whole file, and `metrics`, `results`
and `artifact` read it before they write: fit for thousands of epochs, not for every batch.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from latentfield.errors import LatentfieldError
from latentfield.tracking.names import check_names, flatten

Event = dict[str, Any]
"""One line of a journal, as the module describes it."""
STATUSES = ("FINISHED", "FAILED", "KILLED")
"""How a run ends, in MLflow's words. A trial that was pruned is KILLED; a run without an end is shown as RUNNING."""


class Journal:
    """The journal of one run, at `path`; its file name without ".jsonl" is the key by which the run is found again.

    The file is made by the first line, so that a journal that nobody wrote to is an empty one. Raises LatentfieldError for a key
    with other characters than ASCII letters, digits and . _ - @, since the key stands in a query to MLflow.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self.key = self.path.name.removesuffix(".jsonl")
        if not re.fullmatch(r"[\w.\-@]+", self.key, re.ASCII):
            raise LatentfieldError(f"A journal is named by letters, digits and . _ - @ alone, got {self.path.name!r}.")

    def start(
        self,
        name: str,
        params: Mapping[str, Any],
        tags: Mapping[str, str] | None = None,
        dataset: Mapping[str, Any] | None = None,
        parent: str | None = None,
    ) -> None:
        """Begin the run, or go on with it: the second and later starts add tags but never change params.

        Nested params become dotted names ("vae.latent"). `dataset` has keys "name", "digest" (at most 36 characters)
        and "source" (a path or address); the rest of it is shown as its profile. `parent` is the key of a journal in the same
        folder, below whose run this one stands.

        Name, params and parent are those of the first start, tags and datasets those of all, the later value where two differ.
        Values are kept as strings: None is "None", a list what Python prints. Raises LatentfieldError for a name that MLflow would
        refuse and for a longer digest, before anything is written.
        """
        flat = flatten(params)
        check_names([*flat, *(tags or {})])
        if dataset is not None and len(dataset["digest"]) > 36:
            raise LatentfieldError(f"A dataset digest has at most 36 characters, got {dataset['digest']!r}.")
        dataset = dict(dataset) if dataset is not None else None
        tags = {key: str(value) for key, value in (tags or {}).items()}
        above = {} if parent is None else {"parent": parent}
        self._append("start", name=name, params=flat, tags=tags, dataset=dataset, **above)

    def metrics(self, epoch: int, values: Mapping[str, float]) -> None:
        """Add the scalars of an epoch; a name that this epoch already has is left as it is.

        Epochs after the last checkpoint are trained again after a kill, and training being deterministic they have
        the same values. Epochs count from 0 and are MLflow's steps; NaN and infinities are legal. Raises LatentfieldError for
        a name that MLflow would refuse, before anything is written.
        """
        check_names(values)
        known = {name for event in self.events() if event["event"] == "metrics" and event["epoch"] == epoch
                 for name in event["values"]}  # fmt: skip
        new = {name: float(value) for name, value in values.items() if name not in known}
        if new:
            self._append("metrics", epoch=int(epoch), values=new)

    def results(self, values: Mapping[str, float]) -> None:
        """Add scalars measured on the trained model, at the last epoch; unlike metrics they may be measured anew.

        Values equal to the last ones of the same names are not repeated; NaN equals NaN. The last epoch is the highest that has
        metrics, 0 where none has. A name that is also one of `metrics` would be mixed with it in MLflow: hence the prefix `test/`.
        """
        check_names(values)
        events = self.events()
        last: dict[str, float] = {}
        for event in events:
            last |= event["values"] if event["event"] == "results" else {}
        new = {name: float(value) for name, value in values.items() if not _same(last.get(name), float(value))}
        if new:
            epoch = max((event["epoch"] for event in events if event["event"] == "metrics"), default=0)
            self._append("results", epoch=epoch, values=new)

    def artifact(self, file: Path, folder: str = "") -> None:
        """Add a file to the run's `folder`, in the place of the one of that name if its content has changed.

        The file is copied to `files/CONTENT/NAME` beside the journal, CONTENT sixteen hex digits of its SHA-256, before the line is
        written, so that the original may go. Copies are never removed. The file is read into memory as a whole.
        """
        file = Path(file)
        check_names([folder] if folder else [])
        content = hashlib.sha256(file.read_bytes()).hexdigest()[:16]
        kept = f"files/{content}/{file.name}"
        names = [event["file"] for event in self.events()
                 if event["event"] == "artifact" and _place(event) == (folder, file.name)]  # fmt: skip
        if names and names[-1] == kept:
            return
        _keep(file, self.path.parent / kept)
        self._append("artifact", folder=folder, file=kept)

    def end(self, status: str = "FINISHED") -> None:
        """Close the run: "FINISHED", "FAILED" or "KILLED"; LatentfieldError for another word.

        It may be started again, and then ends again; the last start or end says how it is shown.
        """
        if status not in STATUSES:
            raise LatentfieldError(f"A run ends with one of {', '.join(STATUSES)}, got {status!r}.")
        self._append("end", status=status)

    def events(self) -> list[Event]:
        """All events in the order written; adding to the journal only ever lengthens this list.

        Its indices can therefore be noted: an event of metrics all of whose values came before stays in the list, without values.
        Empty where there is no file.
        """
        if not self.path.exists():
            return []
        found: list[Event] = []
        seen: set[tuple[int, str]] = set()
        for line in self.path.read_bytes().split(b"\n"):
            event = _parse(line)
            # Two trainers can write one journal when an orphan outlives its killed parent: the first value counts.
            if event is not None and event["event"] == "metrics":
                event["values"] = {k: v for k, v in event["values"].items() if (event["epoch"], k) not in seen}
                seen |= {(event["epoch"], name) for name in event["values"]}
            if event is not None:
                found.append(event)
        return found

    def _append(self, event: str, **fields: Any) -> None:
        """One line more, on disk when this returns; after a torn line it begins a new one, so that both can be told apart."""
        line = json.dumps({"event": event, "time": time.time_ns() // 1_000_000, **fields}).encode() + b"\n"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a+b") as stream:
            end = stream.seek(0, os.SEEK_END)
            stream.seek(max(end - 1, 0))
            torn = stream.read(1) not in (b"", b"\n")
            stream.write(b"\n" + line if torn else line)
            stream.flush()
            os.fsync(stream.fileno())


def journal_file(root: Path, key: str) -> Path:
    """Where the journal of a run lives in the checkout at `root`: `mlruns/journal/KEY.jsonl`; its parent is the folder of all."""
    return root / "mlruns" / "journal" / f"{key}.jsonl"


def _parse(line: bytes) -> Event | None:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _place(event: Event) -> tuple[str, str]:
    return event["folder"], Path(event["file"]).name


def _same(old: float | None, new: float) -> bool:
    return old == new or (old is not None and math.isnan(old) and math.isnan(new))


def _keep(file: Path, copy: Path) -> None:
    """Copy a file beside its place under a name of this process, then move it there: whole or absent, whoever else copies it."""
    copy.parent.mkdir(parents=True, exist_ok=True)
    part = copy.with_name(copy.name + f".{os.getpid()}.part")
    shutil.copyfile(file, part)
    os.replace(part, copy)
