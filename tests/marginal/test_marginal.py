"""Exact fits against enumeration, planted laws and what must hold of any of them."""

import itertools

import numpy as np
import pytest
from scipy.special import expit, logsumexp

from latentfield.marginal.active import Active
from latentfield.marginal.certificate import certify
from latentfield.marginal.curved import Network, surface
from latentfield.marginal.decoder import Linear
from latentfield.marginal.expectation import expect, mean_ratio, ratios, weigh
from latentfield.marginal.fit import CurvedSettings, LinearSettings, fit_curved, fit_linear, improve, start
from latentfield.marginal.free_prior import with_nodes
from latentfield.marginal.linear import LEASH, RIDGE
from latentfield.marginal.model import Marginal, gauged

SITES = 8
EVERY = np.array(list(itertools.product([-1, 1], repeat=SITES)), np.int8)


def planted(seed: int, latents: int = 2, sites: int = SITES, nodes: int = 12) -> Marginal:
    rng = np.random.default_rng(seed)
    weight = rng.dirichlet(np.ones(nodes))
    decoder = Linear(rng.normal(size=(sites, latents)), rng.normal(size=sites))
    return Marginal(np.log(weight), rng.normal(size=(nodes, latents)), decoder)


def brute(model: Marginal, words: np.ndarray) -> np.ndarray:
    """p(x|z_g) by the product over sites, (n, nodes)."""
    p = expit(model.decoder.bias + model.node @ model.decoder.weight.T)
    return np.stack([np.where(x > 0, p, 1 - p).prod(1) for x in words])


def test_probabilities_are_those_of_enumeration():
    model = planted(0)
    exact = brute(model, EVERY) @ np.exp(model.log_weight)
    assert abs(exact.sum() - 1) < 1e-12
    assert np.abs(model.log_likelihood(EVERY) - np.log(exact)).max() < 1e-12
    single = expect(Active.of(EVERY, np.arange(SITES) % 2 == 0), model.log_weight, model.logit)
    assert np.abs(single.log_p - np.log(exact)).max() < 2e-6


def test_expected_counts_are_those_of_enumeration():
    model = planted(1)
    words = model.sample(3000, np.random.default_rng(0))
    joint = brute(model, words) * np.exp(model.log_weight)
    share = joint / joint.sum(1, keepdims=True)
    found = expect(Active.of(words), model.log_weight, model.logit)
    assert np.allclose(found.weight, share.sum(0), rtol=1e-5, atol=1e-3)
    assert np.allclose(found.active, share.T @ (words > 0), rtol=1e-5, atol=1e-3)
    moments = model.encode(words)
    mean = share @ model.node
    assert np.allclose(moments.mean, mean, atol=1e-10)
    centred = model.node[None] - mean[:, None]
    assert np.allclose(moments.covariance, np.einsum("ng,nga,ngb->nab", share, centred, centred), atol=1e-10)


def test_ratios_are_those_of_enumeration():
    model, other = planted(2), planted(3)
    words = model.sample(500, np.random.default_rng(0))
    place = other.node
    log_p = model.log_likelihood(words)
    exact = brute(model._replace(node=place), words) / np.exp(log_p)[:, None]
    logit = model.decoder(place)
    assert np.allclose(ratios(Active.of(words), log_p, logit), exact, rtol=1e-4)
    assert np.allclose(mean_ratio(Active.of(words), log_p, logit), exact.mean(0), rtol=1e-4)
    found = weigh(Active.of(words), log_p, logit)
    assert np.allclose(found.weight, exact.sum(0), rtol=1e-4)
    assert np.allclose(found.active, exact.T @ (words > 0), rtol=1e-4, atol=1e-3)


def test_a_round_never_loses_likelihood():
    words = planted(4).sample(800, np.random.default_rng(1))
    model, decoder = start(words, 2, 7, np.random.default_rng(0))
    centre, values = decoder.bias, []
    for _ in range(40):
        ridge = (
            RIDGE * ((decoder.weight**2).sum() + ((decoder.bias - centre) ** 2).sum()) + LEASH * (model.node**2).sum()
        )
        values.append(model.log_likelihood(words).sum() - ridge / 2)
        model, decoder = improve(model, decoder, Active.of(words), centre)
    # A node that is dropped takes a hundredth of a word with it, and single precision a little.
    assert np.diff(values).min() > -0.02 and values[-1] > values[0] + 10


def test_nodes_added_never_lose_likelihood():
    words = planted(5).sample(800, np.random.default_rng(1))
    model, _ = start(words, 2, 5, np.random.default_rng(0))
    more = with_nodes(model, Active.of(words), np.random.default_rng(0).normal(size=(6, 2)))
    assert more.log_likelihood(words).mean() > model.log_likelihood(words).mean()
    assert abs(logsumexp(more.log_weight)) < 1e-4


