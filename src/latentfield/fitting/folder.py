"""A fit of anyone's recording, from an array or a file to a folder of results: what `latentfield fit` and `latentfield.fit` share.

    samples.zarr        the words, with their splits
    fit.json            everything that was measured and concluded
    patterns.npy        of the chosen number of latents, (d, sites)
    models/             each VAE; the one that is shown with its theory
    theory/NAME         that theory
    report/index.html   one file, and beside it the tables and figures that it is made of

A folder is finished or not there: unfinished work waits in a scratch folder, whose name changes with data, settings and code.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from threadpoolctl import threadpool_limits

from latentfield.decoding.theory import Theory
from latentfield.errors import LatentfieldError
from latentfield.fitting import study
from latentfield.fitting.result import FILE, PATTERNS, Result, read
from latentfield.fitting.settings import Settings, shape
from latentfield.fitting.theory import Tables
from latentfield.fitting.training import Observer, Record
from latentfield.recordings import store_words
from latentfield.recordings.retina import NAME as RETINA
from latentfield.recordings.words import Words
from latentfield.samples.splits import schemes
from latentfield.samples.store import SampleSet
from latentfield.systems.table import SYSTEMS
from latentfield.workspace.provenance import code_version, fingerprint
from latentfield.workspace.root import THREADS
from latentfield.workspace.scratch import scratch_folder

RESERVED = (*SYSTEMS, RETINA)
"""Names of the pipeline's own data sets."""


Draw = Callable[[Record, Tables, Theory, Tables, Path], None]
"""Writes the report of a fit to its folder, from its record, its tables, its theory and the tables of that."""


class Runs(Observer, Protocol):
    """Who is told of a fit and its VAEs."""

    def open(self, name: str, settings: Record) -> None:
        """The fit begins, or goes on."""

    def close(self, numbers: Mapping[str, float], figures: Iterable[Path]) -> None:
        """The fit is done: its outcome, and what was drawn."""


def fit(
    words: Words,
    name: str,
    chosen: Settings,
    origin: dict[str, Any],
    folder: Path,
    scratch: Path,
    *,
    draw: Draw | None,
    runs: Callable[[Path, str, Mapping[str, str]], Runs],
    workers: int = 1,
) -> Result:
    """Fit words and write the results to a folder; a finished fit of the same words and settings by the same code is only read.

    `origin` says where the words come from; `draw` makes the report, if there is to be one; `runs` tells MLflow, given the folder
    at work, the key of the run and its tags; `workers` processes share the work. Raises LatentfieldError for a name that the
    pipeline uses itself, a split that the words do not have, a decoder that their sites do not allow, and a folder that holds
    something else.
    """
    _check(words, name, chosen)
    digest = hashlib.sha256(np.ascontiguousarray(words.x)).hexdigest()[:32]
    code = code_version(__name__)
    key = fingerprint(
        digest, words.x.shape, words.lattice, words.dropped, chosen.model_dump(mode="json"), name, code["source"]
    )
    run = f"{name}-{key}"
    _check_folder(folder, digest)
    if _record(folder).get("run") == run:
        return read(folder)
    provenance = {
        "name": name, "system": name, "profile": "fit", "recording": "recording", "words": digest, "code": code, "run": run,
    }  # fmt: skip
    with threadpool_limits(THREADS), scratch_folder(scratch / f"fit-{run}") as work:
        # Another process may have finished the same fit while this one waited for the folder.
        if _record(folder).get("run") != run:
            tags = {key: provenance[key] for key in ("system", "profile", "recording")} | {"data_hash": digest}
            told = runs(work, run, tags | {"git_commit": code["commit"]})
            told.open(name, chosen.model_dump(mode="json"))
            _write(words, chosen, origin, provenance, work, draw, workers, told)
            _put(work / "result", folder, work / "before")
    return read(folder)


def _check_folder(folder: Path, digest: str) -> None:
    """Raises LatentfieldError where a folder holds anything but a fit of these data."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    if _record(folder).get("words") != digest:
        what = "the fit of other data" if _record(folder) else "something else than a fit"
        raise LatentfieldError(f"{folder} holds {what}: choose another --name, or remove it")


def _put(result: Path, folder: Path, before: Path) -> None:
    """Move a finished result into place, and what stood there into the scratch folder."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(before, ignore_errors=True)
    if folder.exists():
        folder.rename(before)
    result.rename(folder)


def named(file: Path) -> str:
    """A name for the data set in a file: small letters, digits and underscores, a letter first, and not one of the pipeline's."""
    name = slug(file.stem)
    return f"{name}_data" if name in RESERVED else name


def slug(text: str) -> str:
    """Small letters, digits and underscores, a letter first."""
    name = re.sub("[^a-z0-9]+", "_", text.lower()).strip("_")
    return name if name[:1].isalpha() else f"data_{name}".strip("_")


def _record(folder: Path) -> dict[str, Any]:
    file = folder / FILE
    return json.loads(file.read_text()) if file.is_file() else {}


def _check(words: Words, name: str, chosen: Settings) -> None:
    if name in RESERVED or slug(name) != name:
        raise LatentfieldError(
            f"--name: got {name!r}; allowed: small letters, digits and underscores, a letter first, and none of "
            f"{', '.join(RESERVED)}, which the pipeline uses"
        )
    allowed = schemes(*words.x.shape[:2])
    if chosen.split not in allowed:
        size = f"{words.x.shape[0]} repeats of {words.x.shape[1]} bins"
        raise LatentfieldError(f"split: got {chosen.split!r}; allowed for {size}: {', '.join(allowed)}")
    shape(chosen.decoder, words.x.shape[2], words.lattice, len(words.dropped))


def _write(
    words: Words,
    chosen: Settings,
    origin: dict[str, Any],
    provenance: dict[str, Any],
    work: Path,
    draw: Draw | None,
    workers: int,
    runs: Runs,
) -> None:
    """The results in work/result."""
    path = work / "samples.zarr"
    data = (
        SampleSet(path) if path.exists() else store_words.write(words, path, origin | {"system": provenance["system"]})
    )
    provenance = provenance | {"data": data.digest()}
    found = study.run(data, chosen, provenance, work, workers, runs)
    record = provenance | {
        "seed": chosen.seed, "shown": found.name, "prior": found.vae.architecture.prior.kind,
        "sites": list(found.vae.architecture.shape), "samples": data.n_samples,
        "dropped_sites": words.dropped, "duplicate_sites": words.duplicates, "origin": origin,
    } | found.record  # fmt: skip
    theory = found.theory._replace(record=provenance | found.theory.record)
    result = work / "result"
    shutil.rmtree(result, ignore_errors=True)
    shutil.copytree(path, result / "samples.zarr")
    for name in chosen.vaes:
        shutil.copytree(work / name, result / "models" / name)
    theory.write(result / "models" / found.name)
    theory.write(result / "theory" / provenance["name"])
    np.save(result / PATTERNS, found.patterns)
    (result / FILE).write_text(json.dumps(record, indent=2) + "\n")
    if draw:
        draw(record, found.tables, theory, found.theory_tables, result)
    runs.close(_outcome(record["fit"]), sorted((result / "report" / "fit").glob("*.png")))


def _outcome(found: dict[str, Any]) -> dict[str, float]:
    """What a fit concludes, as metrics of its run."""
    numbers = {f"test/nats_{name}": nats for name, nats in found["baselines"].items()}
    numbers |= {f"test/nats_d{row['d']}": row["nats"] for row in found["latents"]}
    return numbers | {f"test/{name}": float(found[name]) for name in ("chosen", "faithful", "missing_nats")}
