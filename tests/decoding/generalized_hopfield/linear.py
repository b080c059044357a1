"""Linear VAEs of few spins with random weights and splines, and their likelihood summed in another way."""

import copy

import numpy as np
import torch

from latentfield.vae.model import VAE
from tests.vae.build import architecture


def linear_model(
    cells: int, latents: int, seed: int = 0, kind: str = "spline", strength: float = 1.0, bent: bool = True
) -> VAE:
    """A VAE of `cells` spins whose prior is bent, or normal, and whose patterns are random with standard deviation `strength`."""
    torch.manual_seed(seed)
    prior = {"kind": kind, "layers": 2, "bins": 6, "bound": 4.0, "hidden": 8}
    sizes = {"shape": (cells,), "latents": latents, "hidden": (8, 8), "temperatures": (1.0,)}
    model = VAE(architecture(sites="spins", encoder="dense", decoder="linear", prior=prior, **sizes)).eval()
    with torch.no_grad():
        model.decoder.linear.weight.normal_(0, 2 * strength)
        model.decoder.linear.bias.normal_(-1, 0.5)
        for network in model.prior.networks if bent else ():
            network[-1].bias.normal_(0, 0.4)
    return model


def every_word(cells: int) -> np.ndarray:
    """All words of ±1, (2^cells, cells)."""
    return (2 * (np.arange(2**cells)[:, None] >> np.arange(cells) & 1) - 1).astype(np.int8)


@torch.no_grad()
def summed(model: VAE, x: np.ndarray, nodes: int) -> np.ndarray:
    """ln P of words in double precision, by the rectangle rule over u in [-10, 10]^d, z = z(u) the inverse of the splines.

    p(z) dz is Normal(0, 1) du and the integrand has a continuous slope; neither densities nor knots of the prior are asked for.
    """
    double = copy.deepcopy(model).double()
    axis, latents = torch.linspace(-10, 10, nodes, dtype=torch.float64), model.architecture.latents
    t = double.scaled(1.0, nodes).double()
    z = double.prior.transform(t).inv(axis[:, None].expand(-1, latents))
    log_p = -0.5 * axis.square() - 0.5 * np.log(2 * np.pi) + np.log(20 / (nodes - 1))
    field, weight = double.decoder.linear.bias, double.decoder.linear.weight
    up, total = torch.from_numpy(x > 0).double(), []
    for one in torch.arange(nodes).split(max(1, (1 << 17) // nodes ** (latents - 1))):
        places = torch.cartesian_prod(one, *[torch.arange(nodes)] * (latents - 1)).reshape(-1, latents)
        logits = field + z.gather(0, places) @ weight.T
        log_density = log_p[places].sum(1) - torch.nn.functional.softplus(logits).sum(1)
        total.append(torch.logsumexp(logits @ up.T + log_density[:, None], 0))
    return torch.logsumexp(torch.stack(total), 0).numpy()


@torch.no_grad()
def summed_density(model: VAE, x: np.ndarray, nodes: int) -> np.ndarray:
    """The same for any prior, from its density over z in [-10, 10]^d and in single precision: to 1e-3 or so."""
    axis, latents = torch.linspace(-10, 10, nodes), model.architecture.latents
    up, total = torch.from_numpy(x > 0).double(), []
    for z in torch.cartesian_prod(*[axis] * latents).reshape(-1, latents).split(1 << 18):
        log_p = model.prior.log_prob(z, model.scaled(1.0, len(z))).double().sum(1)
        logits = model.decode(z).double()[:, 0]
        log_p -= torch.nn.functional.softplus(logits).sum(1)
        total.append(torch.logsumexp(logits @ up.T + log_p[:, None], 0))
    return torch.logsumexp(torch.stack(total), 0).numpy() + latents * np.log(20 / (nodes - 1))
