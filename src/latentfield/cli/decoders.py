"""The commands `latentfield decoders ...`: what the model registry holds."""

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

WIDTH = 150
"""Columns of a table where there is no terminal to ask."""

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Spec = Annotated[str, typer.Argument(help="System and version or alias: hopfield@champion, hopfield@3, or hopfield.")]


@decoders.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the registered versions of every decoder, newest first."""
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
    """Copy weights.safetensors and config.json of a decoder into a folder."""
    from latentfield.tracking.registered import fetch
    from latentfield.tracking.server import connect

    print(fetch(connect(), spec, to))


@decoders.command()
def promote(spec: Spec) -> None:
    """Make a version the champion of its system, whatever its score."""
    from latentfield.tracking.registry import promote as make_champion
    from latentfield.tracking.server import connect

    version = make_champion(connect(), spec)
    print(f"{version.name} version {version.version} is {version.reason}")


@decoders.command()
def show(spec: Spec, as_json: AsJson = False) -> None:
    """Print the theory that was read off a decoder: its parameters, scores and, as JSON, its arrays."""
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
