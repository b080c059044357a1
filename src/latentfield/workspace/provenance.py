"""What made an artifact: the sources that did the work, the commit they come from, and the data they saw.

A digest of sources, settings and data names the unfinished work that may be taken up again, and says of two results whether the
same code made them. A commit only says where a reader finds that code: no fingerprint contains it.

Sources are found by reading import statements, not by running them. A digest is of bytes: a comment changes it as a formula does.
"""

from __future__ import annotations

import ast
import hashlib
import json
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parents[1]
"""Folder of the package; nothing outside it, NumPy and torch included, enters a digest of sources."""
DATA = ".npz"
"""Ending of the data files of the package, which a module names that stands beside them."""


def fingerprint(*parts: Any) -> str:
    """Sixteen hex digits that change whenever any of the JSON-able parts does.

    The order of parts counts, that of keys within one does not; a tuple is a list; 1 and 1.0 differ. TypeError for a part that JSON
    has no form for, such as an array. 64 bits of SHA-256: enough against chance, not against intent.
    """
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def code_version(*modules: str) -> dict[str, str]:
    """Version, source digest and commit of modules of the package ("latentfield.vae.training") and of all that they import.

    The commit is the last one that touched them, so that it is the same in every later checkout; "+changed" marks
    sources that differ from it, "unknown" a package that is not in a git checkout.

    Keys `version` (of the installed package), `source` (sixteen hex digits over paths below the package and contents of `sources`)
    and `commit` (forty hex digits and perhaps "+changed"). Every file concerned is read and parsed and git is started: to be called
    once for a piece of work, not in a loop.
    """
    files = sources(*modules)
    total = hashlib.sha256()
    for file in files:
        total.update(file.relative_to(PACKAGE).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return {"version": version("latentfield"), "source": total.hexdigest()[:16], "commit": _last_commit(files)}


def sources(*modules: str) -> list[Path]:
    """Files of modules of the package, of all that they import from it, at any depth, and of the data that these name; sorted.

    Data are .npz files beside a module whose name stands anywhere in its text. A package's `__init__.py` counts only where
    something is imported from it by name, not for every module below it. A module outside the package, or one that does not
    exist, has none.
    """
    found: set[Path] = set()
    left = [file for module in modules if (file := _file(module))]
    while left:
        file = left.pop()
        if file in found:
            continue
        found.add(file)
        text = file.read_text()
        found |= {data for data in file.parent.glob(f"*{DATA}") if data.name in text}
        left += [inner for module in imported(ast.parse(text)) if (inner := _file(module))]
    return sorted(found)


def imported(tree: ast.AST) -> set[str]:
    """Modules of the package that a syntax tree imports, anywhere but for the type checker alone; dotted names.

    Imports inside functions count, whatever is below `if TYPE_CHECKING:` does not, its `else` included. Relative imports and
    modules that are imported by a name made at run time are not seen.
    """
    names: set[str] = set()
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names if _file(alias.name)}
        elif isinstance(node, ast.ImportFrom):
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= (modules := {name for name in inner if _file(name)})
            if node.module and modules != inner and _file(node.module):
                names.add(node.module)
        else:
            names |= imported(node)
    return names


def _file(module: str) -> Path | None:
    """File of a module of the package, None where there is none."""
    place = PACKAGE.joinpath(*module.split(".")[1:])
    if module.split(".")[0] != PACKAGE.name:
        return None
    return next((file for file in (place.with_suffix(".py"), place / "__init__.py") if file.is_file()), None)


def git_commit(root: Path) -> str:
    """Full hash of the commit checked out at `root`, plus "+dirty" if tracked files differ; "unknown" outside git.

    Unlike the commit of `code_version` it is that of the whole checkout, and another one after every commit. Untracked files do not
    count. "unknown", too, where git is not installed or there is no commit yet.
    """
    commit = _git(root, "rev-parse", "HEAD")
    if not commit:
        return "unknown"
    return commit + ("+dirty" if _git(root, "status", "--porcelain", "--untracked-files=no") else "")


def digest(path: Path, names: tuple[str, ...] | None = None) -> str:
    """SHA-256 (64 hex digits) of names and contents: of one file, all files below a folder, or those named in it.

    Files enter in sorted order, each with its path below `path`, the length of that, and the digest of its contents, so that no two
    different sets of files give the same bytes to hash. The name of a single file does not enter, nor do dates, rights and empty
    folders; links are followed. Files are read piece by piece. FileNotFoundError for a name that is not there.
    """
    path = Path(path)
    total = hashlib.sha256()
    for file in sorted(path / name for name in names) if names else _files(path):
        name = file.relative_to(path).as_posix().encode()
        total.update(b"%d:%s" % (len(name), name))
        with file.open("rb") as stream:
            total.update(hashlib.file_digest(stream, "sha256").digest())
    return total.hexdigest()


def _files(path: Path) -> list[Path]:
    return [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())


def _last_commit(files: list[Path]) -> str:
    """The last commit that touched any of the files, and whether one of them differs from it or is not tracked."""
    names = [str(file) for file in files]
    commit = _git(PACKAGE, "log", "-1", "--format=%H", "--", *names)
    if not commit:
        return "unknown"
    return commit + ("+changed" if _git(PACKAGE, "status", "--porcelain", "--", *names) else "")


def _git(folder: Path, *arguments: str) -> str:
    """What git answers in a folder, stripped; empty where it fails or is not installed."""
    try:
        done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
