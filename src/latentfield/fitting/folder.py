"""A fit of anyone's recording, from an array or a file to a folder of results: what `latentfield fit` and `latentfield.fit` share.

    samples.zarr        the words, with their splits
    fit.json            everything that was measured and concluded
    patterns.npy        of the chosen number of latents, (d, sites)
    models/             each VAE; the one that is shown with its theory
    theory/NAME         that theory
    report/index.html   one file, and beside it the tables and figures that it is made of

A folder is finished or not there: unfinished work waits in a scratch folder, whose name changes with data, settings and code.
What waits there, and is taken up when the same fit is asked for again: the sample set, the last epoch of every training, finished
VAEs, the scores of finished models, and the cut. What follows (choice, measures of the VAE that is shown, theory, report) is done
in one go, and again after a kill.

A fit of the same words with other settings, or by other code, takes the place of the one in the folder when it is done.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Protocol

import numpy as np
from pydantic import JsonValue
from threadpoolctl import threadpool_limits

from latentfield.decoding.theory import Theory
from latentfield.errors import LatentfieldError
from latentfield.fitting import study
from latentfield.fitting.result import FILE, PATTERNS, Result, read
from latentfield.fitting.settings import Settings
from latentfield.fitting.vaes import shape
from latentfield.fitting.work import Observer, Work
from latentfield.recordings import store_words
from latentfield.recordings.retina import NAME as RETINA
from latentfield.recordings.store_words import DataSet
from latentfield.records.base import read_json
from latentfield.records.fitted import Conclusion, Fit, FitOrigin
from latentfield.records.provenance import Code
from latentfield.records.tables import Tables
from latentfield.samples.store import SampleSet
from latentfield.systems.table import SYSTEMS
from latentfield.workspace.provenance import code_version, fingerprint
from latentfield.workspace.root import THREADS
from latentfield.workspace.scratch import scratch_folder

RESERVED = (*SYSTEMS, RETINA)
"""Names of the pipeline's own data sets, which a fit may not take: its registered model would pass for theirs."""


Draw = Callable[[Fit, Tables, Theory, Tables, Path], None]
"""Writes the report of a fit to its folder, from its record, its tables, its theory and the tables of that.

The folder is the unfinished one, in which `fit.json`, models and theory already are; figures in `report/fit` are told to MLflow.
"""


class Runs(Observer, Protocol):
    """Who is told of a fit and its VAEs."""

    def open(self, name: str, settings: dict[str, JsonValue]) -> None:
        """The fit of a data set of this name begins, or goes on; `settings` are all that it depends on but the data."""

    def close(self, numbers: Mapping[str, float], figures: Iterable[Path]) -> None:
        """The fit is done: its outcome (`_outcome`), and what was drawn; called before the results are moved into place."""


def fit(
    data: DataSet,
    chosen: Settings,
    folder: Path,
    scratch: Path,
    *,
    draw: Draw | None,
    runs: Callable[[Path, str, Mapping[str, str]], Runs],
    workers: int = 1,
) -> Result:
    """Fit words and write the results to a folder; a finished fit of the same words and settings by the same code is only read.

    `draw` makes the report, if there is to be one; `runs` tells MLflow, given the folder at work, the key of the run and its tags;
    `workers` processes share the work. Raises LatentfieldError for a name that the pipeline uses itself, a split that the words do
    not have, a decoder that their sites do not allow, and a folder that holds something else.

    Two processes that ask for the same fit do not work at once: the second waits for the scratch folder and then reads the result.
    The scratch folder is removed with a finished fit and kept with a failed one. Linear algebra runs in one thread, so that the
    numbers do not depend on the machine's cores.
    """
    _check(data, chosen)
    origin = _origin(data, chosen)
    _check_folder(folder, origin.digest)
    if _finished(folder, origin):
        return read(folder)
    with threadpool_limits(THREADS), scratch_folder(scratch / f"fit-{origin.run}") as place:
        # Another process may have finished the same fit while this one waited for the folder.
        if not _finished(folder, origin):
            tags = {key: getattr(origin, key) for key in ("system", "profile", "recording")}
            told = runs(place, origin.run, tags | {"data_hash": origin.digest, "git_commit": origin.code.commit})
            told.open(data.name, chosen.model_dump(mode="json"))
            samples = _stored(data, place / "samples.zarr")
            origin = origin.model_copy(update={"data": samples.digest()})
            found = _write(Work(samples.path, chosen, origin, place, told), place / "result", draw, workers)
            told.close(_outcome(found), sorted((place / "result" / "report" / "fit").glob("*.png")))
            _put(place / "result", folder, place / "before")
    return read(folder)


