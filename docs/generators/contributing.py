"""CONTRIBUTING.md as a page."""

from __future__ import annotations

from pathlib import Path

import mkdocs_gen_files

with mkdocs_gen_files.open("contributing.md", "w") as file:
    file.write(Path("CONTRIBUTING.md").read_text())
