"""The variational autoencoder as one torch module, saved as safetensors and JSON.

Everything the architecture needs stands in a plain dictionary, `config`: sites ("spins" or "directors"), shape of a
configuration, latents, encoder, decoder, hidden widths, prior, temperature centre and scale. Networks see the scaled
temperature (T - centre) / scale; every public method takes T itself, in units of J.

With the key `precision_cap`, tau_max, no posterior is narrower than sigma_k^2 = v_k(T) / tau_max, v_k the prior's variance: the
encoder then sends at most about (d/2) ln tau_max nats. The prior is no part of that bound's gradient.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from latentfield.errors import LatentfieldError
from latentfield.vae.decoders import ConvolutionalDecoder, DenseDecoder, FieldDecoder, LinearDecoder
from latentfield.vae.encoders import ENCODERS
from latentfield.vae.gaussian_prior import GaussianPrior
from latentfield.vae.likelihoods import LIKELIHOODS
from latentfield.vae.priors import PRIORS

KINDS_OF_PRIOR = PRIORS | {"gaussian": GaussianPrior}
WEIGHTS, CONFIG = "weights.safetensors", "config.json"


def architecture(
    *,
    sites: str,
    shape: tuple[int, ...],
    temperatures: Sequence[float],
    latents: int,
    encoder: str,
    decoder: str,
    hidden: Sequence[int],
    prior: dict[str, Any],
    precision_cap: float | None = None,
) -> dict[str, Any]:
    """The `config` of a VAE for configurations of the given shape at the given temperatures, in units of J."""
    spread = max(temperatures) - min(temperatures)
    capped = {} if precision_cap is None else {"precision_cap": precision_cap}
    return capped | {
        "sites": sites,
        "shape": list(shape),
        "latents": latents,
        "encoder": encoder,
        "decoder": decoder,
        "hidden": list(hidden),
        "prior": prior,
        "temperature_centre": (max(temperatures) + min(temperatures)) / 2,
        "temperature_scale": spread / 3.5 if spread else 1.0,
    }


class Terms(NamedTuple):
    """One-sample estimates of the two parts of -ELBO, in nats, and the posterior they came from."""

    distortion: Tensor
    """-ln p(x|z,T), shape (batch,)."""
    rate: Tensor
    """ln q(z_k|x,T) - ln p(z_k|T) of each latent, or its mean over q where the prior is Gaussian, shape (batch, latents)."""
    mean: Tensor
    """Posterior mean, (batch, latents)."""
    log_variance: Tensor
    """Posterior log-variance, (batch, latents)."""
    z: Tensor
    """The draw from the posterior, (batch, latents)."""


class VAE(nn.Module):
    """Encoder, prior, decoder and likelihood of one system, built from a plain `config`."""

    def __init__(self, config: dict[str, Any]):
        super().__init__()
        self.config = config
        self.likelihood = LIKELIHOODS[config["sites"]]()
        shape = config["shape"] if config["sites"] == "spins" else config["shape"][:-1]
        latents, hidden = config["latents"], tuple(config["hidden"])
        sites = int(torch.tensor(shape).prod())
        features, parameters = self.likelihood.features, self.likelihood.parameters
        extent = shape[-1] if config["encoder"] == "cnn" else sites
        self.encoder = ENCODERS[config["encoder"]](features, extent, latents, hidden)
        prior = dict(config["prior"])
        self.prior = KINDS_OF_PRIOR[prior.pop("kind", "spline")](latents, **prior)
        if config["decoder"] == "cnn":
            self.decoder = ConvolutionalDecoder(parameters, shape[-1], latents, hidden)
        elif config["decoder"] == "dense":
            self.decoder = DenseDecoder(parameters, sites, latents, hidden)
        elif config["decoder"] == "field":
            self.decoder = FieldDecoder(parameters, sites, latents)
        else:
            self.decoder = LinearDecoder(parameters, sites, latents)
        if config["encoder"] == "mean_field" and config["decoder"] == "field":
            # Encoder and decoder of mean-field theory have the same patterns; started apart, most latents die.
            with torch.no_grad():
                self.encoder.weight.copy_(self.decoder.weight)
        self.site_shape = (parameters, *shape)

    def scaled(self, temperature: Tensor | float, batch: int) -> Tensor:
        """Scaled temperatures (batch, 1) from T, a number or a tensor (batch,)."""
        device = next(self.parameters()).device
        t = torch.as_tensor(temperature, dtype=torch.float32, device=device)
        return ((t - self.config["temperature_centre"]) / self.config["temperature_scale"]).expand(batch).unsqueeze(1)

    def encode(self, x: Tensor, temperature: Tensor | float = 1.0) -> tuple[Tensor, Tensor]:
        """Mean and log-variance of q(z|x,T), each (batch, latents), of configurations (batch, *shape)."""
        x = torch.as_tensor(x)
        t = self.scaled(temperature, len(x))
        mean, log_variance = self.encoder(self.likelihood.encode(x), t)
        if "precision_cap" in self.config:
            log_variance = torch.maximum(log_variance, self._least_log_variance(t))
        return mean, log_variance

    @torch.no_grad()
    def _least_log_variance(self, t: Tensor) -> Tensor:
        """ln of the prior's variance over the cap on precisions, (batch, latents), at scaled temperatures t (batch, 1)."""
        distinct, member = torch.unique(t, return_inverse=True)
        with torch.autocast(t.device.type, enabled=False):
            _, variance = self.prior.moments(distinct[:, None])
        return (variance.log() - math.log(self.config["precision_cap"]))[member[:, 0]]

    def decode(self, z: Tensor, temperature: Tensor | float = 1.0) -> Tensor:
        """Site parameters (batch, channels, *sites) at latents z (batch, latents): logits, or Bingham parameters.

        They are the decoder's fields over T, in units of the middle of the temperatures: a field that does not depend on T, as in
        mean-field theory, needs nothing learned about T.
        """
        t = self.scaled(temperature, len(z))
        centre = self.config["temperature_centre"]
        reduced = centre / (centre + t * self.config["temperature_scale"])
        fields = self.decoder(z, t).reshape(-1, *self.site_shape)
        return fields * reduced.reshape(-1, *(1 for _ in self.site_shape))

    def terms(self, x: Tensor, temperature: Tensor, generator: torch.Generator | None = None) -> Terms:
        """Distortion and rate of configurations x (batch, *shape) at temperatures (batch,), with one draw of z each."""
        mean, log_variance = self.encode(x, temperature)
        noise = torch.randn(mean.shape, generator=generator, device=mean.device)
        z = mean + (0.5 * log_variance).exp() * noise
        log_q = -0.5 * (noise.square() + log_variance) - 0.5 * _LOG_2PI
        parameters = self.decode(z, temperature)
        # Half precision is for encoder and decoder: densities of many sites, or of a steep prior, would lose nats to it.
        with torch.autocast(x.device.type, enabled=False):
            t = self.scaled(temperature, len(x))
            if isinstance(self.prior, GaussianPrior):
                rate = self.prior.divergence(mean, log_variance, t)
            else:
                rate = log_q - self.prior.log_prob(z, t)
            distortion = -self.likelihood.log_prob(x, parameters)
        return Terms(distortion, rate, mean, log_variance, z)

    @torch.no_grad()
    def sample(self, n: int, temperature: float = 1.0, generator: torch.Generator | None = None) -> Tensor:
        """n configurations at temperature T from the model, (n, *shape): int8 spins or float32 directors."""
        z = self.prior.sample(self.scaled(temperature, n), generator)
        return self.likelihood.sample(self.decode(z, temperature), generator)

    @torch.no_grad()
    def prior_moments(self, temperature: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and variance of p(z_k|T), each (batch, latents), at temperatures (batch,)."""
        return self.prior.moments(self.scaled(temperature, len(temperature)))


_LOG_2PI = float(torch.log(torch.tensor(2 * torch.pi)))


def save(model: VAE, folder: Path, record: dict[str, Any]) -> None:
    """Write weights (safetensors) and a JSON file with the architecture and `record` (where the model came from)."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file({name: value.contiguous() for name, value in model.state_dict().items()}, folder / WEIGHTS)
    text = json.dumps({"architecture": model.config, **record}, indent=2, sort_keys=True)
    (folder / CONFIG).write_text(text + "\n")


def load(folder: Path) -> VAE:
    """The trained model in a folder written by `save`, in evaluation mode; nothing is unpickled."""
    folder = Path(folder)
    missing = [name for name in (WEIGHTS, CONFIG) if not (folder / name).is_file()]
    if missing:
        raise LatentfieldError(f"{folder} is not a trained model: it lacks {' and '.join(missing)}")
    try:
        record = json.loads((folder / CONFIG).read_text())
        model = VAE(record["architecture"])
        model.load_state_dict(load_file(folder / WEIGHTS))
    except (SafetensorError, KeyError, RuntimeError, TypeError, ValueError) as error:
        raise LatentfieldError(f"{folder} is not a trained model: {type(error).__name__}: {error}") from error
    model.record = record
    return model.eval()
