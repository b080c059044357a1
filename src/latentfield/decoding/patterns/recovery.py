"""Stored patterns of a Hopfield network: from a trained decoder, or from any matrix whose columns span them.

    decoder -> J(T), N x d (`jacobian`) -> span of dimension P (`subspace`) -> sign vectors (`binary_search`, or `unmixing`)

The same second and third steps start from samples alone, by way of second moments or of couplings: the baselines.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numpy.typing import NDArray

from latentfield.decoding.patterns.binary_search import search
from latentfield.decoding.patterns.jacobian import logit_jacobian
from latentfield.decoding.patterns.subspace import coupling_eigenvectors, leading_eigenvectors
from latentfield.decoding.patterns.unmixing import Unmixed, fast_ica
from latentfield.errors import LatentfieldError
from latentfield.vae.model import VAE
from latentfield.words.inverse_ising import pseudo_likelihood

METHODS: dict[str, Callable[..., Unmixed]] = {"search": search, "fast_ica": fast_ica}


def recover(matrix: NDArray, patterns: int, method: str = "search", seed: int = 0, **options: Any) -> Unmixed:
    """At most `patterns` patterns of N bits from a matrix (N, d), d >= patterns; options as the method takes them.

    Raises LatentfieldError if the method is unknown, or if the matrix has fewer columns, or a smaller rank, than patterns.
    """
    if method not in METHODS:
        raise LatentfieldError(f"patterns are recovered by one of {', '.join(METHODS)}; got {method!r}")
    return METHODS[method](matrix, patterns, seed=seed, **options)


def decode(
    model: VAE,
    temperature: float,
    patterns: int,
    method: str = "search",
    seed: int = 0,
    draws: int = 256,
    **options: Any,
) -> Unmixed:
    """Patterns from the decoder of a VAE of spins at T (units of J), by its Jacobian averaged over draws of the prior."""
    latents = model.architecture.latents
    if patterns > latents:
        raise LatentfieldError(f"a decoder of {latents} latents holds at most {latents} patterns, asked for {patterns}")
    return recover(logit_jacobian(model, temperature, draws, seed), patterns, method, seed, **options)


def from_moments(samples: NDArray, patterns: int, method: str = "search", seed: int = 0, **options: Any) -> Unmixed:
    """Linear baseline: patterns from the leading eigenvectors of the second moments of samples ±1 (n, ...)."""
    return recover(leading_eigenvectors(samples, patterns), patterns, method, seed, **options)


def from_couplings(
    samples: NDArray,
    temperatures: NDArray | float,
    patterns: int,
    method: str = "search",
    seed: int = 0,
    **options: Any,
) -> Unmixed:
    """Inverse Ising baseline: patterns from the leading eigenvectors of couplings fitted to samples ±1 (n, ...)."""
    couplings = pseudo_likelihood(samples, temperatures)
    return recover(coupling_eigenvectors(couplings, patterns), patterns, method, seed, **options)
