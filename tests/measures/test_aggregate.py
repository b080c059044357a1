"""The density of the aggregate posterior against a sum of normal densities in double precision."""

import numpy as np
import torch

from latentfield.measures.aggregate import log_aggregate
from latentfield.vae.posterior import Posterior


def test_the_aggregate_is_the_mean_density_of_the_other_chains():
    generator = torch.Generator().manual_seed(0)
    mean, log_variance = 20 + 5 * torch.randn(300, 2, generator=generator), torch.randn(300, 2, generator=generator) - 3
    chains = torch.arange(300) // 10
    z = Posterior(mean, log_variance).draw(generator)[:50]
    scale = (0.5 * log_variance).exp().double()
    density = torch.distributions.Normal(mean.double(), scale).log_prob(z[:, None].double()).sum(2)
    density[chains[:50, None] == chains] = -torch.inf
    expected = density.logsumexp(1) - np.log(290)
    found = log_aggregate(z, chains[:50], Posterior(mean, log_variance), chains)
    np.testing.assert_allclose(found, expected, rtol=2e-6, atol=2e-5)


def test_one_chain_has_no_others():
    posterior = Posterior(torch.zeros(3, 1), torch.zeros(3, 1))
    assert np.isnan(log_aggregate(torch.zeros(2, 1), torch.zeros(2).long(), posterior, torch.zeros(3).long())).all()
