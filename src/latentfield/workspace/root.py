"""Where the checkout is, where unfinished work waits in it, and how many threads its stages compute on."""

from __future__ import annotations

import os
from pathlib import Path

THREADS = 1
"""Of linear algebra in every stage, so that results do not depend on the machine; a training may ask for more.

The order of a floating-point sum depends on their number. It says nothing of processes and of threads that draw samples,
whose results do not depend on how many they are.
"""


def project_root() -> Path:
    """The checkout: DVC_ROOT, which DVC sets for its stages, else the nearest folder with a dvc.yaml, else here.

    "Nearest" is the working folder or one above it. Absolute, links resolved. Outside a checkout `mlruns` and `scratch` therefore
    come to lie in the working folder.
    """
    if os.environ.get("DVC_ROOT"):
        return Path(os.environ["DVC_ROOT"]).resolve()
    here = Path.cwd().resolve()
    return next((folder for folder in [here, *here.parents] if (folder / "dvc.yaml").is_file()), here)


def scratch() -> Path:
    """Where unfinished work is kept between runs: `scratch/` of the checkout, not under version control.

    It may be removed whenever nothing runs; what it holds is then done again. It is not made here.
    """
    return project_root() / "scratch"
