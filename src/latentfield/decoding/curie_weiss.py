"""The coupling of a Curie-Weiss model from a trained VAE, one temperature at a time.

With the field m of the Hubbard-Stratonovich transform as latent, theta_i = beta J m on every site (half the logit), and the
posterior of m is Normal(M/N, T/N). So E[theta_i | s] = beta J M/N exactly, whatever coordinate the VAE has for m: z enters only
through theta. The estimate is the slope of the posterior mean of theta, averaged over sites, on M/N,

    beta J = Cov(theta, M/N) / Var(M/N),    theta(s) = (1/N) sum_i ∫ dz q(z|s) theta_i(z).

It has no bias for an exact VAE; for a trained one the difference from beta J measures decoder and posterior together. Standard
errors are those of the regression over independent configurations (White 1980, Econometrica 48, 817) and know nothing of training.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from latentfield.arrays import FloatArray
from latentfield.errors import LatentfieldError
from latentfield.records.tables import Table
from latentfield.statistics.estimate import Estimate
from latentfield.vae.model import VAE

FEWEST = 10


def couplings(model: VAE, x: NDArray[np.int8], temperature: FloatArray) -> Table:
    """beta J at each temperature of configurations x (n, *shape) at T (n,): rows {temperature, beta_j, se, exact, error}.

    `error` is the relative error. J = 1. Raises LatentfieldError for a VAE that has more than one latent or is not of spins.
    """
    rows = []
    for t in np.unique(temperature):
        some = x[temperature == t]
        found = slope(some.reshape(len(some), -1).mean(1), posterior_field(model, some, float(t)))
        exact = 1 / float(t)
        rows.append({"temperature": float(t), "beta_j": found.value, "se": found.se, "exact": exact})
        rows[-1]["error"] = found.value / exact - 1
    return rows


@torch.no_grad()
def posterior_field(model: VAE, x: NDArray[np.int8], temperature: float) -> FloatArray:
    """theta(s) of configurations x (n, *shape) at T: posterior mean of half the logit, averaged over sites; (n,)."""
    latents, sites = model.architecture.latents, model.architecture.sites
    if latents != 1 or sites != "spins":
        raise LatentfieldError(
            f"the Curie-Weiss coupling is read off a VAE of spins with one latent; this one is of {sites} and has {latents}"
        )

    def theta(z: Tensor) -> Tensor:
        return model.decode(z, temperature).flatten(1).mean(1, keepdim=True) / 2

    parts = [model.encode(batch, temperature).average(theta)[:, 0] for batch in torch.from_numpy(x).split(1024)]
    return torch.cat(parts).double().numpy()


def slope(m: FloatArray, theta: FloatArray) -> Estimate:
    """Least-squares slope of theta (n,) on m (n,) and its standard error."""
    d = m - m.mean()
    value = d @ theta / (d @ d)
    left = theta - theta.mean() - value * d
    return Estimate(float(value), float(np.sqrt((d**2) @ left**2) / (d @ d)))


def fields(model: VAE, x: NDArray[np.int8], temperature: FloatArray, chosen: FloatArray) -> Table:
    """Posterior mean of theta at each magnetisation seen FEWEST times, or most often: rows {temperature, m, theta, exact, count}.

    `chosen` are temperatures out of those of x; exact is beta J m.
    """
    rows = []
    for t in chosen:
        some = x[temperature == t]
        m, inverse, count = np.unique(some.reshape(len(some), -1).mean(1), return_inverse=True, return_counts=True)
        theta = np.bincount(inverse, posterior_field(model, some, float(t))) / count
        rows += [
            {"temperature": float(t), "m": float(a), "theta": float(b), "exact": float(a / t), "count": int(c)}
            for a, b, c in zip(m, theta, count, strict=True)
            if c >= min(FEWEST, count.max())
        ]
    return rows
