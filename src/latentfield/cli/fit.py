"""The command `latentfield fit`: does a data set of your own have a latent mean-field theory, and with how many variables?"""

from __future__ import annotations

import json
import sys
import warnings
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from latentfield.cli.decoders import AsJson
from latentfield.errors import LatentfieldError

if TYPE_CHECKING:
    from pydantic import JsonValue

    from latentfield.fitting.folder import Result
    from latentfield.tracking.registry import Version

FITS = Path("fits")
RUNG = {"d", "nats", "se", "rate", "tc", "tc_floor"}
"""What `--json` says of each number of latents."""


def fit(
    data: Annotated[Path, typer.Argument(help="A .npy, .npz, .mat, .csv or .zarr of 0 and 1, or -1 and 1.")],
    name: Annotated[str | None, typer.Option(help="What to call it; by default after the file.")] = None,
    latents: Annotated[str, typer.Option(help="Numbers of latents to try; 0 always is.")] = "1,2,3",
    split: Annotated[
        str, typer.Option(help="What is held out: random words, the end of the movie, or repeats.")
    ] = "random",
    decoder: Annotated[str, typer.Option(help="linear, corrected_mean_field, or cnn for a square lattice.")] = "linear",
    layout: Annotated[
        str | None,
        typer.Option(help="Axes: samples,sites / samples,rows,columns / repeats,sites,bins / repeats,bins,sites."),
    ] = None,
    key: Annotated[str | None, typer.Option(help="Name of the array, where the file holds several.")] = None,
    workers: Annotated[int, typer.Option(help="Processes that share the work; they find the same.", min=1)] = 2,
    as_json: AsJson = False,
) -> None:
    """Fit your own binary recording: nats against the number of latents, a verdict, and a report in fits/NAME.

    With --json: n_samples, n_sites, dropped_sites (their numbers), split, latents (d, nats per held-out word, se, rate, tc as a
    network finds it, tc_floor as the other models prove it), baselines, chosen, faithful, missing_nats (per word), verdict,
    patterns, model (null where no latent is needed, or MLflow is not available), report.
    """
    from latentfield.fitting.folder import named
    from latentfield.fitting.settings import settings
    from latentfield.pipeline.own_recording import fit as run
    from latentfield.pipeline.stage import show_warning
    from latentfield.recordings import files, words
    from latentfield.recordings.store_words import DataSet
    from latentfield.records.fitted import Source
    from latentfield.workspace.root import project_root, scratch

    warnings.showwarning = show_warning
    chosen = settings(latents=_numbers(latents), split=split, decoder=decoder)
    name = name or named(data)
    folder = FITS / name
    # Progress goes to the terminal, not into the JSON.
    with redirect_stdout(sys.stderr):
        found = words.words(files.read(data, key), str(data), layout)
        source = Source(file=data.name, key=key, layout=layout)
        own = DataSet(found, name, source)
        result = run(own, chosen, folder, scratch(), workers=workers, root=project_root())
        version = _register(result, folder) if result.chosen else None
    if as_json:
        print(json.dumps(summary(result, version, folder)))
        return
    print(f"{result.verdict}\n\nreport: {(folder / 'report' / 'index.html').resolve()}")
    if version:
        print(f"model:  {version.name} version {version.version}, {version.reason}")


def summary(result: Result, version: Version | None, folder: Path) -> dict[str, JsonValue]:
    """What `--json` prints."""
    return {
        "n_samples": result.n_samples,
        "n_sites": result.n_sites,
        "dropped_sites": [*result.dropped_sites],
        "split": result.split,
        "latents": [rung.model_dump(include=RUNG) for rung in result.latents],
        "baselines": {**result.baselines},
        "chosen": result.chosen,
        "faithful": result.faithful,
        "missing_nats": result.missing_nats,
        "verdict": result.verdict,
        "patterns": str(folder / "patterns.npy"),
        "model": {"name": version.name, "version": version.version} if version else None,
        "report": str(folder / "report" / "index.html"),
    }


def _numbers(text: str) -> tuple[int, ...]:
    try:
        numbers = {int(part) for part in text.split(",")} - {0}
    except ValueError as error:
        raise LatentfieldError(
            f"--latents: got {text!r}; allowed: whole numbers between commas, such as 1,2,3"
        ) from error
    if not numbers:
        raise LatentfieldError(f"--latents: got {text!r}; at least one number above 0 is needed, and 0 is always tried")
    return tuple(sorted(numbers))


def _register(result: Result, folder: Path) -> Version | None:
    """The chosen VAE as a version of latentfield-NAME, with its theory; nothing but a warning where MLflow is not available."""
    from latentfield.records.registered import Registered
    from latentfield.report import fit_page
    from latentfield.tracking.connection import TrackingUnavailable
    from latentfield.tracking.fit_runs import register_fit
    from latentfield.tracking.server import connect
    from latentfield.workspace.root import project_root

    place = folder / "models" / result.record.shown
    try:
        version = register_fit(connect(), project_root(), place, result.model.record)
    except TrackingUnavailable as error:
        warnings.warn(f"{error} The model is in {place}, not in the registry.", stacklevel=1)
        return None
    known = {key: getattr(version, key) for key in Registered.model_fields}
    fit_page.write(folder, Registered(**known))
    return version
