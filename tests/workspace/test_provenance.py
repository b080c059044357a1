import subprocess

from latentfield.provenance import code_version, digest, dvc_md5, fingerprint, git_commit


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


def test_md5_comes_from_the_lock_file(tmp_path):
    lock = "schema: '2.0'\nstages:\n  sample@ising:\n    cmd: x\n    outs:\n    - path: data/ising\n      hash: md5\n"
    assert dvc_md5(tmp_path / "data" / "ising", tmp_path) == "unknown"
    (tmp_path / "dvc.lock").write_text(lock + "      md5: 0123456789abcdef0123456789abcdef.dir\n      size: 1\n")
    assert dvc_md5(tmp_path / "data" / "ising", tmp_path) == "0123456789abcdef0123456789abcdef.dir"
    assert dvc_md5(tmp_path / "data" / "hopfield", tmp_path) == "unknown"


def test_fingerprint_depends_on_every_part_but_not_on_the_order_of_keys():
    base = fingerprint("ising", {"size": 4, "chains": 2}, 1)
    assert base == fingerprint("ising", {"chains": 2, "size": 4}, 1) and len(base) == 16
    others = [fingerprint("ising", {"size": 4, "chains": 3}, 1), fingerprint("ising", {"size": 4, "chains": 2}, 2)]
    assert len({base, *others, fingerprint({"size": 4, "chains": 2}, "ising", 1)}) == 4


def test_code_version_sees_sources_and_names_but_no_other_files(tmp_path, monkeypatch):
    monkeypatch.setattr("latentfield.provenance.PACKAGE", tmp_path)
    (tmp_path / "systems").mkdir()
    (tmp_path / "systems" / "a.py").write_text("1")

    def source() -> str:
        return code_version("systems")["source"]

    seen = [source()]
    (tmp_path / "systems" / "a.pyc").write_text("compiled")
    (tmp_path / "b.py").write_text("another room")
    assert source() == seen[0] and code_version("systems")["commit"] == "unknown"
    (tmp_path / "systems" / "a.py").write_text("2")
    seen.append(source())
    (tmp_path / "systems" / "fitted.npz").write_text("data")
    seen.append(source())
    (tmp_path / "systems" / "a.py").rename(tmp_path / "systems" / "c.py")
    seen.append(source())
    assert len(set(seen)) == 4
