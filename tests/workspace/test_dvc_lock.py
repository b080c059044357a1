"""What dvc.lock says of an output, also while another process writes the file."""

import threading
import time

import pytest

from latentfield.workspace import dvc_lock
from latentfield.workspace.dvc_lock import dvc_md5, whole_text

MD5 = "0123456789abcdef0123456789abcdef.dir"
ISING = "schema: '2.0'\nstages:\n  sample@ising:\n    cmd: x\n    outs:\n    - path: data/ising\n      hash: md5\n"
WHOLE = f"{ISING}      md5: {MD5}\n      size: 1\n"
OTHER = "  sample@hopfield:\n    cmd: y\n"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(dvc_lock, "SETTLED", 0.2)
    monkeypatch.setattr(dvc_lock, "PATIENCE", 2.0)


def test_md5_of_an_output(tmp_path):
    assert dvc_md5(tmp_path / "data" / "ising", tmp_path) == "unknown"
    (tmp_path / "dvc.lock").write_text(WHOLE)
    assert dvc_md5(tmp_path / "data" / "ising", tmp_path) == MD5
    assert dvc_md5(tmp_path / "data" / "hopfield", tmp_path) == "unknown"


@pytest.mark.parametrize("first", ["", ISING, "schema: '2.0'\nstages:\n" + OTHER])
def test_reader_waits_for_a_writer(tmp_path, first):
    """Whatever part stands there meanwhile: nothing, a stage cut off, or a file that only lacks its later stages."""
    file = tmp_path / "dvc.lock"
    file.write_text(first)

    def finish():
        time.sleep(0.1)
        file.write_text(WHOLE + OTHER)

    writer = threading.Thread(target=finish)
    writer.start()
    assert dvc_md5(tmp_path / "data" / "ising", tmp_path) == MD5
    writer.join()


def test_a_file_that_stays_cut_off_says_nothing(tmp_path):
    (tmp_path / "dvc.lock").write_text(WHOLE[:-20])
    assert whole_text(tmp_path / "dvc.lock") == ""
    assert dvc_md5(tmp_path / "data" / "ising", tmp_path) == "unknown"
