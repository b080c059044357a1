"""Where a record comes from: data, parameters, seed and sources."""

from __future__ import annotations

from latentfield.records.base import Record


class Code(Record):
    """The sources that made something (`workspace.provenance.code_version`)."""

    version: str
    """Of the package."""
    source: str
    """Digest of the modules that did the work."""
    commit: str
    """The last one that touched them; "+changed" marks sources that differ from it."""


class Origin(Record):
    """Which VAE of which data a record belongs to."""

    name: str
    """Name of the VAE: its key in `params.yaml`, or that of a data set of one's own."""
    system: str
    """Name of the data: a sampled system, the recording, or a data set of one's own."""
    profile: str
    recording: str
    """"recording", "SURROGATE" where synthetic words stand in for it, "none" for sampled systems."""
    data: str
    """Digest of the sample set."""
    run: str
    """Key of the run."""
