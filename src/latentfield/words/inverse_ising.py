"""Couplings from samples by pseudo-likelihood: the inverse Ising problem, with no latent variable and no low rank.

Given the others, spin i of a network without fields at inverse temperature b follows P(s_i | s) = 1 / (1 + exp(-2 b s_i h_i)),
h_i = sum_j J_ij s_j. The symmetric J with an empty diagonal that minimises

    - (1/n) sum over samples and sites of ln P(s_i | s)  +  (penalty / 2) |J|^2

is consistent, and convex, for samples of one temperature or of many (Besag 1975, https://doi.org/10.2307/2987782; Ravikumar,
Wainwright and Lafferty 2010, https://doi.org/10.1214/09-AOS691). Fields are left out: the Hopfield energy is even in s.

It is a peer of decoders: of a Hopfield network it finds J_ij = (1/N) sum_mu xi_i^mu xi_j^mu, whose leading eigenvectors
span the patterns (`patterns.subspace`). No ln Z and no chains are needed; it has N(N - 1)/2 parameters, so many samples
are.

Around J = 0 the second derivative along a symmetric X is <X, (C X + X C) / 2 + penalty X>, with C the mean of b^2 s s^T. L-BFGS
works in the eigenvectors V of C, whose values are c, on K_kl = ((c_k + c_l) / 2 + penalty)^(1/2) (V^T J V)_kl, where that is the
identity: of cold samples, whose sites move together, it takes a tenth of the steps. J is V (...) V^T without its diagonal.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize
from torch import Tensor
from torch.nn import functional

from latentfield.arrays import FloatArray
from latentfield.errors import LatentfieldError

AT_ONCE = 4096
"""Samples whose fields are held in memory together."""
LEAST_CURVATURE = 1e-6
"""Added to the second derivative, for samples and penalties that leave couplings without any."""


def pseudo_likelihood(
    samples: NDArray, temperatures: NDArray | float, penalty: float = 1e-3, steps: int = 200, tolerance: float = 1e-4
) -> FloatArray:
    """Couplings J (N, N), in units in which T is given, of samples ±1 (n, ...) at one temperature, or one for each sample.

    `tolerance` bounds the gradient of the mean negative log-pseudo-likelihood, nats per unit of coupling, and of its
    penalty. Raises LatentfieldError if `steps` iterations of L-BFGS leave it above ten times that, and for values other
    than ±1.

    Samples are flattened to N sites. A penalty pulls couplings towards 0; it has to fall with the number of samples for
    the estimate to be consistent. Without any, few cold samples send some couplings to infinity. Every step takes a
    time of n N^2, and the memory of `AT_ONCE` samples and a few matrices (N, N).
    """
    x, twice_beta = spins(samples, temperatures)
    sites = x.shape[1]
    unit, vectors = _units(x, twice_beta, penalty)
    steepest = np.inf

    def couplings(parameters: FloatArray) -> FloatArray:
        return _hollow(vectors @ (unit * parameters.reshape(sites, sites)) @ vectors.T)

    def objective(parameters: FloatArray) -> tuple[float, FloatArray]:
        nonlocal steepest
        j = couplings(parameters)
        value, slope = _loss(j, x, twice_beta)
        slope = _hollow(slope) + penalty * j
        # A coupling stands in J twice.
        steepest = 2 * float(np.abs(slope).max())
        return value + penalty * float((j**2).sum()) / 2, (unit * (vectors.T @ slope @ vectors)).ravel()

    def enough(parameters: FloatArray) -> None:
        if steepest <= tolerance:
            raise StopIteration

    options = {"maxiter": steps, "gtol": 0.0, "ftol": 0.0, "maxfun": 2 * steps}
    found = minimize(objective, np.zeros(sites**2), jac=True, method="L-BFGS-B", callback=enough, options=options)
    j = couplings(found.x)
    objective(found.x)
    if steepest > 10 * tolerance:
        raise LatentfieldError(
            f"pseudo-likelihood stopped after {found.nit} steps with a gradient of {steepest:.1e}, not "
            f"{tolerance:.1e}: allow more than {steps} steps or raise the penalty above {penalty:g}"
        )
    return j


def fields_loss(
    fields: Callable[[Tensor], Tensor], slope: Callable[[Tensor, Tensor], None], x: Tensor, twice_beta: Tensor
) -> float:
    """Mean negative log-pseudo-likelihood of spins ±1 (n, N), nats, their fields h given by a function of them.

    `slope` is told spins and dL/dh (rows, N), of the sum over samples, of `AT_ONCE` samples after the other. `twice_beta` is 2/T,
    (n, 1).
    """
    value = 0.0
    for first in range(0, len(x), AT_ONCE):
        s = x[first : first + AT_ONCE]
        steep = twice_beta[first : first + AT_ONCE] * s
        margin = steep * fields(s)
        value -= float(functional.logsigmoid(margin).sum(dtype=torch.float64))
        slope(s, steep * (torch.sigmoid(margin) - 1))
    return value / len(x)


def spins(samples: NDArray, temperatures: NDArray | float) -> tuple[Tensor, Tensor]:
    """Samples ±1 (n, ...) flattened to spins (n, N), and 2/T (n, 1), in single precision; LatentfieldError for other values."""
    x = np.asarray(samples, dtype=np.float32).reshape(len(samples), -1)
    if not len(x) or not np.all(np.abs(x) == 1):
        raise LatentfieldError(
            f"pseudo-likelihood takes samples of spins ±1, got an array of shape {np.shape(samples)}"
        )
    twice_beta = np.broadcast_to(2 / np.asarray(temperatures, np.float32), len(x))
    return torch.from_numpy(x), torch.from_numpy(twice_beta.copy())[:, None]


def _loss(couplings: FloatArray, x: Tensor, twice_beta: Tensor) -> tuple[float, FloatArray]:
    """Mean negative log-pseudo-likelihood and its gradient (N, N) with respect to J_ij, each entry by itself."""
    single, slope = torch.from_numpy(couplings.astype(np.float32)), torch.zeros(couplings.shape)

    def add(s: Tensor, outer: Tensor) -> None:
        slope.addmm_(outer.T, s)

    value = fields_loss(lambda s: s @ single, add, x, twice_beta)
    return value, slope.double().numpy() / len(x)


def _units(x: Tensor, twice_beta: Tensor, penalty: float) -> tuple[FloatArray, FloatArray]:
    """Of each K_kl, what one of it is in V^T J V, (N, N), and V."""
    moments = ((x * twice_beta**2).T @ x).double().numpy() / (4 * len(x))
    values, vectors = np.linalg.eigh(moments)
    values = np.maximum(values, 0.0)
    return ((values[:, None] + values) / 2 + penalty + LEAST_CURVATURE) ** -0.5, vectors


def _hollow(matrix: FloatArray) -> FloatArray:
    """The symmetric part of a matrix without its diagonal."""
    even = (matrix + matrix.T) / 2
    return even - np.diag(even.diagonal())
