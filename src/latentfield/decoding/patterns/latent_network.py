"""A network of P latent fields, fitted to spins by pseudo-likelihood: mean-field theory without an encoder.

Spins that are independent given z_1 .. z_P, with fields sum_k W_ik z_k and a prior N(0, T) tilted by 2 cosh of them, follow

    P(s) ~ exp( sum_(i<j) J_ij s_i s_j / T ),    J = W W^T with an empty diagonal

(Hubbard 1959, https://doi.org/10.1103/PhysRevLett.3.77): a Hopfield network where W_ik = xi_i^k / sqrt(N). Given the others,

    P(s_i | s) = 1 / (1 + exp(-2 s_i h_i / T)),    h_i = sum_k W_ik m_k - s_i |W_i|^2,    m_k = sum_j W_jk s_j,

so that ln P(s_i | s), summed over samples and sites, needs neither ln Z nor chains (`words.inverse_ising`). W has NP numbers,
where free couplings have N(N - 1)/2. They get a normal prior of variance 1/N, which is what patterns have, and begin at the leading
eigenvectors of the second moments, with the hottest quarter of the temperatures; colder ones are let in quarter by quarter, since a
start among cold samples leaves sites in fields that no single step leads out of.

W is known up to a rotation, and the patterns are the sign vectors of its span (`binary_search`). Where all of them are found, only
their bits are left, which every site decodes by its own likelihood (`bits`).
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize
from torch import Tensor

from latentfield.arrays import FloatArray
from latentfield.decoding.patterns.binary_search import search
from latentfield.decoding.patterns.bits import likeliest
from latentfield.decoding.patterns.subspace import leading_eigenvectors
from latentfield.words.inverse_ising import fields_loss, spins

STEPS = (100, 60, 60, 80)
"""Of L-BFGS at each stage of the cooling."""
TOLERANCE = 3e-4
"""Of the gradient of the mean negative log-pseudo-likelihood, nats."""
MEMORY = 20


def latent_network(samples: NDArray, temperatures: NDArray | float, patterns: int) -> FloatArray:
    """W (N, P) of samples ±1 (n, ...) at one temperature, or one for each sample, in units of J.

    Raises LatentfieldError for values other than ±1.
    """
    x, twice_beta = spins(samples, temperatures)
    weight = leading_eigenvectors(x.numpy(), patterns)
    hottest_first = torch.unique(twice_beta)
    for quarter, steps in enumerate(STEPS, start=1):
        coldest = hottest_first[max(0, len(hottest_first) * quarter // len(STEPS) - 1)]
        seen = twice_beta[:, 0] <= coldest
        weight = _fitted(weight, x[seen], twice_beta[seen], steps)
    return weight


def decoded_network(
    samples: NDArray, temperatures: NDArray | float, patterns: int, seed: int = 0, steps: int = 20_000
) -> FloatArray:
    """W (N, P) as `latent_network` fits it; its columns are sign vectors over sqrt(N) where a search of `steps` finds all P."""
    weight = latent_network(samples, temperatures, patterns)
    found = search(weight, patterns, seed, steps=steps).patterns
    if len(found) < patterns:
        return weight
    return likeliest(*spins(samples, temperatures), found.T) / np.sqrt(len(weight))


def _fitted(weight: FloatArray, x: Tensor, twice_beta: Tensor, steps: int) -> FloatArray:
    """W after so many steps of L-BFGS."""
    penalty = len(weight) / len(x)

    def objective(parameters: FloatArray) -> tuple[float, FloatArray]:
        value, slope = _loss(parameters.reshape(weight.shape), x, twice_beta)
        return value + penalty * float(parameters @ parameters) / 2, slope.ravel() + penalty * parameters

    options = {"maxiter": steps, "maxcor": MEMORY, "gtol": TOLERANCE, "ftol": 0.0}
    found = minimize(objective, weight.ravel(), jac=True, method="L-BFGS-B", options=options)
    return found.x.reshape(weight.shape)


def _loss(weight: FloatArray, x: Tensor, twice_beta: Tensor) -> tuple[float, FloatArray]:
    """Mean negative log-pseudo-likelihood and its gradient (N, P)."""
    w = torch.from_numpy(weight.astype(np.float32))
    own, slope, alone = (w**2).sum(1), torch.zeros_like(w), torch.zeros(len(w))

    def add(s: Tensor, outer: Tensor) -> None:
        slope.addmm_(outer.T, s @ w).addmm_(s.T, outer @ w)
        alone.add_((outer * s).sum(0))

    value = fields_loss(lambda s: torch.addmm(-s * own, s @ w, w.T), add, x, twice_beta)
    return value, (slope - 2 * alone[:, None] * w).double().numpy() / len(x)
