"""The maximisation of a curved decoder: gradient steps on what an expectation found, at fixed nodes.

    Q = sum_gi (A_gi l_gi - n_g softplus(l_gi)),    l_g = l(z_g)

has as many rows as there are nodes, whatever the number of words: a step of the network costs nodes times its weights. With nodes
on a grid this is the generative topographic mapping (Bishop, Svensen and Williams 1998, Neural Comput. 10, 215) of spins.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from latentfield.arrays import FloatArray
from latentfield.marginal.decoder import Curved, Linear
from latentfield.marginal.expectation import Expected


class Network(nn.Module):
    """A curved decoder at work, with the state of its optimiser, which outlives a round."""

    def __init__(self, begin: Linear, width: int, rate: float, seed: int):
        """The network begins as a linear decoder: its last layer is zero."""
        super().__init__()
        sites, latents = begin.weight.shape
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.first, self.second = nn.Linear(latents, width), nn.Linear(width, width)
            self.last = nn.Linear(width, sites, bias=False)
            self.line = nn.Linear(latents, sites)
        nn.init.zeros_(self.last.weight)
        self.line.weight.data = torch.from_numpy(begin.weight).float()
        self.line.bias.data = torch.from_numpy(begin.bias).float()
        self.optimizer = torch.optim.Adam(self.parameters(), rate)

    def forward(self, z: Tensor) -> Tensor:
        """Logits (n, sites) at z (n, latents)."""
        return self.line(z) + self.last(torch.tanh(self.second(torch.tanh(self.first(z)))))

    def improve(self, found: Expected, node: FloatArray, steps: int, rate: float) -> None:
        """Some steps of Adam on -Q per word, at a learning rate."""
        z, active, weight = (torch.from_numpy(array).float() for array in (node, found.active, found.weight))
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        total = weight.sum()
        for _ in range(steps):
            self.optimizer.zero_grad()
            logit = self(z)
            loss = (nn.functional.softplus(logit).sum(1) @ weight - (active * logit).sum()) / total
            loss.backward()
            self.optimizer.step()

    def decoder(self) -> Curved:
        """The decoder as it is."""
        hidden = tuple((_array(layer.weight), _array(layer.bias)) for layer in (self.first, self.second))
        return Curved(_array(self.line.weight), _array(self.line.bias), hidden, _array(self.last.weight))


def _array(x: Tensor) -> FloatArray:
    return x.detach().double().numpy().copy()


def surface(latents: int, side: int) -> FloatArray:
    """Nodes of a regular grid over the cube from -1 to 1, (side^latents, latents)."""
    axis = np.linspace(-1, 1, side)
    return np.stack(np.meshgrid(*[axis] * latents, indexing="ij"), -1).reshape(-1, latents)
