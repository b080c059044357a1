"""The table of contents: a page of the records only where they have a schema."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import mkdocs_gen_files

PAGES = """\
* [latentfield](index.md)
* Tutorials
    * [From a recording to its theory](tutorials/recording.md)
    * [From a Hopfield network to its patterns](tutorials/hopfield.md)
* Studies
    * [The capacity criterion](capacity.md)
    * [What can be read off a decoder](decoding.md)
    * [How well the total correlation is measured](total_correlation.md)
* The house
    * [Architecture](architecture.md)
{records}    * [Contributing](contributing.md)
* Reference
    * [latentfield](reference/latentfield.md)
{rooms}"""
RECORDS = "    * [Records](records.md)\n"

rooms = sorted(file.parent.name for file in Path("src/latentfield").glob("*/__init__.py"))
lines = "".join(f"    * [{room}](reference/{room}.md)\n" for room in rooms)
with mkdocs_gen_files.open("SUMMARY.md", "w") as file:
    file.write(PAGES.format(records=RECORDS if find_spec("latentfield.records.schema") else "", rooms=lines))
