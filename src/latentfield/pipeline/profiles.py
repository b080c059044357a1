"""Profiles: sets of values in `params.yaml` that change together, one for a laptop and one for a GPU.

A profile is a file of overrides in `profiles/`; choosing one writes its values into `params.yaml`, comments kept, so that the
parameters of every result stand in one file, whatever the profile.

All profiles name the same keys: a key that only one of them names would keep its value on the way back. "laptop" is for two CPU
cores; "paper" has larger lattices, more temperatures and wider networks, for one GPU, and its numbers are this project's choice.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from latentfield.errors import LatentfieldError
from latentfield.pipeline import params

FOLDER = Path("profiles")
"""Where they are, NAME.yaml each, in the root of a checkout."""


def choose(name: str, file: Path = params.FILE, folder: Path = FOLDER) -> None:
    """Write the values of a profile into the parameter file; nothing is written if the result would not be valid.

    Blocks are merged key by key, other values, lists among them, replaced whole; comments and the order of keys stay. The new file
    is written beside the old one, checked, and moved into its place, so that a kill leaves one or the other. Choosing the profile
    that the repository's file has already changes no byte, and so marks no stage as changed.

    Raises LatentfieldError for a name that is not in `folder`, for a parameter file that is missing or no YAML, and, with a line
    per mistake, where the result is not valid.
    """
    known = sorted(path.stem for path in folder.glob("*.yaml"))
    if name not in known:
        raise LatentfieldError(f"unknown profile {name!r}; there are: {', '.join(known) or f'none in {folder}/'}")
    params.read(file)
    yaml = YAML()
    yaml.width = 120
    content = yaml.load(file.read_text())
    _override(content, yaml.load((folder / f"{name}.yaml").read_text()))
    partial = file.with_name(file.name + ".partial")
    with partial.open("w") as handle:
        yaml.dump(content, handle)
    try:
        params.check(params.read(partial), file)
    except LatentfieldError:
        partial.unlink()
        raise
    os.replace(partial, file)


def _override(content: MutableMapping[str, Any], values: Mapping[str, Any]) -> None:
    """Put values into the content, in place, block by block; blocks that are not there are made."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            _override(content.setdefault(key, {}), value)
        else:
            content[key] = value
