"""A VAE of spins with a linear decoder, written as a generalised Hopfield model.

With half-logits theta_i(z) = b_i + sum_k W_ik z_k, which the decoder gives, the model is

    P(s) = ∫ dz p(z) prod_i exp(s_i theta_i) / 2 cosh theta_i = exp(-H(s)) / Z,
    H(s) = -sum_i b_i s_i - K(W^T s)    in units of k_B T,
    K(h) = ln ∫ dz p~(z) exp(h·z),      p~(z) = Z p(z) prod_i 1 / 2 cosh theta_i,      1/Z = ∫ dz p(z) prod_i 1 / 2 cosh theta_i:

b is a field on every site, the columns of W are stored patterns, and K, the cumulant generating function of the tilted density p~,
says how the energy depends on the overlaps h_k = sum_i W_ik s_i. A Gaussian p~ makes K quadratic and H the Hopfield model. The
equivalence is that of Boltzmann machines with Hopfield networks (Barra, Bernacchia, Santucci and Contucci 2012, Neural Networks
34, 1; Mézard 2017, Phys. Rev. E 95, 022117).

All integrals over z are sums over the same nodes (`latent_nodes`), so that energy, ln Z and ln P agree to rounding, and the model
that `sample` draws from is the one that `log_prob` describes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import expit

from latentfield.arrays import FloatArray
from latentfield.decoding.generalized_hopfield.grid import GRID_LATENTS, refined
from latentfield.decoding.generalized_hopfield.nodes import cloud, of_prior
from latentfield.decoding.generalized_hopfield.tilted import Tilted, tilt
from latentfield.errors import LatentfieldError
from latentfield.records.tables import Tables
from latentfield.vae.model import VAE
from latentfield.vae.parts.node_prior import NodePrior
from latentfield.words import likelihood
from latentfield.words.statistics import statistics

PROBES, PROPOSALS = 200, 1000
"""Words that a refinement is judged by, and words whose posteriors propose the nodes of a cloud."""


@dataclass(frozen=True)
class GeneralizedHopfield:
    """P(s) ∝ exp(b·s + K(W^T s)) on N spins; `decode` makes one from a VAE."""

    field: FloatArray
    """b, shape (N,), in units of k_B T."""
    patterns: FloatArray
    """W^T, shape (d, N): pattern k is the change of every theta_i with z_k."""
    tilted: Tilted
    """The density p~ over z and its cumulant generating function K."""
    error: float
    """What ln P and ln Z may be wrong by, in nats: for a grid the largest change in probe words by the last refinement, 0 for a
    prior on nodes, for a cloud the standard error of ln Z, infinite if the cloud does not resolve p~ (that of ln P is
    `log_prob_error`)."""

    @property
    def log_z(self) -> float:
        """ln Z in nats: ln P(s) = -energy(s) - ln Z."""
        return -self.tilted.log_mass

    def overlaps(self, s: NDArray) -> FloatArray:
        """h = W^T s of words s (n, N) of ±1, shape (n, d)."""
        return np.asarray(s, dtype=np.float64).reshape(len(s), -1) @ self.patterns.T

    def energy(self, s: NDArray) -> FloatArray:
        """H(s) of words s (n, N) of ±1, in units of k_B T; shape (n,)."""
        return -(np.asarray(s, dtype=np.float64).reshape(len(s), -1) @ self.field) - self.tilted.cumulant(
            self.overlaps(s)
        )

    def log_prob(self, s: NDArray) -> FloatArray:
        """ln P(s) in nats of words s (n, N) of ±1; shape (n,). To be read with `log_prob_error`."""
        return -self.energy(s) - self.log_z

    def log_prob_error(self, s: NDArray) -> FloatArray:
        """What ln P(s) may be wrong by, in nats, shape (n,): the standard error of each word with a cloud, else `error`.

        Infinite for words whose posterior a cloud does not resolve: their ln P has no meaning, and neither has a mean over words of
        which some are infinite. `measures.words.log_likelihood`, with nodes of its own for each word, is then the way to ln P.
        """
        if not self.tilted.nodes.drawn:
            return np.full(len(s), self.error)
        return self.tilted.standard_error(self.overlaps(s))

    def sample(self, n: int, seed: int) -> NDArray[np.int8]:
        """n independent words, (n, N) of ±1."""
        rng = np.random.default_rng(seed)
        z = self.tilted.draw_prior(n, rng)
        up = rng.random((n, len(self.field))) < expit(2 * (self.field + z @ self.patterns))
        return np.where(up, 1, -1).astype(np.int8)

    def moved(self, linear: FloatArray, shift: FloatArray) -> GeneralizedHopfield:
        """The same P(s) in latents z' = A (z - c), with A (d, d) invertible and c (d,): b' = b + W c, W' = W A^-1."""
        patterns = np.linalg.solve(linear.T, self.patterns)
        return GeneralizedHopfield(
            self.field + shift @ self.patterns, patterns, self.tilted.moved(linear, shift), self.error
        )


