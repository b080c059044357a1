"""The spline prior is a density, and its samples, moments and log-determinants belong to that density."""

import copy
import math

import numpy as np
import pytest
import torch
from scipy.stats import kstest

from latentfield.vae.parts.priors import SplinePrior
from tests.vae.build import PRIOR, shaken

GRID = torch.linspace(-9, 9, 36_001)
FINE = torch.linspace(-9, 9, 180_001)
random_priors = pytest.mark.parametrize("seed", [0, 1, 2])


def prior(seed: int | None = 0, latents: int = 2) -> SplinePrior:
    torch.manual_seed(0)
    made = SplinePrior(latents, **PRIOR)
    return made if seed is None else shaken(made, seed)


@torch.no_grad()
def density(made: SplinePrior, t: float, grid: torch.Tensor = GRID) -> np.ndarray:
    """p(z_k|t) on a grid, (grid, latents)."""
    z = grid[:, None].expand(-1, made.latents)
    return made.log_prob(z, torch.full((len(z), 1), t)).double().exp().numpy()


def integral(values: np.ndarray, grid: torch.Tensor = GRID) -> np.ndarray:
    return np.trapezoid(values, grid.double().numpy(), axis=0)


@random_priors
@pytest.mark.parametrize("t", [-1.5, 0.0, 1.5])
def test_the_density_integrates_to_one(seed, t):
    """A missing or doubled log-determinant of one of the stacked layers would not."""
    np.testing.assert_allclose(integral(density(prior(seed), t, FINE), FINE), 1, atol=3e-4)


def test_training_starts_from_the_normal_distribution():
    normal = np.exp(-0.5 * GRID.double().numpy()[:, None] ** 2) / math.sqrt(2 * math.pi)
    for t in (-2.0, 0.0, 2.0):
        np.testing.assert_allclose(density(prior(None), t), np.repeat(normal, 2, 1), rtol=2e-4, atol=1e-7)


def test_the_tails_are_normal_outside_the_bound():
    z = torch.tensor([[-6.0, 5.0], [4.5, -7.0]])
    log_p = prior().log_prob(z, torch.zeros(2, 1))
    torch.testing.assert_close(log_p, -0.5 * z.square() - 0.5 * math.log(2 * math.pi))


@random_priors
def test_log_determinant_is_that_of_autograd(seed):
    made = prior(seed)
    z = torch.linspace(-5, 5, 200).unsqueeze(1).repeat(1, 2).double().requires_grad_()
    t = torch.linspace(-2, 2, 200).unsqueeze(1)
    u = copy.deepcopy(made).double().transform(t.double())(z)
    (slope,) = torch.autograd.grad(u.sum(), z)
    assert (slope > 0).all()
    expected = slope.log() - 0.5 * u.square() - 0.5 * math.log(2 * math.pi)
    torch.testing.assert_close(made.log_prob(z.float(), t).double(), expected, atol=2e-4, rtol=1e-4)


@random_priors
@torch.no_grad()
def test_samples_follow_the_density(seed):
    """Kolmogorov-Smirnov against the integrated density, each latent at two temperatures."""
    made = prior(seed)
    for t in (-1.0, 1.0):
        z = made.sample(torch.full((20_000, 1), t), torch.Generator().manual_seed(seed + 10)).numpy()
        cumulative = np.cumsum(density(made, t), 0) * float(GRID[1] - GRID[0])
        for k in range(2):
            uniform = np.interp(z[:, k], GRID.numpy(), cumulative[:, k])
            assert kstest(uniform, "uniform").pvalue > 1e-4


@random_priors
def test_moments_are_those_of_the_density(seed):
    """The moments fix the gauge of the capacities. Gauss-Hermite nodes, too far apart where z(u) jumps, are 5 % off."""
    made, t = prior(seed), torch.tensor([[-1.0], [0.5]])
    mean, variance = (m.detach().numpy() for m in made.moments(t))
    for row, value in enumerate((-1.0, 0.5)):
        p = density(made, value)
        z = GRID.double().numpy()[:, None]
        m = integral(p * z)
        np.testing.assert_allclose(mean[row], m, atol=0.015)
        np.testing.assert_allclose(variance[row], integral(p * (z - m) ** 2), rtol=0.01)


def test_moments_of_the_normal_distribution():
    mean, variance = prior(None).moments(torch.zeros(1, 1))
    torch.testing.assert_close(mean, torch.zeros(1, 2), atol=1e-5, rtol=0)
    torch.testing.assert_close(variance, torch.ones(1, 2), atol=1e-4, rtol=0)


def test_rows_have_their_own_temperature():
    """Batched and one at a time agree, and the density does depend on T."""
    made, z = prior(), torch.tensor([[0.3, -0.2], [0.3, -0.2], [1.0, 2.0]])
    t = torch.tensor([[-1.0], [1.0], [0.0]])
    together = made.log_prob(z, t)
    torch.testing.assert_close(together, torch.cat([made.log_prob(z[k : k + 1], t[k : k + 1]) for k in range(3)]))
    assert (together[0] - together[1]).abs().min() > 1e-2


def test_samples_depend_on_the_generator_alone():
    t = torch.zeros(5, 1)
    torch.manual_seed(1)
    first = prior().sample(t, torch.Generator().manual_seed(3))
    torch.manual_seed(2)
    assert torch.equal(first, prior().sample(t, torch.Generator().manual_seed(3)))
