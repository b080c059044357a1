"""Patterns from the span they lie in: what is returned, how far to trust it, and independent components as baseline.

Given a matrix (N, d) whose P leading columns span the patterns, a *source* is a vector y of the span and its pattern the
signs of y. The true ones have |y_i| = 1 on every site; how close a source comes is

    binarity = <|y|> / sqrt(<y^2>) = cos(angle between y and sign y),

sqrt(2/pi) = 0.80 for a Gaussian vector, 1 for a pattern. With noise, y_i = a xi_i + sigma eta_i, eta normal, so that

    P(xi_i = sign y_i) = 1 / (1 + exp(-2 a |y_i| / sigma^2)),    a^4 = (3 <y^2>^2 - <y^4>) / 2,    sigma^2 = <y^2> - a^2:

the confidence of a bit, 1/2 for every bit of a Gaussian vector. That of a pattern is their product, the probability that all
its bits are right. (The noise is taken to be the same on all sites: a site that several patterns got wrong together is not seen.)

Baseline: FastICA over the N sites (Hyvarinen 1999, https://doi.org/10.1109/72.761722), which asks for least Gaussian sources;
the best of several starts by the sources' mean binarity. None of this knows the true patterns.
"""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_expit
from sklearn.decomposition import FastICA
from sklearn.exceptions import ConvergenceWarning

from latentfield.arrays import FloatArray
from latentfield.decoding.patterns.subspace import leading_span


class Unmixed(NamedTuple):
    """Candidate patterns of a span, surest first, and what is known of each without the truth."""

    patterns: NDArray[np.int8]
    """±1, shape (found, N)."""
    sources: FloatArray
    """The vectors of the span whose signs the patterns are, in units of their mean modulus, (found, N)."""
    bit_confidence: FloatArray
    """Probability that a bit is right, (found, N)."""
    confidence: FloatArray
    """Probability that the whole pattern is right, (found,)."""
    binarity: FloatArray
    """Cosine of the angle between source and pattern, (found,)."""
    missing: int
    """Patterns asked for and not found."""
    converged: bool
    """Whether the algorithm ended by its own rule, rather than by exhausting its steps."""

    @property
    def score(self) -> float:
        """Mean binarity, 0 for every missing pattern."""
        return float(self.binarity.sum() / (len(self.patterns) + self.missing))


def describe(sources: FloatArray, asked: int, converged: bool, signs: NDArray | None = None) -> Unmixed:
    """Sources (found, N) with their patterns (their signs, unless `signs` tells them) and confidences, ordered by binarity."""
    modulus = np.abs(sources).mean(1, keepdims=True)
    y = sources / modulus
    second, fourth = (y**2).mean(1, keepdims=True), (y**4).mean(1, keepdims=True)
    amplitude = np.maximum((3 * second**2 - fourth) / 2, 0) ** 0.25
    noise = np.maximum(second - amplitude**2, np.finfo(float).eps)
    patterns = np.where(y < 0, -1, 1) if signs is None else signs
    log_confidence = log_expit(2 * amplitude * y * patterns / noise)
    binarity = 1 / np.sqrt(second[:, 0])
    order = np.argsort(-binarity, kind="stable")
    confidence = np.exp(log_confidence.sum(1))
    signs, bits = patterns.astype(np.int8)[order], np.exp(log_confidence)[order]
    return Unmixed(signs, y[order], bits, confidence[order], binarity[order], asked - len(y), converged)


def fast_ica(matrix: NDArray, patterns: int, seed: int = 0, restarts: int = 5, steps: int = 500) -> Unmixed:
    """The `patterns` independent components of a matrix (N, d) over its sites, from the best of `restarts` starts."""
    basis, _ = leading_span(matrix, patterns)
    seeds = np.random.SeedSequence(seed).generate_state(restarts)
    attempts = [_independent_components(basis, int(start), steps) for start in seeds]
    return max(attempts, key=lambda attempt: attempt.score)


def _independent_components(basis: FloatArray, seed: int, steps: int) -> Unmixed:
    whitened = basis * np.sqrt(len(basis))
    ica = FastICA(whiten="unit-variance", max_iter=steps, random_state=seed)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ConvergenceWarning)
        ica.fit(whitened)
    converged = not any(issubclass(warning.category, ConvergenceWarning) for warning in caught)
    return describe(ica.components_ @ whitened.T, basis.shape[1], converged)
