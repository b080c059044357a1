"""Pages of the API reference, one a room, from the docstrings of its public modules."""

from __future__ import annotations

from pathlib import Path

import mkdocs_gen_files

PACKAGE = Path("src/latentfield")


def modules(room: Path) -> list[str]:
    """Dotted names of a room and of every public module in it, packages before what is in them."""
    files = sorted(room.rglob("*.py"), key=lambda file: (file.parent, file.name != "__init__.py", file.name))
    parts = [file.relative_to(PACKAGE.parent).with_suffix("").parts for file in files]
    return [".".join(part[:-1] if part[-1] == "__init__" else part) for part in parts]


def page(title: str, names: list[str]) -> str:
    """The page of a room: what stands in its own docstring, then each module."""
    return "\n".join([f"# {title}\n", *(f"::: {name}\n" for name in names)])


with mkdocs_gen_files.open("reference/latentfield.md", "w") as file:
    file.write(page("latentfield", ["latentfield", "latentfield.errors", "latentfield.arrays"]))
for room in (file.parent for file in PACKAGE.glob("*/__init__.py")):
    with mkdocs_gen_files.open(f"reference/{room.name}.md", "w") as file:
        file.write(page(room.name, modules(room)))
