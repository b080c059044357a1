"""The study of the number of latents of a recording, as parameters: which numbers, decoders and splits, which training."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt

from latentfield.samples.splits import Scheme
from latentfield.vae.architecture import NetworkSettings, PriorSettings, Widths
from latentfield.vae.schedule import Pace

Form = Literal["linear", "curved"]
"""Of the decoder: fields linear in z, a generalised Hopfield model, or any function of z."""
EXACT = 3
"""Latents up to which the sum over them is carried out; VAEs have more."""


VAES: dict[Form, str] = {"linear": "linear", "curved": "corrected_mean_field"}
"""Decoders of VAEs of either form: a linear field, and one with a network added to it."""


class Point(BaseModel):
    """One model: number of latents, decoder, split, seed, words.

    These are all that models differ in. Seed and settings fix the result on one machine.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    latents: PositiveInt
    decoder: Form
    split: Scheme
    """Which words are held out, one by one, by repeat or by stretch of time (`samples.splits`): from the easiest to
    generalise to, to the hardest."""
    seed: int
    half: Literal[0, 1] | None = None
    """Which half of the training words it is fitted to, of those with even or with odd numbers; all where there is none."""

    @property
    def exact(self) -> bool:
        """Whether the sum over latents is carried out (`marginal`), with no encoder, no form of the prior and no bound."""
        return self.latents <= EXACT

    @property
    def name(self) -> str:
        """Name of the point's file."""
        half = "" if self.half is None else f"-half{self.half}"
        return f"{self.decoder}-d{self.latents:02d}-{self.split}-s{self.seed}{half}"


Numbers = Annotated[tuple[PositiveInt, ...], Field(min_length=1)]


class LatentStudy(Pace):
    """Every number of latents with either decoder on every split, and one number with several starts and two halves of the words.

    The pace is that of the VAEs, of more than three latents: dense encoders, a prior that is a mixture of Gaussians over all
    latents together.
    """

    linear: Numbers
    """Numbers d of latents with a linear decoder, each on each split."""
    curved: Numbers
    """The same with a curved one."""
    splits: tuple[Scheme, ...] = Field(min_length=1)
    """The first is the one on which the best number of latents is chosen and starts are compared."""
    stable: Annotated[PositiveInt, Field(le=EXACT)] = 2
    """Latents of the linear fits that differ in their starts, and in the half of the words that they see."""
    starts: Annotated[PositiveInt, Field(ge=2)] = 10
    """Fits with `stable` latents on the first split, from starts of different seeds."""
    hidden: Widths = (256, 256)
    """Units of the hidden layers of encoders and curved decoders of VAEs."""
    components: PositiveInt = 256
    """Of the priors of VAEs."""
    words: PositiveInt = 8000
    """Test words that are scored, drawn at random.

    The same words of a split for every training; all of them where there are fewer."""
    importance_samples: PositiveInt = 100
    """Draws of z per word in the bound of ln P of VAEs, which rises to ln P with them (`words.likelihood`)."""

    def network(self, form: Form) -> NetworkSettings:
        """That of the VAEs with such a decoder."""
        prior = PriorSettings(kind="mixture", components=self.components)
        return NetworkSettings(encoder="dense", decoder=VAES[form], hidden=self.hidden, prior=prior)

    def points(self, seed: int) -> Iterator[Point]:
        """Every model, those of few latents first; seeds count from `seed`."""
        forms: tuple[tuple[Form, Numbers], ...] = (("linear", self.linear), ("curved", self.curved))
        for d in sorted({*self.linear, *self.curved}):
            for form, numbers in forms:
                for split in self.splits if d in numbers else ():
                    yield Point(latents=d, decoder=form, split=split, seed=seed)
        yield from self.compared(seed)[0 if self.stable not in self.linear else 1 :]

    def compared(self, seed: int) -> list[Point]:
        """Linear fits with `stable` latents: one for each start, and one for each half of the words."""
        common = {"latents": self.stable, "decoder": "linear", "split": self.splits[0]}
        starts = [Point(**common, seed=seed + k) for k in range(self.starts)]
        return [*starts, *(Point(**common, seed=seed, half=half) for half in (0, 1))]
