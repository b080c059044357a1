import json
import logging
import math
import os
import signal
import subprocess
import sys
import time

import pytest

from latentfield.errors import LatentfieldError
from latentfield.tracking import replay
from latentfield.tracking.connection import TrackingUnavailable
from latentfield.tracking.journal import Journal
from latentfield.tracking.replay import Uploader, upload
from latentfield.tracking.server import connect

DATASET = {"name": "ising", "digest": "0123456789abcdef" * 2 + ".dir", "source": "data/ising.zarr", "samples": 100}


@pytest.fixture
def journal(tracking_store):
    return Journal(tracking_store / "mlruns" / "journal" / "ising-0.5.jsonl")


def write(journal, epochs):
    journal.start("ising", {"vae": {"latent": 4}, "seed": 1}, {"system": "ising"}, DATASET)
    for epoch in epochs:
        journal.metrics(epoch, {"train/elbo": -10.0 / (epoch + 1), "val/elbo": float(epoch)})


def history(connection, run, name="val/elbo"):
    return [(m.step, m.value) for m in sorted(connection.client.get_metric_history(run, name), key=lambda m: m.step)]


def only_run(connection):
    (run,) = connection.client.search_runs([connection.experiment_id])
    return run


def test_everything_arrives(journal, tmp_path):
    write(journal, range(3))
    (tmp_path / "a.txt").write_text("first")
    journal.artifact(tmp_path / "a.txt", "figures")
    journal.end()
    connection = connect()
    assert upload(journal, connection) == 6
    run = only_run(connection)
    assert run.info.run_name == "ising" and run.info.status == "FINISHED"
    assert run.data.params == {"vae.latent": "4", "seed": "1"}
    assert run.data.tags["system"] == "ising" and run.data.tags["latentfield.journal"] == "ising-0.5"
    assert history(connection, run.info.run_id) == [(0, 0.0), (1, 1.0), (2, 2.0)]
    (data,) = run.inputs.dataset_inputs
    assert (data.dataset.name, data.dataset.digest) == ("ising", DATASET["digest"])
    assert json.loads(data.dataset.profile) == {"samples": 100}
    events = journal.events()
    assert (run.info.start_time, run.info.end_time) == (events[0]["time"], events[-1]["time"])
    assert [f.path for f in connection.client.list_artifacts(run.info.run_id, "figures")] == ["figures/a.txt"]


@pytest.mark.parametrize("lost_note", [False, True])
def test_uploading_twice_changes_nothing(journal, lost_note):
    write(journal, range(5))
    journal.metrics(5, {"odd": math.nan, "wide": math.inf})
    journal.end()
    connection = connect()
    upload(journal, connection)
    if lost_note:  # killed after the server took the events and before it was noted
        (journal.path.parent / "ising-0.5.uploaded.json").unlink()
    assert upload(journal, connection) == (8 if lost_note else 0)
    run = only_run(connection)
    assert len(history(connection, run.info.run_id)) == 5
    assert len(history(connection, run.info.run_id, "odd")) == len(history(connection, run.info.run_id, "wide")) == 1
    assert len(run.inputs.dataset_inputs) == 1


def test_resume_goes_on_in_the_same_run(journal):
    connection = connect()
    write(journal, range(4))
    upload(journal, connection)
    first = only_run(connection)
    assert first.info.status == "RUNNING"
    journal.end("KILLED")
    upload(journal, connection)
    resumed = Journal(journal.path)
    resumed.start("ising", {"seed": 2}, {"resumed": "yes"})
    upload(resumed, connection)
    assert only_run(connection).info.status == "RUNNING"
    for epoch in range(2, 6):  # epochs 2 and 3 were journaled, their checkpoint was lost
        resumed.metrics(epoch, {"train/elbo": -10.0 / (epoch + 1), "val/elbo": float(epoch)})
    resumed.end()
    upload(resumed, connection)
    run = only_run(connection)
    assert (run.info.run_id, run.info.status) == (first.info.run_id, "FINISHED")
    assert run.data.params["seed"] == "1" and run.data.tags["resumed"] == "yes"
    assert history(connection, run.info.run_id) == [(e, float(e)) for e in range(6)]


