"""A file is written whole."""

import os

import pytest

from latentfield.workspace import whole


def test_a_file_is_replaced_and_folders_are_made(tmp_path):
    file = tmp_path / "a" / "b.json"
    for text in ("one", "two"):
        whole.write(file, text)
        assert file.read_text() == text
    assert [path.name for path in file.parent.iterdir()] == ["b.json"]


def test_what_stood_there_stays_where_the_new_is_not_finished(tmp_path, monkeypatch):
    file = tmp_path / "b.json"
    whole.write(file, "one")
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        whole.write(file, "two")
    assert file.read_text() == "one"
