import subprocess
from pathlib import Path

import pytest

from latentfield.workspace.provenance import code_version, digest, fingerprint, git_commit, sources


def git(root, *arguments):
    identity = ["-c", "user.name=t", "-c", "user.email=t@t"]
    return subprocess.check_output(["git", *identity, *arguments], cwd=root, text=True).strip()


def test_git_commit(tmp_path):
    assert git_commit(tmp_path) == "unknown"
    git(tmp_path, "init", "-q")
    (tmp_path / "a").write_text("1")
    git(tmp_path, "add", "a")
    git(tmp_path, "commit", "-qm", "one")
    head = git(tmp_path, "rev-parse", "HEAD")
    (tmp_path / "untracked").touch()
    assert git_commit(tmp_path) == head
    (tmp_path / "a").write_text("2")
    assert git_commit(tmp_path) == head + "+dirty"


def test_digest_sees_names_and_contents(tmp_path):
    for name in ("one", "two", "three"):
        (tmp_path / name / "sub").mkdir(parents=True)
        (tmp_path / name / "sub" / "b").write_text("x")
        (tmp_path / name / "a").write_text("y")
    assert digest(tmp_path / "one") == digest(tmp_path / "two")
    (tmp_path / "two" / "sub" / "b").write_text("z")
    (tmp_path / "three" / "a").rename(tmp_path / "three" / "c")
    assert len({digest(tmp_path / name) for name in ("one", "two", "three")}) == 3
    assert digest(tmp_path / "one", ("a",)) == digest(tmp_path / "two", ("a",))


def test_fingerprint_depends_on_every_part_but_not_on_the_order_of_keys():
    base = fingerprint("ising", {"size": 4, "chains": 2}, 1)
    assert base == fingerprint("ising", {"chains": 2, "size": 4}, 1) and len(base) == 16
    others = [fingerprint("ising", {"size": 4, "chains": 3}, 1), fingerprint("ising", {"size": 4, "chains": 2}, 2)]
    assert len({base, *others, fingerprint({"size": 4, "chains": 2}, "ising", 1)}) == 4


@pytest.fixture
def package(tmp_path, monkeypatch) -> Path:
    """A package of four modules: a uses b, but for the type checker also c, and inside a function d, which names its data."""
    place = tmp_path / "toy"
    (place / "room").mkdir(parents=True)
    (place / "a.py").write_text(
        "if TYPE_CHECKING:\n    import toy.c\nfrom toy import b\ndef f():\n    from toy.room.d import x\n"
    )
    (place / "b.py").write_text("import numpy\n")
    (place / "c.py").write_text("")
    (place / "room" / "d.py").write_text("x = 'd.npz'\n")
    for name in ("d.npz", "e.npz"):
        (place / "room" / name).write_text("data")
    monkeypatch.setattr("latentfield.workspace.provenance.PACKAGE", place)
    return place


def test_sources_are_what_a_module_imports_at_any_depth(package):
    assert [file.relative_to(package).as_posix() for file in sources("toy.a")] == [
        "a.py", "b.py", "room/d.npz", "room/d.py",
    ]  # fmt: skip
    assert sources("toy.b") == [package / "b.py"] and sources("elsewhere.a") == []


def test_code_version_changes_with_contents_and_names_of_the_sources_alone(package):
    seen = [code_version("toy.a")["source"]]
    (package / "c.py").write_text("changed")
    assert code_version("toy.a")["source"] == seen[0] and code_version("toy.a")["commit"] == "unknown"
    for file in ("b.py", "room/d.npz"):
        (package / file).write_text((package / file).read_text() + "\n")
        seen.append(code_version("toy.a")["source"])
    (package / "b.py").rename(package / "e.py")
    (package / "a.py").write_text((package / "a.py").read_text().replace("import b", "import e"))
    seen.append(code_version("toy.a")["source"])
    assert len(set(seen)) == 4
