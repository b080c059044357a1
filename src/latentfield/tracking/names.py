"""Names of parameters, metrics, tags and folders as MLflow takes them.

A name is checked when it is written to a journal; a refusal weeks later, when the run is uploaded, would come too late.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from latentfield.errors import LatentfieldError

NAME = re.compile(r"(?!\.)[\w.\- ]+(/(?!\.)[\w.\- ]+)*", re.ASCII)
"""Parts between slashes, of ASCII letters, digits, _ - . and spaces; none is empty or begins with a dot."""


def flatten(params: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Nested parameters as strings under dotted names: {"vae": {"latents": 4}} becomes {"vae.latents": "4"}.

    Lists stay whole, as Python prints them, None is "None", and an empty mapping leaves no trace. Of two entries that get the same
    dotted name the later one stands.
    """
    flat: dict[str, str] = {}
    for key, value in params.items():
        flat |= flatten(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": str(value)}
    return flat


def check_names(names: Iterable[str]) -> None:
    """Raises LatentfieldError for a name of a parameter, metric, tag or folder that MLflow would refuse, the first of them.

    Stricter than MLflow, which also takes colons on some systems and parts that begin with a dot.
    """
    for name in names:
        if not NAME.fullmatch(name) or len(name) > 250:
            raise LatentfieldError(f"MLflow names are letters, digits, _ - . / or spaces, at most 250; got {name!r}.")
