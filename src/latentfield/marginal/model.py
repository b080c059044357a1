"""A fit of few latents with a prior that is free on nodes: what it says of words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy.special import expit, logsumexp

from latentfield.arrays import FloatArray, Words
from latentfield.marginal.decoder import Curved, Linear

BLOCK = 4096
"""Words worked on together."""


class Posterior(NamedTuple):
    """Of words (n,): mean (n, latents) and covariance (n, latents, latents) of z given each."""

    mean: FloatArray
    covariance: FloatArray


class Marginal(NamedTuple):
    """p(x) = sum_g pi_g prod_i p(x_i|z_g), in double precision."""

    log_weight: FloatArray
    """ln pi_g, (nodes,)."""
    node: FloatArray
    """z_g, (nodes, latents)."""
    decoder: Linear | Curved

    @property
    def logit(self) -> FloatArray:
        """Logits of +1 of all sites at the nodes, (nodes, sites)."""
        return self.decoder(self.node)

    def log_likelihood(self, words: Words) -> FloatArray:
        """ln p of words ±1 (n, sites), nats; (n,). Exact, in double precision."""
        return np.concatenate([logsumexp(part, 1) for part in self._log_joint(words)])

    def encode(self, words: Words) -> Posterior:
        """Moments of z given words ±1 (n, sites), by the responsibilities of the nodes: exact, in a discrete prior."""
        means, covariances = [], []
        for part in self._log_joint(words):
            share = np.exp(part - logsumexp(part, 1, keepdims=True))
            mean = share @ self.node
            square = np.einsum("ng,ga,gb->nab", share, self.node, self.node, optimize=True)
            means.append(mean)
            covariances.append(square - mean[:, :, None] * mean[:, None, :])
        return Posterior(np.concatenate(means), np.concatenate(covariances))

    def sample(self, n: int, rng: np.random.Generator) -> Words:
        """n words ±1 from the model, (n, sites)."""
        node = rng.choice(len(self.node), n, p=np.exp(self.log_weight - logsumexp(self.log_weight)))
        p = expit(self.logit)[node]
        return np.where(rng.random(p.shape) < p, 1, -1).astype(np.int8)

    def _log_joint(self, words: Words) -> Iterator[FloatArray]:
        logit = self.logit
        base = self.log_weight - np.logaddexp(0, logit).sum(1)
        for start in range(0, len(words), BLOCK):
            yield (words[start : start + BLOCK] > 0).astype(float) @ logit.T + base


def gauged(model: Marginal, decoder: Linear) -> Marginal:
    """The same law, its latents uncorrelated, of mean 0 and variance 1, and the columns of W orthogonal, the longest first.

    What is left of the gauge is the sign of each latent: the largest weight of each column is positive.
    """
    pi = np.exp(model.log_weight - logsumexp(model.log_weight))
    mean = pi @ model.node
    node, weight = principal(model.node - mean, pi, decoder.weight)
    return Marginal(model.log_weight, node, Linear(weight, decoder.bias + decoder.weight @ mean))


def principal(node: FloatArray, pi: FloatArray, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Nodes z' and weights W' with W' z' = W z, the mean of z' z'^T over pi the identity, and the columns of W' as in `gauged`."""
    values, vectors = np.linalg.eigh(np.einsum("g,ga,gb->ab", pi, node, node))
    root = vectors * np.sqrt(np.maximum(values, 0))
    left, size, _ = np.linalg.svd(weight @ root, full_matrices=False)
    # Latents beyond the number of sites have no column.
    turned = np.pad(left * size, ((0, 0), (0, node.shape[1] - len(size))))
    turned *= np.where(turned[np.abs(turned).argmax(0), np.arange(turned.shape[1])] < 0, -1, 1)
    # Exactly so where W' has full rank.
    return node @ weight.T @ np.linalg.pinv(turned).T, turned
