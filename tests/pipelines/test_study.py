"""`latentfield study` with several workers, one of them killed, on SQLite and on PostgreSQL."""

import json
import os
import signal
import subprocess
import time
import uuid
from collections import Counter
from contextlib import contextmanager

import optuna
import pytest
from optuna.storages import RDBStorage
from optuna.trial import TrialState
from ruamel.yaml import YAML

PLACES = 5
STUDIES = 2
SERVER = "LATENTFIELD_POSTGRES"


@contextmanager
def database(kind: str, project):
    """Address of an empty database, which is gone afterwards."""
    if kind == "sqlite":
        yield f"sqlite:///{project.root / 'trials.db'}"
        return
    server = os.environ.get(SERVER)
    if not server:
        reason = os.environ.get(f"{SERVER}_ABSENT", "it is set by .ci/run, which starts a server")
        pytest.skip(f"{SERVER} names no PostgreSQL server: {reason}")
    from sqlalchemy import create_engine, text
    from sqlalchemy.engine import make_url

    name = f"latentfield_{uuid.uuid4().hex[:12]}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"create database {name}"))
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(text(f"drop database {name} with (force)"))
        engine.dispose()


def edit(project, change) -> None:
    file = project.root / "params.yaml"
    parameters = YAML(typ="safe").load(file.read_text())
    change(parameters["sweep"])
    with file.open("w") as stream:
        YAML().dump(parameters, stream)


def longer(sweep: dict) -> None:
    for name in ("hopfield", "ising"):
        sweep["default"][name]["network"]["epochs"] = 15


@contextmanager
def opened(address: str):
    """The storage, its tables made before any worker looks for them."""
    storage = RDBStorage(address)
    try:
        yield storage
    finally:
        storage.remove_session()
        storage.engine.dispose()


def studies(storage: RDBStorage) -> list[optuna.Study]:
    return [optuna.load_study(study_name=name, storage=storage) for name in optuna.get_all_study_names(storage)]


def at_work(storage: RDBStorage) -> int | None:
    """Process of a trial that has trained some of its epochs."""
    found = [trial for study in studies(storage) for trial in study.get_trials(states=(TrialState.RUNNING,))]
    trained = [trial for trial in found if len(trial.intermediate_values) in range(2, 10)]
    return next((int(trial.user_attrs["process"].split(":")[1]) for trial in trained), None)


def kill_one(command: subprocess.Popen, storage: RDBStorage) -> None:
    """SIGKILL a worker in the middle of a trial."""
    until = time.monotonic() + 300
    while time.monotonic() < until and command.poll() is None:
        if victim := at_work(storage):
            return os.kill(victim, signal.SIGKILL)
        time.sleep(0.05)
    raise RuntimeError(f"no trial was seen at work: {command.communicate()}")


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_every_place_is_filled_exactly_once_though_a_worker_is_killed(kind, project):
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    edit(project, longer)
    with database(kind, project) as address, opened(address) as storage:
        words = ["latentfield", "study", "--workers", "3", "--storage", address, "--json"]
        # The tracking server is away all the time.
        environment = project.environment(MLFLOW_TRACKING_URI="http://127.0.0.1:9")
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        with subprocess.Popen(words, cwd=project.root, env=environment, **pipes) as command:
            kill_one(command, storage)
            out, err = command.communicate(timeout=120)
        assert command.returncode == 0, err
        assert err.count("the next `make` uploads the trials") == 1

        found = studies(storage)
        assert len(found) == STUDIES
        states = Counter(trial.state for study in found for trial in study.trials)
        assert states[TrialState.FAIL] == 1 and states[TrialState.RUNNING] == states[TrialState.WAITING] == 0
        ended = (TrialState.COMPLETE, TrialState.PRUNED)
        for study in found:
            places = Counter(trial.user_attrs["place"] for trial in study.get_trials(states=ended))
            assert places == Counter(range(PLACES))
            (grid,) = {tuple(sorted(t.params.items())) for t in study.trials if t.user_attrs["place"] == 0}
            assert dict(grid) == {"latents": 1, "precision_cap": 2.0}

        outcome = json.loads(out)
        assert outcome == json.loads((project.root / "reports/studies/capacity.json").read_text())
        assert sum(len(instance["trials"]) for instance in outcome["instances"]) == STUDIES * PLACES
        assert (project.root / "reports/studies/capacity.png").is_file()
        ends = [
            json.loads(file.read_text().splitlines()[-1])
            for file in (project.root / "mlruns/journal").glob("capacity-*-????.jsonl")
        ]
        assert len(ends) == STUDIES * PLACES + 1 and all(end["event"] == "end" for end in ends)

        again = project.call(*words, "--workers", "1", MLFLOW_TRACKING_URI="http://127.0.0.1:9")
        assert again.returncode == 0, again.stderr
        assert json.loads(again.stdout) == outcome
        assert Counter(trial.state for study in studies(storage) for trial in study.trials) == states
    if kind == "sqlite":
        # One worker that nobody kills finds the same, what is searched included.
        alone = project.call(
            "latentfield", "study", "--workers", "1", "--json", MLFLOW_TRACKING_URI="http://127.0.0.1:9"
        )
        assert json.loads(alone.stdout) == outcome
        assert (project.root / "mlruns/optuna.db").is_file()


def test_a_storage_that_cannot_be_opened_is_one_message(project):
    for address, words in (("nonsense", "an address such as sqlite:///FILE"), ("sqlite:////proc/x/y.db", "cannot be")):
        refused = project.call("latentfield", "study", "--storage", address)
        assert refused.returncode == 2 and words in refused.stderr, refused.stderr
        assert "Traceback" not in refused.stderr
