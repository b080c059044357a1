"""A dvc.lock that a kill cut off is put back, a whole one is left alone."""

import pytest

from latentfield.pipeline import lock

WHOLE = "schema: '2.0'\nstages:\n" + "".join(
    f"  train@{k}:\n    cmd: python pipelines/train.py {k}\n" for k in range(3)
)


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    return tmp_path / "dvc.lock"


@pytest.mark.parametrize("cut", [0, 20, 40, len(WHOLE) - 40])
def test_what_a_kill_left_is_replaced_by_the_copy(file, cut):
    file.write_text(WHOLE)
    lock.keep()
    file.write_text(WHOLE[:cut])
    lock.keep()
    assert lock.restore() and file.read_text() == WHOLE


def test_a_whole_file_is_left_alone_and_kept_anew(file):
    assert not lock.restore()
    file.write_text(WHOLE)
    assert not lock.restore()
    lock.keep()
    longer = WHOLE + "  report:\n    cmd: python pipelines/report.py\n"
    file.write_text(longer)
    assert not lock.restore()
    lock.keep()
    file.write_text("")
    assert lock.restore() and file.read_text() == longer


def test_a_file_with_fewer_stages_is_whole(file):
    """Of an older commit, say."""
    file.write_text(WHOLE)
    lock.keep()
    older = WHOLE[: WHOLE.index("  train@2")]
    file.write_text(older)
    assert not lock.restore() and file.read_text() == older
