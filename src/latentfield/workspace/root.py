"""Where the checkout is, where unfinished work waits in it, and how many threads its stages compute on."""

from __future__ import annotations

import os
from pathlib import Path

THREADS = 1
"""Of linear algebra in every stage, so that results do not depend on the machine; a training may ask for more."""


def project_root() -> Path:
    """The checkout: DVC_ROOT, which DVC sets for its stages, else the nearest folder with a dvc.yaml, else here."""
    if os.environ.get("DVC_ROOT"):
        return Path(os.environ["DVC_ROOT"]).resolve()
    here = Path.cwd().resolve()
    return next((folder for folder in [here, *here.parents] if (folder / "dvc.yaml").is_file()), here)


def scratch() -> Path:
    """Where unfinished work is kept between runs."""
    return project_root() / "scratch"
