"""The `latentfield` command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from latentfield.cli.decoders import AsJson, decoders
from latentfield.cli.fit import Fit
from latentfield.cli.study import study
from latentfield.errors import LatentfieldError

commands = typer.Typer(
    help="Find out whether a many-body data set has a latent mean-field theory, and look at what was found.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
commands.add_typer(decoders, name="decoders")
commands.command("fit")(Fit)
commands.command()(study)

STUDIES = "pipelines/dvc.yaml"
"""Where the stages are that `dvc repro` leaves alone unless asked."""


def app() -> None:
    """Run the command; a mistake of the user is one message and exit code 2."""
    try:
        commands()
    except LatentfieldError as error:
        Console(stderr=True, soft_wrap=True).print(f"error: {error}", style="bold red", markup=False, highlight=False)
        raise SystemExit(2) from None


@commands.command()
def run(
    targets: Annotated[list[str] | None, typer.Argument(help="Stages, e.g. train@ising; all by default.")] = None,
) -> None:
    """Check params.yaml, bring the pipeline up to date (dvc repro) and print the results."""
    from latentfield.pipeline import params

    params.load()
    environment = os.environ | {"DVC_NO_ANALYTICS": "1", "MLFLOW_DISABLE_TELEMETRY": "true"}
    # Threads that spin while they wait slow a shared machine down ten times.
    environment.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    _repro(environment, *(targets or []))
    if any(target.startswith(STUDIES) for target in targets or []):
        # The pipeline does not depend on the studies, which need not have been made.
        _repro(environment, "--single-item", "--force", "draw", "register", "report")
    summary()


def _repro(environment: dict[str, str], *arguments: str) -> None:
    done = subprocess.run([sys.executable, "-m", "dvc", "repro", *arguments], env=environment, check=False)
    if done.returncode:
        raise typer.Exit(2 if done.returncode == 255 else done.returncode)


@commands.command()
def check() -> None:
    """Check params.yaml, and say what is wrong with it."""
    from latentfield.pipeline import params

    parameters = params.load()
    print(f"{params.FILE} is valid (profile {parameters.profile})")


@commands.command()
def profile(
    name: Annotated[str, typer.Argument(help="laptop, or paper: the scale of the paper, for one GPU.")],
) -> None:
    """Write the values of a profile into params.yaml."""
    from latentfield.pipeline import profiles

    profiles.choose(name)
    print(f"params.yaml now holds the profile {name!r}; run `make` or `latentfield run`")


@commands.command()
def summary(as_json: AsJson = False) -> None:
    """Print the results of the last run: nats, references, registered versions, and where the report is."""
    from latentfield.pipeline.stage import REPORTS
    from latentfield.records.measured import read_measured
    from latentfield.records.registered import read_registry
    from latentfield.records.summary import summarised
    from latentfield.report.page.tables import print_summary

    metrics, registered = read_measured(REPORTS / "metrics"), read_registry(REPORTS / "registry.json")
    if as_json:
        print(json.dumps({name: row.plain() for name, row in summarised(metrics, registered).items()}))
        return
    if not metrics:
        raise LatentfieldError(f"there are no results in {REPORTS / 'metrics'}; run `make` or `latentfield run` first")
    print_summary(metrics, registered)
    print(f"report: {(REPORTS / 'index.html').resolve()}\nruns:   {Path(sys.executable).parent / 'latentfield'} ui")


@commands.command()
def ui(port: Annotated[int, typer.Option(help="Port on this machine.")] = 5000) -> None:
    """Serve the MLflow pages of this project's runs and models on http://127.0.0.1:PORT, until Ctrl-C."""
    from latentfield.tracking.server import connect
    from latentfield.workspace.root import project_root

    uri = connect().uri
    if uri.startswith("http"):
        print(f"runs and models are served at {uri}")
        return
    artifacts = (project_root() / "mlruns" / "artifacts").as_uri()
    command = [
        sys.executable,
        "-m",
        "mlflow",
        "server",
        "--backend-store-uri",
        uri,
        "--default-artifact-root",
        artifacts,
    ]
    environment = os.environ | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}
    command += ["--no-serve-artifacts", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    raise typer.Exit(subprocess.run(command, env=environment, check=False).returncode)


@commands.command()
def verify(
    store: Annotated[Path, typer.Argument(help="A sample set, e.g. data/samples/ising.zarr.")], as_json: AsJson = False
) -> None:
    """Check every checksum of a sample set and name the chunks that are damaged or missing (exit code 1)."""
    from latentfield.samples.store import SampleSet

    damaged = SampleSet(store).damaged()
    if as_json:
        print(json.dumps({"store": str(store), "damaged": damaged}))
    else:
        print("\n".join(f"{store}: damaged chunk {name}" for name in damaged) or f"{store}: every chunk is sound")
    raise typer.Exit(1 if damaged else 0)


@commands.command()
def exact(
    system: Annotated[str, typer.Argument(help="Its name, as in the block `sample` of params.yaml.")],
    size: Annotated[int, typer.Option(help="Edge L of the square of N = L² sites.")],
    temperature: Annotated[float, typer.Option(help="T in units of the coupling J.")],
    patterns: Annotated[int | None, typer.Option(help="Hopfield: number P of patterns.")] = None,
    pattern_seed: Annotated[int | None, typer.Option(help="Hopfield: seed of the patterns (0).")] = None,
    as_json: AsJson = False,
) -> None:
    """Print what is known in closed form: ln Z, energy, entropy, total correlation, information across cuts."""
    from latentfield.information.known import LABELS, known, model

    asked = {"size": size, "patterns": patterns, "pattern_seed": pattern_seed}
    chosen = model(system, temperature, **{key: value for key, value in asked.items() if value is not None})
    values, reasons = known(chosen, temperature)
    if as_json:
        print(json.dumps(values | {"reasons": reasons}))
        return
    table = Table(f"{system}, N = {chosen.n_sites}, T = {temperature:g}", "value")
    for name, value in values.items():
        table.add_row(LABELS[name], f"unknown: {reasons[name]}" if value is None else f"{value:.9g}")
    Console().print(table)
