"""Tutorials as pages: scripts whose comments are the text, run here with what they print and draw in its place.

A block of comment lines after an empty line is text; everything else is code, and a cell ends where text begins.
"""

from __future__ import annotations

import io
import re
from contextlib import redirect_stdout
from pathlib import Path
from typing import NamedTuple

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import mkdocs_gen_files

FOLDER = Path("docs/tutorials")
PROGRESS = re.compile(r".*━.*\n?")
"""Bars of progress say nothing on paper."""


class Cell(NamedTuple):
    """Text or code of a tutorial, and the line where it begins."""

    is_text: bool
    content: str
    line: int


def cells(source: str) -> list[Cell]:
    """The cells of a script, in order."""
    found: list[Cell] = []
    for block in re.finditer(r"[^\n].*?(?=\n\n+|\n*\Z)", source, re.DOTALL):
        is_text = all(line.startswith("#") for line in block[0].splitlines())
        line = source.count("\n", 0, block.start())
        if not is_text and found and not found[-1].is_text:
            gap = "\n" * (line - found[-1].line - found[-1].content.count("\n"))
            found[-1] = found[-1]._replace(content=found[-1].content + gap + block[0])
        else:
            found.append(Cell(is_text, block[0], line))
    return found


def run(code: Cell, file: Path, names: dict[str, object]) -> str:
    """What a cell prints."""
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(compile("\n" * code.line + code.content, file, "exec"), names)
    return PROGRESS.sub("", printed.getvalue()).strip("\n")


def figures(stem: str, first: int) -> list[str]:
    """Save what a cell has drawn; the names of the files, numbered from `first`."""
    saved = []
    for number in plt.get_fignums():
        saved.append(f"{stem}-{first + len(saved)}.svg")
        with mkdocs_gen_files.open(f"tutorials/{saved[-1]}", "w") as file:
            plt.figure(number).savefig(file, format="svg")
    plt.close("all")
    return saved


def page(file: Path) -> str:
    """The page of a tutorial."""
    names: dict[str, object] = {"__name__": "__main__"}
    parts, drawn = [], 0
    for cell in cells(file.read_text()):
        if cell.is_text:
            parts.append(re.sub(r"(?m)^# ?", "", cell.content))
            continue
        parts.append(f"```python\n{cell.content}\n```")
        if printed := run(cell, file, names):
            parts.append(f"```{{ .text .no-copy }}\n{printed}\n```")
        for name in figures(file.stem, drawn):
            parts.append(f"![{file.stem.capitalize()}, figure {drawn + 1}]({name})")
            drawn += 1
    return "\n\n".join([*parts, f"*This page is the script `{file}`, run as it stands.*\n"])


for tutorial in sorted(FOLDER.glob("*.py")):
    with mkdocs_gen_files.open(f"tutorials/{tutorial.stem}.md", "w") as written:
        written.write(page(tutorial))
