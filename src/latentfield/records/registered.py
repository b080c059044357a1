"""Which version a VAE has become in the model registry: `reports/registry.json`."""

from __future__ import annotations

from pathlib import Path

from pydantic import TypeAdapter

from latentfield.records.base import Record, checked, read_json


class Registered(Record):
    """A registered version, whether it is the champion of its system, and why."""

    name: str
    version: str
    champion: bool
    reason: str = ""


REGISTRY: TypeAdapter[dict[str, Registered]] = TypeAdapter(dict[str, Registered])
"""Those of all VAEs, by name."""


def read_registry(path: Path) -> dict[str, Registered]:
    """The registered versions in a file; none where there is no such file."""
    return checked(REGISTRY, read_json(path), str(path)) if path.is_file() else {}
