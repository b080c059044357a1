"""The whole pipeline at toy size: dvc.yaml, every script, MLflow and the registry."""

import json
import re
import shutil
import subprocess
from pathlib import Path

from latentfield.pipeline.schemas import ADAPTERS
from latentfield.records.base import checked, read_json

SYSTEMS = {"ising", "curie_weiss", "hopfield", "hopfield_joint", "maier_saupe", "sherrington_kirkpatrick", "retina"}


def registry(root: Path) -> dict:
    return json.loads((root / "reports/registry.json").read_text())


def running(done: subprocess.CompletedProcess) -> set[str]:
    """Stages that a run of the pipeline carried out."""
    return set(re.findall(r"Running stage '([\w@]+)'", done.stdout))


def follow_their_schemas(project) -> None:
    """Metrics, theories, the registry, the study and the summary are what the documented schemas say."""
    files = {name: [project.root / name] for name in ("reports/registry.json", "reports/studies/capacity.json")}
    files["reports/metrics/NAME.json"] = [project.root / "reports/metrics" / f"{name}.json" for name in SYSTEMS]
    files["theory/NAME/theory.json"] = [project.root / "theory" / name / "theory.json" for name in SYSTEMS]
    for name, paths in files.items():
        for path in paths:
            checked(ADAPTERS[name], read_json(path), str(path))
    summary = json.loads(project.call("latentfield", "summary", "--json").stdout)
    found = checked(ADAPTERS["latentfield summary --json"], summary, "summary")
    assert set(found) == SYSTEMS and found["ising"].registered.version == "1"


def test_one_command_trains_registers_and_reports(project):
    first = project.call("latentfield", "run")
    assert first.returncode == 0, first.stdout + first.stderr
    versions = registry(project.root)
    assert {name: row["version"] for name, row in versions.items()} == dict.fromkeys(SYSTEMS, "1")
    assert all(row["champion"] for row in versions.values())
    assert "SURROGATE RECORDING" in first.stderr
    page = (project.root / "reports/index.html").read_text()
    assert "SURROGATE" in page and 'src="http' not in page
    assert "latentfield-ising" in first.stdout or "ising" in first.stdout

    rows = json.loads(project.call("latentfield", "decoders", "list", "--json").stdout)
    assert {row["system"] for row in rows} == SYSTEMS
    assert {row["recording"] for row in rows if row["system"] == "retina"} == {"SURROGATE"}
    assert {row["recording"] for row in rows if row["system"] == "ising"} == {"none"}
    assert all(row["run_id"] for row in rows)

    follow_their_schemas(project)

    kinds = {name: json.loads((project.root / "theory" / name / "theory.json").read_text())["kind"] for name in SYSTEMS}
    assert kinds == {
        "ising": "none", "curie_weiss": "mean_field", "hopfield": "patterns", "hopfield_joint": "patterns",
        "maier_saupe": "order_tensor", "sherrington_kirkpatrick": "none", "retina": "generalized_hopfield",
    }  # fmt: skip
    assert "The theory, read off the decoder" in page
    shown = project.call("latentfield", "decoders", "show", "retina@champion", "--json")
    assert shown.returncode == 0, shown.stderr
    theory = json.loads(shown.stdout)
    assert theory["name"] == "retina" and theory["recording"] == "SURROGATE"
    assert len(theory["arrays"]["field"]) == 160

    again = project.call("latentfield", "run")
    assert again.returncode == 0, again.stdout + again.stderr
    assert registry(project.root) == versions
    assert running(again) == set() and "everything is up to date" in again.stdout
    assert "warning: SURROGATE RECORDING" in again.stderr
    (project.root / "reports/registry.json").unlink()
    assert running(project.call("latentfield", "run")) == {"locate", "register"}
    assert registry(project.root) == versions

    # A colour changes figures and the page alone.
    canvas = project.root / "src/latentfield/report/figures/canvas.py"
    canvas.write_text(canvas.read_text().replace("#0072B2", "#0072B3"))
    redrawn = project.call("latentfield", "run")
    assert running(redrawn) == {"locate", "draw", "register", "report"}, redrawn.stdout

    # The registry is rebuilt from the model folders when the tracking store is lost and nothing needs to run.
    shutil.rmtree(project.root / "mlruns")
    assert project.call("latentfield", "run").returncode == 0
    assert {name: row["version"] for name, row in registry(project.root).items()} == dict.fromkeys(SYSTEMS, "1")

    fetched = project.call("latentfield", "decoders", "get", "retina@champion", "--to", "copy")
    assert fetched.returncode == 0, fetched.stderr
    weights = "weights.safetensors"
    assert (project.root / "copy" / weights).read_bytes() == (project.root / "models/retina" / weights).read_bytes()


def test_training_goes_on_without_a_tracking_server(project):
    assert project.call("python", "pipelines/sample.py", "ising").returncode == 0
    away = project.call("python", "pipelines/train.py", "ising", MLFLOW_TRACKING_URI="http://127.0.0.1:9")
    assert away.returncode == 0, away.stderr
    assert away.stderr.count("will be uploaded by the next `make`") == 1
    (journal,) = (project.root / "mlruns/journal").glob("*.jsonl")
    events = [json.loads(line) for line in journal.read_text().splitlines()]
    assert [event["epoch"] for event in events if event["event"] == "metrics"] == [0, 1]
    assert (project.root / "models/ising/weights.safetensors").exists()


def test_bad_parameters_stop_the_run_before_any_work(project):
    file = project.root / "params.yaml"
    file.write_text(file.read_text().replace("latents: 4", "latents: 0"))
    stopped = project.call("latentfield", "run")
    assert stopped.returncode == 2
    assert "train.hopfield.latents: got 0" in stopped.stderr
    assert not (project.root / "data/samples").exists() and not (project.root / "scratch").exists()
