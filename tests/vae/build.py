"""Small models with random weights."""

from collections.abc import Sequence
from typing import Any

import torch

from latentfield.vae.architecture import Architecture, NetworkSettings
from latentfield.vae.model import VAE
from latentfield.vae.parts.priors import Prior
from latentfield.vae.record import TrainedRecord

PRIOR = {"layers": 2, "bins": 6, "bound": 4.0, "hidden": 8}
RECORD = {
    "name": "toy", "system": "ising", "profile": "toy", "recording": "none", "data": "0" * 32, "run": "toy-1", "settings": {},
    "seed": 3, "validation": {"elbo": -1.5}, "code": {"version": "0.1.0", "source": "0" * 16, "commit": "unknown"},
}  # fmt: skip


def architecture(
    *,
    sites: str,
    shape: Sequence[int],
    temperatures: Sequence[float],
    latents: int,
    precision_cap: float | None = None,
    **network: Any,
) -> Architecture:
    """An architecture from plain data."""
    made = NetworkSettings(**network)
    return Architecture.of(made, temperatures, sites=sites, shape=shape, latents=latents, precision_cap=precision_cap)


def toy(**changes: Any) -> Architecture:
    """A dense, linear VAE of 2 x 2 spins with one latent, trained between T = 1 and 2."""
    fields = {
        "sites": "spins",
        "shape": (2, 2),
        "temperatures": [1.0, 2.0],
        "latents": 1,
        "encoder": "dense",
        "decoder": "linear",
        "hidden": (8, 8),
        "prior": PRIOR,
    }
    return architecture(**fields | changes)


def record(model: VAE, **changes: Any) -> TrainedRecord:
    """What stands beside the weights of a model."""
    return TrainedRecord(**RECORD | {"architecture": model.architecture} | changes)


def shaken(prior: Prior, seed: int = 0, strength: float = 0.8) -> Prior:
    """The prior with random splines, or widths, different at every temperature, in place of N(0, 1), which it starts from."""
    generator = torch.Generator().manual_seed(seed)
    last = [parameter for network in getattr(prior, "networks", ()) for parameter in network[-1].parameters()]
    with torch.no_grad():
        for parameter in last or prior.parameters():
            parameter.copy_(strength * torch.randn(parameter.shape, generator=generator))
    return prior


def random_model(seed: int = 0, **changes: Any) -> VAE:
    """A VAE with random weights, prior and corrections included, in evaluation mode."""
    torch.manual_seed(seed)
    model = VAE(toy(**changes))
    shaken(model.prior, seed)
    for part in (model.encoder, model.decoder):
        for parameter in part.parameters():
            if not parameter.any():
                torch.nn.init.normal_(parameter, std=0.2)
    return model.eval()
