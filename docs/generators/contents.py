"""The table of contents."""

from __future__ import annotations

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
    * [How many latents the recording has](latent_number.md)
    * [Few latents, exactly](few_latents.md)
    * [How well the total correlation is measured](total_correlation.md)
* The house
    * [Architecture](architecture.md)
    * [Records](records.md)
    * [Contributing](contributing.md)
* Reference
    * [latentfield](reference/latentfield.md)
{rooms}"""

rooms = sorted(file.parent.name for file in Path("src/latentfield").glob("*/__init__.py"))
lines = "".join(f"    * [{room}](reference/{room}.md)\n" for room in rooms)
with mkdocs_gen_files.open("SUMMARY.md", "w") as file:
    file.write(PAGES.format(rooms=lines))
