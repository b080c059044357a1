"""The order tensor of a nematic from the latents of a VAE, and the mean field from its decoder.

Q = (1/N) sum_i (n_i n_i^T - I/3) has five coordinates in `TENSOR_BASIS`. Two questions to a VAE of directors:

- do the latents hold Q: a small network from the posterior mean of z, and T, to Q, scored by R^2 of each coordinate on
  configurations it has not seen. One network for all temperatures, with T as an input, because the coordinate that the VAE chose
  for Q is smooth in T, and a network for each temperature would have to learn it from a sixteenth of the data.
- does the decoder hold the theory: with the Hubbard-Stratonovich field as latent, its posterior mean is Q and the Bingham matrix
  of every site is (3/2) beta J times the field, so that E[B | n] = (3/2) beta J Q exactly, in whatever coordinate the VAE has.
  Only the traceless part of B is meant; the rest has no effect. Reported: slope of the five coordinates of the site average of B
  on those of (3/2) beta J Q, 1 for an exact VAE, and R^2 about that line.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.compose import TransformedTargetRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from latentfield.arrays import FloatArray
from latentfield.errors import LatentfieldError
from latentfield.systems.nematic import tensor_coordinates
from latentfield.vae.model import VAE

Table = list[dict[str, Any]]
HIDDEN, BATCH, DRAWS = (64, 64), 512, 8


def order_tensor(x: NDArray) -> FloatArray:
    """Coordinates (n, 5) of Q of directors x (n, *sites, 3)."""
    return tensor_coordinates(x.reshape(len(x), -1, 3)).mean(1, dtype=np.float64)


@torch.no_grad()
def latents(model: VAE, x: NDArray, temperature: NDArray[np.float32]) -> FloatArray:
    """Posterior means and the temperature, inputs of the network: (n, d + 1)."""
    _require_directors(model)
    parts = [
        model.encode(torch.from_numpy(x[k : k + BATCH]), torch.from_numpy(temperature[k : k + BATCH])).mean
        for k in range(0, len(x), BATCH)
    ]
    return np.column_stack([torch.cat(parts).numpy(), temperature]).astype(np.float64)


def fit(inputs: FloatArray, tensor: FloatArray, seed: int) -> TransformedTargetRegressor:
    """The network from inputs (n, d + 1) to Q (n, 5), trained until a tenth held out no longer improves; `predict` gives Q."""
    network = MLPRegressor(
        hidden_layer_sizes=HIDDEN,
        batch_size=256,
        learning_rate_init=2e-3,
        early_stopping=True,
        max_iter=200,
        random_state=seed,
    )
    scaled = make_pipeline(StandardScaler(), network)
    return TransformedTargetRegressor(scaled, transformer=StandardScaler()).fit(inputs, tensor)


def scores(tensor: FloatArray, found: FloatArray, temperature: NDArray) -> Table:
    """R^2 of each coordinate at each temperature: rows {temperature, r2_1 ... r2_5, worst}."""
    rows = []
    for t in np.unique(temperature):
        own = temperature == t
        r2 = 1 - ((tensor[own] - found[own]) ** 2).mean(0) / tensor[own].var(0)
        rows.append({"temperature": float(t)} | {f"r2_{k}": float(v) for k, v in enumerate(r2, start=1)})
        rows[-1]["worst"] = float(r2.min())
    return rows


@torch.no_grad()
def bingham(model: VAE, x: NDArray, temperature: NDArray[np.float32], seed: int) -> FloatArray:
    """Site average of the decoder's B, averaged over draws of the posterior: coordinates (n, 5)."""
    _require_directors(model)
    generator = torch.Generator().manual_seed(seed)
    parts = []
    for k in range(0, len(x), BATCH):
        t = torch.from_numpy(temperature[k : k + BATCH])
        posterior = model.encode(torch.from_numpy(x[k : k + BATCH]), t)
        noise = posterior.noise(generator, DRAWS // 2)
        # Pairs of opposite noise: what is linear in z adds none to the average.
        z = posterior.at(torch.cat([noise, -noise]))
        b = model.decode(z.flatten(0, 1), t.repeat(DRAWS)).flatten(2).mean(2)
        parts.append(b.reshape(DRAWS, len(t), -1).mean(0))
    return torch.cat(parts).double().numpy()


def mean_field(tensor: FloatArray, matrix: FloatArray, temperature: NDArray) -> Table:
    """B (n, 5) on (3/2) beta J Q at each temperature, J = 1: rows {temperature, slope, slope_se, r2}."""
    rows = []
    for t in np.unique(temperature):
        own = temperature == t
        exact, b = 1.5 / float(t) * tensor[own], matrix[own]
        slope = (exact * b).sum() / (exact**2).sum()
        left = b - slope * exact
        # Coordinates of one configuration are not independent: its sum is the unit.
        se = np.sqrt(((exact * left).sum(1) ** 2).sum()) / (exact**2).sum()
        r2 = 1 - (left**2).sum() / ((b - b.mean(0)) ** 2).sum()
        rows.append({"temperature": float(t), "slope": float(slope), "slope_se": float(se), "r2": float(r2)})
    return rows


def _require_directors(model: VAE) -> None:
    if model.architecture.sites != "directors":
        raise LatentfieldError(
            f"an order tensor is read off a VAE of directors; this one is of {model.architecture.sites}"
        )
