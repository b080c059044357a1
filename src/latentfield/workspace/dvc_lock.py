"""What dvc.lock says, read beside the processes that write it.

DVC writes the file in place, for a second or more: meanwhile, and for good where a kill ends it, a part of it stands there, or
nothing.
"""

from __future__ import annotations

import time
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

NAME = "dvc.lock"
SETTLED = 1.0
"""Seconds after which a file that nobody wrote to is taken for finished; DVC hands on eight kilobytes at a time."""
PATIENCE = 60.0
"""Seconds that a reader waits for a whole file."""


def whole_text(file: Path) -> str:
    """What stands in a file that ends with a line and in which every stage says its command, else nothing.

    A kill cuts in the middle of a line, mostly.
    """
    try:
        text = file.read_text()
        content = YAML(typ="safe").load(text)
        complete = "schema" in content and all("cmd" in stage for stage in content["stages"].values())
    except (OSError, ValueError, YAMLError, TypeError, KeyError, AttributeError):
        return ""
    return text if complete and text.endswith("\n") else ""


def dvc_md5(path: Path, root: Path) -> str:
    """The md5 that dvc.lock records for a stage output, at most 36 characters; "unknown" if no stage has produced it.

    Of a folder it ends in ".dir" (36 characters, as many as MLflow takes as the digest of a dataset). `path` is absolute or
    relative to the checkout `root`. It is what the last finished run of the stage wrote, not what lies there now. Waits while
    another process writes the file; "unknown", too, where it stays cut off.
    """
    text = _settled(root / NAME)
    here = (root / path).resolve()
    stages = YAML(typ="safe").load(text)["stages"] if text else {}
    outs = (out for stage in stages.values() for out in stage.get("outs", ()))
    return next((out["md5"] for out in outs if (root / out["path"]).resolve() == here and "md5" in out), "unknown")


def _settled(file: Path) -> str:
    """What stands in the file once nobody writes to it; nothing where there is none, or none that is whole."""
    last = time.monotonic() + PATIENCE
    while file.exists() and time.monotonic() < last:
        if time.time() - file.stat().st_mtime > SETTLED and (text := whole_text(file)):
            return text
        time.sleep(SETTLED / 4)
    return whole_text(file)
