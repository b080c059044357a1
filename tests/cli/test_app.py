"""The `latentfield` command: what people and scripts read, and how it ends."""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from latentfield.cli import app
from latentfield.samples import store
from tests import ROOT


def invoke(*arguments: str):
    return CliRunner().invoke(app.commands, list(arguments))


@pytest.fixture
def samples(tmp_path) -> Path:
    x = np.where(np.arange(2 * 4 * 4).reshape(2, 4, 4) % 3, 1, -1).astype(np.int8)
    path = tmp_path / "toy.zarr"
    store.write(path, {"system": "toy"}, 2, x, 2, temperatures=np.array([1.0, 2.0]))
    return path


def test_verify_names_a_damaged_chunk_and_exits_with_1(samples):
    sound = invoke("verify", str(samples))
    assert sound.exit_code == 0 and "every chunk is sound" in sound.output
    shutil.rmtree(samples / "samples" / "c" / "1")
    damaged = invoke("verify", str(samples), "--json")
    assert damaged.exit_code == 1
    assert json.loads(damaged.output)["damaged"] == ["samples[1, 0:2]", "samples[1, 2:4]"]


def test_a_mistake_is_one_message_and_exit_code_2(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["latentfield", "verify", str(tmp_path / "nothing.zarr")])
    with pytest.raises(SystemExit) as end:
        app.app()
    assert end.value.code == 2
    assert "nothing.zarr is not a sample set" in capsys.readouterr().err


def test_check_and_profile(tmp_path, monkeypatch):
    shutil.copy(ROOT / "params.yaml", tmp_path)
    shutil.copytree(ROOT / "profiles", tmp_path / "profiles")
    monkeypatch.chdir(tmp_path)
    assert "params.yaml is valid (profile laptop)" in invoke("check").output
    assert "'paper'" in invoke("profile", "paper").output
    assert "params.yaml is valid (profile paper)" in invoke("check").output


def test_decoders_of_an_empty_registry(tracking_store):
    assert json.loads(invoke("decoders", "list", "--json").output) == []
    missing = invoke("decoders", "get", "ising@champion", "--to", "copy")
    assert isinstance(missing.exception, app.LatentfieldError)
    assert "No model 'ising@champion' is registered" in str(missing.exception)
    assert not (tracking_store / "copy").exists()


def test_summary_without_results_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "run `make`" in str(invoke("summary").exception)
