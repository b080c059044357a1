"""The Jacobian of a decoder of spins: how the field on every site answers to every latent.

    J_ik(T) = < d l_i(z, T) / d z_k >,    z ~ p(z|T),    l_i the logit of s_i = +1.

For a Hopfield network the mean-field decoder has l_i = 2 beta sum_mu xi_i^mu m_mu. With latents z in any coordinates of the
order parameter m, J = xi R: the columns of J span the same space as the patterns. Derivatives are exact, in forward mode.
"""

from __future__ import annotations

import warnings

import numpy as np
import torch
from torch import Tensor
from torch.func import jacfwd, vmap

from latentfield.arrays import FloatArray
from latentfield.errors import LatentfieldError
from latentfield.vae.model import VAE

AT_ONCE = 16
"""Draws whose derivatives are held in memory together."""


@torch.no_grad()
def logit_jacobian(model: VAE, temperature: float, draws: int = 256, seed: int = 0) -> FloatArray:
    """J, nats per unit of each latent, shape (N, d), averaged over draws of the prior at T (units of the coupling).

    Raises LatentfieldError for a model of directors, whose sites have no logit, and for no draws.
    """
    if model.architecture.sites != "spins":
        raise LatentfieldError(
            f"the Jacobian of logits needs a decoder of spins, got one of {model.architecture.sites}"
        )
    if draws < 1:
        raise LatentfieldError(f"the Jacobian is averaged over at least one draw of the prior, got {draws}")
    generator = torch.Generator().manual_seed(seed)
    z = model.prior.sample(model.scaled(temperature, draws), generator)

    def logits(latent: Tensor) -> Tensor:
        return model.decode(latent[None], temperature).flatten()

    with warnings.catch_warnings():
        # Forward mode makes torch load rules that it compiles by a means it deprecates itself.
        warnings.filterwarnings("ignore", "`torch.jit.script", DeprecationWarning)
        jacobians = vmap(jacfwd(logits), chunk_size=AT_ONCE)(z)
    return jacobians.mean(0).numpy().astype(np.float64)
