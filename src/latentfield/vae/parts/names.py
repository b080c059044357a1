"""By which names parameters and records call encoders, decoders, priors and likelihoods, and what a check of them needs to know.

Nothing is built here, and torch is not needed: `table` has the classes of the same names.

Two names of forms were others once, and are still read: the encoder "field" and the decoder "dense" are "corrected_mean_field",
the decoder "field" is "mean_field".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BeforeValidator

ENCODERS = {"cnn": 4, "dense": 1, "mean_field": 1, "corrected_mean_field": 1, "exact": 1}
"""The edge of a square lattice must be a multiple of this stride; 1 where the sites need no lattice."""
DECODERS = {"cnn": 4, "linear": 1, "mean_field": 1, "corrected_mean_field": 1, "curved": 1}
"""The same of decoders."""
PRIORS: dict[str, tuple[str, ...]] = {
    "spline": ("layers", "bins", "bound", "hidden"),
    "autoregressive": ("layers", "bins", "bound", "hidden"),
    "mixture": ("components",),
    "gaussian": (),
    "nodes": ("components", "temperatures"),
}
"""What each is made of besides the number of latents, by the names of the arguments."""
SITES = ("spins", "directors")
"""What configurations consist of: the likelihoods."""

FORMER_ENCODERS = {"field": "corrected_mean_field"}
FORMER_DECODERS = {"dense": "corrected_mean_field", "field": "mean_field"}
"""Names that forms had before, and their names now."""


def _renamed(former: Mapping[str, str]) -> BeforeValidator:
    return BeforeValidator(lambda name: former.get(name, name) if isinstance(name, str) else name)


if TYPE_CHECKING:
    EncoderName = str
    DecoderName = str
    PriorName = str
    SitesName = str
else:
    EncoderName = Annotated[Literal[tuple(ENCODERS)], _renamed(FORMER_ENCODERS)]
    DecoderName = Annotated[Literal[tuple(DECODERS)], _renamed(FORMER_DECODERS)]
    PriorName = Literal[tuple(PRIORS)]
    SitesName = Literal[SITES]
