"""All that is known in closed form about one system at one temperature, and why the rest is not.

Behind `latentfield exact`. Values are sums and integrals without statistical error; nothing is sampled.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from latentfield.errors import LatentfieldError
from latentfield.information.cuts import (
    binder,
    colour_information,
    half_information,
    information_bound,
    thermodynamic,
    total_correlation,
)
from latentfield.systems.base import System
from latentfield.systems.curie_weiss import CurieWeiss, CurieWeissSpins
from latentfield.systems.table import SYSTEMS

LABELS = {
    "log_z": "ln Z",
    "energy": "mean energy (J)",
    "entropy": "entropy (nats)",
    "binder": "Binder cumulant of the order parameter",
    "total_correlation": "total correlation (nats)",
    "mi_half": "information between halves (nats)",
    "mi_checkerboard": "information between sublattices (nats)",
    "mi_bound": "upper bound on any cut (nats)",
}
"""Values by name, with the units in which they are told; energy and entropy are those of the whole configuration."""
WAYS: dict[str, Callable[[System, float], float]] = {
    **{name: partial(thermodynamic, name=name) for name in ("log_z", "energy", "entropy")},
    "binder": binder,
    "total_correlation": total_correlation,
    "mi_half": half_information,
    "mi_checkerboard": colour_information,
    "mi_bound": information_bound,
}
"""How each is computed."""
PROTOCOL = {"chains": 2, "draws": 1, "burn_in": 1, "spacing": 1}
"""What a system must be told for sampling, and does not need to be asked."""


class Known(NamedTuple):
    """Values by name (the keys of `LABELS`), None where unknown, and for each None the reason."""

    values: dict[str, float | None]
    """All names of `LABELS`, in their order."""
    reasons: dict[str, str]
    """In words for a user: what is missing, and how to get it where there is another way."""


def known(system: System, temperature: float) -> Known:
    """Every value of `LABELS` that has a closed form. Ising: seconds up to L = 16, half a minute at L = 18.

    At T in units of J. Never raises for what is unknown, nor for terms that overflow at very low T: these have a reason.
    """
    values: dict[str, float | None] = {}
    reasons: dict[str, str] = {}
    for name, way in WAYS.items():
        try:
            values[name] = way(system, temperature)
        except LatentfieldError as error:
            values[name], reasons[name] = None, str(error)
        except OverflowError:
            values[name], reasons[name] = None, f"its terms leave double precision at T = {temperature:g}"
    return Known(values, reasons)


def model(name: str, temperature: float, **fields: Any) -> System:
    """A system by name with the given size (and patterns), to be asked and not sampled; raises LatentfieldError.

    For a name that does not exist, a temperature that is not a positive number, and fields that the system does not have, lacks, or
    cannot have in that value, in the words of the command line. Its grid holds the one temperature. `sites` instead of `size` is
    for the Curie-Weiss model, whose spins have no places.
    """
    if name not in SYSTEMS:
        raise LatentfieldError(f"there is no system {name!r}; choose from {', '.join(SYSTEMS)}")
    if not (math.isfinite(temperature) and temperature > 0):
        raise LatentfieldError(f"temperature should be a positive number, got {temperature}")
    kind = CurieWeissSpins if name == CurieWeiss.name and "sites" in fields else SYSTEMS[name]
    protocol = {key: value for key, value in PROTOCOL.items() if key in kind.model_fields}
    grid = {"min": temperature, "max": temperature, "count": 1}
    try:
        return kind(**protocol, temperatures=grid, **fields)
    except ValidationError as error:
        raise LatentfieldError("\n".join(_sentence(name, mistake) for mistake in error.errors())) from error


def _sentence(name: str, mistake: ErrorDetails) -> str:
    """A mistake in a field as a sentence, with the field as an option of the command line."""
    key = ".".join(map(str, mistake["loc"])).replace("_", "-")
    if mistake["type"] == "extra_forbidden":
        return f"{name} has no {key} (got {mistake['input']})"
    if mistake["type"] == "literal_error":
        return f"give --size or --sites, not both (got {key} {mistake['input']})"
    if mistake["type"] == "missing":
        return f"{name} needs {key}: give --{key}"
    if mistake["type"] == "value_error":
        return str(mistake["ctx"]["error"])
    return f"{key}: got {mistake['input']!r}; {mistake['msg'][0].lower()}{mistake['msg'][1:]}"
