"""Densities of a latent: normalised, and equal to what is known of them."""

import numpy as np
import pytest
import torch

from latentfield.marginal.as_vae import as_vae
from latentfield.marginal.decoder import Linear
from latentfield.marginal.model import Marginal
from latentfield.measures.latent_densities import latent_densities
from latentfield.vae.model import VAE
from tests.measures.simple import model
from tests.vae.build import architecture


def column(rows: list[dict], latent: int, name: str) -> np.ndarray:
    return np.array([row[name] for row in rows if row["latent"] == latent])


@torch.no_grad()
def test_a_fresh_prior_is_normal_and_the_aggregate_is_the_mixture_of_posteriors():
    made = model((4, 4), latents=2, seed=4)
    x = np.random.default_rng(2).choice(np.array([-1, 1], np.int8), (50, 4, 4))
    rows = latent_densities(made, x, 1.0, seed=0)
    mean, log_variance = (part.double().numpy() for part in made.encode(torch.from_numpy(x), 1.0))
    for k in (0, 1):
        z = column(rows, k + 1, "z")
        np.testing.assert_allclose(column(rows, k + 1, "prior"), np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi), rtol=1e-4)
        variance = np.exp(log_variance[:, k])
        parts = np.exp(-((z[:, None] - mean[:, k]) ** 2) / (2 * variance)) / np.sqrt(2 * np.pi * variance)
        np.testing.assert_allclose(column(rows, k + 1, "aggregate"), parts.mean(1), rtol=1e-3, atol=1e-6)


@torch.no_grad()
def test_the_marginal_of_a_joint_prior_is_that_of_its_samples():
    """Shaken autoregressive prior: mean and spread of z_2 from the density against 40,000 draws."""
    torch.manual_seed(1)
    prior = {"kind": "autoregressive", "layers": 1, "bins": 6, "bound": 4.0, "hidden": 8}
    sizes = {"shape": (4, 4), "latents": 2, "hidden": (8, 8), "temperatures": (1.0, 2.0)}
    made = VAE(architecture(sites="spins", encoder="dense", decoder="linear", prior=prior, **sizes)).eval()
    for parameter in made.prior.networks[0][-1].parameters():
        parameter.normal_(0, 0.8)
    x = np.ones((3, 4, 4), np.int8)
    rows = latent_densities(made, x, 1.0, seed=0)
    z, p = column(rows, 2, "z"), column(rows, 2, "prior")
    drawn = made.prior.sample(made.scaled(1.0, 40_000), torch.Generator().manual_seed(3))[:, 1]
    assert np.trapezoid(p, z) == pytest.approx(1, abs=0.03)
    mean = np.trapezoid(p * z, z)
    assert mean == pytest.approx(drawn.mean().item(), abs=0.06)
    assert np.trapezoid(p * (z - mean) ** 2, z) == pytest.approx(drawn.var().item(), rel=0.1)


def test_densities_of_nodes_are_spread_as_the_posteriors_are():
    """Of an exact fit: both have the mean of the nodes, integrate to 1, and agree where the data are the model's own."""
    rng = np.random.default_rng(0)
    weight = np.log(rng.dirichlet(np.ones(30)))
    law = Marginal(weight, np.sort(rng.normal(size=(30, 1)), 0), Linear(rng.normal(size=(12, 1)), rng.normal(size=12)))
    words = law.sample(8000, rng)
    rows = latent_densities(as_vae(law, (12,)), words, 1.0, 0)
    z, aggregate, prior = (np.array([row[key] for row in rows]) for key in ("z", "aggregate", "prior"))
    step = z[1] - z[0]
    assert np.isfinite(aggregate).all() and aggregate.sum() * step == pytest.approx(1, abs=5e-3)
    assert prior.sum() * step == pytest.approx(1, abs=5e-3)
    assert (z * prior).sum() * step == pytest.approx(float(np.exp(weight) @ law.node[:, 0]), abs=0.02)
    assert np.abs(aggregate - prior).max() < 0.05 * prior.max()
