"""Where fits of few words start: a linear decoder along the leading directions of the correlations of sites.

    theta(z) = b + W z,    b_i = ln p_i / (1 - p_i),    W_ik = v_ik (lambda_k - 1)^(1/2) / (p_i (1 - p_i))^(1/2)

p_i is the probability of site i to be up, lambda_k and v_k the largest eigenvalues and their vectors of the correlation matrix: to
first order in z ~ N(0, 1)^d the decoder then has those correlations (factor analysis).
"""

from __future__ import annotations

import numpy as np

from latentfield.arrays import FloatArray, Words

LEAST = 0.05
"""Of lambda - 1: directions that have no correlation start with a little."""


def principal(words: Words, latents: int) -> tuple[FloatArray, FloatArray]:
    """W (sites, latents) and b (sites,) of words ±1 (n, sites); latents beyond the number of sites have W = 0."""
    p = ((words > 0).sum(0) + 0.5) / (len(words) + 1)
    scale = np.sqrt(p * (1 - p))
    z = (((words > 0) - p) / scale).astype(np.float32)
    values, vectors = np.linalg.eigh((z.T @ z / len(words)).astype(float))
    loading = vectors[:, -latents:] * np.sqrt(np.maximum(values[-latents:] - 1, LEAST))
    # More latents than sites have no directions of their own, and say no more than as many.
    loading = np.pad(loading, ((0, 0), (latents - loading.shape[1], 0)))
    return loading / scale[:, None], np.log(p / (1 - p))
