"""The tilted density of a linear VAE of spins and its cumulant generating function.

    p~(z) ∝ p(z) prod_i 1 / 2 cosh theta_i(z),    theta_i = b_i + sum_k W_ik z_k,    K(h) = ln ∫ dz p~(z) exp(h·z).

Spins of words pull z along h = W^T s: the posterior of a word is p~(z) exp(h·z - K(h)), whose mean, covariance and so on are the
derivatives of K at h. All sums start from a reference word s_0, each spin along its field at the mean of z:
p(z) prod_i p(s_0i|z) = p~(z) exp(h_0·z) up to a constant is where the data are; p~ itself may peak far in the tails of the prior.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch.nn.functional import softplus

from latentfield.arrays import FloatArray
from latentfield.decoding.generalized_hopfield.nodes import BATCH, Nodes, log_laplace

FEWEST = 30.0
"""Independent nodes that have to share the weight of a sum for its error, or a covariance, to mean something."""


@dataclass(frozen=True)
class Tilted:
    """p~ on nodes z_q, seen in coordinates z' = A (z - c) of which A is `linear` (d, d) and c is `shift` (d,)."""

    nodes: Nodes
    log_reference: FloatArray
    """ln w_q p(z_q) prod_i exp(s_0i theta_i) / 2 cosh theta_i, less b·s_0: shape (nodes,)."""
    pull: FloatArray
    """h_0 = W^T s_0 in the coordinates of the nodes, shape (d,)."""
    linear: FloatArray
    shift: FloatArray

    @cached_property
    def log_mass(self) -> float:
        """ln ∫ dz p(z) prod_i 1 / 2 cosh theta_i = -ln Z, in nats."""
        return float(self._laplace(np.zeros((1, len(self.pull))))[0])

    @cached_property
    def points(self) -> FloatArray:
        """Nodes in the coordinates z', shape (nodes, d)."""
        return (self.nodes.points - self.shift) @ self.linear.T

    def cumulant(self, h: FloatArray) -> FloatArray:
        """K(h) in nats at h (n, d) conjugate to z'; shape (n,)."""
        at_nodes = h @ self.linear
        return self._laplace(at_nodes) - self.log_mass - at_nodes @ self.shift

    def posterior(self, h: FloatArray) -> FloatArray:
        """Weights of the nodes under p~(z) exp(h·z - K(h)) at one h (d,), shape (nodes,); h = 0 gives p~ itself."""
        log_weight = self.log_reference + self.nodes.points @ (h @ self.linear - self.pull)
        weight = np.exp(log_weight - log_weight.max())
        return weight / weight.sum()

    def moments(self, h: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Mean (d,) and covariance (d, d) of z' at one h (d,): gradient and Hessian of K."""
        weight = self.posterior(h)
        mean = weight @ self.points
        deviation = self.points - mean
        return mean, (weight[:, None] * deviation).T @ deviation

    def effective(self, h: FloatArray) -> float:
        """Number of nodes that share the weight at one h (d,): 1 / sum of squared weights."""
        return float(1 / (self.posterior(h) ** 2).sum())

    def standard_error(self, h: FloatArray) -> FloatArray:
        """Standard error of ln sum_q over independent nodes, at h (n, d); shape (n,), in nats.

        It is the root of 1 / effective nodes - 1 / nodes, and infinite where fewer than FEWEST nodes share the weight: a sum that
        rests on so few may have missed the rest of its integral, which no estimate from the same nodes would show.
        """
        at_nodes = h @ self.linear
        twice = log_laplace(self.nodes, 2 * self.log_reference, 2 * (at_nodes - self.pull))
        effective = np.exp(2 * self._laplace(at_nodes) - twice)
        error = np.sqrt(np.maximum(1 / effective - 1 / len(self.log_reference), 0.0))
        return np.where(effective < FEWEST, np.inf, error)

    def draw_prior(self, n: int, rng: np.random.Generator) -> FloatArray:
        """n nodes in proportion to their weight under p(z), in coordinates z', (n, d)."""
        cumulative = np.cumsum(np.exp(self.nodes.log_weight))
        return self.points[np.searchsorted(cumulative, rng.random(n) * cumulative[-1], side="right")]

    def moved(self, linear: FloatArray, shift: FloatArray) -> Tilted:
        """The same density in coordinates z'' = B (z' - a), B = `linear` (d, d), a = `shift` (d,)."""
        whole = self.shift + np.linalg.solve(self.linear, shift)
        return Tilted(self.nodes, self.log_reference, self.pull, linear @ self.linear, whole)

    def _laplace(self, at_nodes: FloatArray) -> FloatArray:
        return log_laplace(self.nodes, self.log_reference, at_nodes - self.pull)


def tilt(nodes: Nodes, field: FloatArray, patterns: FloatArray) -> Tilted:
    """p~ of the field b (N,) and patterns W^T (d, N), on nodes of the prior."""
    weight = np.exp(nodes.log_weight)
    word = np.where(field + weight @ nodes.points / weight.sum() @ patterns > 0, 1.0, -1.0)
    size = max(1, BATCH // len(field))
    parts = (
        _log_conditional(nodes.points[k : k + size], word * field, word * patterns)
        for k in range(0, len(nodes.points), size)
    )
    log_reference = nodes.log_weight + np.concatenate(list(parts)) - word @ field
    return Tilted(nodes, log_reference, patterns @ word, np.eye(len(patterns)), np.zeros(len(patterns)))


def _log_conditional(z: FloatArray, field: FloatArray, patterns: FloatArray) -> FloatArray:
    """sum_i ln p(s_i|z) = -sum_i ln(1 + exp(-2 s_i theta_i)) for s_i theta_i = `field` + z·`patterns`."""
    return -softplus(torch.from_numpy(-2 * (field + z @ patterns)), threshold=40).sum(1).numpy()
