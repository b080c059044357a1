import subprocess

from latentfield.provenance import data_hash, digest, git_commit


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


def test_data_hash_comes_from_the_lock_file(tmp_path):
    for name in ("ising", "hopfield"):
        (tmp_path / "data" / name).mkdir(parents=True)
        (tmp_path / "data" / name / "x").write_text("1")
    lock = "schema: '2.0'\nstages:\n  sample@ising:\n    cmd: x\n    outs:\n    - path: data/ising\n      hash: md5\n"
    (tmp_path / "dvc.lock").write_text(lock + "      md5: 0123456789abcdef0123456789abcdef.dir\n      size: 1\n")
    assert data_hash(tmp_path / "data" / "ising", tmp_path) == "0123456789abcdef0123456789abcdef.dir"
    assert data_hash(tmp_path / "data" / "hopfield", tmp_path) == digest(tmp_path / "data" / "hopfield")[:32]
