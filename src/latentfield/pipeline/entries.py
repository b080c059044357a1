"""Entries of the block `train` of `params.yaml`: a VAE that is trained, or a law of few latents that is fitted exactly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, PositiveInt, Tag

from latentfield.samples.splits import SPLITS, Scheme
from latentfield.systems.base import System
from latentfield.vae.architecture import NetworkSettings
from latentfield.vae.parts.names import DECODERS, ENCODERS
from latentfield.vae.schedule import Pace

PARTS: dict[str, Mapping[str, int]] = {"encoder": ENCODERS, "decoder": DECODERS}
"""The parts of a VAE that may ask for a lattice, by their keys in the block `train`, each with the table of its forms.

A form whose `stride` is above 1 halves a square lattice until its edge has shrunk by that factor.
"""


EXACT = {"exact", "curved"}
"""Forms that belong to exact fits."""


class Block(BaseModel):
    """A block of the file: read once and never changed, in which an unknown key is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Train(NetworkSettings, Pace):
    """How one VAE is built and trained: the networks of `NetworkSettings`, the epochs and rates of `Pace`, and what follows.

    An entry of the block `train`; its name becomes that of the VAE's folder in `models/`, of its records, figures and section of
    the report, and of its registered model. Several entries may be trained on the same data.
    """

    data: str
    """Name of the data set: a system of the block `sample`, or the recording."""
    latents: PositiveInt
    """Number d of latent variables z, components of the order parameter that the VAE can have."""
    threads: PositiveInt = 1
    """See `vae.schedule.Schedule`."""
    split: Scheme | None = None
    """Which words of a recording are held out; sampled systems hold out their last blocks and take none.

    For a recording it must be given: "random" holds out single words, of a movie whose every moment is then still in the training
    words, "repeats" whole repeats, "movie" a stretch of time in all of them (`samples.splits`).
    """


class Exact(Block):
    """How one law of few latents is fitted exactly, at all temperatures together (`marginal.of_samples`).

    An entry of the block `train` like the others, with the encoder "exact": nothing is trained, and no posterior approximated.
    """

    data: str
    """As in `Train`: a system of spins, or the recording."""
    latents: Annotated[PositiveInt, Field(le=3)]
    """Number d of latent variables z, over which sums are carried out."""
    encoder: Literal["exact"]
    decoder: Literal["linear", "mean_field"] = "linear"
    """"mean_field" is linear without a field of its own on a site: for systems that are blind to the sign of all spins."""
    rounds: PositiveInt = 100
    """Of expectation and maximisation on some of the configurations, before a few on all."""
    closing: PositiveInt = 4
    """How often nodes are added at the end, at most."""
    split: Scheme | None = None
    """As in `Train`."""


def _kind(entry: Any) -> str:
    told = entry.get("encoder") if isinstance(entry, Mapping) else getattr(entry, "encoder", None)
    return "<exact>" if told == "exact" else "<VAE>"


Entry = Annotated[Annotated[Train, Tag("<VAE>")] | Annotated[Exact, Tag("<exact>")], Discriminator(_kind)]
"""An entry of the block `train`; the encoder says which kind it is of."""


def check_recording(name: str, train: Train | Exact) -> None:
    """Cells have no lattice for a network to halve, and no blocks to hold out: a split must say which words are."""
    for part, table in PARTS.items():
        got = getattr(train, part)
        if table[got] > 1:
            allowed = ", ".join(repr(kind) for kind, stride in table.items() if stride == 1 and kind not in EXACT)
            raise ValueError(f"train.{name}.{part}: a recording has no lattice for {got!r}; allowed: {allowed}")
    if train.split is None:
        raise ValueError(f"train.{name}.split: missing; allowed: {', '.join(SPLITS)}")


def check_system(name: str, train: Train | Exact, system: System) -> None:
    """The edge of the lattice is a multiple of the stride of both networks; the message names the nearest edges that are."""
    if train.split is not None:
        raise ValueError(
            f"train.{name}.split: got {train.split!r}, but only recordings are split by words; leave it out"
        )
    if isinstance(train, Exact) and system.sites != "spins":
        raise ValueError(f"train.{name}.encoder: got 'exact', which is for spins; {train.data} has {system.sites}")
    size = system.shape[0]
    for part, table in PARTS.items():
        got = getattr(train, part)
        if left := size % table[got]:
            raise ValueError(
                f"sample.{train.data}.size: got {size}, but train.{name} uses {got!r}, which needs a multiple of "
                f"{table[got]} ({size - left} or {size - left + table[got]})"
            )
