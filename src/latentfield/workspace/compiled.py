"""Where machine code is kept between processes.

Numba keeps what it compiles beside the sources. Where a package is installed for all users nobody may write there, and Numba turns
to its folder in the user's home; where nobody may write there either it refuses to import the functions at all. A home that
may not be written to is what a container has, or a node of a cluster: then machine code lasts as long as the process.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
"""Folder of the package."""
VARIABLE = "NUMBA_CACHE_DIR"
"""Environment variable of Numba, inherited by the processes that this one starts."""


def place_compiled() -> None:
    """Tell Numba where to keep machine code; to be called before a compiled function is imported.

    Beside the sources if they may be written to; else in `latentfield/compiled` of the user's cache (XDG_CACHE_HOME, or ~/.cache);
    else in a folder of this process and of those that it starts, removed at its end. NUMBA_CACHE_DIR overrules all three.

    `import latentfield` calls it. In the third case each new run compiles anew what it calls.
    """
    if os.environ.get(VARIABLE) or _sources_are_writable():
        return
    os.environ[VARIABLE] = str(_user_folder() or _own_folder())
    if numba := sys.modules.get("numba"):
        numba.config.reload_config()


def _sources_are_writable() -> bool:
    """Whether Numba could write beside the sources, as the rights of the folder say; nothing is written to find out."""
    inner = PACKAGE / "__pycache__"
    return os.access(inner if inner.exists() else PACKAGE, os.W_OK)


def _user_folder() -> Path | None:
    """The folder in the user's cache, made if need be; None where it cannot be made or written to."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "latentfield", "compiled")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return None
    return folder


def _own_folder() -> Path:
    """A new folder that nobody else may write to: machine code in a shared one could be anyone's."""
    folder = Path(tempfile.mkdtemp(prefix="latentfield-compiled-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