def test_the_gauge_leaves_the_law_alone():
    model = planted(6)
    fixed = gauged(model, model.decoder)
    assert np.abs(fixed.log_likelihood(EVERY) - model.log_likelihood(EVERY)).max() < 1e-10
    pi = np.exp(fixed.log_weight)
    assert np.abs(pi @ fixed.node).max() < 1e-10
    assert np.abs(np.einsum("g,ga,gb->ab", pi, fixed.node, fixed.node) - np.eye(2)).max() < 1e-8
    product = fixed.decoder.weight.T @ fixed.decoder.weight
    assert abs(product[0, 1]) < 1e-8 and product[0, 0] > product[1, 1]


def test_the_certificate_bounds_the_gain_of_other_priors():
    words = planted(7).sample(2000, np.random.default_rng(2))
    model = fit_linear(words, 2, settings=LinearSettings(nodes=(9, 5, 3), rounds=15, certificates=0, closing=0))
    held = planted(7).sample(500, np.random.default_rng(3))
    for some in (words, held):
        gain = certify(model, Active.of(some)).gain
        rng = np.random.default_rng(0)
        best = -np.inf
        for _ in range(20):
            node = rng.normal(size=(30, 2)) * rng.uniform(0.3, 2)
            other = Marginal(np.log(rng.dirichlet(np.full(30, 0.3))), node, model.decoder)
            other = with_nodes(other, Active.of(some), model.node[rng.permutation(len(model.node))[:8]])
            best = max(best, (other.log_likelihood(some) - model.log_likelihood(some)).mean())
        assert best <= gain + 1e-5


@pytest.mark.parametrize("latents", [1, 2])
def test_a_planted_law_is_recovered(latents):
    truth = planted(8, latents, sites=40, nodes=200)
    words = truth.sample(20_000, np.random.default_rng(4))
    model = fit_linear(words, latents)
    a, b = (np.linalg.qr(part)[0] for part in (truth.decoder.weight, model.decoder.weight))
    assert np.linalg.svd(a.T @ b)[1].min() > 0.99
    assert certify(model, Active.of(words)).gain < 0.01
    fresh = truth.sample(20_000, np.random.default_rng(5))
    gap = (truth.log_likelihood(fresh) - model.log_likelihood(fresh)).mean()
    assert 0 < gap < 0.02


def test_a_curved_decoder_follows_a_curve():
    """Words whose logits go round a circle: one curved latent says what takes two linear ones."""
    rng = np.random.default_rng(0)
    sites = 30
    phase = 2 * np.pi * np.arange(sites) / sites
    angle = rng.uniform(-0.9 * np.pi, 0.9 * np.pi, 24_000)
    p = expit(3 * np.cos(angle[:, None] - phase))
    words = np.where(rng.random(p.shape) < p, 1, -1).astype(np.int8)
    train, validation, test = words[:20_000], words[20_000:22_000], words[22_000:]
    settings = CurvedSettings(nodes=(60, 9, 5), width=32, rounds=60, last=10, first=5000)
    curved = fit_curved(train, validation, 1, settings=settings)
    one, two = (fit_linear(train, d, settings=LinearSettings(rounds=40, certificates=1)) for d in (1, 2))
    nats = [-model.log_likelihood(test).mean() for model in (curved, one, two)]
    assert nats[0] < nats[1] - 1 and nats[0] < nats[2] + 0.1


def test_the_slope_of_a_curved_decoder_is_that_of_differences():
    network = Network(Linear(np.ones((5, 2)), np.zeros(5)), 8, 1e-2, 0)
    network.last.weight.data.normal_()
    decoder, z, step = network.decoder(), surface(2, 3), 1e-6
    for k in range(2):
        shift = step * np.eye(2)[k]
        slope = (decoder(z + shift) - decoder(z - shift)) / (2 * step)
        assert np.abs(slope - decoder.jacobian(z)[:, :, k]).max() < 1e-6


@pytest.mark.parametrize("latents", [1, 2, 3])
def test_few_sites_may_have_more_latents_than_they_need(latents):
    """Two sites that agree nine times in ten: one latent is enough, and more say the same."""
    rng = np.random.default_rng(0)
    first = rng.random(4000) < 0.5
    x = np.where(np.stack([first, first ^ (rng.random(4000) < 0.1)], 1), 1, -1).astype(np.int8)
    model = fit_linear(x, latents)
    truth = np.log(2) - 0.1 * np.log(0.1) - 0.9 * np.log(0.9)
    assert -model.log_likelihood(x).mean() == pytest.approx(truth, abs=0.01)
    assert certify(model, Active.of(x)).gain < 0.003
    curved = fit_curved(x[:3000], x[3000:], latents)
    assert -curved.log_likelihood(x).mean() == pytest.approx(truth, abs=0.02)
