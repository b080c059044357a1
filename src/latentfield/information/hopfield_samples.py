"""Mutual information across a cut of a Hopfield network of any number of patterns, from its samples.

With n_A the sites of A, h_i = xi_i·m, M_A = sum over A of xi_i s_i, and the Hubbard-Stratonovich field m, the states of A have

    P(s_A) = (1/Z) (beta N / 2 pi)^(P/2) ∫ d^P m exp f(m),
    f(m) = -beta N |m|^2 / 2 + beta M_A·m + sum over B of ln 2 cosh(beta h_i),

and I(A; B) is the mean of ln P(s) - ln P(s_A) - ln P(s_B) over samples, ln P(s) = -E/T - ln Z. The field given half of the spins
has one peak, of nearly Gaussian shape: the integral is estimated by importance sampling from Student's t around it. Its peak is
the fixed point of m = (M_A + sum over B of xi_i tanh beta h_i) / N, of which every iteration raises f.

The logarithm of an estimated integral errs downwards, by half its relative variance, and I upwards by as much: that is added to
the error.

For networks of more patterns than `hopfield_blocks` can sum. It needs samples in equilibrium, and an ln Z with its error, from
thermodynamic integration, say: ln Z enters once, so that its error is the result's.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, logsumexp

from latentfield.arrays import FloatArray
from latentfield.errors import LatentfieldError
from latentfield.statistics.estimate import Estimate, blocked_mean
from latentfield.systems.hopfield import Hopfield

DEGREES = 8.0
"""Of freedom of Student's t, whose tails must be the heavier."""
ITERATIONS = 300
"""Of the fixed point, for every sample; convergence is not tested."""
LEAST_CURVATURE = 0.05
"""Of a direction of the peak, in units of beta N."""
AT_ONCE = 32
"""Samples whose fields are in memory together: 32 draws N_B numbers."""


def sampled_cut_information(
    system: Hopfield,
    temperature: float,
    samples: NDArray,
    part: NDArray,
    log_z: Estimate,
    rng: np.random.Generator,
    draws: int = 400,
) -> Estimate:
    """I(A; B) in nats between the sites of the mask `part` (N,) and the others, at T in units of J.

    `samples` (chains, draws, size, size) are equilibrium configurations, whole chains being independent; `draws` fields are
    drawn for each, and each side. Time goes with samples, P, N and `draws` + `ITERATIONS`. The standard error joins, in
    quadrature, the spread over chains (at least two) and the error of ln Z, to which the possible bias of the logarithms is
    added outright; the value is not corrected for it, and may be negative within its error. Raises LatentfieldError for a
    cut with an empty side.
    """
    part = np.asarray(part, bool)
    if part.all() or not part.any():
        raise LatentfieldError(f"a cut has sites on both sides; got {part.sum()} of {part.size} spins on one")
    spins, xi, beta = samples.reshape(-1, system.n_sites).astype(float), system.xi.astype(float), 1 / temperature
    log_p = system.log_weight(samples, temperature) - log_z.value
    bias = 0.0
    for side in (part, ~part):
        found = [
            _log_integral(spins[k : k + AT_ONCE, side] @ xi[:, side].T, xi[:, ~side], system.n_sites, beta, rng, draws)
            for k in range(0, len(spins), AT_ONCE)
        ]
        log_integral, variance = (np.concatenate(column) for column in zip(*found, strict=True))
        log_p = log_p - (log_integral - log_z.value).reshape(log_p.shape)
        bias += float(variance.mean()) / 2
    mean = blocked_mean(log_p)
    return Estimate(mean.value, math.hypot(mean.se, log_z.se) + bias)


def _log_integral(
    overlap: FloatArray, xi: FloatArray, n: int, beta: float, rng: np.random.Generator, draws: int
) -> tuple[FloatArray, FloatArray]:
    """ln of (beta N / 2 pi)^(P/2) ∫ exp f for overlaps M_A (batch, P) and patterns of B (P, n_B), and its variance, (batch,)."""
    peak = overlap / n
    for _ in range(ITERATIONS):
        peak = (overlap + np.tanh(beta * peak @ xi) @ xi.T) / n
    factor, log_volume = _widths(peak, xi, n, beta)
    p = overlap.shape[1]
    normal = rng.standard_normal((len(overlap), draws, p))
    t = normal * np.sqrt(DEGREES / rng.chisquare(DEGREES, (len(overlap), draws, 1)))
    log_q = -(DEGREES + p) / 2 * np.log1p((t**2).sum(-1) / DEGREES) - log_volume[:, None]
    log_q += gammaln((DEGREES + p) / 2) - gammaln(DEGREES / 2) - p / 2 * math.log(DEGREES * math.pi)
    m = peak[:, None] + np.einsum("bij,bdj->bdi", factor, t)
    f = -beta * n * (m**2).sum(-1) / 2 + beta * np.einsum("bi,bdi->bd", overlap, m) + _log_2cosh(beta * m @ xi).sum(-1)
    log_ratio = f - log_q
    log_mean = logsumexp(log_ratio, axis=1) - math.log(draws)
    variance = np.exp(log_ratio - log_mean[:, None]).var(1) / draws
    return log_mean + p / 2 * math.log(beta * n / (2 * math.pi)), variance


def _widths(peak: FloatArray, xi: FloatArray, n: int, beta: float) -> tuple[FloatArray, FloatArray]:
    """A square root of the inverse curvature of f at each peak, (batch, P, P), and ln of its determinant, (batch,).

    Directions in which f is nearly flat, or not a peak at all, get `LEAST_CURVATURE`, so that the proposal is nowhere wider
    than 1 / sqrt(0.05 beta N).
    """
    curvature = beta**2 * np.einsum("pi,bi,qi->bpq", xi, np.cosh(beta * peak @ xi) ** -2.0, xi, optimize=True)
    values, vectors = np.linalg.eigh(beta * n * np.eye(len(xi)) - curvature)
    values = np.maximum(values, LEAST_CURVATURE * beta * n)
    return vectors / np.sqrt(values)[:, None, :], -np.log(values).sum(1) / 2


def _log_2cosh(x: FloatArray) -> FloatArray:
    size = np.abs(x)
    return size + np.log1p(np.exp(-2 * size))
