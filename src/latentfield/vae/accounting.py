"""Sums over configurations that give rate, distortion and the two capacities of the encoder (`posterior`).

The capacities are counted in units of the prior, which changes with T and during an epoch: sums are kept per temperature, of what
does not depend on the prior, and the prior's moments enter at the end.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from latentfield.vae.model import VAE, Terms

ACTIVE = 0.05
"""Nats per configuration that a latent carries at least which has not collapsed onto its prior."""


def active(metrics: Mapping[str, float]) -> int:
    """How many latents carry `ACTIVE` nats or more, by the metrics of an `Account`."""
    return sum(rate >= ACTIVE for name, rate in metrics.items() if name.startswith("rate/"))


class Account:
    """Running sums over batches of one epoch, kept on the device of the data.

    `temperatures` (groups,) are the temperatures that the group numbers in `add` refer to.
    """

    def __init__(self, temperatures: Tensor, latents: int):
        self.temperatures = temperatures
        self.count = temperatures.new_zeros(len(temperatures))
        self.distortion = torch.zeros_like(self.count)
        self.rate = temperatures.new_zeros(len(temperatures), latents)
        self.posterior = temperatures.new_zeros(len(temperatures), 5, latents)

    @torch.no_grad()
    def add(self, terms: Terms, group: Tensor) -> None:
        """Add the terms of a batch whose configurations belong to the groups `group` (batch,)."""
        posterior = terms.posterior
        mean, log_variance = posterior.mean, posterior.log_variance
        moments = [(-log_variance).exp(), mean, mean.square(), posterior.variance, log_variance]
        self.count.index_add_(0, group, torch.ones_like(terms.distortion))
        self.distortion.index_add_(0, group, terms.distortion)
        self.rate.index_add_(0, group, terms.rate)
        self.posterior.index_add_(0, group, torch.stack(moments, 1))

    @torch.no_grad()
    def metrics(self, model: VAE, roughly: bool = False) -> dict[str, float]:
        """Means over all configurations, in nats: elbo, distortion, rate, rate/latent_k, capacity/...

        `roughly` takes moments of the prior for the capacities that cost little beside an epoch.
        """
        n = self.count.sum()
        rate = self.rate.sum(0) / n
        distortion = self.distortion.sum() / n
        sphere, gaussian = self._capacities(model, n, roughly)
        parts = {"elbo": -(distortion + rate.sum()), "distortion": distortion, "rate": rate.sum()}
        parts |= {f"rate/latent_{k}": value for k, value in enumerate(rate, start=1)}
        parts |= {"capacity/sphere_packing": sphere, "capacity/gaussian": gaussian}
        return {name: float(value) for name, value in parts.items()}

    def _capacities(self, model: VAE, n: Tensor, roughly: bool) -> tuple[Tensor, Tensor]:
        """What `Posterior.capacities` gives configuration by configuration, averaged, from the sums."""
        m, v = model.prior_moments(self.temperatures, roughly)
        tau, mean, square, variance, log_variance = self.posterior.unbind(1)
        sphere = 0.5 * v.shape[1] * ((tau * v).sum() / (n * v.shape[1])).log()
        count = self.count[:, None]
        spread = (square - 2 * m * mean + count * m.square() + variance) / v
        return sphere, 0.5 * (spread - count - log_variance + count * v.log()).sum() / n
