"""A fit of anyone's recording, from an array or a file to a folder of results: what `latentfield fit` and `latentfield.fit` share.

    samples.zarr        the words, with their splits
    fit.json            everything that was measured and concluded
    patterns.npy        of the chosen number of latents, (d, sites)
    models/dNN          each VAE; the one that is shown with its theory
    theory/NAME         that theory
    report/index.html   one file, and beside it the tables and figures that it is made of

A folder is finished or not there: unfinished work waits in a scratch folder, whose name changes with data, settings and code.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from latentfield.decoding import theory as theories
from latentfield.decoding.theory import Theory
from latentfield.errors import LatentfieldError
from latentfield.fitting import study
from latentfield.fitting.settings import Settings, shape
from latentfield.provenance import code_version, fingerprint
from latentfield.recordings import importing
from latentfield.recordings.splits import schemes
from latentfield.recordings.words import Words
from latentfield.report import own
from latentfield.scratch import scratch_folder
from latentfield.stages import THREADS
from latentfield.store import SampleSet, replace
from latentfield.systems.retina import NAME as RETINA
from latentfield.systems.table import SYSTEMS
from latentfield.vae import model
from latentfield.vae.model import VAE

ROOMS = ("fitting", "recordings", "decoding", "measures", "vae", "store.py")
"""Sources that a fit depends on."""
FILE, PATTERNS = "fit.json", "patterns.npy"


@dataclass(frozen=True)
class Result:
    """What a fit found; see the module `latentfield.fitting.choice` for what the words mean."""

    n_samples: int
    n_sites: int
    """Sites that were fitted."""
    dropped_sites: list[int]
    """Numbers, in the data, of the sites that never change."""
    split: str
    latents: list[dict[str, Any]]
    """For each number of latents: d, nats per held-out word, se, rate, tc, tc_floor (TC at least)."""
    baselines: dict[str, float]
    """Nats per held-out word of models without latents."""
    chosen: int
    faithful: bool
    missing_nats: float
    """Nats per word that the chosen model misses, at least."""
    verdict: str
    patterns: NDArray
    """±1 where the latents act along sign vectors, else the change of every half-logit with each latent; (chosen, sites)."""
    model: VAE
    """That of the chosen number of latents; where none is needed, of the fewest."""
    theory: Theory
    """What was read off it."""
    record: dict[str, Any]
    """Everything measured."""


def fit(
    words: Words,
    name: str,
    chosen: Settings,
    origin: dict[str, Any],
    folder: Path,
    scratch: Path,
    report: bool = True,
    workers: int = 1,
) -> Result:
    """Fit words and write the results to a folder; a finished fit of the same words and settings by the same code is only read.

    `origin` says where the words come from; without `report` no page is drawn; `workers` processes share the work. Raises
    LatentfieldError for a name that the pipeline uses itself, a split that the words do not have, and for a decoder that their
    sites do not allow.
    """
    _check(words, name, chosen)
    digest = hashlib.sha256(np.ascontiguousarray(words.x)).hexdigest()[:32]
    code = code_version(*ROOMS)
    key = fingerprint(
        digest, words.x.shape, words.lattice, words.dropped, chosen.model_dump(mode="json"), name, code["source"]
    )
    run = f"{name}-{key}"
    if _run_of(folder) != run:
        provenance = {
            "name": name,
            "system": name,
            "profile": "fit",
            "recording": "recording",
            "code": code,
            "run": run,
        }
        with threadpool_limits(THREADS), scratch_folder(scratch / f"fit-{run}") as work:
            _write(words, chosen, origin, provenance, work, report, workers)
            replace(work / "result", folder)
    return read(folder)


def slug(text: str) -> str:
    """A name for a data set out of that of its file: small letters, digits and underscores, a letter first."""
    name = re.sub("[^a-z0-9]+", "_", text.lower()).strip("_")
    return name if name[:1].isalpha() else f"data_{name}"


def read(folder: Path) -> Result:
    """The result in the folder of a finished fit."""
    record = json.loads((folder / FILE).read_text())
    fitted = record["fit"]
    vae = model.load(folder / "models" / record["shown"])
    vae.theory = theories.read(folder / "theory" / record["name"])
    rows = [{key: row[key] for key in ("d", "nats", "se", "rate", "tc", "tc_floor")} for row in fitted["latents"]]
    return Result(
        n_samples=record["samples"],
        n_sites=int(np.prod(record["sites"])),
        dropped_sites=record["dropped_sites"],
        split=record["split"],
        latents=rows,
        patterns=np.load(folder / PATTERNS),
        model=vae,
        theory=vae.theory,
        record=record,
        **{key: fitted[key] for key in ("baselines", "chosen", "faithful", "missing_nats", "verdict")},
    )


def _run_of(folder: Path) -> str | None:
    file = folder / FILE
    return json.loads(file.read_text())["run"] if file.is_file() else None


def _check(words: Words, name: str, chosen: Settings) -> None:
    if name in SYSTEMS or name == RETINA or slug(name) != name:
        used = ", ".join((*SYSTEMS, RETINA))
        raise LatentfieldError(
            f"name: got {name!r}; allowed: small letters, digits and underscores, a letter first, and none of {used}, which the "
            "pipeline uses"
        )
    allowed = schemes(len(words.x))
    if chosen.split not in allowed:
        raise LatentfieldError(f"split: got {chosen.split!r}; allowed for {len(words.x)} repeats: {', '.join(allowed)}")
    shape(chosen.decoder, words.x.shape[2], words.lattice, len(words.dropped))


def _write(
    words: Words,
    chosen: Settings,
    origin: dict[str, Any],
    provenance: dict[str, Any],
    work: Path,
    report: bool,
    workers: int,
) -> None:
    """The results in work/result."""
    path = work / "samples.zarr"
    data = SampleSet(path) if path.exists() else importing.write(words, path, origin | {"system": provenance["system"]})
    provenance = provenance | {"data": data.digest()}
    found = study.run(data, chosen, provenance, work, workers)
    record = provenance | {
        "seed": chosen.seed, "shown": found.name, "prior": found.vae.config["prior"]["kind"],
        "sites": found.vae.config["shape"], "samples": data.n_samples,
        "dropped_sites": words.dropped, "duplicate_sites": words.duplicates, "origin": origin,
    } | found.record  # fmt: skip
    theory = found.theory._replace(record=provenance | found.theory.record)
    result = work / "result"
    shutil.rmtree(result, ignore_errors=True)
    shutil.copytree(path, result / "samples.zarr")
    for name in {*(chosen.name(d) for d in chosen.latents), found.name}:
        shutil.copytree(work / name, result / "models" / name)
    theory.write(result / "models" / found.name)
    theory.write(result / "theory" / provenance["name"])
    np.save(result / PATTERNS, found.patterns)
    if report:
        own.write(record, found.tables, theory, found.theory_tables, result)
    (result / FILE).write_text(json.dumps(record, indent=2) + "\n")
