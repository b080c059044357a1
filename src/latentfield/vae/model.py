"""The variational autoencoder as one torch module, saved as safetensors and JSON.

It is built from an `Architecture`. Networks see the scaled temperature; every public method takes T itself, in units of J. Where
there is a cap on the precision of posteriors, the prior, in whose units it is counted, is no part of the bound's gradient.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from latentfield.errors import LatentfieldError
from latentfield.vae.architecture import Architecture
from latentfield.vae.files import CONFIG, FILES, WEIGHTS
from latentfield.vae.node_posterior import AnyPosterior, NodePosterior, responsibilities
from latentfield.vae.parts.decoders import Decoder
from latentfield.vae.parts.encoders import Encoder
from latentfield.vae.parts.likelihoods import LIKELIHOODS
from latentfield.vae.parts.node_prior import NodePrior
from latentfield.vae.parts.priors import Prior
from latentfield.vae.parts.table import DECODERS, ENCODERS, PRIORS
from latentfield.vae.principal import principal
from latentfield.vae.record import TrainedRecord

if TYPE_CHECKING:
    from latentfield.decoding.theory import Theory


def bound(log_weight: Tensor) -> Tensor:
    """Importance-weighted bound of ln p, ln of the mean weight, from log-weights (draws, batch): (batch,) (Burda et al. 2016)."""
    return torch.logsumexp(log_weight, 0) - math.log(len(log_weight))


class Terms(NamedTuple):
    """One-sample estimates of the two parts of -ELBO, in nats, and the posterior they came from."""

    distortion: Tensor
    """-ln p(x|z,T), shape (batch,)."""
    rate: Tensor
    """ln q(z_k|x,T) - ln p(z_k|T) of each latent, or its mean over q where the prior is Gaussian, shape (batch, latents)."""
    posterior: AnyPosterior
    z: Tensor
    """The draw from the posterior, (batch, latents)."""


class VAE(nn.Module):
    """Encoder, prior, decoder and likelihood of one system."""

    encoder: Encoder
    prior: Prior
    decoder: Decoder
    record: TrainedRecord
    """Where a trained model comes from; one that was not loaded has none."""
    theory: Theory | None
    """What was read off it, of one that was loaded by `latentfield.load` or came from a fit."""

    def __init__(self, architecture: Architecture):
        super().__init__()
        self.architecture = architecture
        self.likelihood = LIKELIHOODS[architecture.sites]()
        shape = self.likelihood.lattice(architecture.shape)
        latents, hidden, prior = architecture.latents, architecture.hidden, architecture.prior
        self.encoder = ENCODERS[architecture.encoder](self.likelihood.features, shape, latents, hidden)
        self.prior = PRIORS[prior.kind](latents, **prior.options)
        self.decoder = DECODERS[architecture.decoder](self.likelihood.channels, shape, latents, hidden)
        self.encoder.start(self.decoder)
        self.site_shape = (self.likelihood.channels, *shape)

    def begin(self, x: Tensor) -> None:
        """Start from the principal directions of spins x (n, *shape), in a random rotation, instead of from nowhere.

        With tens of latents a start from nowhere leaves many behind: none of them says anything of x yet, and all add noise.
        """
        latents = self.architecture.latents
        weight, bias = (torch.from_numpy(part).float() for part in principal(x.flatten(1).numpy(), latents))
        self.decoder.begin(weight @ torch.linalg.qr(torch.randn(latents, latents)).Q, bias)
        self.encoder.begin()
        self.prior.begin()

    @property
    def exact(self) -> bool:
        """Whether the posterior is the exact one, so that -ELBO is -ln p whatever is drawn."""
        return isinstance(self.prior, NodePrior)

    def scaled(self, temperature: Tensor | float, batch: int) -> Tensor:
        """Scaled temperatures (batch, 1) from T, a number or a tensor (batch,)."""
        device = next(self.parameters()).device
        t = torch.as_tensor(temperature, dtype=torch.float32, device=device)
        scaled = (t - self.architecture.temperature_centre) / self.architecture.temperature_scale
        return scaled.expand(batch).unsqueeze(1)

    def encode(self, x: Tensor, temperature: Tensor | float = 1.0) -> AnyPosterior:
        """q(z|x,T) of configurations (batch, *shape): a Gaussian, or the exact one over the nodes of the prior."""
        x = torch.as_tensor(x)
        if isinstance(self.prior, NodePrior):
            return self._responsibilities(self.prior, x, temperature)
        t = self.scaled(temperature, len(x))
        posterior = self.encoder(self.likelihood.encode(x), t)
        if (cap := self.architecture.precision_cap) is None:
            return posterior
        return posterior._replace(log_variance=torch.maximum(posterior.log_variance, self._least_log_variance(t, cap)))

    @torch.no_grad()
    def _responsibilities(self, prior: NodePrior, x: Tensor, temperature: Tensor | float) -> NodePosterior:
        """Those of spins x (batch, *shape) at T; fields of the decoders of exact fits depend on T by their units alone."""
        centre = self.architecture.temperature_centre
        known = torch.as_tensor(temperature, dtype=torch.float32, device=prior.node.device)
        distinct, group = torch.unique(known, return_inverse=True)
        field, log_weight = (
            self.decode(prior.node, centre).flatten(1),
            prior.log_weights(self.scaled(distinct, len(distinct))),
        )
        return responsibilities((x > 0).flatten(1), prior.node, field, log_weight, centre / distinct, group.reshape(-1))

    @torch.no_grad()
    def _least_log_variance(self, t: Tensor, cap: float) -> Tensor:
        """ln of the prior's variance over the cap on precisions, (batch, latents), at scaled temperatures t (batch, 1)."""
        distinct, member = torch.unique(t, return_inverse=True)
        with torch.autocast(t.device.type, enabled=False):
            _, variance = self.prior.moments(distinct[:, None])
        return (variance.log() - math.log(cap))[member[:, 0]]

    def decode(self, z: Tensor, temperature: Tensor | float = 1.0) -> Tensor:
        """Site parameters (batch, channels, *sites) at latents z (batch, latents): logits, or Bingham parameters.

        They are the decoder's fields over T, in units of the middle of the temperatures: a field that does not depend on T, as in
        mean-field theory, needs nothing learned about T.
        """
        t = self.scaled(temperature, len(z))
        centre = self.architecture.temperature_centre
        reduced = centre / (centre + t * self.architecture.temperature_scale)
        fields = self.decoder(z, t).reshape(-1, *self.site_shape)
        return fields * reduced.reshape(-1, *(1 for _ in self.site_shape))

    def terms(self, x: Tensor, temperature: Tensor, generator: torch.Generator | None = None) -> Terms:
        """Distortion and rate of configurations x (batch, *shape) at temperatures (batch,), with one draw of z each."""
        posterior = self.encode(x, temperature)
        noise = posterior.noise(generator)
        z, log_q = posterior.at(noise), posterior.log_prob_at(noise)
        parameters = self.decode(z, temperature)
        # Half precision is for encoder and decoder: densities of many sites, or of a steep prior, would lose nats to it.
        with torch.autocast(x.device.type, enabled=False):
            rate = self.prior.rate(posterior, z, log_q, self.scaled(temperature, len(x)))
            distortion = -self.likelihood.log_prob(x, parameters)
        return Terms(distortion, rate, posterior, z)

    def log_weights(
        self,
        x: Tensor,
        temperature: Tensor | float = 1.0,
        draws: int = 1,
        rate_weight: float = 1.0,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """ln p(x|z,T) p(z|T) / q(z|x,T) of draws of z for configurations x (batch, *shape), (draws, batch), nats.

        The mean of its exponentials over draws is an unbiased estimate of p(x|T). `rate_weight` multiplies ln p(z|T) / q(z|x,T).
        """
        posterior = self.encode(x, temperature)
        noise = posterior.noise(generator, draws)
        z, log_q = posterior.at(noise), posterior.log_prob_at(noise).sum(-1)
        times = torch.as_tensor(temperature, dtype=torch.float32, device=z.device).expand(len(x))
        parameters = self.decode(z.flatten(0, 1), times.repeat(draws))
        with torch.autocast(x.device.type, enabled=False):
            log_p = self.prior.log_joint(z, self.scaled(times, len(x)))
            log_x = self.likelihood.log_prob(x.repeat(draws, *(1 for _ in x.shape[1:])), parameters)
        return log_x.view(draws, -1) + rate_weight * (log_p - log_q)

    @torch.no_grad()
    def sample(self, n: int, temperature: float = 1.0, generator: torch.Generator | None = None) -> Tensor:
        """n configurations at temperature T from the model, (n, *shape): int8 spins or float32 directors."""
        z = self.prior.sample(self.scaled(temperature, n), generator)
        return self.likelihood.sample(self.decode(z, temperature), generator)

    @torch.no_grad()
    def prior_moments(self, temperature: Tensor, roughly: bool = False) -> tuple[Tensor, Tensor]:
        """Mean and variance of p(z_k|T), each (batch, latents), at temperatures (batch,)."""
        return self.prior.moments(self.scaled(temperature, len(temperature)), roughly)


def save(model: VAE, folder: Path, record: TrainedRecord) -> None:
    """Write weights (safetensors) and the record (JSON) of a trained model."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file({name: value.contiguous() for name, value in model.state_dict().items()}, folder / WEIGHTS)
    record.save(folder)


def load(folder: Path) -> VAE:
    """The trained model in a folder written by `save`, in evaluation mode; nothing is unpickled."""
    folder = Path(folder)
    missing = [name for name in reversed(FILES) if not (folder / name).is_file()]
    if missing:
        raise LatentfieldError(f"{folder} is not a trained model: it lacks {' and '.join(missing)}")
    try:
        record = TrainedRecord.read(folder / CONFIG)
        model = VAE(record.architecture)
        model.load_state_dict(load_file(folder / WEIGHTS))
    except (SafetensorError, LatentfieldError, RuntimeError, ValueError) as error:
        raise LatentfieldError(f"{folder} is not a trained model: {type(error).__name__}: {error}") from error
    model.record = record
    return model.eval()