def _origin(data: DataSet, chosen: Settings) -> FitOrigin:
    """Where everything that is made comes from; the digest of the sample set follows when it is written.

    `digest` is of the words alone; `run`, the name of the data set with a fingerprint, changes also with their shape, lattice and
    dropped sites, the settings and the source code. A finished fit is recognised by `run`, a folder of other data by `digest`.
    """
    words, code = data.words, Code(**code_version(__name__))
    digest = hashlib.sha256(np.ascontiguousarray(words.x).tobytes()).hexdigest()[:32]
    label = None if data.label is None else hashlib.sha256(data.label.tobytes()).hexdigest()
    key = fingerprint(
        digest,
        words.x.shape,
        words.lattice,
        words.dropped,
        chosen.model_dump(mode="json"),
        data.name,
        code.source,
        label,
    )
    return FitOrigin(
        name=data.name, system=data.name, profile="fit", recording="recording", data="", run=f"{data.name}-{key}",
        code=code, digest=digest,
    )  # fmt: skip


def _stored(data: DataSet, path: Path) -> SampleSet:
    """The words in the scratch folder, written if they are not there yet."""
    return SampleSet(path) if path.exists() else store_words.write(data, path)


def _check_folder(folder: Path, digest: str) -> None:
    """Raises LatentfieldError where a folder holds anything but a fit of these data; one that is empty or not there is free."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    found = _record(folder)
    if found.get("digest") != digest:
        what = "the fit of other data, or of an earlier version," if found else "something else than a fit"
        raise LatentfieldError(f"{folder} holds {what}: choose another --name, or remove it")


def _put(result: Path, folder: Path, before: Path) -> None:
    """Move a finished result into place, and what stood there into the scratch folder, which is removed next.

    Between the two moves there is for an instant no folder at all, but never half of one.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(before, ignore_errors=True)
    if folder.exists():
        folder.rename(before)
    result.rename(folder)


def named(file: Path) -> str:
    """A name for the data set in a file: small letters, digits and underscores, a letter first, and not one of the pipeline's.

    It is the file's name without its ending; `ising.npy` becomes ising_data.
    """
    name = slug(file.stem)
    return f"{name}_data" if name in RESERVED else name


def slug(text: str) -> str:
    """Small letters, digits and underscores, a letter first: every other run of characters becomes one underscore.

    Text that does not begin with a letter then gets the prefix data_; nothing at all becomes "data".
    """
    name = re.sub("[^a-z0-9]+", "_", text.lower()).strip("_")
    return name if name[:1].isalpha() else f"data_{name}".strip("_")


def _record(folder: Path) -> dict[str, JsonValue]:
    """The record in a folder as it is, whatever wrote it; empty where there is none."""
    file = folder / FILE
    found = read_json(file) if file.is_file() else {}
    return found if isinstance(found, dict) else {}


def _finished(folder: Path, origin: FitOrigin) -> bool:
    """Whether the folder holds this very fit: the same words, name, settings and code."""
    return _record(folder).get("run") == origin.run


def _check(data: DataSet, chosen: Settings) -> None:
    """Raises LatentfieldError for a name, a split or a decoder that cannot be, before anything is trained."""
    words, name = data.words, data.name
    if name in RESERVED or slug(name) != name:
        raise LatentfieldError(
            f"--name: got {name!r}; allowed: small letters, digits and underscores, a letter first, and none of "
            f"{', '.join(RESERVED)}, which the pipeline uses"
        )
    allowed = data.schemes
    if chosen.split not in allowed:
        size = f"{words.x.shape[0]} repeats of {words.x.shape[1]} bins" if data.label is None else "data in parts"
        raise LatentfieldError(f"split: got {chosen.split!r}; allowed for {size}: {', '.join(allowed)}")
    shape(chosen.decoder, words.x.shape[2], words.lattice, len(words.dropped))


def _write(work: Work, result: Path, draw: Draw | None, workers: int) -> Conclusion:
    """The results in a folder, and what they conclude.

    All VAEs are copied, those that were not chosen too; the one that is shown has its theory beside its weights, so that it stands
    alone when it is registered.
    """
    found = study.run(work, workers)
    record, theory = found.record, found.theory.read_off(work.origin)
    shutil.rmtree(result, ignore_errors=True)
    shutil.copytree(work.path, result / work.path.name)
    for name in work.chosen.candidates:
        shutil.copytree(work.folder / name, result / "models" / name)
    theory.write(result / "models" / record.shown)
    theory.write(result / "theory" / record.name)
    np.save(result / PATTERNS, found.patterns)
    record.write(result / FILE)
    if draw:
        draw(record, found.tables, theory, found.theory_tables, result)
    return record.fit


def _outcome(found: Conclusion) -> dict[str, float]:
    """What a fit concludes, as metrics of its run.

    Nats per test word of every model, the number of latents chosen, 1 or 0 for faithful or not, and the nats missed.
    """
    numbers = {f"test/nats_{name}": nats for name, nats in found.baselines.items()}
    numbers |= {f"test/nats_d{rung.d}": rung.nats for rung in found.latents}
    return numbers | {
        "test/chosen": float(found.chosen),
        "test/faithful": float(found.faithful),
        "test/missing_nats": found.missing.value,
    }
