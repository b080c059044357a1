"""Patterns from samples, from decoders; chance from shuffled data; the recovered network against data."""

import numpy as np
import pytest
import torch

from latentfield.decoding.patterns.jacobian import logit_jacobian
from latentfield.decoding.patterns.network_check import check, recalled
from latentfield.decoding.patterns.recovery import decode, from_moments, recover
from latentfield.decoding.patterns.scoring import score
from latentfield.decoding.patterns.subspace import (
    cosines_squared,
    coupling_eigenvectors,
    leading_eigenvectors,
    leading_span,
)
from latentfield.errors import LatentfieldError
from latentfield.systems.hopfield import Hopfield
from latentfield.vae.model import VAE
from tests.decoding.patterns.planted import network, planted, samples
from tests.vae.build import architecture

PRIOR = {"layers": 1, "bins": 4, "bound": 4.0, "hidden": 4}


def model(decoder: str = "linear", sites: str = "spins", latents: int = 3, size: int = 8) -> VAE:
    """A VAE of random weights, trained nowhere."""
    torch.manual_seed(0)
    shape = (size, size) if sites == "spins" else (size, size, 3)
    fields = {"shape": shape, "temperatures": [1.0, 2.0], "latents": latents, "encoder": "dense", "hidden": (8, 8)}
    return VAE(architecture(sites=sites, decoder=decoder, prior=PRIOR, **fields)).eval()


def test_jacobian_of_a_linear_decoder_is_its_weights_over_the_temperature():
    linear = model()
    found = logit_jacobian(linear, 2.0, draws=20)
    assert found == pytest.approx(linear.decoder.linear.weight.detach().numpy() * 1.5 / 2.0, rel=1e-5)


@pytest.mark.parametrize("decoder", ["cnn", "dense"])
def test_jacobian_is_the_difference_quotient(decoder):
    bent, step = model(decoder).double(), 1e-5
    for parameter in bent.decoder.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    found = logit_jacobian(bent.float(), 1.2, draws=40, seed=3)
    z = bent.prior.sample(bent.scaled(1.2, 40), torch.Generator().manual_seed(3))
    for k in range(3):
        shift = 1e-2 * torch.eye(3)[k]
        with torch.no_grad():
            difference = (bent.decode(z + shift, 1.2) - bent.decode(z - shift, 1.2)).flatten(1).mean(0) / 2e-2
        assert found[:, k] == pytest.approx(difference.numpy(), abs=2e-3 + step)


