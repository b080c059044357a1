"""What the overview says of stages, from the lines that DVC prints."""

import json
import sys

import pytest

from latentfield.pipeline import overview
from latentfield.pipeline.overview import NOTES, Overview


@pytest.fixture
def clock(monkeypatch):
    """Seconds that only pass when told."""
    now = [0.0]
    monkeypatch.setattr(overview.time, "monotonic", lambda: now[0])
    return now


def tell(shown: Overview, chain: int, *lines: str) -> None:
    for line in lines:
        shown.line(chain, line + "\n", sys.stdout)


def test_stages_are_counted_and_their_times_noted(clock, tmp_path, capsys):
    (tmp_path / NOTES).write_text(json.dumps({"train@a": 30, "evaluate@a": 20, "train@b": 40, "draw": 10}))
    with Overview(["train@a", "evaluate@a", "train@b", "draw"], 2, tmp_path) as shown:
        tell(shown, 1, "Running stage 'train@a':", "> python pipelines/train.py a")
        tell(shown, 2, "Running stage 'train@b':")
        clock[0] = 10
        # 20 + 30 s at work, 20 + 10 s after: the sum over two jobs.
        assert shown.summary() == "0 of 4 done, at work: train@a, train@b, 2 left, about 40 s"
        clock[0] = 25
        tell(shown, 1, "Running stage 'evaluate@a':")
        assert "train@a done in 25 s (30 s last time); 1 of 4 done" in capsys.readouterr().out
        shown.end(2, succeeded=False)
        tell(shown, 1, "Stage 'draw' didn't change, skipping")
        # What failed is not done; a stage outside the plan that need not run, or one that runs again, adds nothing.
        tell(shown, 1, "Stage 'sweep' didn't change, skipping", "Running stage 'train@a':")
        shown.end(1)
        assert shown.summary() == "3 of 4 done, 1 left, about 40 s"
    noted = json.loads((tmp_path / NOTES).read_text())
    assert noted == {"train@a": 0.0, "evaluate@a": 0.0, "train@b": 40.0, "draw": 10.0}


def test_without_notes_of_all_stages_nothing_is_foretold(clock, tmp_path, capsys):
    shown = Overview(["a", "b"], 1, tmp_path)
    tell(shown, 1, "Running stage 'pipelines/dvc.yaml:a':")
    clock[0] = 130
    shown.end(1)
    assert shown.summary() == "1 of 2 done, 1 left"
    assert "a done in 2.2 min; 1 of 2 done, 1 left" in capsys.readouterr().out


def test_damaged_notes_are_no_notes(tmp_path):
    (tmp_path / NOTES).write_text('{"a": [1')
    assert Overview(["a"], 1, tmp_path).last == {}


def test_other_lines_are_handed_on_as_they_are(tmp_path, capsys):
    shown = Overview([], 1, tmp_path)
    tell(shown, 1, "[bold] 12 % of train@a")
    shown.line(1, "warning: x\n", sys.stderr)
    assert capsys.readouterr() == ("[bold] 12 % of train@a\n", "warning: x\n")
