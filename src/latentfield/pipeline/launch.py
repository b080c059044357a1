"""A run of the pipeline as the command begins it: DVC is asked what is to be done while the run loads what it needs."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

from latentfield.pipeline import guarded, lock

STUDIES = "pipelines/dvc.yaml"
"""Where the stages are that `dvc repro` leaves alone unless asked: `latents` and `load`, half an hour and more."""


def launch(targets: Sequence[str], jobs: int | None) -> int:
    """Bring stages up to date, all of them where none is named; returns the exit code of DVC.

    `jobs` stages at a time, the usual number (`side_by_side.usual_jobs`) where it is None. LatentfieldError for wrong parameters.
    """
    environment = _environment()
    lock.mend()
    if not targets:
        return _all(jobs, environment)
    code = _some(targets, environment)
    if code or not any(target.startswith(STUDIES) for target in targets):
        return code
    from latentfield.pipeline.side_by_side import GATHERING

    # The pipeline does not depend on the studies, which need not have been made.
    return _some(["--single-item", "--force", *GATHERING], environment)


def _environment() -> dict[str, str]:
    environment = os.environ | {"DVC_NO_ANALYTICS": "1", "MLFLOW_DISABLE_TELEMETRY": "true"}
    # Threads that spin while they wait slow a shared machine down ten times.
    environment.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # Memory of large arrays is kept for the next ones; given back, it would be fetched and zeroed again at every operation.
    environment.setdefault("MALLOC_MMAP_THRESHOLD_", str(2**25))
    environment.setdefault("MALLOC_TRIM_THRESHOLD_", str(2**29))
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    return environment


def _all(jobs: int | None, environment: Mapping[str, str]) -> int:
    with guarded.status(environment) as status:
        # What takes a second to load is loaded while DVC looks.
        from latentfield.pipeline import params, side_by_side
        from latentfield.pipeline.stage import show_warning

        warnings.showwarning = show_warning
        parameters = params.load()
        jobs = jobs or side_by_side.usual_jobs(parameters)
        return side_by_side.bring_up_to_date(parameters, jobs, environment, status)


def _some(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    from latentfield.pipeline import params, side_by_side

    params.load()
    return side_by_side.reproduce(arguments, environment)