def test_torn_line_is_dropped_and_said_again(journal):
    write(journal, range(3))
    whole = journal.path.read_bytes()
    for cut in range(1, 60):
        journal.path.write_bytes(whole[:-cut])
        after = Journal(journal.path)
        after.start("ising", {})
        after.metrics(2, {"train/elbo": -10.0 / 3, "val/elbo": 2.0})
        epochs = [event["epoch"] for event in after.events() if event["event"] == "metrics" and event["values"]]
        assert epochs == [0, 1, 2]
        assert [event["event"] for event in after.events()].count("start") == 2


def test_a_killed_process_loses_no_epoch_it_had_reported(tmp_path):
    code = (
        "import sys, pathlib\nfrom latentfield.tracking.journal import Journal\n"
        "j = Journal(pathlib.Path(sys.argv[1])); j.start('x', {})\n"
        "for e in range(10**6):\n    j.metrics(e, {'a': e, 'b': 2.0 * e}); print(e, flush=True)\n"
    )
    path = tmp_path / "x.jsonl"
    with subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True) as child:
        reported = [int(child.stdout.readline()) for _ in range(20)]
        os.kill(child.pid, signal.SIGKILL)
        reported += [int(line) for line in child.stdout]
    found = [event["epoch"] for event in Journal(path).events() if event["event"] == "metrics"]
    assert found[: len(reported)] == reported == list(range(len(reported)))


def test_two_writers_first_value_counts(tmp_path):
    one, two = Journal(tmp_path / "x.jsonl"), Journal(tmp_path / "x.jsonl")
    one.start("x", {})
    one.metrics(0, {"a": 1.0})
    two._append("metrics", epoch=0, values={"a": 2.0, "b": 3.0})
    assert [event["values"] for event in one.events()[1:]] == [{"a": 1.0}, {"b": 3.0}]


def test_results_change_metrics_do_not(journal):
    write(journal, [7])
    journal.metrics(7, {"val/elbo": 99.0})
    for value in (1.0, 1.0, math.nan, math.nan, 2.0):
        journal.results({"capacity": value})
    connection = connect()
    upload(journal, connection)
    metrics = only_run(connection).data.metrics
    assert metrics["val/elbo"] == 7.0 and metrics["capacity"] == 2.0
    capacities = [event["values"]["capacity"] for event in journal.events()[2:]]
    assert capacities == pytest.approx([1, math.nan, 2], nan_ok=True)


def test_changed_artifact_takes_the_place_of_the_old_one(journal, tmp_path):
    connection, figure = connect(), tmp_path / "loss.png"
    journal.start("ising", {})
    for content in ("one", "one", "two"):
        figure.write_text(content)
        journal.artifact(figure, "figures")
    figure.unlink()  # a stage's outputs may be gone by the time a server answers
    assert len(journal.events()) == 3
    upload(journal, connection)
    run = only_run(connection).info.run_id
    got = connection.client.download_artifacts(run, "figures/loss.png", str(tmp_path))
    with open(got) as stream:
        assert stream.read() == "two"


def test_unreachable_server_then_complete_upload(journal, monkeypatch, caplog):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://user:secret@127.0.0.1:9")
    began = time.monotonic()
    with pytest.raises(TrackingUnavailable, match=r"http://127\.0\.0\.1:9") as caught:
        connect()
    assert time.monotonic() - began < 10
    assert "secret" not in str(caught.value)
    journal.start("ising", {"seed": 1})
    uploader = Uploader(journal)
    with caplog.at_level(logging.WARNING, "latentfield"):
        for epoch in range(30):
            journal.metrics(epoch, {"val/elbo": float(epoch)})
            assert not uploader.upload()
    journal.end()
    (record,) = caplog.records
    assert str(journal.path) in record.getMessage() and "next `make`" in record.getMessage()
    assert time.monotonic() - began < 10
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    connection = connect()
    runs = replay.sync(connection, journal.path.parent)
    assert history(connection, runs["ising-0.5"]) == [(e, float(e)) for e in range(30)]
    assert only_run(connection).info.status == "FINISHED"


