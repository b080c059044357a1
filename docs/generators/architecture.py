"""The pictures of the architecture page, from the code: which room imports which, and the stages with what passes between them."""

from __future__ import annotations

import ast
import re
import tomllib
from collections import Counter
from fnmatch import fnmatch
from html import escape
from pathlib import Path

import grimp
import mkdocs_gen_files
from ruamel.yaml import YAML

PACKAGE = Path("src/latentfield")
CELL, LEFT, TOP = 26, 118, 104
BOX, GAP = (104, 34), (34, 26)
STYLE = (
    'font-family="system-ui, sans-serif" font-size="13" fill="currentColor" style="max-width: 100%; height: auto" '
    'role="img" xmlns="http://www.w3.org/2000/svg"'
)


def floors() -> list[list[str]]:
    """Rooms and single modules, the highest floor first, as the import contract states them."""
    contracts = tomllib.loads(Path("pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    return [[name.strip() for name in re.split(r"[|:]", layer)] for layer in layers]


def arrows() -> Counter[tuple[str, str]]:
    """How many modules of one room import from another, by (importer, imported)."""
    graph = grimp.build_graph("latentfield", exclude_type_checking_imports=True)
    pairs = {
        (module, _room(other)) for module in graph.modules for other in graph.find_modules_directly_imported_by(module)
    }
    return Counter((_room(module), room) for module, room in pairs if _room(module) and room not in ("", _room(module)))


def _room(module: str) -> str:
    return module.partition(".")[2].partition(".")[0]


def rooms_picture() -> str:
    """A matrix of rooms: what imports in the row, what is imported in the column."""
    names, counts = [name for floor in floors() for name in floor], arrows()
    parts = []
    for k, name in enumerate(names):
        y, x = TOP + k * CELL, LEFT + k * CELL
        link = f"../reference/{name if (PACKAGE / name).is_dir() else 'latentfield'}/"
        parts.append(f'<a href="{link}"><text x="{LEFT - 10}" y="{y + 18}" text-anchor="end">{name}</text></a>')
        parts.append(f'<text transform="translate({x + 18} {TOP - 8}) rotate(-60)">{name}</text>')
        parts.append(f'<rect x="{x}" y="{y}" width="{CELL}" height="{CELL}" fill-opacity="0.12"/>')
        parts += [
            f'<rect x="{LEFT + c * CELL + 3}" y="{y + 3}" width="{CELL - 6}" height="{CELL - 6}" rx="4" fill="#37718e" '
            f'fill-opacity="{min(1, 0.35 + counts[name, other] / 8):.2f}"><title>{name} imports {other} in '
            f"{counts[name, other]} modules</title></rect>"
            for c, other in enumerate(names)
            if counts[name, other]
        ]
    width, height = LEFT + len(names) * CELL + 70, TOP + len(names) * CELL + 4
    label = "<title>Which room imports which</title>"
    return f'<svg viewBox="0 0 {width} {height}" width="{width}" {STYLE}>{label}{"".join(parts)}</svg>'


def floors_table() -> str:
    """One line a room."""
    rows = [f"| {_entry(name)} | {_says(name)} |" for floor in floors() for name in floor]
    return "\n".join(["| room | |", "|---|---|", *rows])


def _entry(name: str) -> str:
    return f"[`{name}`](reference/{name if (PACKAGE / name).is_dir() else 'latentfield'}.md)"


def _says(name: str) -> str:
    place = PACKAGE / name
    file = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
    text = (ast.get_docstring(ast.parse(file.read_text())) or "").partition("\n\n")[0]
    return " ".join(text.split()).replace("|", "\\|")


def stages() -> dict[str, dict[str, list[str]]]:
    """Stages of the pipeline: what each says of itself, reads and writes; sources left out, a star for every name."""
    content = YAML(typ="safe").load(Path("dvc.yaml").read_text())["stages"]
    found = {}
    for name, stage in content.items():
        stage = stage.get("do", stage)
        outs = [_path(out) for kind in ("outs", "metrics") for out in stage.get(kind, ())]
        reads = [_path(dep) for dep in stage.get("deps", ()) if not dep.startswith(("src/", "pipelines/"))]
        found[name] = {"desc": [stage["desc"]], "reads": reads, "writes": outs}
    return found


def _path(entry: str | dict[str, object]) -> str:
    return re.sub(r"\$\{[^}]*\}", "*", entry if isinstance(entry, str) else next(iter(entry)))


def _meet(read: str, written: str) -> bool:
    return fnmatch(written, read) or fnmatch(read, written) or written.startswith(f"{read}/")


def stages_picture() -> str:
    """Stages as boxes, each left of all that reads from it; arrows that follow from others are left out."""
    table = stages()
    after = {name: {other for other in table if _feeds(table[name], table[other])} for name in table}
    behind = {name: _reach(name, after) for name in table}

    def height(name: str) -> int:
        return max((height(other) + 1 for other in after[name]), default=0)

    columns = max(map(height, table)) + 1
    rows: Counter[int] = Counter()
    place = {}
    for name in table:
        column = columns - 1 - height(name)
        place[name] = (column * (BOX[0] + GAP[0]) + 4, rows[column] * (BOX[1] + GAP[1]) + 4)
        rows[column] += 1
    arrows = [(a, b) for a in table for b in after[a] if not any(b in behind[c] for c in after[a])]
    parts = [_curve(place[a], place[b]) for a, b in sorted(arrows)]
    parts += [_box(name, *place[name], table[name]["desc"][0]) for name in table]
    width, deep = columns * (BOX[0] + GAP[0]) - GAP[0] + 8, max(rows.values()) * (BOX[1] + GAP[1]) - GAP[1] + 8
    label = "<title>The stages of the pipeline and what they read from each other</title>"
    return f'<svg viewBox="0 0 {width} {deep}" width="{width}" {STYLE}>{label}{"".join(parts)}</svg>'


def _feeds(first: dict[str, list[str]], second: dict[str, list[str]]) -> bool:
    """Whether the second of two stages reads what the first writes."""
    return any(_meet(read, written) for read in second["reads"] for written in first["writes"])


def _reach(name: str, after: dict[str, set[str]]) -> set[str]:
    return after[name].union(*(_reach(other, after) for other in after[name]))


def _curve(start: tuple[int, int], end: tuple[int, int]) -> str:
    (x, y), (u, v) = (start[0] + BOX[0], start[1] + BOX[1] // 2), (end[0], end[1] + BOX[1] // 2)
    bend = GAP[0] // 2
    curve = f"M{x} {y} C{x + bend} {y} {u - bend} {v} {u - 2} {v}"
    head = f"M{u - 7} {v - 4} L{u - 1} {v} L{u - 7} {v + 4}"
    return f'<path d="{curve} {head}" fill="none" stroke="currentColor" stroke-opacity="0.55"/>'


def _box(name: str, x: int, y: int, says: str) -> str:
    box = f'<rect x="{x}" y="{y}" width="{BOX[0]}" height="{BOX[1]}" rx="6" fill="#37718e" fill-opacity="0.9"/>'
    text = f'<text x="{x + BOX[0] // 2}" y="{y + 22}" text-anchor="middle" fill="white">{name}</text>'
    return f"<g><title>{escape(says)}</title>{box}{text}</g>"


def stages_table() -> str:
    """Stages with what they read and write."""
    rows = [
        f"| `{name}` | {stage['desc'][0]} | {_names(stage['reads'])} | {_names(stage['writes'])} |"
        for name, stage in stages().items()
    ]
    return "\n".join(["| stage | | reads | writes |", "|---|---|---|---|", *rows])


def _names(paths: list[str]) -> str:
    return ", ".join(f"`{path}`" for path in paths) or "–"


page = Path("docs/architecture.md").read_text()
page = page.replace("<!-- rooms -->", rooms_picture()).replace("<!-- floors -->", floors_table())
page = page.replace("<!-- stages -->", f"{stages_picture()}\n\n{stages_table()}")
with mkdocs_gen_files.open("architecture.md", "w") as file:
    file.write(page)
