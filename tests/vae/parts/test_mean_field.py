"""Mean-field encoder, decoder and Gaussian prior: the Hopfield network in its own coordinates, and closed forms."""

import pytest
import torch

from latentfield.vae.model import VAE, load, save
from latentfield.vae.parts.gaussian_prior import GaussianPrior
from latentfield.vae.parts.priors import Prior
from latentfield.vae.parts.temperature_curve import REACH, TemperatureCurve
from latentfield.vae.posterior import Posterior
from tests.vae.build import record, toy

MEAN_FIELD = {
    "encoder": "mean_field",
    "decoder": "mean_field",
    "prior": {"kind": "gaussian"},
    "latents": 2,
    "shape": (4, 4),
}


def mean_field(seed: int = 0) -> VAE:
    torch.manual_seed(seed)
    return VAE(toy(**MEAN_FIELD)).eval()


def test_with_patterns_as_weights_the_field_is_that_of_a_hopfield_network():
    """Logit 2 beta sum_mu xi_mu m_mu at z = sqrt(N) m, once the unit of the field is divided out."""
    model, xi = mean_field(), torch.randn(16, 2, generator=torch.Generator().manual_seed(1)).sign()
    with torch.no_grad():
        model.decoder.weight.copy_(xi / model.architecture.temperature_centre)
        m = torch.tensor([[0.3, -0.7], [0.1, 0.9]])
        logits = model.decode(4 * m, 1.25).reshape(2, 16)
    torch.testing.assert_close(logits, 2 / 1.25 * m @ xi.T)


def test_the_posterior_starts_at_the_patterns_of_the_decoder():
    model, x = mean_field(), torch.ones(3, 4, 4)
    mean, log_variance = model.encode(x, 1.3)
    torch.testing.assert_close(mean, (x.flatten(1) @ model.decoder.weight) / 4)
    assert torch.all(log_variance == 0)


def test_all_spins_turned_change_nothing():
    model, x = mean_field(), torch.randn(5, 4, 4, generator=torch.Generator().manual_seed(2)).sign()
    torch.testing.assert_close(model.encode(x, 1.1)[0], -model.encode(-x, 1.1)[0])
    z = model.encode(x, 1.1)[0]
    torch.testing.assert_close(model.decode(z, 1.1), -model.decode(-z, 1.1))


def test_the_divergence_is_the_mean_of_its_one_sample_estimate():
    prior, generator = GaussianPrior(2), torch.Generator().manual_seed(3)
    with torch.no_grad():
        prior.log_width.values.copy_(0.5 * torch.randn(prior.log_width.values.shape, generator=generator))
    q, t = Posterior(torch.tensor([[0.5, -1.0]]), torch.tensor([[-0.7, 0.4]])), torch.tensor([[0.3]])
    z = q.at(torch.randn(400_000, 2, generator=generator))
    log_q = q.normal.log_prob(z)
    estimate = Prior.rate(prior, q, z, log_q, t).detach()
    error = estimate.std(0) / len(z) ** 0.5
    assert torch.all((estimate.mean(0) - prior.rate(q, z, log_q, t)[0]).abs() < 4 * error)


def test_samples_have_the_moments_of_the_prior():
    prior = GaussianPrior(2)
    with torch.no_grad():
        prior.log_width.values.copy_(torch.tensor([0.5, -1.0]).expand(12, 2))
    t = torch.full((200_000, 1), -0.2)
    z, (mean, variance) = prior.sample(t, torch.Generator().manual_seed(4)), prior.moments(t[:1])
    assert variance[0].tolist() == pytest.approx([torch.e, 0.135335], rel=1e-5) and torch.all(mean == 0)
    assert z.var(0).tolist() == pytest.approx(variance[0].tolist(), rel=0.02)


def test_a_curve_is_local_in_temperature():
    curve = TemperatureCurve(1)
    with torch.no_grad():
        curve.values[-1] = 1.0
    high, low = curve(torch.tensor([[REACH], [-REACH]]))
    assert high > 0.5 and low.abs() < 1e-6
    with torch.no_grad():
        curve.values.fill_(2.0)
    torch.testing.assert_close(curve(torch.linspace(-2, 2, 9)[:, None]), torch.full((9, 1), 2.0))


def test_a_saved_model_is_the_same_model(tmp_path):
    model, x = mean_field(5), torch.ones(2, 4, 4)
    save(model, tmp_path / "model", record(model))
    torch.testing.assert_close(load(tmp_path / "model").encode(x, 1.2), model.encode(x, 1.2), rtol=0, atol=0)
