"""A whole copy of dvc.lock, put back where a kill cut the file off.

Killed while it writes the file, DVC leaves a part of it, or nothing, and refuses every later command; the copy, in `scratch/`, is
that of the last moment at which the file was known to be whole.
"""

from __future__ import annotations

from latentfield.workspace import whole
from latentfield.workspace.dvc_lock import NAME, whole_text
from latentfield.workspace.root import project_root, scratch


def keep() -> None:
    """Copy the file, unless there is none or another process is just writing it."""
    if text := whole_text(project_root() / NAME):
        whole.write(scratch() / NAME, text)


def restore() -> bool:
    """Put the copy back where the file is not whole; whether it was."""
    file = project_root() / NAME
    if not file.exists() or whole_text(file) or not (text := whole_text(scratch() / NAME)):
        return False
    whole.write(file, text)
    return True


def mend() -> None:
    """Put dvc.lock back where an earlier run left a part of it, and say so; to be called before DVC is asked anything."""
    if restore():
        print("dvc.lock was cut off when an earlier run was killed; its last whole copy is put back", flush=True)