def test_a_new_server_gets_the_whole_journal(journal, tracking_store, tracking_template, tmp_path, monkeypatch):
    write(journal, range(3))
    upload(journal, connect())
    other = tmp_path / "other.db"
    other.write_bytes(tracking_template.read_bytes())
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{other}")
    connection = connect()
    assert upload(journal, connection) == 4
    assert len(history(connection, only_run(connection).info.run_id)) == 3
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    journal.metrics(3, {"val/elbo": 3.0})
    assert upload(journal, connect()) == 1


def test_run_that_vanished_is_made_anew(journal):
    write(journal, range(3))
    connection = connect()
    upload(journal, connection)
    note = journal.path.parent / "ising-0.5.uploaded.json"
    run = only_run(connection).info.run_id
    note.write_text(note.read_text().replace(run, "0" * 32))  # as after the store was deleted
    connection.client.delete_run(run)
    assert upload(journal, connection) == 4
    assert only_run(connection).info.run_id != run


def test_run_deleted_by_hand_stays_deleted_until_there_is_news(journal):
    write(journal, range(3))
    connection = connect()
    upload(journal, connection)
    connection.client.delete_run(only_run(connection).info.run_id)
    assert replay.sync(connection, journal.path.parent) == {"ising-0.5": None}
    journal.metrics(3, {"val/elbo": 3.0})
    assert upload(journal, connection) == 5
    assert len(history(connection, only_run(connection).info.run_id)) == 4


def test_a_journal_begun_anew_is_a_new_run(journal):
    connection = connect()
    write(journal, range(2))
    upload(journal, connection)
    journal.path.unlink()
    time.sleep(0.002)
    write(journal, range(1))
    assert upload(journal, connection) == 2
    assert len(connection.client.search_runs([connection.experiment_id])) == 2


def test_long_journal_goes_in_few_calls(journal, monkeypatch):
    journal.start("ising", {f"p{i}": i for i in range(150)})
    for epoch in range(1100):
        journal._append("metrics", epoch=epoch, values={"a": epoch, "b": -epoch})
    connection = connect()
    calls = []
    send = type(connection.client).log_batch
    monkeypatch.setattr(type(connection.client), "log_batch", lambda *a, **k: calls.append(k) or send(*a, **k))
    upload(journal, connection)
    assert len(calls) == 2 + 3
    assert history(connection, only_run(connection).info.run_id, "a") == [(e, float(e)) for e in range(1100)]


@pytest.mark.parametrize("name", ["acc@L", "a(b)", "/a", "a//b", "../a", "", "a" * 251])
def test_names_mlflow_would_refuse_are_refused_at_once(journal, name):
    with pytest.raises(LatentfieldError, match="MLflow names"):
        journal.metrics(0, {name: 1.0})
    assert journal.events() == []


def test_other_mistakes_are_named(journal, tmp_path):
    with pytest.raises(LatentfieldError, match="'DONE'"):
        journal.end("DONE")
    with pytest.raises(LatentfieldError, match="36 characters"):
        journal.start("x", {}, dataset={"name": "d", "digest": "f" * 64, "source": ""})
    with pytest.raises(LatentfieldError, match="quote'"):
        Journal(tmp_path / "quote'.jsonl")


def test_a_journal_that_was_never_started_makes_no_run(journal):
    journal.metrics(0, {"a": 1.0})
    connection = connect()
    assert upload(journal, connection) == 0
    assert connection.client.search_runs([connection.experiment_id]) == []
