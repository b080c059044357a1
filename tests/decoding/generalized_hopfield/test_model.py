"""The generalised Hopfield model of a linear VAE, against enumeration and another quadrature."""

import numpy as np
import pytest
import torch
from scipy.special import logsumexp

from latentfield.decoding.generalized_hopfield import grid
from latentfield.decoding.generalized_hopfield.model import against_recording, decode
from latentfield.errors import LatentfieldError
from latentfield.vae.model import VAE
from latentfield.words.likelihood import log_likelihood
from tests.decoding.generalized_hopfield.linear import every_word, linear_model, summed, summed_density
from tests.vae.build import architecture


def words_of(model: VAE, n: int) -> np.ndarray:
    return model.sample(n, generator=torch.Generator().manual_seed(n)).numpy()


@pytest.mark.parametrize(
    ("latents", "bent", "nodes", "atol"),
    [(1, True, 10_001, 1e-7), (1, False, 2001, 1e-7), (2, False, 401, 1e-7), (2, True, 2401, 1e-6)],
)
def test_energy_and_ln_z_are_the_likelihood_of_the_vae(latents, bent, nodes, atol):
    """-H(s) - ln Z = ln ∫ dz p(z) prod_i p(s_i|z), to what an even grid is good for where the splines have knots."""
    model = linear_model(8, latents, bent=bent)
    theory = decode(model)
    x = every_word(8)[:: 1 if latents == 1 else 8]
    np.testing.assert_allclose(-theory.energy(x) - theory.log_z, summed(model, x, nodes), rtol=0, atol=atol)
    assert theory.error < 1e-7


@pytest.mark.parametrize("latents", [1, 2])
def test_energies_of_all_words_sum_to_z(latents):
    theory = decode(linear_model(10, latents, seed=1))
    x = every_word(10)
    assert logsumexp(-theory.energy(x)) == pytest.approx(theory.log_z, abs=1e-9)
    assert np.exp(theory.log_prob(x)).sum() == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("strength", [0.5, 2.0])
def test_three_latents_fill_the_grid_and_say_how_far_they_came(strength):
    """The stated error is more than the true one; of a normal prior sums over an even grid converge exponentially."""
    model, x = linear_model(6, 3, seed=2, strength=strength, bent=False), every_word(6)[::4]
    theory = decode(model)
    assert len(theory.tilted.points) <= grid.MOST_NODES
    true = np.abs(theory.log_prob(x) - summed(model, x, 161)).max()
    assert true < max(theory.error, 1e-9) < 1e-3


def test_three_latents_lose_nothing_where_no_word_leads(monkeypatch):
    """The same panels with those that were left out, for all words and the tilted density."""
    monkeypatch.setattr(grid, "ORDERS", (2, 3))
    model, x = linear_model(6, 3, seed=2), every_word(6)
    part = decode(model)
    monkeypatch.setattr(grid, "_reached", lambda axes, coarse, pulls: axes)
    whole = decode(model)
    assert len(part.tilted.points) < 0.7 * len(whole.tilted.points)
    np.testing.assert_allclose(part.log_prob(x), whole.log_prob(x), rtol=0, atol=1e-9)
    assert part.log_z == pytest.approx(whole.log_z, abs=1e-9)


def test_the_stated_error_is_an_upper_bound_of_the_true_one():
    model = linear_model(8, 1, seed=3, strength=2.0)
    coarse, fine = decode(model, tolerance=1e-2), decode(model, tolerance=1e-12)
    x = every_word(8)
    true = np.abs(coarse.log_prob(x) - fine.log_prob(x)).max()
    assert fine.error < 1e-9 < coarse.error and true < 3 * coarse.error


def test_words_far_from_the_data_do_not_underflow():
    """Fields so strong that the factorised sum underflows for some words and logarithms take over."""
    model = linear_model(9, 1, seed=4, strength=5.0)
    theory = decode(model, tolerance=1e-3)
    tilted = theory.tilted
    h = theory.overlaps(every_word(9)) * 30
    expected = logsumexp(tilted.log_reference + (h - tilted.pull) * tilted.nodes.points.T, axis=1) - tilted.log_mass
    np.testing.assert_allclose(tilted.cumulant(h), expected, atol=1e-9)


