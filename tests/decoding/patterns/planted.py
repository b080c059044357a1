"""Planted patterns, matrices that span them, and samples of the networks that store them."""

import numpy as np

from latentfield.systems.base import stream
from latentfield.systems.hopfield import Hopfield


def planted(sites: int, patterns: int, noise: float = 0.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Patterns (P, N) and J = xi R + noise (N, P), R standard normal, the noise in units of the rms entry of xi R."""
    rng = np.random.default_rng(seed)
    xi = rng.choice([-1, 1], size=(patterns, sites))
    return xi, xi.T @ rng.standard_normal((patterns, patterns)) + noise * patterns**0.5 * rng.standard_normal(
        xi.T.shape
    )


def network(size: int, patterns: int, **fields) -> Hopfield:
    """Hopfield network; 100 chains of 50 configurations at 1 <= T <= 2 unless told otherwise."""
    grid = {"min": 1.0, "max": 2.0, "count": 3}
    protocol = {"temperatures": grid, "chains": 100, "draws": 50, "burn_in": 300, "spacing": 5} | fields
    return Hopfield(size=size, patterns=patterns, **protocol)


def samples(system: Hopfield, seed: int = 0) -> np.ndarray:
    """One block, (temperatures, chains, draws, size, size)."""
    return system.sample_block(system.temperatures.values, stream(seed, "hopfield", 0))
