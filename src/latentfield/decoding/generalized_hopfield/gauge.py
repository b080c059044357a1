"""One choice of latents out of the many that describe the same generalised Hopfield model.

Latents z' = A (z - c) with b' = b + W c and W' = W A^-1 give every word the same probability. The choice made here:

- the tilted density p~ has mean zero and unit covariance, so that K(h) = |h|^2 / 2 + third and higher cumulants;
- patterns, the columns of W', are orthogonal and ordered by norm, the largest first (principal axes of W'^T W');
- a pattern has a positive sum over sites: its latent turns spins up.

What is left is arbitrary where two norms are equal, or the sum of a pattern is zero. Trainings that differ in their seeds are
therefore compared in the order and with the signs of one of them (`aligned`).

That choice is as good as the covariance of p~, which weighs z by prod_i 1 / cosh theta_i(z): of sites that are mostly silent and a
prior on nodes it rests on the one or two nodes of the most active words, and two fits of one law differ in it. `of_words` needs
the span of the patterns and the words alone: patterns are orthonormal, the principal axes of the words in that span.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from latentfield.arrays import FloatArray
from latentfield.decoding.generalized_hopfield.model import GeneralizedHopfield
from latentfield.decoding.generalized_hopfield.tilted import FEWEST
from latentfield.decoding.patterns.stability import matched
from latentfield.errors import LatentfieldError

WORST = 1e12
"""Condition of the covariance of p~ above which one of its directions is none."""


def fixed(theory: GeneralizedHopfield) -> GeneralizedHopfield:
    """The same model in the gauge above; raises LatentfieldError where the nodes do not resolve p~."""
    latents = len(theory.patterns)
    effective = theory.tilted.effective(np.zeros(latents))
    if theory.tilted.nodes.drawn and effective < FEWEST:
        raise LatentfieldError(
            f"the tilted density of {latents} latents rests on {effective:.1f} of {len(theory.tilted.points)} nodes and has no "
            f"covariance to speak of; at least {FEWEST:.0f} are needed: draw more"
        )
    mean, covariance = theory.tilted.moments(np.zeros(latents))
    if np.linalg.cond(covariance) > WORST:
        raise LatentfieldError(
            f"the tilted density of {latents} latents rests on {effective:.1f} of {len(theory.tilted.points)} nodes, which have "
            "no spread in some direction: it has no scale to measure that latent by"
        )
    whitened = theory.moved(_inverse_root(covariance), mean)
    rotation = _principal_axes(whitened.patterns)
    return whitened.moved(rotation, np.zeros(latents))


def of_words(theory: GeneralizedHopfield, words: NDArray) -> GeneralizedHopfield:
    """The same model with orthonormal patterns, pulls of the words ±1 (n, N) uncorrelated, that of the largest variance first."""
    span, scale = np.linalg.qr(theory.patterns.T)
    pulls = np.asarray(words, dtype=np.float64) @ span
    _, axes = np.linalg.eigh(np.atleast_2d(np.cov(pulls.T)))
    axes = axes[:, ::-1]
    signed = axes * np.where((span @ axes).sum(0) < 0, -1.0, 1.0)
    return theory.moved(signed.T @ scale, np.zeros(len(axes)))


def aligned(theory: GeneralizedHopfield, reference: GeneralizedHopfield) -> GeneralizedHopfield:
    """The same model, its latents in the order and with the signs in which its patterns are most like those of the reference."""
    columns, cosine = matched(reference.patterns, theory.patterns)
    exchange = np.zeros((len(cosine), len(cosine)))
    exchange[np.arange(len(cosine)), columns] = np.where(cosine < 0, -1.0, 1.0)
    return theory.moved(exchange, np.zeros(len(cosine)))


def _inverse_root(covariance: FloatArray) -> FloatArray:
    values, vectors = np.linalg.eigh(covariance)
    return vectors / np.sqrt(values) @ vectors.T


def _principal_axes(patterns: FloatArray) -> FloatArray:
    """The orthogonal matrix that takes patterns (d, N) to orthogonal ones, ordered and signed."""
    _, vectors = np.linalg.eigh(patterns @ patterns.T)
    rotation = vectors[:, ::-1].T
    return rotation * np.where((rotation @ patterns).sum(1) < 0, -1.0, 1.0)[:, None]
