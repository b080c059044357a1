"""The Gaussian posterior against torch's own Gaussian, and the two capacities in closed form."""

import math

import pytest
import torch

from latentfield.vae.posterior import Posterior, log_normal

GENERATOR = torch.Generator().manual_seed(0)
Q = Posterior(torch.randn(6, 3, generator=GENERATOR), torch.randn(6, 3, generator=GENERATOR) - 1)
Z = torch.randn(6, 3, generator=GENERATOR)


def test_it_unpacks_as_mean_and_log_variance():
    mean, log_variance = Q
    assert mean is Q.mean and log_variance is Q.log_variance
    torch.testing.assert_close(Q.variance, Q.normal.variance)


def test_its_density_is_that_of_a_gaussian():
    torch.testing.assert_close(Q.log_prob(Z), Q.normal.log_prob(Z))
    noise = Q.noise(torch.Generator().manual_seed(1), 4)
    assert noise.shape == (4, 6, 3)
    torch.testing.assert_close(Q.log_prob_at(noise), Q.normal.log_prob(Q.at(noise)), atol=1e-5, rtol=1e-5)
    axis = torch.linspace(-8, 8, 4001, dtype=torch.float64)
    assert float(log_normal(axis.square()).exp().sum() * (axis[1] - axis[0])) == pytest.approx(1, abs=1e-9)


def test_draws_have_its_moments_and_depend_on_the_generator_alone():
    z = Q.at(Q.noise(torch.Generator().manual_seed(2), 40_000))
    assert torch.all((z.mean(0) - Q.mean).abs() < 5 * (Q.variance / 40_000).sqrt())
    torch.testing.assert_close(z.var(0), Q.variance, rtol=0.05, atol=0)
    torch.manual_seed(9)
    assert torch.equal(Q.draw(torch.Generator().manual_seed(3)), Q.draw(torch.Generator().manual_seed(3)))
    assert torch.equal(Q.draw(torch.Generator().manual_seed(3)), Q.at(Q.noise(torch.Generator().manual_seed(3))))


def test_densities_of_every_draw_under_every_configuration():
    found = Q.double().log_densities(Z[:4].double(), math.log(0.25))
    expected = Q.double().normal.log_prob(Z[:4, None].double()).sum(2) + math.log(0.25)
    assert found.shape == (4, 6)
    torch.testing.assert_close(found, expected)


def test_rows_and_latents_are_those_asked_for():
    assert torch.equal(Q.rows(torch.tensor([4, 1])).mean, Q.mean[[4, 1]])
    assert torch.equal(Q.latent(2).log_variance, Q.log_variance[:, 2:])


def test_capacities_in_units_of_the_prior():
    """mu = 1, sigma^2 = 1/4, prior N(3, 4): tau = 16, and the divergence 1/2 (1 + 1/16 - 1 + ln 16)."""
    q = Posterior(torch.tensor([[1.0]]), torch.tensor([[math.log(0.25)]]))
    tau, gaussian = q.capacities(torch.tensor([[3.0]]), torch.tensor([[4.0]]))
    assert tau.item() == pytest.approx(16)
    assert gaussian.item() == pytest.approx(0.5 * (1 / 16 + math.log(16)))
