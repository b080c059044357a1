"""Networks for the logarithm of a density ratio h(x; c) between two laws of configurations x, given conditions c.

For laws with pair interactions h is quadratic in x, so both heads contain learned quadratic forms and hand them to the last
layer unbent; the last layer starts at zero. Features (batch, channels, *sites) come as scaled by `density_ratio`; conditions
are (batch, conditions).

Before training h is thus zero but for a linear field, where the means of p and q differ beyond doubt: that part starts from its
solution. Quadratic forms enter the last layer also times each condition, so that couplings may depend on z and T.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from latentfield.measures.lattice_forms import SIDE, neighbourhood_forms

SIGNIFICANT = 5.0
"""Standard errors by which second moments must differ along a direction for it to be kept, and means at a site for a field."""


BLOCK = 64
"""Rows that stay together when the halves are formed, longer than a chain: its configurations are not independent."""


class DenseHead(nn.Module):
    """Projections y_k = v_k . x on a few directions, their squares, and two layers of GELU on both; for any set of sites.

    The directions are those along which the second moments of p and q differ: found in one half of the given rows, ordered by the
    size of the difference, kept (at most `forms`, at least `least`) if the other half confirms it. With noise for directions the
    network would learn its training rows by heart. The eigenvectors cost size^3, size being channels times sites.
    """

    def __init__(
        self, joint: Tensor, reference: Tensor, conditions: int, width: int = 32, forms: int = 32, least: int = 2
    ):
        super().__init__()
        directions = _directions(joint.flatten(1), reference.flatten(1), forms, least)
        self.forms = nn.Linear(directions.shape[1], directions.shape[0], bias=False)
        self.forms.weight.data.copy_(directions)
        kept = len(directions)
        self.hidden = nn.Sequential(
            nn.Linear(2 * kept + conditions, width), nn.GELU(), nn.Linear(width, width), nn.GELU()
        )
        self.field = nn.Linear(directions.shape[1], 1)
        self.field.weight.data.copy_(_field(joint.flatten(1), reference.flatten(1)))
        self.field.bias.data.zero_()
        self.last = _zero(nn.Linear(width + kept * (1 + conditions), 1))

    def forward(self, features: Tensor, conditions: Tensor) -> Tensor:
        """h of each row, (batch,)."""
        x = features.flatten(1)
        y = self.forms(x)
        hidden = self.hidden(torch.cat([y, y.square(), conditions], 1))
        return (self.last(torch.cat([hidden, _modulated(y.square(), conditions)], 1)) + self.field(x)).squeeze(1)


class LatticeHead(nn.Module):
    """A `DenseHead` plus quadratic forms of a torus that are the same everywhere: those of the 3 x 3 neighbourhoods, summed over
    the torus, with GELU on the sums, and those of the channels' totals.

    Couplings of sites at most two steps apart along either axis, and of all with all, thus have a few weights each, instead of
    one for every pair. Boundaries are periodic whatever the system; what is not the same everywhere is left to the dense part.
    """

    def __init__(self, joint: Tensor, reference: Tensor, conditions: int, width: int = 32, kernels: int = 8):
        super().__init__()
        channels = joint.shape[1]
        self.dense = DenseHead(joint, reference, conditions, width)
        self.local = nn.Parameter(torch.empty(kernels, channels, SIDE, SIDE))
        nn.init.kaiming_uniform_(self.local, math.sqrt(5))
        self.hidden = nn.Sequential(
            nn.Linear(kernels + conditions, width), nn.GELU(), nn.Linear(width, width), nn.GELU()
        )
        self.last = _zero(nn.Linear(width + (kernels + channels * (channels + 1) // 2) * (1 + conditions), 1))
        self.root = math.sqrt(math.prod(joint.shape[2:]))
        self.pairs = tuple(torch.triu_indices(channels, channels))

    def forward(self, features: Tensor, conditions: Tensor) -> Tensor:
        """h of each row, (batch,)."""
        near = neighbourhood_forms(features, self.local) / self.root
        total = features.sum((2, 3)) / self.root
        quadratic = torch.cat([near, total[:, self.pairs[0]] * total[:, self.pairs[1]]], 1)
        hidden = self.hidden(torch.cat([near, conditions], 1))
        uniform = self.last(torch.cat([hidden, _modulated(quadratic, conditions)], 1)).squeeze(1)
        return self.dense(features, conditions) + uniform


class WordHead(nn.Module):
    """A `DenseHead` plus two wide layers of GELU on all sites, for recordings, whose law is no quadratic form.

    Its first layer alone has 256 weights for every channel of every site: from few words it learns only a part of what is there.
    """

    def __init__(self, joint: Tensor, reference: Tensor, conditions: int, width: int = 256):
        super().__init__()
        self.dense = DenseHead(joint, reference, conditions)
        size = joint.flatten(1).shape[1]
        self.hidden = nn.Sequential(nn.Linear(size + conditions, width), nn.GELU(), nn.Linear(width, width), nn.GELU())
        self.last = _zero(nn.Linear(width, 1))

    def forward(self, features: Tensor, conditions: Tensor) -> Tensor:
        """h of each row, (batch,)."""
        hidden = self.hidden(torch.cat([features.flatten(1), conditions], 1))
        return self.dense(features, conditions) + self.last(hidden).squeeze(1)


HEADS = {"mlp": DenseHead, "cnn": LatticeHead, "words": WordHead}
"""The heads by name, as settings have it."""


def _modulated(forms: Tensor, conditions: Tensor) -> Tensor:
    """Forms (batch, k), and each times each condition (batch, c): (batch, k (1 + c))."""
    return torch.cat([forms, (forms.unsqueeze(2) * conditions.unsqueeze(1)).flatten(1)], 1)


def _directions(p: Tensor, q: Tensor, most: int, least: int) -> Tensor:
    """Unit vectors (kept, size) from samples p and q, each (n, size), that of the largest difference of second moments first.

    The halves are made of alternate blocks of `BLOCK` rows; a direction that both agree on is kept.
    """
    first = torch.arange(len(p)) // BLOCK % 2 == 0
    values, vectors = torch.linalg.eigh(_moment(p[first]) - _moment(q[first]))
    chosen = vectors[:, values.abs().argsort(descending=True)[:most]]
    y_p, y_q = (p[~first] @ chosen).square(), (q[~first] @ chosen).square()
    error = ((y_p.var(0) + y_q.var(0)) / len(y_p)).sqrt()
    sure = (y_p.mean(0) - y_q.mean(0)).abs() > SIGNIFICANT * error
    sure[:least] = True
    # One step of the power method with all rows, which know the directions better than half of them.
    refined = (_moment(p) - _moment(q)) @ chosen[:, sure]
    return (refined / (refined.norm(dim=0) + 1e-12)).T


def _field(p: Tensor, q: Tensor) -> Tensor:
    """Slopes (1, size) of the ratio of independent Gaussians, where the means of p and q (n, size) differ beyond doubt."""
    variance = (p.var(0) + q.var(0)) / 2 + 1e-6
    difference = p.mean(0) - q.mean(0)
    sure = difference.abs() > SIGNIFICANT * (2 * variance / len(p)).sqrt()
    return torch.where(sure, difference / variance, 0).unsqueeze(0)


def _moment(x: Tensor) -> Tensor:
    """Second moments of samples x (n, size), not centred: (size, size)."""
    return x.T @ x / len(x)


def _zero(layer: nn.Linear) -> nn.Linear:
    """The layer with weights and bias zero."""
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer
