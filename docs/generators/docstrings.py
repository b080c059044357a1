"""Docstrings as they are meant: an indented block stands as it is typed, and `<` is a less-than sign."""

from __future__ import annotations

import re

from griffe import Docstring, Extension, GriffeLoader, Module, Object

INDENT = " " * 4


def as_markdown(text: str) -> str:
    """Markdown of a docstring: an empty line around every indented block, and no character outside is markup by accident."""
    lines: list[str] = []
    for line in text.splitlines():
        inside = line.startswith(INDENT)
        if line and lines and lines[-1] and inside != lines[-1].startswith(INDENT):
            lines.append("")
        lines.append(line if inside else _plain(line))
    return "\n".join(lines)


def _plain(line: str) -> str:
    """A line of text whose `<`, `*`, `_` and `[` are characters outside of code and of *emphasis*."""
    parts = re.split(r"(`[^`]*`|\*\w[\w -]*\*)", line)
    return "".join(part if k % 2 else re.sub(r"[*_\[\]<\\]", _escaped, part) for k, part in enumerate(parts))


def _escaped(found: re.Match[str]) -> str:
    return "&lt;" if found[0] == "<" else "\\" + found[0]


class Plain(Extension):
    """Rewrites every docstring of a package once it is loaded."""

    def on_package(self, *, pkg: Module, loader: GriffeLoader, **_: object) -> None:
        """Rewrite the docstrings of a package and of all that is in it."""
        self._rewrite(pkg)

    def _rewrite(self, item: Object) -> None:
        if item.docstring is not None:
            item.docstring = Docstring(as_markdown(item.docstring.value), parent=item)
        for member in item.members.values():
            if not member.is_alias:
                self._rewrite(member)
