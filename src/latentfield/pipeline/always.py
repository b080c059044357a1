"""What the stages that run every time, `locate` and `register`, look at, so that it can also be asked without DVC.

Where DVC finds everything else done, and these two would find what they found last time, a run has nothing to do: it need not start
DVC, and two interpreters, to be told so.
"""

from __future__ import annotations

import json

from pydantic import JsonValue

from latentfield.pipeline.params import Params
from latentfield.pipeline.stage import MODELS, RAW, REPORTS, STUDIES, THEORIES
from latentfield.recordings import retina
from latentfield.tracking.journal import journal_file
from latentfield.tracking.settled import recall, remember, state
from latentfield.workspace.root import project_root, scratch

LOCATED = RAW / "recording.json"
"""Which recording is in use: "kind", "file" and "sha256"."""
REGISTERED = REPORTS / "registry.json"
"""Name, version and champion of each VAE."""
NOTE = "registered.json"
"""In the folder for unfinished work: the state after the last registration, and what it wrote."""


def locate(parameters: Params) -> str:
    """Text of LOCATED, the same on every machine; a surrogate is announced. LatentfieldError for a copy that is another file."""
    source = retina.locate(RAW, parameters.recording.download)
    if source.kind == retina.SURROGATE:
        retina.warn_surrogate(source.reason)
    return text({"kind": source.kind, "file": retina.FILE, "sha256": retina.SHA256})


def registered() -> JsonValue:
    """What the last registration wrote, where models, records and store stand as it left them; else None."""
    return recall(scratch() / NOTE, _state())


def remember_registered(content: JsonValue) -> None:
    """Note how things stand after a registration, and what it wrote."""
    remember(scratch() / NOTE, _state(), content)


def text(content: JsonValue) -> str:
    """How both files are written."""
    return json.dumps(content, indent=2) + "\n"


def nothing_new(parameters: Params) -> bool:
    """Whether both stages would write what stands there."""
    known = registered()
    try:
        return known is not None and REGISTERED.read_text() == text(known) and LOCATED.read_text() == locate(parameters)
    except OSError:
        return False


def _state() -> str | None:
    journals = journal_file(project_root(), "").parent
    sources = (MODELS, THEORIES, STUDIES, REPORTS / "metrics", REPORTS / "figures", journals)
    return state(project_root(), sources)
