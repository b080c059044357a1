"""What every pipeline script shares: its argument, its folders, and how it ends on an error."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from latentfield.errors import LatentfieldError
from latentfield.tracking.server import project_root

# Read when torch is first imported. Threads that spin while they wait slow a shared machine down ten times.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

RAW = Path("data/raw")
SAMPLES = Path("data/samples")
MODELS = Path("models")
THEORIES = Path("theory")
STUDIES = Path("studies")
REPORTS = Path("reports")


def scratch() -> Path:
    """Where unfinished work is kept between runs."""
    return project_root() / "scratch"


def run(main: Callable[..., None]) -> None:
    """Call a stage with the script's arguments; a LatentfieldError is printed and exits with code 2."""
    warnings.showwarning = _show_warning
    logging.basicConfig(format="%(levelname)s: %(message)s")
    try:
        main(*sys.argv[1:])
    except LatentfieldError as error:
        Console(stderr=True, soft_wrap=True).print(f"error: {error}", style="bold red", markup=False, highlight=False)
        raise SystemExit(2) from None


def _show_warning(message: Warning | str, category: type[Warning], *_: object) -> None:
    Console(stderr=True, soft_wrap=True).print(f"warning: {message}", style="yellow", markup=False, highlight=False)
