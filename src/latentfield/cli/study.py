"""The command `latentfield study`: does a VAE fail exactly where its rate is below what a cut asks for?

For every VAE and every cut (A, B) of the sites, rate + gap >= I(A; B) (`studies.capacity.criterion`): a VAE whose gap is zero needs
a rate of at least the largest information across a cut. The study trains VAEs of growing capacity on Hopfield networks and Ising
models, and counts how often that foretells which are faithful, on those whose information across a cut is known.

The stage `sweep` of the pipeline calls `carry_out`; the command draws the figure too, and tells MLflow.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from latentfield.cli.decoders import AsJson

if TYPE_CHECKING:
    from latentfield.studies.capacity.record import CapacityRecord
    from latentfield.tracking.trial_runs import TrialRuns

VARIABLE = "LATENTFIELD_OPTUNA_STORAGE"
"""Environment variable that names the database of the trials where `--storage` does not, as SQLAlchemy writes addresses."""
COUNTS = {
    "trials": "VAEs measured",
    "judged": "on systems of which a cut is known",
    "faithful_above": "faithful, rate above every known cut",
    "faithful_below": "faithful, rate below a cut, as a gap within the tolerance allows",
    "faithful_below_by_more_than_gap": "of these, below it by more than their gap: must be 0",
    "unfaithful_below": "not faithful, rate below a cut: foretold",
    "unfaithful_above": "not faithful, rate above every known cut: the criterion is necessary, not sufficient",
    "undecided": "gap within two standard errors of the tolerance",
    "contradictions": "any VAE, rate + gap below a cut: must be 0",
}
"""Counts of the record (`studies.capacity.criterion.counts`) in the order of the table, and what they say; `foretold` is not shown.

A rate is below a cut if it is by more than two standard errors, else above. A VAE is faithful if its gap and two standard errors of
it are at most `sweep.tolerance` nats.
"""


def study(
    full: Annotated[
        bool, typer.Option("--full", help="The full study, half an hour on two cores, instead of the pipeline's.")
    ] = False,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; by default as params.yaml says.")] = None,
    storage: Annotated[
        str | None,
        typer.Option(help=f"Database of the trials; ${VARIABLE}, else mlruns/optuna.db.", show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Train VAEs of growing capacity on systems of growing information, and say where they break.

    Stopped at any time, the same command goes on from there.

    Needs params.yaml (block `sweep`) and no earlier results: it draws its
    own samples. Trials that are done are kept in the storage, and are found
    again as long as parameters, seed and code are the same. Several
    machines may share the work through a database server.

    Writes reports/studies/capacity.json, .png and .svg; with --full
    capacity_full.*, and more instances and capacities. Prints how often the
    criterion told beforehand which VAEs are faithful. Each trial becomes an
    MLflow run, at the next `make` if MLflow does not answer now.

    With --json the record, as in the file.

    Examples:

        latentfield study
        latentfield study --full --workers 8
        latentfield study --storage postgresql://user@host/trials

    Exit code 2 where params.yaml is wrong, the storage cannot be opened, or
    workers fail before all trials are done.
    """
    from latentfield.report.figures.studies import capacity as capacity_study

    outcome, record = carry_out(full, workers, storage), _record(full)
    capacity_study.draw(outcome, record.parent, record.stem)
    _upload()
    if as_json:
        print(json.dumps(outcome.plain()))
        return
    from rich.table import Table

    table = Table("capacity study", "VAEs")
    for name, meaning in COUNTS.items():
        table.add_row(meaning, str(getattr(outcome.counts, name)))
    Console().print(table)
    print(f"record: {record}\nfigure: {record.with_suffix('.png')}")


def carry_out(full: bool, workers: int | None = None, storage: str | None = None) -> CapacityRecord:
    """Run what is left of the study, tell the journals of its trials, write its record, and return it.

    `full` takes the block `sweep.full`, else `sweep.default`. `workers` processes are spawned, so that a script that calls this
    needs `if __name__ == "__main__"`; without a number there are `sweep.workers`. `storage` is a database as SQLAlchemy writes
    addresses; without one, that of the environment variable VARIABLE, else the SQLite file mlruns/optuna.db of the checkout.

    The record depends on parameters, seed and code; a study whose trials are all in the storage is only collected. Raises
    LatentfieldError for wrong parameters, a storage that cannot be opened, and workers that failed.
    """
    from latentfield.pipeline import params
    from latentfield.studies.capacity.storage import Storage
    from latentfield.studies.capacity.study import Workshop
    from latentfield.studies.capacity.study import study as run
    from latentfield.tracking.trial_runs import TrialRuns
    from latentfield.workspace.root import project_root, scratch

    parameters = params.load()
    sweep, root = parameters.sweep, project_root()
    address = storage or os.environ.get(VARIABLE) or f"sqlite:///{root / 'mlruns' / 'optuna.db'}"
    observer = TrialRuns(root, {"study": "capacity", "profile": parameters.profile})
    columns = (TextColumn("capacity study"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=None)
        outcome = run(
            sweep.full if full else sweep.default,
            sweep.tolerance,
            parameters.seed,
            workshop=Workshop(workers or sweep.workers, Storage(address, sweep.heartbeat), scratch()),
            observer=observer,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    _close_parents(observer, outcome)
    outcome.write(_record(full))
    return outcome


def _record(full: bool) -> Path:
    """Place of the record, relative to the working directory; the figure stands beside it under the same stem."""
    from latentfield.pipeline.stage import REPORTS

    return REPORTS / "studies" / ("capacity_full.json" if full else "capacity.json")


def _close_parents(observer: TrialRuns, outcome: CapacityRecord) -> None:
    """The runs of the studies end with what a user would look for first.

    Nats: the information across each known cut, and the rates of the smallest sufficient and the largest insufficient VAE.
    """
    for instance in outcome.instances:
        numbers = {f"cut/{name}": cut.value for name, cut in instance.cuts.items()}
        for name in ("smallest_sufficient", "largest_insufficient"):
            trial = getattr(instance, name)
            if trial:
                numbers[f"{name}/rate"] = trial.rate.value
        observer.finish(instance.study, numbers)


def _upload() -> None:
    """Bring MLflow up to date, if it answers; else say so and go on: the trials are in the journals."""
    from latentfield.tracking.connection import TrackingUnavailable
    from latentfield.tracking.journal import journal_file
    from latentfield.tracking.replay import sync
    from latentfield.tracking.server import connect
    from latentfield.workspace.root import project_root

    try:
        sync(connect(), journal_file(project_root(), "").parent)
    except TrackingUnavailable as error:
        message = f"warning: {error} Nothing is lost: the next `make` uploads the trials."
        Console(stderr=True, soft_wrap=True).print(message, style="yellow", markup=False, highlight=False)
