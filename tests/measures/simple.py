"""A VAE whose every number is known by hand: no latent is used, posterior and prior are N(0, 1)."""

import torch

from latentfield.vae.model import VAE
from tests.vae.build import architecture


def model(shape: tuple[int, ...], latents: int = 1, seed: int = 0, temperatures: tuple[float, ...] = (1.0,)) -> VAE:
    """A dense, linear VAE of spins with random weights and the N(0, 1) prior it starts from."""
    torch.manual_seed(seed)
    prior = {"layers": 1, "bins": 6, "bound": 4.0, "hidden": 8}
    sizes = {"shape": shape, "latents": latents, "hidden": (8, 8), "temperatures": temperatures}
    return VAE(architecture(sites="spins", encoder="dense", decoder="linear", prior=prior, **sizes)).eval()


def independent(shape: tuple[int, ...], logits: list[float]) -> VAE:
    """Independent spins with the given logits: the exact ELBO is ln p(x), whatever z."""
    made = model(shape)
    with torch.no_grad():
        for parameter in (*made.encoder.heads.parameters(), made.decoder.linear.weight):
            parameter.zero_()
        made.decoder.linear.bias.copy_(torch.tensor(logits))
    return made
