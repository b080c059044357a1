"""Exact fits at several temperatures, and as VAEs, against enumeration and exact results."""

import itertools

import numpy as np
import pytest
import torch

from latentfield.marginal.as_vae import as_vae
from latentfield.marginal.curved import Network
from latentfield.marginal.decoder import Linear
from latentfield.marginal.fit import LinearSettings
from latentfield.marginal.model import Marginal
from latentfield.marginal.tempered import Tempered, factors, fit_tempered
from latentfield.measures.elbo import nats

SITES = 10
EVERY = np.array(list(itertools.product([-1, 1], repeat=SITES)), np.int8)
TEMPERATURES = np.array([0.7, 1.0, 1.6])
BETA = factors(TEMPERATURES)


def curie_weiss(sites: int, t: float) -> tuple[np.ndarray, np.ndarray]:
    """All states, and their probabilities: p ~ exp(M^2 / 2 N T)."""
    states = np.array(list(itertools.product([-1, 1], repeat=sites)), np.int8)
    log_p = states.sum(1, dtype=float) ** 2 / (2 * sites * t)
    p = np.exp(log_p - log_p.max())
    return states, p / p.sum()


@pytest.mark.parametrize("bias", [True, False])
def test_the_curie_weiss_model_is_found_at_every_temperature(bias):
    rng = np.random.default_rng(0)
    words, laws = [], []
    for t in TEMPERATURES:
        states, p = curie_weiss(SITES, t)
        words.append(states[rng.choice(len(states), 20_000, p=p)])
        laws.append(p)
    model = fit_tempered(words, BETA, 1, bias=bias, settings=LinearSettings(rounds=30, closing=3))
    for k, p in enumerate(laws):
        divergence = (p * (np.log(p) - model.at(k).log_likelihood(EVERY))).sum()
        # At least half a parameter a word is lost by any fit.
        assert 0 < divergence < 1.5e-3
    assert model.gain(words) < 0.01
    if not bias:
        assert not model.decoder.bias.any()


def test_latents_are_in_their_gauge():
    rng = np.random.default_rng(1)
    truth = Tempered(
        np.log(rng.dirichlet(np.ones(30), 3)),
        rng.normal(size=(30, 2)),
        Linear(rng.normal(size=(SITES, 2)), 0.3 * rng.normal(size=SITES)),
        BETA,
    )
    words = [truth.at(k).sample(4000, rng) for k in range(3)]
    model = fit_tempered(words, BETA, 2, settings=LinearSettings(nodes=(9, 7, 3), rounds=30, closing=1))
    pi = np.exp(model.log_weight).mean(0)
    assert np.abs(pi @ model.node).max() < 1e-8
    assert np.abs(np.einsum("g,ga,gb->ab", pi, model.node, model.node) - np.eye(2)).max() < 1e-6
    gram = model.decoder.weight.T @ model.decoder.weight
    assert abs(gram[0, 1]) < 1e-8 and gram[0, 0] > gram[1, 1]
    a, b = (np.linalg.qr(part)[0] for part in (truth.decoder.weight, model.decoder.weight))
    assert np.linalg.svd(a.T @ b)[1].min() > 0.98


@pytest.mark.parametrize("bias", [True, False])
def test_as_a_vae_it_is_the_same_law_at_every_temperature(bias):
    rng = np.random.default_rng(2)
    decoder = Linear(rng.normal(size=(SITES, 2)), rng.normal(size=SITES) if bias else np.zeros(SITES))
    model = Tempered(np.log(rng.dirichlet(np.ones(6), 3)), rng.normal(size=(6, 2)), decoder, BETA)
    vae = as_vae(model, (2, 5), TEMPERATURES.tolist(), bias=bias)
    for k, t in enumerate(TEMPERATURES):
        exact = model.at(k).log_likelihood(EVERY)
        found = nats(vae, EVERY.reshape(-1, 2, 5), float(t), 1, 0)
        assert np.abs(found.neg_elbo + exact).max() < 2e-4
        posterior = vae.encode(torch.from_numpy(EVERY.reshape(-1, 2, 5)), float(t))
        assert np.abs(posterior.mean.numpy() - model.at(k).encode(EVERY).mean).max() < 1e-3


def test_a_curved_fit_is_the_same_law_as_a_vae():
    rng = np.random.default_rng(3)
    network = Network(Linear(rng.normal(size=(SITES, 2)), rng.normal(size=SITES)), 8, 1e-2, 0)
    network.last.weight.data.normal_()
    model = Marginal(np.log(rng.dirichlet(np.ones(6))), rng.normal(size=(6, 2)), network.decoder())
    found = nats(as_vae(model, (SITES,)), EVERY, 1.0, 1, 0)
    assert np.abs(found.neg_elbo + model.log_likelihood(EVERY)).max() < 1e-4


def test_nodes_in_one_place_are_one_in_a_vae():
    rng = np.random.default_rng(4)
    node = rng.normal(size=(6, 1))
    twice = np.concatenate([node, node + 1e-9, node[:2]])
    model = Marginal(
        np.log(rng.dirichlet(np.ones(14))), twice, Linear(rng.normal(size=(SITES, 1)), rng.normal(size=SITES))
    )
    vae = as_vae(model, (SITES,))
    assert len(vae.prior.node) == 6
    found = nats(vae, EVERY, 1.0, 1, 0)
    assert np.abs(found.neg_elbo + model.log_likelihood(EVERY)).max() < 1e-4