def decode(
    model: VAE,
    temperature: float = 1.0,
    training: NDArray | None = None,
    tolerance: float = 1e-7,
    draws: int = 20_000,
    seed: int = 0,
) -> GeneralizedHopfield:
    """The generalised Hopfield model that a VAE with a linear decoder is at temperature T.

    A prior on nodes is summed over them, exactly. Up to three latents with the factorised prior are integrated on a grid, refined
    until no probe word's ln P changes by more than `tolerance` nats or the grid is full; the last change is the stated `error`.
    Otherwise `draws` nodes are drawn from the prior and the posteriors of `training` words (n, *shape). Raises LatentfieldError for
    a decoder that is not linear, sites that are not spins, and for a cloud without training words.
    """
    field, patterns = linear_head(model, temperature)
    latents, kind = model.architecture.latents, model.architecture.prior.kind
    if isinstance(model.prior, NodePrior):
        tilted = tilt(of_prior(model.prior, model.scaled(temperature, 1)), field, patterns)
        return GeneralizedHopfield(field, patterns, tilted, 0.0)
    splines = model.prior.splines(model.scaled(temperature, 1)) if latents <= GRID_LATENTS else None
    if splines:
        probes = model.sample(PROBES, temperature, torch.Generator().manual_seed(seed)).double().numpy()
        tilted, error = refined(splines, field, patterns, probes.reshape(PROBES, -1), tolerance)
        return GeneralizedHopfield(field, patterns, tilted, error)
    if training is None:
        raise LatentfieldError(
            f"a generalised Hopfield model of {latents} latents with the {kind} prior is summed by importance sampling and needs "
            f"training words; a grid does without them for the spline prior and at most {GRID_LATENTS} latents"
        )
    return _on_cloud(model, temperature, field, patterns, training, draws, seed)


def linear_head(model: VAE, temperature: float) -> tuple[FloatArray, FloatArray]:
    """b (N,) and the patterns W^T (d, N) of half-logits theta = b + W z at temperature T."""
    sites, head = model.architecture.sites, model.decoder.linear_head()
    if sites != "spins":
        raise LatentfieldError(f"a generalised Hopfield model is made of spins; this VAE is of {sites}")
    if head is None:
        raise LatentfieldError(
            f'a generalised Hopfield model is read off a linear decoder; this VAE has decoder "{model.architecture.decoder}": '
            'train one with decoder "linear"'
        )
    half = model.architecture.temperature_centre / (2 * temperature)
    bias, weight = (part.detach().double().numpy() for part in head)
    return half * bias, half * weight.T


def _on_cloud(
    model: VAE, temperature: float, field: FloatArray, patterns: FloatArray, training: NDArray, draws: int, seed: int
) -> GeneralizedHopfield:
    rows = np.random.default_rng(seed).permutation(len(training))[:PROPOSALS]
    nodes = cloud(model, temperature, training[rows], draws, seed)
    tilted = tilt(nodes, field, patterns)
    error = float(tilted.standard_error(np.zeros((1, len(patterns))))[0])
    return GeneralizedHopfield(field, patterns, tilted, error)


def against_recording(
    theory: GeneralizedHopfield, train: NDArray[np.int8], test: NDArray[np.int8], cluster: NDArray | None, seed: int
) -> Tables:
    """Tables "count", "rates", "covariance", "words10" and "overlap" of test words against as many words of the theory.

    The columns of the theory are called "vae", as in those of `words.statistics`; the independent cells have the rates of
    the training words. `cluster` (n,) says which test words belong together.
    """
    rng = np.random.default_rng(seed)
    drawn = {
        "data": test,
        "vae": theory.sample(len(test), seed),
        "independent": likelihood.draw_independent(train, len(test), rng),
    }
    return statistics(drawn, cluster, rng)
