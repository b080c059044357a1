"""The VAE as a probability: it is normalised, its -ELBO bounds it, and what is saved is what is loaded."""

import json
import math
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

import latentfield
from latentfield.errors import LatentfieldError
from latentfield.vae.files import CONFIG, WEIGHTS
from latentfield.vae.model import VAE, bound, load, save
from tests.vae.build import PRIOR, random_model, record, toy

STATES = torch.tensor(2 * (np.arange(16)[:, None] >> np.arange(4) & 1) - 1, dtype=torch.int8).reshape(16, 2, 2)
Z = torch.linspace(-9, 9, 18_001)
MODELS = {
    "linear": {},
    "cnn": {"shape": (4, 4), "encoder": "cnn", "decoder": "cnn", "latents": 3, "hidden": (4, 6)},
    "directors": {
        "sites": "directors",
        "shape": (4, 4, 3),
        "encoder": "cnn",
        "decoder": "cnn",
        "latents": 2,
        "hidden": (4, 6),
    },
    "field": {
        "encoder": "corrected_mean_field",
        "decoder": "corrected_mean_field",
        "latents": 2,
        "prior": PRIOR | {"kind": "autoregressive"},
    },
    "words": {"shape": (10,), "temperatures": [1.0]},
}
every_model = pytest.mark.parametrize("name", list(MODELS))


@torch.no_grad()
def exact_log_p(model: VAE, temperature: float) -> torch.Tensor:
    """ln p(x|T) of all 16 states by quadrature over the one latent, (16,)."""
    log_prior = model.prior.log_prob(Z[:, None], model.scaled(temperature, len(Z)))[:, 0]
    parameters = model.decode(Z[:, None], temperature)
    log_x = torch.stack([model.likelihood.log_prob(x.expand(len(Z), -1, -1), parameters) for x in STATES])
    return torch.logsumexp((log_x + log_prior).double(), 1) + math.log(float(Z[1] - Z[0]))


def configurations(model: VAE, n: int) -> torch.Tensor:
    return model.sample(n, 1.3, torch.Generator().manual_seed(5))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_probabilities_of_all_states_sum_to_one(seed):
    for temperature in (1.0, 1.5, 2.0):
        total = exact_log_p(random_model(seed), temperature).exp().sum().item()
        assert total == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("seed", [0, 1, 2])
@torch.no_grad()
def test_elbo_bounds_the_probability(seed):
    """E_q[ln p(x,z)/q(z)] <= ln p(x) for every state; the importance-weighted average of the same terms is p(x) itself.

    The equality is what makes the test sharp: a prior at the wrong temperature or a wrong ln 2 pi breaks it.
    """
    model, draws = random_model(seed), 20_000
    model.encoder.heads.bias[1] = 2.2  # A posterior wider than the prior: no rare draw decides the average.
    for temperature in (1.0, 2.0):
        truth = exact_log_p(model, temperature)
        for x, log_p in zip(STATES, truth, strict=True):
            batch = x.expand(draws, -1, -1)
            terms = model.terms(batch, torch.full((draws,), temperature), torch.Generator().manual_seed(seed))
            elbo = -(terms.distortion + terms.rate.sum(1)).double()
            assert elbo.mean() <= log_p + 4 * elbo.std() / math.sqrt(draws)
            ratio = (elbo - log_p).exp()
            assert abs(ratio.mean() - 1) < 5 * ratio.std() / math.sqrt(draws) + 1e-3


