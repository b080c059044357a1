"""The `latentfield` command.

Commands import what they need when they are called: `latentfield --help` loads neither torch nor MLflow.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from latentfield.cli.decoders import AsJson, decoders
from latentfield.cli.exact import exact
from latentfield.cli.fit import Fit
from latentfield.cli.study import study
from latentfield.errors import LatentfieldError

commands = typer.Typer(
    help="Find out whether a many-body data set has a latent mean-field theory, and look at what was found.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
"""The command and its groups; called without `app`, it raises the LatentfieldError of a mistake."""
commands.add_typer(decoders, name="decoders")
commands.command("fit")(Fit)
commands.command()(exact)
commands.command()(study)


def app() -> None:
    """Run the command; a mistake of the user is one message and exit code 2.

    That is a `LatentfieldError`, or an option that does not exist. Any other exception is a fault of the program: its traceback is
    shown, and the exit code is 1. This is the entry point of the installed script.
    """
    try:
        commands()
    except LatentfieldError as error:
        Console(stderr=True, soft_wrap=True).print(f"error: {error}", style="bold red", markup=False, highlight=False)
        raise SystemExit(2) from None


@commands.command()
def run(
    targets: Annotated[list[str] | None, typer.Argument(help="Stages, e.g. train@ising; all by default.")] = None,
    jobs: Annotated[
        int | None, typer.Option(help="Stages at a time; 2 by default, 1 on a GPU or one core.", min=1)
    ] = None,
) -> None:
    """Check params.yaml, bring the pipeline up to date (dvc repro) and print the results.

    Nothing runs before the whole of params.yaml is valid. Then DVC runs
    every stage whose parameters, data or code have changed since it ran
    last; the others are left as they are.

    A stage is named as in dvc.yaml, `NAME@ENTRY` where it is made for each
    entry of a block. Where stages are named, only they and those that they
    need are run. The studies stand in a file of their own, and run only
    when they are named; figures, registry and report are then made anew.

    Examples:

        latentfield run
        latentfield run evaluate@ising
        latentfield run pipelines/dvc.yaml:latents

    Without targets, stages that do not need one another run side by side,
    --jobs of them, each on one thread; the results are the same for any
    number. Ctrl-C ends them all.

    Writes data/samples, models, theory and reports; the page to read is
    reports/index.html.

    Exit code 2 where params.yaml is wrong, a stage is unknown or one fails.
    What was done until then is kept: the same command goes on from there.
    """
    from latentfield.pipeline.launch import launch

    if code := launch(targets or [], jobs):
        # DVC leaves with 255 where a stage fails.
        raise typer.Exit(2 if code == 255 else code)
    summary()


@commands.command()
def check() -> None:
    """Check params.yaml, and say what is wrong with it.

    Reads the file in the working directory and nothing else, in seconds.
    Every mistake of a key or a value is a line: its path, what was got, what
    is allowed. Whether data and networks fit each other (a lattice that a
    network halves twice, the split of a recording) is looked at when there
    is no such mistake, and the first that do not fit are named.

    Exit code 0 and the name of the profile where the file is valid, else 2.
    """
    from latentfield.pipeline import params

    parameters = params.load()
    print(f"{params.FILE} is valid (profile {parameters.profile})")


@commands.command()
def profile(
    name: Annotated[str, typer.Argument(help="laptop, or paper: the scale of the paper, for one GPU.")],
) -> None:
    """Write the values of a profile into params.yaml.

    A profile is a file of values, profiles/NAME.yaml. Those it names replace
    the ones in params.yaml; everything else, comments included, stays. The
    way back is the other profile. Nothing is run: DVC sees the new values
    with the next `latentfield run`, and runs again what depends on them.

    Example:

        latentfield profile paper

    Exit code 2 for a profile that does not exist, and where the result would
    not be valid; params.yaml is then as it was.
    """
    from latentfield.pipeline import profiles

    profiles.choose(name)
    print(f"params.yaml now holds the profile {name!r}; run `make` or `latentfield run`")


@commands.command()
def summary(as_json: AsJson = False) -> None:
    """Print the results of the last run: nats, references, registered versions, and where the report is.

    Reads reports/metrics/NAME.json of every VAE and reports/registry.json;
    nothing is computed. A line for each VAE: -ELBO and rate in nats per
    held-out configuration (or word), the entropy of the data where it is
    known, the gap -ELBO - entropy, or for a recording the nats of
    independent cells and the importance-weighted bound, and the total
    correlation TC that the latents leave. Errors are one standard error.

    With --json an object by the names of the VAEs: everything that was
    measured, and `registered`, the version it has become.

    Example, the gap of one VAE in nats:

        latentfield summary --json | jq .ising.gap.value

    Exit code 2 where a record is damaged, or there is none; with --json the
    object is then empty, and the exit code 0.
    """
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
    """Serve the MLflow pages of this project's runs and models on http://127.0.0.1:PORT, until Ctrl-C.

    The store is mlruns/mlflow.db beside dvc.yaml; it is made where there is
    none. The pages are served to this machine alone, without a password.

    Where MLFLOW_TRACKING_URI names a server (http://...), the runs are there
    already: its address is printed, and nothing is started.

    Ends with the exit code of the server; 2 where the store cannot be
    opened or the named server does not answer.
    """
    from latentfield.tracking.server import connect
    from latentfield.workspace.root import project_root

    connection = connect()
    uri = connection.uri
    if uri.startswith("http"):
        print(f"runs and models are served at {connection.place}")
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
    """Check every checksum of a sample set and name the chunks that are damaged or missing (exit code 1).

    Every array of the store is read once, chunk by chunk, and compared with
    the CRC-32C that was written with it. A chunk that holds the fill value
    (0 for spins, NaN for numbers), which no sample has, counts as missing.

    With --json an object: `store`, and `damaged`, a list of names such as
    samples[3, 400:600], the group (temperature or repeat) and its samples.

    Example:

        latentfield verify data/samples/ising.zarr

    Exit code 0 where all is sound, 1 where a chunk is not, 2 where the
    folder is no sample set.
    """
    from latentfield.samples.store import SampleSet

    damaged = SampleSet(store).damaged()
    if as_json:
        print(json.dumps({"store": str(store), "damaged": damaged}))
    else:
        print("\n".join(f"{store}: damaged chunk {name}" for name in damaged) or f"{store}: every chunk is sound")
    raise typer.Exit(1 if damaged else 0)
