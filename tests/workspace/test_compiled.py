"""Machine code of the samplers has a place, whatever may not be written to."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from latentfield.workspace import compiled

LOOK = """
import json, os, sys
{first}
import latentfield
from latentfield.systems.kernels.wolff import flip_clusters
from numba.core import config
print(json.dumps([os.environ["NUMBA_CACHE_DIR"], config.CACHE_DIR, flip_clusters._cache.cache_path]))
"""
LOCKED = "os.access = lambda *_: False"
"""No right to write to the sources, for root too."""


@pytest.fixture
def locked(monkeypatch):
    monkeypatch.setenv(compiled.VARIABLE, "")
    monkeypatch.setattr(os, "access", lambda *_: False)
    # The Numba of the other tests stays as it is.
    monkeypatch.setitem(sys.modules, "numba", None)


def test_sources_that_may_be_written_to_keep_it(monkeypatch):
    monkeypatch.setenv(compiled.VARIABLE, "")
    compiled.place_compiled()
    assert not os.environ[compiled.VARIABLE]


def test_the_users_cache_is_next(locked, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    compiled.place_compiled()
    assert os.environ[compiled.VARIABLE] == str(tmp_path / "latentfield" / "compiled")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv(compiled.VARIABLE, "")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    compiled.place_compiled()
    assert os.environ[compiled.VARIABLE] == str(tmp_path / "home" / ".cache" / "latentfield" / "compiled")


def test_what_the_user_says_is_kept(locked, monkeypatch, tmp_path):
    monkeypatch.setenv(compiled.VARIABLE, str(tmp_path))
    compiled.place_compiled()
    assert os.environ[compiled.VARIABLE] == str(tmp_path)


@pytest.mark.parametrize("first", [LOCKED, f"import numba; {LOCKED}"], ids=["alone", "after numba"])
def test_without_a_home_it_lasts_as_long_as_the_process(first, tmp_path):
    (tmp_path / "file").touch()
    kept = {name: value for name, value in os.environ.items() if name not in (compiled.VARIABLE, "XDG_CACHE_HOME")}
    environment = kept | {"HOME": str(tmp_path / "file"), "TMPDIR": str(tmp_path)}
    printed = subprocess.check_output([sys.executable, "-c", LOOK.format(first=first)], env=environment, text=True)
    named, used, cache = json.loads(printed)
    assert named == used and Path(named).parent == tmp_path and Path(named) in Path(cache).parents
    assert not Path(named).exists()
