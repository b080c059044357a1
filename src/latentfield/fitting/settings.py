"""What a fit tries, and for how long: defaults that take minutes on two cores, whatever the data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError

from latentfield.errors import LatentfieldError, sentence
from latentfield.measures.density_ratio import Settings as Ratio
from latentfield.samples.splits import Scheme
from latentfield.samples.store import SampleSet
from latentfield.vae.architecture import Architecture, NetworkSettings, PriorSettings, Widths
from latentfield.vae.parts.table import DECODERS, DecoderName
from latentfield.vae.schedule import Schedule
from latentfield.words.ladder import Sizes

COOLEST = 0.03
"""Learning rate of the last epoch over that of the first."""


class Settings(BaseModel):
    """Everything that a fit depends on but the data."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    latents: Annotated[tuple[PositiveInt, ...], Field(min_length=1)] = (1, 2, 3)
    """Numbers of latents tried; none at all, independent sites, is always tried too."""
    split: Scheme = "random"
    decoder: DecoderName = "linear"
    steps: PositiveInt = 6500
    """Batches that each VAE is trained on, to whole epochs, between `epochs[0]` and `epochs[1]` of them."""
    epochs: tuple[PositiveInt, PositiveInt] = (4, 30)
    batch: PositiveInt = 256
    """Small: in larger batches latents of sparse words die early, and for good."""
    learning_rate: float = 1e-2
    hidden: Widths = (128, 128)
    importance_samples: PositiveInt = 100
    posterior_draws: PositiveInt = 4
    mixtures: tuple[PositiveInt, ...] = (8, 100, 400)
    """Components of the mixtures tried, as far as there are words for them (`words.mixture`)."""
    pairwise_steps: PositiveInt = 1500
    ratio_steps: PositiveInt = 1000
    """Batches on which the network of the total correlation is trained at most."""
    seed: int = 1

    @property
    def numbers(self) -> list[int]:
        """Numbers of latents tried, in order."""
        return sorted(set(self.latents))

    @property
    def vaes(self) -> dict[str, tuple[int, str]]:
        """Latents and prior of every VAE that is trained, by name.

        Whether latents are independent is another question than how many they are, and either prior is at times the harder one to
        train: of two latents or more both are tried. Of one latent they are the same.
        """
        joint = {f"d{d:02d}-joint": (d, JOINT) for d in self.numbers if d > 1}
        return {f"d{d:02d}": (d, FACTORISED) for d in self.numbers} | joint

    @property
    def sizes(self) -> Sizes:
        """Those of the models without latents."""
        return Sizes(self.importance_samples, self.mixtures, self.pairwise_steps, "better")

    @property
    def ratio(self) -> Ratio:
        """How the network of the total correlation is trained."""
        return Ratio(steps=self.ratio_steps, head="words", seed=self.seed)


FACTORISED, JOINT = "spline", "autoregressive"
SPLINES = {"layers": 2, "bins": 16, "bound": 10.0, "hidden": 32}


def settings(**values: object) -> Settings:
    """Checked settings; a mistake is one LatentfieldError."""
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise LatentfieldError("\n".join(sentence(mistake, Settings) for mistake in error.errors())) from error


def schedule(chosen: Settings, words: int) -> Schedule:
    """How a VAE is trained on so many words."""
    least, most = chosen.epochs
    epochs = min(max(round(chosen.steps * chosen.batch / words), least), most)
    decay = COOLEST ** (1 / epochs)
    return Schedule(epochs=epochs, batch=chosen.batch, learning_rate=chosen.learning_rate, decay=decay)


def architecture(chosen: Settings, latents: int, prior: str, data: SampleSet) -> Architecture:
    """A VAE of so many latents for a recording; the data have one temperature, T = 1."""
    network = NetworkSettings(
        encoder="dense", decoder=chosen.decoder, hidden=chosen.hidden, prior=PriorSettings(kind=prior, **SPLINES)
    )
    sites, lattice, dropped = data.shape[0], data.attributes["lattice"], len(data.attributes["dropped_sites"])
    configuration = shape(chosen.decoder, sites, lattice, dropped)
    return Architecture.of(network, [1.0], sites="spins", shape=configuration, latents=latents)


def shape(decoder: str, sites: int, lattice: Sequence[int] | None, dropped: int) -> tuple[int, ...]:
    """Shape of one configuration: the lattice of the sites where there is one, or where the decoder needs one and can have it.

    Raises LatentfieldError for a decoder that halves a lattice where the sites are not a square one that allows it.
    """
    stride = DECODERS[decoder].stride
    if stride == 1:
        return tuple(lattice or (sites,))
    rows, columns = lattice or (math.isqrt(sites),) * 2
    if rows != columns or rows * columns != sites or rows % stride or dropped:
        got = f"{rows} x {columns} sites" if lattice else f"{sites} sites"
        lost = f", {dropped} having been dropped" if dropped else ""
        others = " or ".join(name for name, made in DECODERS.items() if made.stride == 1)
        raise LatentfieldError(
            f"the decoder {decoder!r} needs a square lattice whose edge is a multiple of {stride}, with all of its sites; got "
            f"{got}{lost}: choose {others}"
        )
    return rows, columns
