"""The command `latentfield fit`: does a data set of your own have a latent mean-field theory, and with how many variables?"""

from __future__ import annotations

import json
import sys
import warnings
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from latentfield.cli.decoders import AsJson
from latentfield.errors import LatentfieldError

if TYPE_CHECKING:
    from pydantic import JsonValue

    from latentfield.fitting.folder import Result
    from latentfield.recordings.store_words import DataSet
    from latentfield.tracking.registry import Version

FITS = Path("fits")
RUNG = {"d", "nats", "se", "rate", "tc", "tc_floor", "certificate"}
"""What `--json` says of each number of latents."""


@dataclass(frozen=True)
class Fit:
    """Fit your own binary recording: nats against the number of latents, a verdict, and a report in fits/NAME.

    fits/NAME is there when the fit is finished; one that was stopped goes
    on where it was, and a finished one is only read again.
    The chosen model is registered as latentfield-NAME.

    With --json an object: n_samples, n_sites, dropped_sites (their
    numbers), split, latents (d, nats per held-out word, se, rate, tc as a
    network finds it, tc_floor as the other models prove it, certificate:
    the nats that any other prior could gain, on training and on test
    words), curved (the same with a curved decoder), baselines, chosen,
    faithful, missing_nats (per word), verdict, patterns, model (null where
    no latent is needed, or MLflow is not available), report.

    Examples:

        latentfield fit spikes.npy
        latentfield fit recording.mat --key spikes --layout repeats,sites,bins
        latentfield fit train.npy --validation valid.npy --test test.npy
        latentfield fit plants.npz --key train --validation-key valid --test-key test

    Exit code 2 for a file that is not such a recording and for an option
    that it does not allow; nothing is written then.
    """

    data: Annotated[Path, typer.Argument(help="A .npy, .npz, .mat, .csv or .zarr of 0 and 1, or -1 and 1.")]
    name: Annotated[str | None, typer.Option(help="What to call it; by default after the file.")] = None
    latents: Annotated[str, typer.Option(help="Numbers of latents to try; 0 always is.")] = "1,2,3"
    split: Annotated[
        str | None,
        typer.Option(help="What is held out: random words, the end of the movie, or repeats.", show_default="random"),
    ] = None
    decoder: Annotated[str, typer.Option(help="linear, curved, corrected_mean_field, or cnn for a square lattice.")] = (
        "linear"
    )
    layout: Annotated[
        str | None,
        typer.Option(help="Axes: samples,sites / samples,rows,columns / repeats,sites,bins / repeats,bins,sites."),
    ] = None
    key: Annotated[str | None, typer.Option(help="Name of the array, where the file holds several.")] = None
    test: Annotated[Path | None, typer.Option(help="A file of the words to test on, if not DATA itself.")] = None
    test_key: Annotated[str | None, typer.Option(help="Its array, in that file or in DATA.")] = None
    validation: Annotated[Path | None, typer.Option(help="The same of the words that choose.")] = None
    validation_key: Annotated[str | None, typer.Option(help="Its array, in that file or in DATA.")] = None
    workers: Annotated[int, typer.Option(help="Processes that share the work; they find the same.", min=1)] = 2
    as_json: AsJson = False

    def __post_init__(self) -> None:
        # Typer reads the fields as it reads the arguments of a function, and calls the class with them.
        from latentfield.fitting.folder import named
        from latentfield.pipeline.stage import show_warning

        warnings.showwarning = show_warning
        name = self.name or named(self.data)
        # Progress goes to the terminal, not into the JSON.
        with redirect_stdout(sys.stderr):
            result = self._run(name)
            version = _register(result, FITS / name) if result.chosen else None
        self._say(result, version, FITS / name)

    def _run(self, name: str) -> Result:
        from latentfield.fitting.settings import settings
        from latentfield.pipeline.own_recording import fit
        from latentfield.workspace.root import project_root, scratch

        split = "given" if self._parts() else self.split or "random"
        if split != (self.split or split):
            raise LatentfieldError(
                f"--split: got {self.split!r} with words to test on, or to choose with, that are given: leave it out"
            )
        chosen = settings(latents=_numbers(self.latents), split=split, decoder=self.decoder)
        data = self._data(name)
        return fit(data, chosen, FITS / name, scratch(), workers=self.workers, root=project_root())

    def _parts(self) -> dict[str, tuple[Path, str | None]]:
        """File and key of the parts that are given besides the words to train on."""
        asked = {"validation": (self.validation, self.validation_key), "test": (self.test, self.test_key)}
        return {name: (file or self.data, key) for name, (file, key) in asked.items() if file or key}

    def _data(self, name: str) -> DataSet:
        """The words, in one array or in parts."""
        from latentfield.recordings import files, words
        from latentfield.recordings.store_words import DataSet
        from latentfield.records.fitted import Source

        whole = (str(self.data), files.read(self.data, self.key))
        parts = {
            part: (f"{file} {key or ''}".rstrip(), files.read(file, key)) for part, (file, key) in self._parts().items()
        }
        found = words.given(whole, **parts, layout=self.layout)
        return DataSet(found.words, name, Source(file=self.data.name, key=self.key, layout=self.layout), found.label)

    def _say(self, result: Result, version: Version | None, folder: Path) -> None:
        if self.as_json:
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
        "curved": [rung.model_dump(include=RUNG) for rung in result.record.fit.curved],
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