def test_jacobian_follows_its_seed():
    bent = model("cnn")
    first, again, other = (logit_jacobian(bent, 1.0, 16, seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_decoder_of_directors_is_refused():
    with pytest.raises(LatentfieldError, match="got one of directors"):
        logit_jacobian(model("dense", "directors"), 1.0)


def test_patterns_planted_in_a_decoder_return():
    xi, mixing = planted(64, 3)
    linear = model()
    linear.decoder.linear.weight.data = torch.tensor(mixing, dtype=torch.float32)
    found = decode(linear, 1.1, 3, draws=8)
    assert score(found.patterns, xi).exact == 1 and found.confidence.min() > 0.99


@pytest.mark.parametrize("call", [lambda: decode(model(), 1.0, 4), lambda: recover(np.eye(64)[:, :3], 4)])
def test_more_patterns_than_latents_are_refused(call):
    with pytest.raises(LatentfieldError, match=r"4 patterns cannot be read off|at most 3 patterns, asked for 4"):
        call()


def test_a_matrix_of_low_rank_and_an_unknown_method_are_refused():
    with pytest.raises(LatentfieldError, match="rank 2: ask for at most 2"):
        recover(np.outer(np.arange(8), [1, 2, 3]) + np.outer(np.ones(8), [1, 0, 1]), 3)
    with pytest.raises(LatentfieldError, match="one of search, fast_ica; got 'guess'"):
        recover(np.eye(4), 1, "guess")


@pytest.mark.parametrize("method", ["search", "fast_ica"])
def test_patterns_of_a_network_come_from_its_samples(method):
    system = network(16, 4, temperatures={"min": 1.4, "max": 2.0, "count": 2})
    x = samples(system).reshape(-1, 256)
    assert cosines_squared(leading_eigenvectors(x, 4), system.xi.T).mean() > 0.9
    assert score(from_moments(x, 4, method).patterns, system.xi).mean_overlap > 0.99


@pytest.mark.parametrize("method", ["search", "fast_ica"])
def test_shuffled_samples_give_chance(method):
    """Each site permuted over the samples by itself: no better than random patterns, and the search says so."""
    system = network(16, 4, temperatures={"min": 1.4, "max": 2.0, "count": 2})
    rng = np.random.default_rng(0)
    shuffled = rng.permuted(samples(system).reshape(-1, 256), axis=0)
    options = {"steps": 300} if method == "search" else {}
    found = from_moments(shuffled, 4, method, **options)
    chance = [score(rng.choice([-1, 1], size=(4, 256)), system.xi).mean_overlap for _ in range(200)]
    assert score(found.patterns, system.xi).mean_overlap < np.max(chance)
    assert found.missing == (4 if method == "search" else 0)


def test_spans():
    xi, matrix = planted(64, 5)
    assert cosines_squared(matrix, xi.T) == pytest.approx(np.ones(5))
    axes = np.eye(6)
    tilted = np.stack([axes[0], 0.6 * axes[1] + 0.8 * axes[2]], axis=1)
    assert cosines_squared(axes[:, :2], tilted) == pytest.approx([0.36, 1])
    basis, values = leading_span(matrix, 5)
    assert basis.T @ basis == pytest.approx(np.eye(5), abs=1e-12) and np.all(np.diff(values) < 0)
    hebb = xi.T @ xi / 64 - 5 / 64 * np.eye(64)
    assert cosines_squared(coupling_eigenvectors(hebb, 5), xi.T) == pytest.approx(np.ones(5))


@pytest.mark.parametrize("temperature", [0.8, 1.5])
def test_the_right_network_agrees_with_the_data_and_a_wrong_one_does_not(temperature):
    system = network(8, 3, temperatures={"min": temperature, "max": 3.0, "count": 8, "spacing": "log"})
    data, log_z = samples(system)[0], system.exact(temperature)["log_z"]
    log_p = (lambda x: system.log_weight(x, temperature) - log_z, 0.0)
    right = check(recalled(-system.xi[::-1], temperature), temperature, data, log_p=log_p)
    assert max(abs(right.energy_z), abs(right.max_overlap_z)) < 4
    assert abs(right.excess.value) < 4 * right.excess.se
    assert right.divergence.value == pytest.approx(0, abs=1e-6) and right.gain.value > 0
    wrong_patterns = np.random.default_rng(3).choice([-1, 1], size=(3, 64))
    wrong = check(recalled(wrong_patterns, temperature), temperature, data, log_p=log_p)
    assert abs(wrong.energy_z) > 6
    assert wrong.excess.value > 6 * wrong.excess.se and wrong.divergence.value > 6 * wrong.divergence.se
    assert wrong.divergence.value == pytest.approx(wrong.cross_entropy.value - right.cross_entropy.value, abs=1e-6)


def test_a_network_of_more_patterns_than_quadrature_takes_is_integrated():
    system = network(3, 5, temperatures={"min": 0.9, "max": 3.0, "count": 6, "spacing": "log"})
    states = (2 * (np.arange(512)[:, None] >> np.arange(9) & 1) - 1).reshape(-1, 3, 3)
    log_z = np.logaddexp.reduce(system.log_weight(states, 0.9))
    found = check(recalled(system.xi, 0.9), 0.9, samples(system)[0])
    assert found.log_z.value == pytest.approx(log_z, abs=4 * found.log_z.se) and 0 < found.log_z.se < 0.05
    assert abs(found.excess.value) < 4 * found.excess.se and found.divergence is None


def test_a_network_of_given_patterns_draws_what_the_seeded_one_draws():
    system = network(4, 2)
    fields = system.model_dump() | {"temperatures": system.temperatures}
    given = type(recalled(system.xi, 1.0))(**fields, given=system.xi)
    assert isinstance(given, Hopfield) and np.array_equal(samples(given), samples(system))


@pytest.mark.parametrize("patterns", [np.ones((2, 10)), np.zeros((2, 9)), np.ones((0, 9))])
def test_impossible_networks_are_refused(patterns):
    with pytest.raises(LatentfieldError, match="at least one pattern ±1 on N = size² sites"):
        recalled(patterns, 1.0)
