"""A whole copy of dvc.lock, put back where a kill cut the file off.

DVC writes the file in place, for a second or more. Killed meanwhile it leaves a part of it, or nothing, and refuses every later
command; the copy, in `scratch/`, is that of the last moment at which the file was known to be whole.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from latentfield.workspace.root import project_root, scratch

NAME = "dvc.lock"


def keep() -> None:
    """Copy the file, unless there is none or another process is just writing it."""
    file, copy = project_root() / NAME, scratch() / NAME
    if _whole(file):
        copy.parent.mkdir(parents=True, exist_ok=True)
        _move_copy(file, copy)


def restore() -> bool:
    """Put the copy back where the file is not whole; whether it was."""
    file, copy = project_root() / NAME, scratch() / NAME
    if not file.exists() or _whole(file) or not _whole(copy):
        return False
    _move_copy(copy, file)
    return True


def _move_copy(source: Path, target: Path) -> None:
    partial = target.with_name(f"{NAME}.partial")
    shutil.copyfile(source, partial)
    os.replace(partial, target)


def _whole(file: Path) -> bool:
    """Whether a file ends with a line and every stage in it says its command; a kill cuts in the middle of a line, mostly."""
    try:
        text = file.read_text()
        content = YAML(typ="safe").load(text)
        return (
            text.endswith("\n") and "schema" in content and all("cmd" in stage for stage in content["stages"].values())
        )
    except (OSError, ValueError, YAMLError, TypeError, KeyError, AttributeError):
        return False
