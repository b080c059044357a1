"""Capacities per temperature against those of a whole validation set, and against closed forms."""

import math

import numpy as np
import pytest
import torch

from latentfield.measures.capacities import capacities
from latentfield.vae.accounting import Account
from latentfield.vae.posterior import Posterior
from tests.measures.simple import model


@torch.no_grad()
def test_at_one_temperature_both_equal_those_logged_in_training():
    made = model((4, 4), latents=2, seed=2)
    x = np.random.default_rng(1).choice(np.array([-1, 1], np.int8), (300, 4, 4))
    account = Account(torch.ones(1), 2)
    account.add(made.terms(torch.from_numpy(x), torch.ones(300)), torch.zeros(300, dtype=torch.long))
    found, logged = capacities(made, x, 1.0), account.metrics(made)
    assert found.capacity_sphere_packing.value == pytest.approx(logged["capacity/sphere_packing"], rel=1e-4)
    assert found.capacity_gaussian.value == pytest.approx(logged["capacity/gaussian"], rel=1e-4)
    assert 0 < found.capacity_gaussian.se < 0.1


class Encoder:
    """Stands in for a model: posteriors N(x, 0.1^2) of one latent under a prior of mean 1 and variance 4."""

    def encode(self, x, temperature):
        return Posterior(x.float(), torch.full_like(x.float(), 2 * math.log(0.1)))

    def prior_moments(self, temperature, roughly=False):
        return torch.ones(1, 1), torch.full((1, 1), 4.0)


def test_closed_forms():
    """C = 1/2 ln(4 / 0.01); Gaussian: the divergence of N(x, 0.01) from N(1, 4), averaged over x = -1, 3."""
    found = capacities(Encoder(), np.array([[-1.0], [3.0]]), 1.0)
    assert found.capacity_sphere_packing == pytest.approx((0.5 * math.log(400), 0), abs=1e-5)
    assert found.capacity_gaussian.value == pytest.approx(0.5 * (1 + 1 / 400 - 1 + math.log(400)), abs=1e-5)
