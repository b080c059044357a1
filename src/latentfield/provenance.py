"""What made an artifact: package version, digest of the sources that did the work, and the commit they come from."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

import latentfield

PACKAGE = Path(__file__).parent


def fingerprint(*parts: Any) -> str:
    """Sixteen hex digits that change whenever any of the JSON-able parts does."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def code_version(*rooms: str) -> dict[str, str]:
    """Version, source digest and commit of files or folders of the package ("systems", "store.py").

    The commit is the last one that touched them, so that it is the same in every later checkout; "+changed" marks
    sources that differ from it, "unknown" a package that is not in a git checkout.
    """
    files = sorted(f for room in rooms for f in _sources(PACKAGE / room))
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.relative_to(PACKAGE).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return {"version": latentfield.__version__, "source": digest.hexdigest()[:16], "commit": _commit(files)}


def _sources(path: Path) -> list[Path]:
    return [path] if path.is_file() else [f for f in path.rglob("*") if f.is_file() and f.suffix != ".pyc" and ".nb" not in f.suffix]


def _commit(files: list[Path]) -> str:
    names = [str(file) for file in files]
    commit = _git("log", "-1", "--format=%H", "--", *names)
    if not commit:
        return "unknown"
    return commit + ("+changed" if _git("status", "--porcelain", "--", *names) else "")


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], cwd=PACKAGE, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
