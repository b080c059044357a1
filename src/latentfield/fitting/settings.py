"""What a fit tries, and for how long: defaults that take minutes on two cores, whatever the data.

Up to three latents with a linear or a curved decoder are fitted exactly (`marginal`), by as many rounds whatever the words; beside
linear ones stand curved ones of as many latents. More latents, and other decoders, are VAEs, trained on an importance-weighted
bound. Their time is bounded from both sides: trainings count batches rather than epochs, so that more words do not take longer,
within limits. Very long recordings are thinned beforehand (`samples.splits`).
"""

from __future__ import annotations

from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError

from latentfield.errors import LatentfieldError, sentence
from latentfield.measures.density_ratio import Settings as Ratio
from latentfield.samples.splits import AnyScheme
from latentfield.vae.architecture import Widths
from latentfield.vae.parts.names import DecoderName
from latentfield.words.ladder import Sizes

FEWEST_STEPS, PASSES = 200, 20
"""Batches of the network of the total correlation at least, and passes over the training words beyond which there are no more."""


class Candidate(NamedTuple):
    """A model with latents that is tried."""

    latents: int
    decoder: str
    prior: str

    @property
    def exact(self) -> bool:
        """Whether the sum over its latents is carried out, and no encoder is trained."""
        return self.prior == NODES


class Settings(BaseModel):
    """Everything that a fit depends on but the data.

    A change of any of them is another fit, which begins anew. Unknown names and values out of range are mistakes (`settings`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    latents: Annotated[tuple[PositiveInt, ...], Field(min_length=1)] = (1, 2, 3)
    """Numbers of latents tried; none at all, independent sites, is always tried too. Order and repetitions do not matter."""
    split: AnyScheme = "random"
    """What is held out. Words of one moment resemble each other: "random" is the easiest to predict, "movie" the most honest;
    "given" is that of data that come in parts, which have no other."""
    decoder: DecoderName = "linear"
    """How fields follow from z. Only a linear one is a generalised Hopfield model and can be written down; others may hold more,
    and "curved" ones of up to three latents are tried beside it in any case."""
    steps: PositiveInt = 6500
    """Batches that each VAE, of more than three latents or another decoder, is trained on, to whole epochs, between `epochs[0]` and
    `epochs[1]` of them.

    With the defaults 7 epochs of 250,000 words, 200 of 8,000 or fewer: shorter recordings see fewer batches than these.
    """
    epochs: tuple[PositiveInt, PositiveInt] = (4, 200)
    """Fewest and most passes over the training words."""
    batch: PositiveInt = 256
    """Small: in larger batches latents of sparse words die early, and for good."""
    learning_rate: float = 6e-3
    """The largest one, of an early step; it falls linearly, to zero at the end."""
    draws: PositiveInt = 4
    """Draws of z per word in the bound that a VAE is trained on; of one, the ELBO, latents are the more likely to die."""
    warm_up: Annotated[float, Field(ge=0, le=1)] = 0.2
    """Share of the training of a VAE over which the weight of the rate rises to 1."""
    components: PositiveInt = 256
    """Gaussians of a VAE's prior, which is one of all latents together."""
    hidden: Widths = (256, 256)
    """Units of the hidden layers of the dense encoder, and of a decoder that has some (channels of a convolutional one)."""
    importance_samples: PositiveInt = 100
    """Draws of z per test word for ln P, a lower bound that rises with their number; models are compared by it."""
    posterior_draws: PositiveInt = 4
    """Draws of z per test word over which -ELBO, rate and distortion are averaged."""
    mixtures: tuple[PositiveInt, ...] = (8, 100, 400)
    """Components of the mixtures tried, as far as there are words for them (`words.mixture`)."""
    pairwise_steps: PositiveInt = 1500
    """Steps of the fit of the pairwise maximum-entropy model."""
    ratio_steps: PositiveInt = 500
    """Batches on which the network of the total correlation is trained at most."""
    seed: int = 1
    """Of every random number in trainings and measures; which words are held out does not depend on it."""

    @property
    def numbers(self) -> list[int]:
        """Numbers of latents tried, in increasing order, each once; 0 is not among them."""
        return sorted(set(self.latents))

    @property
    def candidates(self) -> dict[str, Candidate]:
        """Every model with latents that is tried, by name: d01, d02, ..., and "d01-curved", the curved fit beside a linear one.

        Exact fits have a prior that is free, VAEs one that is a mixture.
        """
        exact = self.decoder in ("linear", CURVED)
        found = {}
        for d in self.numbers:
            name = f"d{d:02d}"
            found[name] = Candidate(d, self.decoder, NODES if exact and d <= EXACT else MIXTURE)
            if self.decoder == "linear" and d <= EXACT:
                found[f"{name}-curved"] = Candidate(d, CURVED, NODES)
        return found

    def named(self, latents: int) -> str:
        """Name of the candidate of so many latents with the decoder asked for."""
        return next(n for n, one in self.candidates.items() if one.latents == latents and one.decoder == self.decoder)

    @property
    def beside(self) -> dict[str, Candidate]:
        """Candidates with another decoder than the one asked for, by name."""
        return {name: one for name, one in self.candidates.items() if one.decoder != self.decoder}

    @property
    def sizes(self) -> Sizes:
        """Those of the models without latents; the pairwise one is fitted in the better of two ways, with ln Z from both sides."""
        return Sizes(self.importance_samples, self.mixtures, self.pairwise_steps, "better")

    def ratio(self, words: int) -> Ratio:
        """How the network of the total correlation is trained on so many words: with the head for words, fewer batches for few
        words.

        All else is as `density_ratio` has it.
        """
        steps = min(self.ratio_steps, max(FEWEST_STEPS, PASSES * words // Ratio().batch))
        return Ratio(steps=steps, head="words", seed=self.seed)


MIXTURE, NODES = "mixture", "nodes"
"""The priors: of VAEs a mixture of Gaussians of all latents together, and of exact fits one that is free."""
EXACT, CURVED = 3, "curved"
"""Latents over which the sum is carried out, at most; the decoder of exact fits that are not linear."""


def settings(**values: object) -> Settings:
    """Checked settings; raises one LatentfieldError with a line for each mistake, be it a value or a name that does not exist."""
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise LatentfieldError("\n".join(sentence(mistake, Settings) for mistake in error.errors())) from error
