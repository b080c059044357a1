"""The load study of a Hopfield network, as parameters: which loads, which temperatures, how many samples, which training.

The load is alpha = P/N. Below T_g = 1 + sqrt(alpha) a network beyond alpha = 0.05 is a spin glass, whose equilibrium is no stored
pattern; above it, a paramagnet. Each load is studied in three ranges of temperature: "cold", T < 1; "hot", T > T_g; "mixed", all.

What a load means: retrieval states exist up to alpha_c = 0.138 at T = 0 and are those of least free energy up to about
0.05 (Amit, Gutfreund and Sompolinsky, Phys. Rev. Lett. 55, 1530 (1985)). Configurations in the paramagnet are nearly
free spins, whose weak correlations still have the span of all patterns; below T_g a chain shows few of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, JsonValue, NonNegativeInt, PositiveFloat, PositiveInt

from latentfield.arrays import FloatArray
from latentfield.studies.former import without_decay
from latentfield.systems.base import TemperatureGrid
from latentfield.systems.hopfield import Hopfield
from latentfield.vae.parts.names import DecoderName
from latentfield.vae.schedule import Pace

Range = Literal["cold", "hot", "mixed"]
""""cold" is below `T_RETRIEVAL`, "hot" above T_g of the load, "mixed" every temperature of the study."""
MEAN_FIELD = "mean_field"
"""The decoder that is the exact form of mean-field theory."""
T_RETRIEVAL = 1.0
"""T_c of few patterns, in units of J."""


def glass_temperature(patterns: int, sites: int) -> float:
    """T_g = 1 + sqrt(P/N), in units of J, below which a network of many patterns is a spin glass."""
    return 1 + math.sqrt(patterns / sites)


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LoadTraining(Pace):
    """How a VAE of the study is trained: mean-field encoder and decoder, as many latents as patterns.

    The numbers are those of the point with most samples; `training.schedule` stretches them for fewer.
    """

    hold: NonNegativeInt
    """Epochs on T > T_g alone."""
    ramp: NonNegativeInt
    """Epochs over which the lower temperatures are let in."""


class Point(_Frozen):
    """One load, one range of temperatures, one number of samples over all temperatures of the range.

    The samples are split evenly over the temperatures, `study.HELD_OUT` at least at each; a remainder is not used.
    """

    patterns: PositiveInt
    """P, which every method is told."""
    temperatures: Range
    samples: PositiveInt

    @property
    def name(self) -> str:
        """Name of the point's file."""
        return f"p{self.patterns:03d}-{self.temperatures}-n{self.samples:06d}"


class LoadStudy(_Frozen):
    """Loads, ranges and numbers of samples, each with everything a point needs."""

    size: int = Field(ge=2)
    """Edge of the square on which N = size^2 spins lie, for convolutional decoders; patterns have no order in space."""
    patterns: tuple[PositiveInt, ...]
    """Numbers P; loads are P/N."""
    ranges: tuple[Range, ...] = ("cold", "hot", "mixed")
    samples: tuple[PositiveInt, ...]
    """Numbers of samples of a point, tried from the fewest until every method finds every pattern."""
    temperatures: TemperatureGrid
    """In units of J, all of which exchange configurations; every range that is studied needs one within it."""
    chains: int = Field(64, ge=8)
    """Chains at each temperature, of which a point takes the first draws."""
    burn_in: NonNegativeInt = 1000
    """Sweeps before the first draw."""
    spacing: PositiveInt = 20
    """Sweeps between two draws, the only thinning there is: neighbouring draws of one chain may be correlated."""
    training: LoadTraining
    decoders: tuple[DecoderName, ...] = ("corrected_mean_field", "cnn")
    """Decoders compared with the exact form of mean-field theory, which every point has, from most samples of all temperatures."""
    decoder_patterns: tuple[PositiveInt, ...] = ()
    """Loads at which they are."""
    decoder_learning_rate: PositiveFloat = 8e-3
    """Of those that are not the exact form of mean-field theory."""
    search_steps: PositiveInt = 2000
    """Steps of the search for sign vectors in a span."""
    ica_restarts: PositiveInt = 2
    """Starts of FastICA, of which the one of most binary sources counts."""

    @classmethod
    def recorded(cls, study: Mapping[str, JsonValue]) -> Self:
        """The study of a record, of an earlier version as well."""
        return cls.model_validate({**study, "training": without_decay(study.get("training"))})

    def points(self) -> Iterator[Point]:
        """Every point, a load's together, fewest samples first."""
        for p in self.patterns:
            for where in self.ranges:
                for n in sorted(self.samples):
                    yield Point(patterns=p, temperatures=where, samples=n)

    def largest(self, patterns: int) -> Point:
        """The point of a load with most samples of all temperatures."""
        return Point(patterns=patterns, temperatures="mixed", samples=max(self.samples))

    def within(self, patterns: int, where: Range) -> FloatArray:
        """Temperatures of a range at a load, in increasing order."""
        t, glass = self.temperatures.values, glass_temperature(patterns, self.size**2)
        return t[{"cold": t < T_RETRIEVAL, "hot": t > glass, "mixed": t > 0}[where]]

    def critical_samples(self, patterns: int) -> float:
        """Samples of the hot range below which nothing can be known of a pattern, were it the only one.

        Examples of a network of one pattern at T > 1 tell it where their number exceeds N (T - 1)^2 (Alemanno,
        Camanzi, Manzan, Tantari 2023, https://arxiv.org/abs/2304.13710). Of several temperatures the (T - 1)^-2 add up. It is the
        limit of few patterns: with P/N finite it takes more.
        """
        hot = self.within(patterns, "hot")
        return float(self.size**2 / np.mean((hot - 1) ** -2.0))

    def system(self, patterns: int) -> Hopfield:
        """The network of a load, with draws enough for the largest point of its narrowest range.

        Its patterns have the seed 0, whatever the seed of the study: they are a function of P and N alone.
        """
        per_temperature = max(
            max(self.samples) / len(self.within(patterns, where)) for where in {*self.ranges, "mixed"}
        )
        return Hopfield(
            size=self.size,
            patterns=patterns,
            temperatures=self.temperatures,
            chains=self.chains,
            draws=math.ceil(per_temperature / self.chains),
            burn_in=self.burn_in,
            spacing=self.spacing,
        )
