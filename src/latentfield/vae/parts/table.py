"""The tables of encoders, decoders and priors: what exists, by the `names` by which parameters and records call it."""

from __future__ import annotations

from latentfield.vae.parts.decoders import (
    ConvolutionalDecoder,
    CorrectedMeanFieldDecoder,
    CurvedDecoder,
    Decoder,
    LinearDecoder,
    MeanFieldDecoder,
)
from latentfield.vae.parts.encoders import (
    ConvolutionalEncoder,
    CorrectedMeanFieldEncoder,
    DenseEncoder,
    Encoder,
    ExactEncoder,
    MeanFieldEncoder,
)
from latentfield.vae.parts.gaussian_prior import GaussianPrior
from latentfield.vae.parts.mixture_prior import MixturePrior
from latentfield.vae.parts.node_prior import NodePrior
from latentfield.vae.parts.priors import AutoregressivePrior, Prior, SplinePrior

ENCODERS: dict[str, type[Encoder]] = {
    "cnn": ConvolutionalEncoder,
    "dense": DenseEncoder,
    "mean_field": MeanFieldEncoder,
    "corrected_mean_field": CorrectedMeanFieldEncoder,
    "exact": ExactEncoder,
}
DECODERS: dict[str, type[Decoder]] = {
    "cnn": ConvolutionalDecoder,
    "linear": LinearDecoder,
    "mean_field": MeanFieldDecoder,
    "corrected_mean_field": CorrectedMeanFieldDecoder,
    "curved": CurvedDecoder,
}
PRIORS: dict[str, type[Prior]] = {
    "spline": SplinePrior,
    "autoregressive": AutoregressivePrior,
    "mixture": MixturePrior,
    "gaussian": GaussianPrior,
    "nodes": NodePrior,
}
