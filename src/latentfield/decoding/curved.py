"""What a curved decoder of words says: the curve or surface of its fields, and how far it is from straight.

Logits l(z) of all sites at nodes z_g of weight pi_g trace a curve (one latent) or a surface (two) in the space of fields. A linear
decoder's is straight. Coordinates z are arbitrary, so what is read off does not depend on them. Fields count in the metric of the
sites' own information, with s_i = p_i (1 - p_i) at the mean probability p_i of each site: distances are |S^(1/2) (l - l')|.

    spread     shares lambda_k / sum lambda of the eigenvalues of sum_g pi_g S^(1/2) (l_g - l)(l_g - l)^T S^(1/2), l the mean:
               those beyond the first d are 0 where d latents act linearly
    straight   the first d of them together
    tangent    mean over g of the mean cos^2 of the angles between the columns of S^(1/2) dl/dz at z_g and the first d
               eigenvectors: 1 for a linear decoder

Probabilities and Jacobians are shown along the curve: the nodes in the order of z, or with more latents of their share in the first
eigenvector, in stretches that hold as many words each.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import expit

from latentfield.arrays import FloatArray
from latentfield.marginal.as_vae import from_vae
from latentfield.marginal.decoder import Curved
from latentfield.marginal.model import Marginal
from latentfield.records.tables import Tables
from latentfield.vae.model import VAE

STRETCHES = 25
DIRECTIONS = 6
"""Shares of the spread that are kept."""


class Curve(NamedTuple):
    """The fields of a curved decoder of d latents, independent of the coordinates of z but for the Jacobians."""

    spread: FloatArray
    """Shares of the largest directions, falling, (DIRECTIONS,) or fewer."""
    straight: float
    tangent: float
    quantile: FloatArray
    """Middle of each stretch as a share of the words, (stretches,)."""
    probability: FloatArray
    """Mean probability of +1 of every site in each stretch, (stretches, sites)."""
    jacobian: FloatArray
    """Mean dl_i/dz_k in each stretch, (stretches, sites, d), in the coordinates of the fit."""
    place: FloatArray
    """Coordinates of the nodes along the first three eigenvectors, (nodes, 3); 0 where there are fewer sites."""
    weight: FloatArray
    """pi, (nodes,)."""

    @property
    def tables(self) -> Tables:
        """Of its figure: `curve` with stretch, site, quantile and p; `fields` with the nodes; `spread`."""
        rows = [
            {"quantile": float(u), "site": i, "p": float(p)}
            for u, stretch in zip(self.quantile, self.probability, strict=True)
            for i, p in enumerate(stretch)
        ]
        nodes = [
            {"weight": float(w), "first": float(a), "second": float(b), "third": float(c)}
            for w, (a, b, c) in zip(self.weight, self.place, strict=True)
        ]
        spread = [{"direction": k, "share": float(share)} for k, share in enumerate(self.spread, start=1)]
        whole = {"latents": self.jacobian.shape[2], "straight": self.straight, "tangent": self.tangent}
        return {"curve": rows, "fields": nodes, "spread": spread, "curvature": [whole]}


def curve(vae: VAE) -> Curve:
    """Of a VAE that is an exact fit of words with a curved decoder; raises TypeError for any other."""
    return of_model(from_vae(vae))


def of_model(model: Marginal) -> Curve:
    """Of an exact fit with a curved decoder; raises TypeError for a linear one."""
    if not isinstance(model.decoder, Curved):
        raise TypeError("a linear decoder has no curve: its fields are straight")
    latents = model.node.shape[1]
    weight = np.exp(model.log_weight - model.log_weight.max())
    weight /= weight.sum()
    logit, jacobian = model.logit, model.decoder.jacobian(model.node)
    mean = weight @ expit(logit)
    scale = np.sqrt(mean * (1 - mean))
    away = (logit - weight @ logit) * scale
    _, size, right = np.linalg.svd(np.sqrt(weight)[:, None] * away, full_matrices=False)
    # Of each direction the larger end is up, whatever the machine.
    right *= np.where(right[np.arange(len(right)), np.abs(right).argmax(1)] < 0, -1, 1)[:, None]
    share = size**2 / max(float((size**2).sum()), 1e-300)
    tangent = np.linalg.qr(jacobian * scale[:, None])[0]
    cos2 = ((right[:latents] @ tangent) ** 2).sum((1, 2)) / min(latents, len(right))
    place = away @ right[:3].T
    along = model.node[:, 0] if latents == 1 else place[:, 0]
    quantile, held = _stretches(along, weight)
    return Curve(
        spread=share[:DIRECTIONS],
        straight=float(share[:latents].sum()),
        tangent=float(weight @ cos2),
        quantile=quantile,
        probability=held @ expit(logit),
        jacobian=np.einsum("qg,gik->qik", held, jacobian),
        place=np.pad(place, ((0, 0), (0, 3 - place.shape[1]))),
        weight=weight,
    )


def _stretches(along: FloatArray, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Middles of stretches of equal weight in the order of `along` (nodes,), and each node's share of them, (stretches, nodes)."""
    order = np.argsort(along, kind="stable")
    end = np.cumsum(weight[order])
    start, edges = end - weight[order], np.linspace(0, 1, STRETCHES + 1)
    shared = np.minimum(end, edges[1:, None]) - np.maximum(start, edges[:-1, None])
    held = np.zeros((STRETCHES, len(along)))
    held[:, order] = np.maximum(shared, 0)
    return (edges[1:] + edges[:-1]) / 2, held / held.sum(1, keepdims=True)
