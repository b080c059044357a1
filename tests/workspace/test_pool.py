"""Pieces of work in processes of their own: all are done, and what goes wrong in one is said."""

import os
import signal
from functools import partial
from pathlib import Path

import pytest

from latentfield.errors import LatentfieldError
from latentfield.workspace.pool import apart


def _leave(path: Path) -> None:
    print("a bar that nobody is to see")
    path.write_text(str(os.getpid()))


def _refuse() -> None:
    raise LatentfieldError("no such thing")


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_every_piece_is_done_elsewhere_and_quietly(tmp_path, capfd):
    files = [tmp_path / str(k) for k in range(4)]
    apart([partial(_leave, file) for file in files], 2, "pieces")
    workers = {file.read_text() for file in files}
    assert 1 <= len(workers) <= 2 and str(os.getpid()) not in workers
    assert "nobody is to see" not in capfd.readouterr().out


def test_an_error_of_a_piece_is_raised():
    with pytest.raises(LatentfieldError, match="no such thing"):
        apart([_refuse], 2, "pieces")


def test_a_killed_process_is_one_readable_error():
    with pytest.raises(LatentfieldError, match="a process was killed; finished work is kept"):
        apart([_die], 2, "pieces")
