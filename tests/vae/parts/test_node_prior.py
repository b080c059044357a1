"""The prior on nodes and its exact posterior, against sums over all states and all nodes."""

import itertools

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from latentfield.measures.elbo import nats
from latentfield.measures.surgery import surgery
from latentfield.vae.architecture import Architecture
from latentfield.vae.model import VAE, load, save
from latentfield.vae.node_posterior import NodePosterior, cells
from latentfield.words.likelihood import log_likelihood
from tests.vae.build import record

SITES, NODES, TEMPERATURES = 6, 5, [0.5, 1.0, 1.5]
STATES = torch.tensor(list(itertools.product([-1, 1], repeat=SITES)), dtype=torch.int8)


def architecture(latents: int = 2, decoder: str = "linear") -> Architecture:
    prior = {"kind": "nodes", "components": NODES, "temperatures": len(TEMPERATURES)}
    return Architecture(
        encoder="exact", decoder=decoder, hidden=(8, 8), prior=prior, sites="spins", shape=(SITES,), latents=latents,
        temperature_centre=1.0, temperature_scale=1 / 3.5,
    )  # fmt: skip


def planted(latents: int = 2, decoder: str = "linear", seed: int = 0) -> VAE:
    torch.manual_seed(seed)
    model = VAE(architecture(latents, decoder)).eval()
    for parameter in model.decoder.parameters():
        parameter.data.normal_(0, 0.7)
    model.prior.node.normal_()
    model.prior.log_weight.normal_()
    model.prior.temperature.copy_((torch.tensor(TEMPERATURES) - 1.0) * 3.5)
    return model


def joint(model: VAE, t: float) -> torch.Tensor:
    """p(x, z_g) of all states and nodes, by products over sites."""
    p = model.decode(model.prior.node, t).flatten(1).double().sigmoid()
    row = model.prior.log_weights(model.scaled(t, 1))[0].double().exp()
    return torch.stack([torch.where(x > 0, p, 1 - p).prod(1) for x in STATES]) * row


@pytest.mark.parametrize("decoder", ["linear", "mean_field", "curved"])
@pytest.mark.parametrize("t", TEMPERATURES)
def test_minus_elbo_is_the_likelihood_of_enumeration(decoder, t):
    model = planted(decoder=decoder)
    exact = joint(model, t)
    assert abs(exact.sum() - 1) < 1e-6
    found = nats(model, STATES.numpy(), t, 1, 0)
    assert np.abs(found.neg_elbo + exact.sum(1).log().detach().numpy()).max() < 1e-5


def test_one_draw_gives_the_likelihood_of_a_word():
    model = planted()
    exact = joint(model, 1.0).sum(1).log().detach().numpy()
    for bound in log_likelihood(model, STATES.numpy(), (1, 3), 0):
        assert np.abs(bound - exact).max() < 1e-5


def test_moments_of_posterior_and_prior_are_sums_over_nodes():
    model = planted()
    t = 0.5
    whole = joint(model, t).detach()
    share = whole / whole.sum(1, keepdim=True)
    node = model.prior.node.double()
    posterior = model.encode(STATES, t)
    assert all(torch.equal(a, b) for a, b in zip(posterior, (posterior.mean, posterior.log_variance), strict=True))
    assert torch.allclose(posterior.mean.double(), share @ node, atol=1e-5)
    mean, variance = model.prior_moments(torch.tensor([t]))
    weight = whole.sum(0)
    assert torch.allclose(mean[0].double(), weight @ node, atol=1e-5)
    spread = weight @ node.square() - (weight @ node).square()
    within = weight @ cells(node)
    assert torch.allclose(variance[0].double(), spread + within, atol=1e-5)
    # Law of total variance, with the cells in both.
    data = whole.sum(1)
    total = data @ posterior.variance.double() + data @ (posterior.mean.double() - weight @ node).square()
    assert torch.allclose(total, variance[0].double(), atol=1e-5)


def test_draws_have_the_shares_of_the_nodes():
    torch.manual_seed(1)
    posterior = NodePosterior(torch.randn(3, NODES).log_softmax(1), torch.randn(NODES, 2))
    generator = torch.Generator().manual_seed(0)
    noise = posterior.noise(generator, 40_000)
    z, log_q = posterior.at(noise), posterior.log_prob_at(noise)
    assert z.shape == (40_000, 3, 2) and log_q.shape == z.shape
    for n in range(3):
        place = torch.cdist(z[:, n], posterior.node).argmin(1)
        frequency = place.bincount(minlength=NODES) / len(place)
        assert (frequency - posterior.log_share[n].exp()).abs().max() < 0.01
        assert torch.allclose(log_q[:, n].sum(1), posterior.log_share[n][place])
    one = posterior.draw(generator)
    assert torch.allclose(
        posterior.log_prob(one).sum(1), posterior.log_share[range(3), torch.cdist(one, posterior.node).argmin(1)]
    )


def test_weights_between_temperatures_are_linear():
    model = planted()
    low, middle, high = (model.prior.log_weights(model.scaled(t, 1)).exp() for t in (0.5, 0.75, 1.0))
    assert torch.allclose(middle, (low + high) / 2, atol=1e-6)
    beyond = model.prior.log_weights(model.scaled(9.0, 1)).exp()
    assert torch.allclose(beyond, model.prior.log_weights(model.scaled(1.5, 1)).exp(), atol=1e-6)


def test_the_two_parts_of_the_rate_are_those_of_enumeration():
    model = planted()
    whole = joint(model, 1.0).detach()
    # Words of another law than the model's, so that the excess is not zero.
    law = torch.softmax(torch.randn(len(STATES), generator=torch.Generator().manual_seed(0)).double(), 0)
    rows = torch.multinomial(law, 30_000, replacement=True, generator=torch.Generator().manual_seed(1))
    found = surgery(model, STATES[rows].numpy(), STATES[rows[:0]].numpy(), 1.0, 0)
    share = whole / whole.sum(1, keepdim=True)
    aggregate = law @ share
    useful = (law[:, None] * share * (share / aggregate).log()).sum()
    excess = (aggregate * (aggregate / whole.sum(0)).log()).sum()
    assert abs(found.whole.rate_useful.value - useful) < 4 * found.whole.rate_useful.se + 1e-3
    assert abs(found.whole.rate_excess.value - excess) < 4 * found.whole.rate_excess.se + 1e-3
    assert found.latents == []


def test_a_saved_model_is_loaded_with_its_nodes(tmp_path):
    model = planted()
    save(model, tmp_path / "m", record(model))
    again = load(tmp_path / "m")
    assert torch.equal(again.encode(STATES, 0.8).mean, model.encode(STATES, 0.8).mean)


def test_encoder_and_prior_belong_together():
    with pytest.raises(ValidationError, match="go together"):
        Architecture(**architecture().model_dump() | {"encoder": "dense"})
