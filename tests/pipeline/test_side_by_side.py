"""Chains of stages: all of them are there, so many run at a time, and a failure or Ctrl-C ends the others."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest
from ruamel.yaml import YAML

from latentfield.pipeline import guarded, params
from latentfield.pipeline.overview import Overview
from latentfield.pipeline.side_by_side import GATHERING, _rounds, _run, usual_jobs
from tests import ROOT

# In the place of DVC: every stage says when it begins and ends; "fail" fails, "long" takes long.
STAGES = """
import os, sys, time
for name in sys.argv[4:]:
    print(f"Running stage '{name}':", flush=True)
    print("begin", name, time.monotonic(), os.getpid(), flush=True)
    print("warning of", name, file=sys.stderr, flush=True)
    time.sleep(60 if name == "long" else 2)
    if name == "fail":
        sys.exit(255)
    print("end", name, time.monotonic(), flush=True)
"""


@pytest.fixture
def stages(monkeypatch):
    monkeypatch.setattr(guarded, "DVC", (sys.executable, "-c", STAGES))


@pytest.fixture
def overview(tmp_path):
    return Overview([], 2, tmp_path)


def times(text: str) -> dict[tuple[str, str], float]:
    return {
        (what, name): float(at) for what, name, at in re.findall(r"^(begin|end) (\w+) ([\d.]+)", text, re.MULTILINE)
    }


def alive(text: str) -> list[int]:
    found = [int(pid) for pid in re.findall(r"^begin \w+ [\d.]+ (\d+)", text, re.MULTILINE)]
    return [
        pid
        for pid in found
        if subprocess.run(["kill", "-0", str(pid)], capture_output=True, check=False).returncode == 0
    ]


def test_every_stage_of_the_pipeline_is_in_a_chain_but_those_that_gather(monkeypatch):
    monkeypatch.chdir(ROOT)
    parameters = params.load()
    first, second = ([chain for _, chain in chains] for chains in _rounds(parameters))
    names = [stage for chain in (*first, *second) for stage in chain]
    blocks = YAML(typ="safe").load((ROOT / "params.yaml").read_text())
    expected = {
        f"{name}@{entry}" if "foreach" in stage else name
        for name, stage in YAML(typ="safe").load((ROOT / "dvc.yaml").read_text())["stages"].items()
        for entry in (blocks[stage["foreach"].strip("${}")] if "foreach" in stage else [None])
    }
    assert len(set(names)) == len(names) and expected - set(names) == set(GATHERING)
    known = {stage for chain in first for stage in chain}
    assert all(source in known or chain == ("sweep",) for source, chain in _rounds(parameters)[1])


def test_so_many_run_at_a_time_and_all_that_they_print_is_handed_on(stages, overview, capfd):
    assert _run([("a", "b"), ("c",), ("d",)], 2, os.environ, overview) == 0
    out, err = capfd.readouterr()
    at = times(out)
    assert at["begin", "c"] < at["end", "a"] < at["begin", "b"]
    assert at["begin", "d"] > at["end", "c"] and at["begin", "d"] < at["end", "b"]
    assert err.count("warning of") == 4 and out.count("Running stage") == out.count("done in") == 4


def test_a_failure_ends_the_others(stages, overview, capfd):
    start = time.monotonic()
    assert _run([("long",), ("fail", "never"), ("waiting",)], 2, os.environ, overview) == 255
    out = capfd.readouterr().out
    assert time.monotonic() - start < 20 and not alive(out)
    assert ("begin", "long") in times(out) and not {("begin", "never"), ("begin", "waiting")} & set(times(out))


def test_ctrl_c_ends_all(stages, overview, capfd):
    def interrupt(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 3)
    try:
        with pytest.raises(KeyboardInterrupt):
            _run([("long",), ("long", "x")], 2, os.environ, overview)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert not alive(capfd.readouterr().out)


def test_one_job_where_all_share_a_gpu(monkeypatch):
    monkeypatch.chdir(ROOT)
    parameters = params.load()
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    assert usual_jobs(parameters) == 2 and usual_jobs(parameters.model_copy(update={"profile": "paper"})) == 1


KILLED = """
import os, sys
from pathlib import Path
from latentfield.pipeline import guarded, side_by_side
from latentfield.pipeline.overview import Overview
stage = "import os, time; print('at work', os.getpid(), flush=True); time.sleep(60)"
# As DVC does it: a stage is a child of its process.
dvc = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"
guarded.DVC = (sys.executable, "-c", dvc, stage)
side_by_side._run([("a",)], 1, os.environ, Overview(["a"], 1, Path(sys.argv[1])))
"""


@pytest.mark.slow
def test_no_stage_outlives_a_killed_run(tmp_path):
    run = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    stage = int(re.search(r"at work (\d+)", run.stdout.readline())[1])
    run.kill()
    run.wait()
    run.stdout.close()
    until = time.monotonic() + 2
    while subprocess.run(["kill", "-0", str(stage)], capture_output=True, check=False).returncode == 0:
        assert time.monotonic() < until, os.kill(stage, signal.SIGKILL)
        time.sleep(0.1)
