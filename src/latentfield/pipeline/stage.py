"""What every pipeline script shares: its argument, its folders, and how it ends on an error."""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from rich.console import Console
from threadpoolctl import threadpool_limits

from latentfield.errors import LatentfieldError
from latentfield.workspace.root import THREADS

RAW = Path("data/raw")
SAMPLES = Path("data/samples")
MODELS = Path("models")
THEORIES = Path("theory")
STUDIES = Path("studies")
REPORTS = Path("reports")


def run(main: Callable[..., None]) -> None:
    """Call a stage with the script's arguments; a LatentfieldError is printed and exits with code 2."""
    warnings.showwarning = show_warning
    logging.basicConfig(format="%(levelname)s: %(message)s")
    try:
        # The order of sums depends on the number of threads, and decides what component analysis makes of a noisy span.
        with threadpool_limits(THREADS):
            main(*sys.argv[1:])
    except LatentfieldError as error:
        Console(stderr=True, soft_wrap=True).print(f"error: {error}", style="bold red", markup=False, highlight=False)
        raise SystemExit(2) from None


def show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Print a warning as one line that says only what it is about."""
    Console(stderr=True, soft_wrap=True).print(f"warning: {message}", style="yellow", markup=False, highlight=False)
