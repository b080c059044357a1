"""Trials as MLflow runs: children of their study's run, whenever and in whatever order the server hears of them."""

import pickle

from latentfield.records.measured import Measure
from latentfield.studies.capacity.record import MeasuredVAE
from latentfield.tracking.journal import Journal, journal_file
from latentfield.tracking.replay import run_id, sync, upload
from latentfield.tracking.server import connect
from latentfield.tracking.trial_runs import TrialRuns

STUDY = "capacity-toy-0123"


def carried_out(root) -> TrialRuns:
    runs = pickle.loads(pickle.dumps(TrialRuns(root, {"profile": "toy"})))
    runs.begin(STUDY, 0, {"latents": 2, "precision_cap": 8.0, "instance": "toy"})
    numbers = ("gap", "rate", "rate_useful", "rate_excess", "tc", "capacity_sphere_packing", "capacity_gaussian")
    measures = {name: Measure(value=0.5, se=0.1) for name in numbers}
    result = MeasuredVAE(**measures, capacity_cap=2.0, verdict="faithful", below={"half": True}, below_criterion=False)
    runs.end(STUDY, 0, [{"val/gap": 3.0}, {"val/gap": 0.6}], result, "FINISHED")
    runs.begin(STUDY, 1, {"latents": 1, "precision_cap": 8.0, "instance": "toy"})
    return runs


def test_every_trial_is_a_child_of_its_study(tracking_store):
    runs = carried_out(tracking_store)
    runs.end(STUDY, 1, [], None, "KILLED")
    runs.end(STUDY, 1, [], None, "FINISHED")
    runs.finish(STUDY, {"cut/half": 1.5})
    connection = connect()
    found = sync(connection, journal_file(tracking_store, "").parent)
    parent, first, second = (connection.client.get_run(found[key]) for key in (STUDY, f"{STUDY}-0000", f"{STUDY}-0001"))
    assert "mlflow.parentRunId" not in parent.data.tags
    assert {run.data.tags["mlflow.parentRunId"] for run in (first, second)} == {parent.info.run_id}
    assert [run.info.status for run in (parent, first, second)] == ["FINISHED", "FINISHED", "KILLED"]
    metrics = first.data.metrics
    assert metrics["val/gap"] == 0.6 and metrics["test/below_criterion"] == 0.0 and metrics["test/capacity_cap"] == 2.0
    assert metrics["test/gap"] == 0.5 and metrics["test/gap_se"] == 0.1 and len(metrics) == 3 + 2 * 7
    assert first.data.params["precision_cap"] == "8.0" and first.data.tags["optuna.trial"] == "0"
    assert parent.data.metrics == {"cut/half": 1.5}
    assert sync(connection, journal_file(tracking_store, "").parent) == found


def test_a_child_that_is_uploaded_alone_brings_its_parent(tracking_store):
    carried_out(tracking_store)
    connection = connect()
    child = Journal(journal_file(tracking_store, f"{STUDY}-0001"))
    upload(child, connection)
    parent = run_id(Journal(journal_file(tracking_store, STUDY)), connection)
    run = connection.client.get_run(run_id(child, connection))
    assert parent and run.data.tags["mlflow.parentRunId"] == parent
