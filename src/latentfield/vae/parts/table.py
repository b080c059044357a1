"""The tables of encoders, decoders, priors and likelihoods: what exists, and by which name parameters and records call it.

Two names of forms were others once, and are still read: the encoder "field" and the decoder "dense" are "corrected_mean_field",
the decoder "field" is "mean_field".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BeforeValidator

from latentfield.vae.parts.decoders import (
    ConvolutionalDecoder,
    CorrectedMeanFieldDecoder,
    Decoder,
    LinearDecoder,
    MeanFieldDecoder,
)
from latentfield.vae.parts.encoders import (
    ConvolutionalEncoder,
    CorrectedMeanFieldEncoder,
    DenseEncoder,
    Encoder,
    MeanFieldEncoder,
)
from latentfield.vae.parts.gaussian_prior import GaussianPrior
from latentfield.vae.parts.likelihoods import LIKELIHOODS
from latentfield.vae.parts.mixture_prior import MixturePrior
from latentfield.vae.parts.priors import AutoregressivePrior, Prior, SplinePrior

ENCODERS: dict[str, type[Encoder]] = {
    "cnn": ConvolutionalEncoder,
    "dense": DenseEncoder,
    "mean_field": MeanFieldEncoder,
    "corrected_mean_field": CorrectedMeanFieldEncoder,
}
DECODERS: dict[str, type[Decoder]] = {
    "cnn": ConvolutionalDecoder,
    "linear": LinearDecoder,
    "mean_field": MeanFieldDecoder,
    "corrected_mean_field": CorrectedMeanFieldDecoder,
}
PRIORS: dict[str, type[Prior]] = {
    "spline": SplinePrior,
    "autoregressive": AutoregressivePrior,
    "mixture": MixturePrior,
    "gaussian": GaussianPrior,
}

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
    SitesName = Literal[tuple(LIKELIHOODS)]
