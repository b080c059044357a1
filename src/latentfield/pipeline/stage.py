"""What every pipeline script shares: its argument, its folders, and how it ends on an error.

Folders are relative to the working directory, which DVC makes the root of the checkout. NAME is an entry of the block `train` in
`params.yaml`, DATA a sampled system or the recording.
"""

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
"""The recording as it was published, where there is a copy, and recording.json, which says whether it or a surrogate is used."""
SAMPLES = Path("data/samples")
"""DATA.zarr: sample sets (`samples.store`)."""
MODELS = Path("models")
"""NAME/: weights.safetensors and config.json of the best epoch of each VAE."""
THEORIES = Path("theory")
"""NAME/: theory.json and theory.safetensors, what was read off its decoder; the record of a decoder without theory says so."""
STUDIES = Path("studies")
"""STUDY/: the best VAE of a study, with its theory, to be registered; made by the study of the number of latents alone."""
REPORTS = Path("reports")
"""All that people look at, and the records that it is drawn from.

    metrics/NAME.json     everything measured on a VAE
    curves/NAME/*.csv     tables of its curves
    theory/NAME/*.csv     tables of its theory
    studies/STUDY.json    records of the studies
    figures/NAME/         its figures, .png and .svg
    overview/             figures of all VAEs together; in overview/studies those of the studies
    registry.json         which registered version each VAE has become
    index.html            one page of everything
"""


def run(main: Callable[..., None]) -> None:
    """Call a stage with the script's arguments; a LatentfieldError is printed and exits with code 2.

    `main` gets the arguments of the command line as strings. Linear algebra runs on THREADS threads while it works, so that
    results do not depend on the number of cores; a training sets the threads of its networks itself. Warnings, of all libraries,
    become single lines on stderr for the rest of the process.
    """
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
    """Print a warning as one line that says only what it is about.

    In place of `warnings.showwarning`, whose parameters these are; category, file and line are left out. Always to stderr, in
    yellow on a terminal.
    """
    Console(stderr=True, soft_wrap=True).print(f"warning: {message}", style="yellow", markup=False, highlight=False)