@torch.no_grad()
def test_terms_are_the_densities_at_the_draw():
    model = random_model(3, latents=2)
    t = torch.linspace(1, 2, 16)
    terms = model.terms(STATES, t, torch.Generator().manual_seed(0))
    mean, log_variance = model.encode(STATES, t)
    q = torch.distributions.Normal(mean, (0.5 * log_variance).exp())
    torch.testing.assert_close(tuple(terms.posterior), (mean, log_variance))
    rate = q.log_prob(terms.z) - model.prior.log_prob(terms.z, model.scaled(t, 16))
    torch.testing.assert_close(terms.rate, rate, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(terms.distortion, -model.likelihood.log_prob(STATES, model.decode(terms.z, t)))


@torch.no_grad()
def test_log_weights_are_the_terms_of_each_draw():
    """One draw gives minus the ELBO's two parts; a weight on the rate takes that part alone; each draw sees its own temperature."""
    model, t = random_model(3, latents=2), torch.linspace(1, 2, 16)
    terms = model.terms(STATES, t, torch.Generator().manual_seed(0))
    for weight in (1.0, 0.25):
        one = model.log_weights(STATES, t, 1, weight, torch.Generator().manual_seed(0))
        torch.testing.assert_close(one[0], -terms.distortion - weight * terms.rate.sum(1), atol=1e-4, rtol=1e-4)
    # Posteriors of untrained networks are close to the prior, and weights close to each other.
    model = VAE(model.architecture)
    many = model.log_weights(STATES, 1.5, 20_000, generator=torch.Generator().manual_seed(1))
    # Mean weights are the model's probabilities, of which all states have 1 together.
    assert float(bound(many).exp().sum()) == pytest.approx(1, abs=0.03)


@torch.no_grad()
def test_a_start_from_principal_directions_has_the_correlations_of_the_spins():
    """To first order covariances of sites are those of the words, whatever the rotation; the prior starts near N(0, 1)."""
    rng = np.random.default_rng(0)
    field = 0.8 * rng.normal(size=(200_000, 1)) * np.array([1.0, 1, -1, 0.5, 0, 0])
    words = np.where(rng.random(field.shape) < 1 / (1 + np.exp(-2 * field)), 1, -1).astype(np.int8)
    torch.manual_seed(0)
    model = VAE(
        toy(shape=(6,), encoder="dense", decoder="linear", latents=3, prior={"kind": "mixture", "components": 50})
    )
    model.begin(torch.from_numpy(words))
    mean, variance = model.prior_moments(torch.ones(1))
    assert mean.abs().max() < 0.2 and (variance - 1).abs().max() < 0.2
    drawn = model.sample(200_000, 1.0, torch.Generator().manual_seed(0)).numpy()
    assert np.abs(drawn.mean(0) - words.mean(0)).max() < 0.05
    # The two of largest weight by far; first order errs by tens of per cent here.
    found, expected = (np.corrcoef(part.T)[0] for part in (drawn, words))
    assert np.sign(found[:4]).tolist() == [1, 1, -1, 1] and np.abs(found - expected).max() < 0.15


@torch.no_grad()
def test_the_rate_is_the_divergence_of_two_gaussians_before_training():
    torch.manual_seed(0)
    model, draws = VAE(toy()), 40_000
    terms = model.terms(STATES[3].expand(draws, -1, -1), torch.full((draws,), 1.2), torch.Generator().manual_seed(1))
    mean, log_variance = (part[0] for part in terms.posterior)
    divergence = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum().item()
    rate = terms.rate.sum(1)
    assert abs(rate.mean().item() - divergence) < 4 * rate.std().item() / math.sqrt(draws) + 1e-5


@torch.no_grad()
def test_samples_follow_the_model():
    """Chi-square of 100,000 draws against the quadrature, 16 states."""
    model, n = random_model(1), 100_000
    x = model.sample(n, 2.0, torch.Generator().manual_seed(2))
    index = (x.reshape(n, 4) > 0).long() @ torch.tensor([1, 2, 4, 8])
    expected = n * exact_log_p(model, 2.0).exp()
    statistic = ((torch.bincount(index, minlength=16) - expected).square() / expected).sum().item()
    assert statistic < 15 + 5 * math.sqrt(30)


def test_temperatures_are_scaled_by_the_range_of_the_data():
    """Evenly spaced temperatures get about unit variance; a single temperature gets no scale."""
    model = random_model(temperatures=[1.0, 1.5, 4.5])
    torch.testing.assert_close(model.scaled(torch.tensor([1.0, 2.75, 4.5]), 3), torch.tensor([[-1.75], [0.0], [1.75]]))
    torch.testing.assert_close(random_model(temperatures=[0.7]).scaled(0.7, 2), torch.zeros(2, 1))
    assert toy(temperatures=[0.7]).temperature_scale == 1


@every_model
@torch.no_grad()
def test_rows_of_a_batch_do_not_mix(name):
    """Each configuration with its own temperature gives the same as all in one batch."""
    model = random_model(2, **MODELS[name])
    x, t = configurations(model, 6), torch.linspace(1, 2, 6)
    mean, log_variance = model.encode(x, t)
    parameters = model.decode(mean, t)
    for k in range(6):
        one = model.encode(x[k : k + 1], float(t[k]))
        torch.testing.assert_close(tuple(one), (mean[k : k + 1], log_variance[k : k + 1]))
        torch.testing.assert_close(model.decode(mean[k : k + 1], float(t[k])), parameters[k : k + 1])
    if name != "words":
        assert (model.encode(x, 1.0)[0] - model.encode(x, 2.0)[0]).abs().max() > 1e-3


@every_model
def test_every_parameter_learns(name):
    """A part left out of the graph would keep a zero gradient; the first layer of the prior's networks starts behind zeros."""
    model = random_model(4, **MODELS[name])
    x = configurations(model, 32)
    terms = model.terms(x, torch.linspace(1, 2, 32), torch.Generator().manual_seed(0))
    (terms.distortion + terms.rate.sum(1)).mean().backward()
    for label, parameter in model.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().max() > 0, label


def test_a_linear_decoder_is_a_field_and_patterns_over_the_temperature():
    model = random_model(5, shape=(10,), latents=2)
    z = torch.randn(4, 2, generator=torch.Generator().manual_seed(0))
    weight, bias = model.decoder.linear.weight, model.decoder.linear.bias
    torch.testing.assert_close(model.decode(z, 1.7)[:, 0], (z @ weight.T + bias) * 1.5 / 1.7)
    words = random_model(5, shape=(10,), latents=2, temperatures=[1.0])
    torch.testing.assert_close(words.decode(z)[:, 0], z @ words.decoder.linear.weight.T + words.decoder.linear.bias)


@torch.no_grad()
def test_a_field_encoder_and_a_dense_decoder_start_as_mean_field_theory():
    """Posterior mean linear in x with a slope that T scales, variance a function of T, field linear in z over T."""
    torch.manual_seed(0)
    model = VAE(toy(encoder="corrected_mean_field", decoder="corrected_mean_field", latents=2))
    for temperature in (1.0, 2.0):
        mean, log_variance = model.encode(STATES, temperature)
        torch.testing.assert_close(mean, -model.encode(-STATES, temperature)[0])
        torch.testing.assert_close(log_variance, log_variance[:1].expand(16, -1))
        assert torch.linalg.matrix_rank(mean) == 2
    zero, one, two = (model.decode(torch.full((1, 2), value), 2.0) for value in (0.0, 1.0, 2.0))
    torch.testing.assert_close(two - one, one - zero)
    torch.testing.assert_close(model.decode(torch.ones(1, 2), 1.0), 2 * one)


@every_model
@torch.no_grad()
def test_save_and_load_are_exact(name, tmp_path, monkeypatch):
    """Bit for bit, and without unpickling anything."""
    model = random_model(6, **MODELS[name])
    save(model, tmp_path / "model", record(model))
    for module, function in ((pickle, "load"), (pickle, "loads"), (pickle, "Unpickler"), (torch, "load")):
        monkeypatch.setattr(module, function, lambda *_, **__: pytest.fail("unpickled"))
    loaded = load(tmp_path / "model")
    assert not loaded.training
    assert loaded.record == record(model) and loaded.architecture == model.architecture
    assert loaded.state_dict().keys() == model.state_dict().keys()
    for key, value in model.state_dict().items():
        assert torch.equal(loaded.state_dict()[key], value), key
    draws = [m.sample(50, 1.5, torch.Generator().manual_seed(0)) for m in (model, loaded)]
    assert torch.equal(*draws)
    assert sorted(file.name for file in (tmp_path / "model").iterdir()) == [CONFIG, WEIGHTS]


def test_the_package_loads_a_folder(tmp_path):
    save(random_model(6), tmp_path, record(random_model(6)))
    x = STATES[:3]
    torch.testing.assert_close(latentfield.load(str(tmp_path)).encode(x, 1.0), random_model(6).encode(x, 1.0))


@pytest.fixture
def saved(tmp_path) -> Path:
    save(random_model(6), tmp_path / "model", record(random_model(6)))
    return tmp_path / "model"


@pytest.mark.parametrize(("missing", "named"), [((WEIGHTS,), WEIGHTS), ((CONFIG,), CONFIG), ((WEIGHTS, CONFIG), "and")])
def test_a_folder_that_lacks_a_file_is_refused(saved, missing, named):
    for name in missing:
        (saved / name).unlink()
    with pytest.raises(LatentfieldError, match=f"is not a trained model: it lacks .*{named}"):
        load(saved)


@pytest.mark.parametrize("damage", ["truncated", "garbled", "no json", "no architecture", "another model", "odd key"])
def test_a_damaged_folder_is_one_readable_error(saved, damage):
    weights, content = saved / WEIGHTS, json.loads((saved / CONFIG).read_text())
    if damage == "truncated":
        weights.write_bytes(weights.read_bytes()[:-10])
    elif damage == "garbled":
        weights.write_bytes(b"\xff" * 200)
    elif damage == "no json":
        (saved / CONFIG).write_text("{")
    elif damage == "no architecture":
        (saved / CONFIG).write_text("{}")
    elif damage == "another model":
        content["architecture"]["latents"] = 2
        (saved / CONFIG).write_text(json.dumps(content))
    else:
        content["architecture"]["prior"]["knots"] = 2
        (saved / CONFIG).write_text(json.dumps(content))
    with pytest.raises(LatentfieldError, match=f"{saved} is not a trained model"):
        load(saved)


def test_saving_again_replaces_the_model(saved, tmp_path):
    other = random_model(7)
    save(other, saved, record(other))
    assert torch.equal(load(saved).decoder.linear.weight, other.decoder.linear.weight)
    shutil.rmtree(saved)


@pytest.mark.parametrize("sites", ["spins", "directors"])
def test_half_precision_networks_keep_full_precision_densities(sites):
    """With z and the decoder's output given, bf16 autocast must change neither ln p(x|z) nor ln p(z)."""
    torch.manual_seed(0)
    shape = (8, 8) if sites == "spins" else (8, 8, 3)
    model = random_model(sites=sites, shape=shape, encoder="cnn", decoder="cnn", hidden=(4, 8))
    x = torch.randn(16, 8, 8).sign().to(torch.int8) if sites == "spins" else torch.nn.functional.normalize(
        torch.randn(16, 8, 8, 3), dim=-1
    )  # fmt: skip
    t = torch.ones(16)
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        terms = model.terms(x, t)
        parameters = model.decode(terms.z, t)
        log_prior = torch.autocast("cpu", enabled=False)(model.prior.log_prob)(terms.z, model.scaled(t, 16))
    full = -model.likelihood.log_prob(x, parameters)
    log_q = terms.posterior.normal.log_prob(terms.z)
    assert terms.distortion.dtype == terms.rate.dtype == torch.float32
    torch.testing.assert_close(terms.rate, log_q - log_prior, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(terms.distortion, full, rtol=1e-6, atol=1e-5)
