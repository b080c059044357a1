"""Names of parameters, metrics, tags and folders as MLflow takes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from latentfield.errors import LatentfieldError

NAME = re.compile(r"(?!\.)[\w.\- ]+(/(?!\.)[\w.\- ]+)*", re.ASCII)


def flatten(params: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Nested parameters as strings under dotted names."""
    flat: dict[str, str] = {}
    for key, value in params.items():
        flat |= flatten(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": str(value)}
    return flat


def check_names(names: Iterable[str]) -> None:
    """Raises LatentfieldError for a name of a parameter, metric, tag or folder that MLflow would refuse."""
    for name in names:
        if not NAME.fullmatch(name) or len(name) > 250:
            raise LatentfieldError(f"MLflow names are letters, digits, _ - . / or spaces, at most 250; got {name!r}.")
