"""A whole copy of dvc.lock, put back where a kill cut the file off.

DVC writes the file in place, for a second or more. Killed meanwhile it leaves a part of it, or nothing, and refuses every later
command; the copy, in `scratch/`, is that of the last moment at which the file was known to be whole.
"""

from __future__ import annotations

from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from latentfield.workspace import whole
from latentfield.workspace.root import project_root, scratch

NAME = "dvc.lock"


def keep() -> None:
    """Copy the file, unless there is none or another process is just writing it."""
    if text := _text(project_root() / NAME):
        whole.write(scratch() / NAME, text)


def restore() -> bool:
    """Put the copy back where the file is not whole; whether it was."""
    file = project_root() / NAME
    if not file.exists() or _text(file) or not (text := _text(scratch() / NAME)):
        return False
    whole.write(file, text)
    return True


def _text(file: Path) -> str:
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
