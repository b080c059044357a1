"""Small models with random weights."""

from typing import Any

import torch

from latentfield.vae.model import VAE, architecture
from latentfield.vae.priors import SplinePrior

PRIOR = {"layers": 2, "bins": 6, "bound": 4.0, "hidden": 8}


def config(**changes: Any) -> dict[str, Any]:
    """Architecture of a dense, linear VAE of 2 x 2 spins with one latent, trained between T = 1 and 2."""
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


def shaken(prior: SplinePrior, seed: int = 0, strength: float = 0.8) -> SplinePrior:
    """The prior with random splines, different at every temperature, in place of the identity it starts from."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for network in prior.networks:
            for parameter in network[-1].parameters():
                parameter.copy_(strength * torch.randn(parameter.shape, generator=generator))
    return prior


def random_model(seed: int = 0, **changes: Any) -> VAE:
    """A VAE with random weights, prior and corrections included, in evaluation mode."""
    torch.manual_seed(seed)
    model = VAE(config(**changes))
    shaken(model.prior, seed)
    for part in (model.encoder, model.decoder):
        for parameter in part.parameters():
            if not parameter.any():
                torch.nn.init.normal_(parameter, std=0.2)
    return model.eval()
