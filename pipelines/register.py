"""Stage `register`: bring MLflow up to date and register every trained VAE. Runs every time; usage: python pipelines/register.py

It starts from the model folders and the metrics on disk, so it also works when DVC restored both from its cache and
nothing ran. Journals of runs that could not reach the tracking server are uploaded first. Where nothing has changed since
the last time, here or in the project's own store, it does nothing.
"""

import warnings
from pathlib import Path

from pydantic import JsonValue
from rich.progress import track

from latentfield.pipeline import always
from latentfield.pipeline.stage import MODELS, REPORTS, STUDIES, THEORIES, run
from latentfield.records.base import checked, read_json
from latentfield.records.measured import MEASURED, Measured
from latentfield.records.registered import Registered
from latentfield.tracking.connection import Connection, TrackingUnavailable
from latentfield.tracking.journal import Journal, journal_file
from latentfield.tracking.logged_model import read_record
from latentfield.tracking.registry import attach, register
from latentfield.tracking.replay import run_id, sync, upload
from latentfield.tracking.server import connect
from latentfield.tracking.tags import estimates, run_tags, scores
from latentfield.workspace.root import project_root


def main() -> None:
    """Write reports/registry.json: name, version and champion of each VAE."""
    known = always.registered()
    if known is not None:
        always.REGISTERED.write_text(always.text(known))
        return
    registered: dict[str, Registered] = {}
    try:
        connection = connect()
        sync(connection, journal_file(project_root(), "").parent)
        for folder in track(sorted(path for path in MODELS.iterdir() if path.is_dir()), "register"):
            registered[folder.name] = _register(connection, folder)
        for folder in sorted(STUDIES.glob("*")):
            _register_study(connection, folder)
        always.remember_registered(_plain(registered))
    except TrackingUnavailable as error:
        warnings.warn(f"{error} Nothing is lost: the next `make` uploads the metrics and registers.", stacklevel=1)
    always.REGISTERED.write_text(always.text(_plain(registered)))


def _plain(registered: dict[str, Registered]) -> JsonValue:
    return {name: version.plain() for name, version in registered.items()}


def _register(connection: Connection, folder: Path) -> Registered:
    record = read_record(folder)
    place = REPORTS / "metrics" / f"{folder.name}.json"
    measured = checked(MEASURED, read_json(place), str(place))
    journal = Journal(journal_file(project_root(), record.run))
    if not journal.events():
        journal.start(f"{folder.name} {record.profile} (restored)", record.plain(), run_tags(record))
        journal.end()
    journal.results(_results(measured))
    for figure in sorted((REPORTS / "figures" / folder.name).iterdir()):
        journal.artifact(figure, "figures")
    upload(journal, connection)
    run = run_id(journal, connection)
    version = register(connection, folder, folder.name, run, run_tags(record), scores(record))
    attach(connection, version, THEORIES / folder.name)
    if version.created:
        print(f"registered {version.name} version {version.version}: {version.reason}")
    return Registered(name=version.name, version=version.version, champion=version.champion, reason=version.reason)


def _register_study(connection: Connection, folder: Path) -> None:
    """The best model of a study, whose theory is in its folder, under the study's name."""
    record = read_record(folder)
    version = register(connection, folder, folder.name, None, run_tags(record), scores(record))
    attach(connection, version, folder)


def _results(measured: Measured) -> dict[str, float]:
    """Every measure with its standard error, the fractions that the residual maps explain, and the worst z of each observable."""
    results = estimates(measured)
    results |= {f"test/residuals_{name}_point": fit.explained for name, fit in measured.residuals}
    results |= {f"test/worst_z/{name}": found.worst_z for name, found in measured.observables.items()}
    if measured.kind == "system" and measured.tc_status:
        results["test/tc_consistent"] = float(measured.tc_status.status == "consistent")
    return results


if __name__ == "__main__":
    run(main)
