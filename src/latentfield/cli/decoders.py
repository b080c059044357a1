"""The commands `latentfield decoders ...`: what the model registry holds.

The registry is that of MLflow, in mlruns/mlflow.db beside dvc.yaml or at MLFLOW_TRACKING_URI. A model there is called
`latentfield-NAME`, NAME being an entry of `train` in params.yaml, a data set fitted by `latentfield fit`, or a study; commands take
it with or without the prefix. Every training of other content is a further version of it, and one version, the champion, is the one
that is meant where none is named (`tracking.champion` has the rules).
"""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

decoders = typer.Typer(help="Trained decoders in the model registry.", no_args_is_help=True)

"""The group; it is hung into the command by `cli.app`."""

WIDTH = 150
"""Columns of a table where there is no terminal to ask."""

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
"""The option `--json` of every command that has it: stdout then holds one JSON value."""
Spec = Annotated[str, typer.Argument(help="System and version or alias: hopfield@champion, hopfield@3, or hopfield.")]
"""The argument that names a registered version (`tracking.registered.resolve`); a name alone means its champion."""


@decoders.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the registered versions of every decoder, newest first.

    By name, each with its version, its aliases, -ELBO and rate on validation
    data in nats per configuration or word, where its data come from
    (recording, SURROGATE for synthetic words in place of one, none for a
    sampled system), the first digits of their hash, and the time (UTC) at
    which it was registered. Scores compare where the hashes agree.

    With --json a list of objects: name, version, aliases, system, metrics
    (every validation metric, by name), data_hash, created, recording,
    run_id. It is empty where nothing is registered.

    Example:

        latentfield decoders list --json

    Exit code 2 where the registry does not answer.
    """
    from latentfield.tracking.registered import list_decoders
    from latentfield.tracking.server import connect

    rows = list_decoders(connect())
    if as_json:
        print(json.dumps([dataclasses.asdict(row) for row in rows], default=str))
        return
    table = Table("model", "version", "aliases", "val -ELBO [nats]", "val rate [nats]", "recording", "data", "created")
    for row in rows:
        nats = [f"{row.metrics[name]:.3f}" for name in ("val_neg_elbo", "val_rate")]
        cells = [row.name, row.version, ", ".join(row.aliases), *nats, row.recording, row.data_hash[:8]]
        table.add_row(*cells, f"{row.created:%Y-%m-%d %H:%M}")
    Console(width=None if sys.stdout.isatty() else WIDTH).print(table)


@decoders.command()
def get(spec: Spec, to: Annotated[Path, typer.Option(help="New or empty folder to copy it to.")]) -> None:
    """Copy weights.safetensors and config.json of a decoder into a folder.

    Where a theory was read off it, theory.json and theory.safetensors come
    along. The files are compared with the digest under which they were
    registered; none of them runs code when it is read. Prints the folder.

    The folder serves in place of a name in Python:
    latentfield.load("copy").

    Examples:

        latentfield decoders get hopfield --to copy
        latentfield decoders get hopfield@3 --to hopfield-3

    Exit code 2 for a version that does not exist (those there are are
    listed), a folder that is not empty, and files that are not those
    registered; nothing is left in the folder then.
    """
    from latentfield.tracking.registered import fetch
    from latentfield.tracking.server import connect

    print(fetch(connect(), spec, to))


@decoders.command()
def promote(spec: Spec) -> None:
    """Make a version the champion of its system, whatever its score.

    The alias `champion` moves to it, and it is what a name without a version
    means from now on. No version is changed or removed. A version registered
    later takes the alias over as always: with a lower -ELBO on the same
    data, or as the first from real data after a surrogate.

    Example:

        latentfield decoders promote hopfield@3

    Exit code 2 for a version that does not exist.
    """
    from latentfield.tracking.registry import promote as make_champion
    from latentfield.tracking.server import connect

    version = make_champion(connect(), spec)
    print(f"{version.name} version {version.version} is {version.reason}")


@decoders.command()
def show(spec: Spec, as_json: AsJson = False) -> None:
    """Print the theory that was read off a decoder: its parameters, scores and, as JSON, its arrays.

    Of a Hopfield network its patterns, of a Curie-Weiss model its coupling,
    of a nematic order tensor and molecular field, of a recording with a
    linear decoder field, patterns and cumulants; of other decoders that
    there is none, and why. Temperatures are in units of J. The table names
    the arrays and their shapes.

    With --json an object: the record (theory.json) and `arrays`, by name,
    each a nested list.

    Examples:

        latentfield decoders show curie_weiss
        latentfield decoders show hopfield@3 --json

    Exit code 2 for a version that does not exist, or from which nothing has
    been decoded yet.
    """
    import tempfile

    from latentfield.decoding import theory
    from latentfield.errors import LatentfieldError
    from latentfield.report.page.theory_table import lines
    from latentfield.tracking.registered import fetch
    from latentfield.tracking.server import connect

    with tempfile.TemporaryDirectory() as folder:
        found = theory.read(fetch(connect(), spec, Path(folder) / "model"))
    if found is None:
        raise LatentfieldError(f"no theory was decoded from {spec} yet; `latentfield run` decodes and attaches it")
    if as_json:
        print(
            json.dumps(
                found.record.plain() | {"arrays": {name: array.tolist() for name, array in found.arrays.items()}}
            )
        )
        return
    table = Table(f"theory of {found.record.name}", found.record.kind.replace("_", " "))
    for name, value in lines(found.record):
        table.add_row(name, value)
    for name, array in found.arrays.items():
        table.add_row(f"array {name}", " x ".join(map(str, array.shape)))
    Console(width=None if sys.stdout.isatty() else WIDTH).print(table)