def test_samples_have_the_probabilities_of_the_model():
    theory = decode(linear_model(5, 2, seed=5))
    p, n = np.exp(theory.log_prob(every_word(5))), 200_000
    drawn = theory.sample(n, seed=0)
    found = np.bincount((drawn > 0) @ (1 << np.arange(5)), minlength=32)
    assert ((found - n * p) ** 2 / (n * p)).sum() < 60  # 31 degrees of freedom: 1 in 700 above
    np.testing.assert_array_equal(drawn[:100], theory.sample(n, seed=0)[:100])
    assert not np.array_equal(drawn[:100], theory.sample(n, seed=1)[:100])


def test_four_latents_are_summed_over_a_cloud():
    theory = decode(linear_model(6, 4, seed=6, strength=0.5), training=every_word(6), draws=100_000)
    x = every_word(6)
    assert theory.log_prob_error(x).max() < 0.05
    assert np.exp(theory.log_prob(x)).sum() == pytest.approx(1, abs=0.02)
    assert logsumexp(-theory.energy(x)) == pytest.approx(theory.log_z, abs=0.02)


def taught(model: VAE) -> VAE:
    """The same model with an encoder that has learned its posteriors, from its own words."""
    generator, t = torch.Generator().manual_seed(0), torch.ones(256)
    optimiser = torch.optim.Adam(model.encoder.parameters(), 1e-2)
    for _ in range(250):
        terms = model.terms(model.sample(256, generator=generator), t, generator)
        optimiser.zero_grad()
        (terms.distortion + terms.rate.sum(1)).mean().backward()
        optimiser.step()
    return model.eval()


def test_five_latents_agree_with_importance_weighting_by_the_encoder():
    """Two estimates of ln P of each word that share nothing but the model, to their stated errors; a prior bent a little."""
    model = linear_model(20, 5, seed=9, strength=0.4)
    for network in model.prior.networks:
        network[-1].bias.data.mul_(0.3)
    theory = decode(taught(model), training=words_of(model, 1000), draws=40_000)
    x = theory.sample(200, seed=1)
    bounds = np.stack([log_likelihood(model, x, [1000], seed)[0] for seed in range(6)])
    error = np.hypot(theory.log_prob_error(x), bounds.std(0, ddof=1) / np.sqrt(6))
    z = (theory.log_prob(x) - bounds.mean(0)) / error
    assert np.median(error) < 0.04 and np.abs(z).max() < 5 and 0.5 < (z**2).mean() < 1.7
    assert theory.error < 0.05


def test_words_that_a_cloud_does_not_resolve_have_no_error_bar():
    model = linear_model(60, 5, seed=9, strength=2.0)
    theory = decode(model, training=words_of(model, 50), draws=2000)
    x = words_of(model, 100)
    lost = np.isinf(theory.log_prob_error(x))
    off = np.abs(theory.log_prob(x) - log_likelihood(model, x, [2000], 0)[0])
    assert lost.mean() > 0.9 and off[lost].mean() > 1
    assert np.isinf(theory.error)


def test_autoregressive_prior_is_summed_over_a_cloud():
    model = linear_model(6, 2, seed=7, kind="autoregressive")
    x = every_word(6)
    theory = decode(model, training=x, draws=200_000)
    z = (theory.log_prob(x) - summed_density(model, x, 801)) / theory.log_prob_error(x)
    assert np.abs(z).max() < 5 and (z**2).mean() < 4
    assert theory.error < 0.02


def test_tables_put_the_model_beside_the_recording():
    theory = decode(linear_model(12, 1, seed=8))
    train, test = theory.sample(4000, 1), theory.sample(3000, 2)
    tables = against_recording(theory, train, test, None, seed=0)
    assert set(tables) == {"count", "rates", "covariance", "words10", "overlap"}
    z = np.array([row["z"] for row in tables["covariance"]])
    assert (z**2).mean() < 2
    assert sum(row["vae"] for row in tables["count"]) == pytest.approx(1)


def test_what_has_no_linear_head_is_refused():
    made = {"shape": (4, 4), "latents": 2, "hidden": (4, 4), "temperatures": (1.0,), "encoder": "dense"}
    prior = {"layers": 1, "bins": 4, "bound": 4.0, "hidden": 4}
    with pytest.raises(LatentfieldError, match='decoder "cnn"'):
        decode(VAE(architecture(sites="spins", decoder="cnn", prior=prior, **made)))
    with pytest.raises(LatentfieldError, match="of directors"):
        directors = VAE(architecture(sites="directors", decoder="linear", prior=prior, **made | {"shape": (4, 4, 3)}))
        decode(directors)
    with pytest.raises(LatentfieldError, match=r"4 latents with the spline prior.*needs training words"):
        decode(linear_model(6, 4))
