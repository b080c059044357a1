"""Laws of every encoder, decoder and prior of the tables; those of a prior on nodes and its posterior are in `test_node_prior`."""

import math
from itertools import product

import pytest
import torch

from latentfield.vae.architecture import PriorSettings
from latentfield.vae.parts import names
from latentfield.vae.parts.encoders import LOG_VARIANCE_RANGE
from latentfield.vae.parts.likelihoods import LIKELIHOODS
from latentfield.vae.parts.priors import Prior
from latentfield.vae.parts.table import DECODERS, ENCODERS, PRIORS
from latentfield.vae.posterior import Posterior
from tests.vae.build import PRIOR, shaken

SHAPE, LATENTS, HIDDEN, BATCH = (4, 4), 2, (6, 8), 5
SIZES = PRIOR | {"components": 7}
T = torch.tensor([[-1.5], [-0.4], [0.3], [0.9], [1.6]])
LEARNED = [name for name in ENCODERS if name != "exact"]
every_encoder = pytest.mark.parametrize(("name", "channels"), [*product(LEARNED, (1, 5))])
every_decoder = pytest.mark.parametrize(("name", "channels"), [*product(DECODERS, (1, 5))])
DENSITIES = [kind for kind in PRIORS if kind != "nodes"]
every_prior = pytest.mark.parametrize("kind", DENSITIES)


def test_every_name_has_its_class_and_every_class_its_name():
    tables = (names.ENCODERS, ENCODERS), (names.DECODERS, DECODERS), (names.PRIORS, PRIORS)
    assert all(list(known) == list(table) for known, table in tables)
    assert list(names.SITES) == list(LIKELIHOODS)


def made(table: dict, name: str, channels: int, seed: int = 0) -> torch.nn.Module:
    """A member with random weights, corrections included."""
    torch.manual_seed(seed)
    part = table[name](channels, SHAPE, LATENTS, HIDDEN)
    for parameter in part.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.3)
    return part


def normal(*shape: int, seed: int = 1) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@every_encoder
@torch.no_grad()
def test_an_encoder_gives_each_configuration_its_own_posterior(name, channels):
    """Shapes, log-variances within their range even of absurd features, one row at a time as in a batch."""
    encoder, x = made(ENCODERS, name, channels), normal(BATCH, channels, *SHAPE)
    found = encoder(x, T)
    assert isinstance(found, Posterior) and found.mean.shape == found.log_variance.shape == (BATCH, LATENTS)
    for k in range(BATCH):
        torch.testing.assert_close(tuple(encoder(x[k : k + 1], T[k : k + 1])), tuple(found.rows(slice(k, k + 1))))
    extreme = encoder(1e4 * x, T).log_variance
    assert LOG_VARIANCE_RANGE[0] <= extreme.min() and extreme.max() <= LOG_VARIANCE_RANGE[1]


@every_encoder
@torch.no_grad()
def test_an_encoder_sees_configuration_and_temperature(name, channels):
    encoder, x = made(ENCODERS, name, channels), normal(BATCH, channels, *SHAPE)
    found = encoder(x, T)
    assert (encoder(-x, T).mean - found.mean).abs().min() > 1e-4
    assert (encoder(x, T + 0.5).mean - found.mean).abs().max() > 1e-4


@every_encoder
@torch.no_grad()
def test_only_mean_field_theory_shares_its_patterns(name, channels):
    for other in DECODERS:
        encoder, decoder = made(ENCODERS, name, channels), made(DECODERS, other, channels, seed=2)
        before = {key: value.clone() for key, value in encoder.state_dict().items()}
        encoder.start(decoder)
        changed = [key for key, value in encoder.state_dict().items() if not torch.equal(value, before[key])]
        assert changed == (["weight"] if name == other == "mean_field" else [])
        if changed:
            assert torch.equal(encoder.weight, decoder.mean_field_patterns())


@every_decoder
@torch.no_grad()
def test_a_decoder_gives_every_site_its_field(name, channels):
    decoder, z = made(DECODERS, name, channels), normal(BATCH, LATENTS)
    fields = decoder(z, T)
    assert fields.flatten(2).shape == (BATCH, channels, math.prod(SHAPE)) and fields.dtype == torch.float32
    torch.testing.assert_close(decoder(z[2:3], T[2:3]), fields[2:3])
    assert (decoder(z + 1, T) - fields).abs().max() > 1e-3


@every_decoder
@torch.no_grad()
def test_a_linear_head_is_the_field_whatever_the_temperature(name, channels):
    """And a decoder without one is not linear in z and blind to T."""
    decoder, z = made(DECODERS, name, channels), normal(BATCH, LATENTS)
    head, fields = decoder.linear_head(), decoder(z, T).flatten(1)
    if head is None:
        bent = decoder(2 * z, T).flatten(1) - 2 * fields + decoder(0 * z, T).flatten(1)
        blind = (decoder(z, T + 1).flatten(1) - fields).abs().max() < 1e-4
        assert bent.abs().max() > 1e-4 and blind == (name == "curved")
    else:
        torch.testing.assert_close(head.bias + z @ head.weight.T, fields)
        assert head.bias.shape == (channels * math.prod(SHAPE),)


@pytest.mark.parametrize(("table", "strides"), [(ENCODERS, names.ENCODERS), (DECODERS, names.DECODERS)])
def test_a_stride_is_what_a_lattice_is_halved_by(table, strides):
    """Members that need a square lattice say so; the others take sites without one."""
    for name, member in table.items():
        assert strides[name] == (4 if name == "cnn" else 1)
        if strides[name] == 1 and name != "exact":
            part = member(1, (7,), LATENTS, HIDDEN)
            part(normal(BATCH, 1, 7) if table is ENCODERS else normal(BATCH, LATENTS), T)


def prior(kind: str, seed: int = 3) -> Prior:
    """A prior of two latents, different at every temperature."""
    torch.manual_seed(seed)
    options = PriorSettings(kind=kind, **{name: SIZES[name] for name in names.PRIORS[kind]}).options
    return shaken(PRIORS[kind](LATENTS, **options), seed, 0.6)


@torch.no_grad()
def density(of: Prior, t: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Points (n, 2) of an even grid, and the probability of each cell, (n,)."""
    axis = torch.linspace(-9, 9, 721)
    z = torch.cartesian_prod(axis, axis)
    return z, of.log_prob(z, torch.full((len(z), 1), t)).sum(1).double().exp() * float(axis[1] - axis[0]) ** 2


@every_prior
@pytest.mark.parametrize("t", [-1.2, 0.6])
@torch.no_grad()
def test_a_prior_is_a_density_with_the_moments_that_it_says(kind, t):
    z, p = density(prior(kind), t)
    assert p.sum().item() == pytest.approx(1, abs=2e-3)
    mean = (p[:, None] * z).sum(0)
    found = [moment[0].double() for moment in prior(kind).moments(torch.tensor([[t]]))]
    torch.testing.assert_close(found[0], mean, atol=0.02, rtol=0)
    torch.testing.assert_close(found[1], (p[:, None] * (z - mean).square()).sum(0), atol=0.01, rtol=0.02)


@every_prior
@torch.no_grad()
def test_samples_of_a_prior_have_its_moments_and_depend_on_the_generator_alone(kind):
    t = torch.full((40_000, 1), 0.6)
    z = prior(kind).sample(t, torch.Generator().manual_seed(5))
    mean, variance = (moment[0] for moment in prior(kind).moments(t[:1]))
    assert torch.all((z.mean(0) - mean).abs() < 0.02 + 5 * (variance / len(z)).sqrt())
    torch.testing.assert_close(z.var(0), variance, atol=0.01, rtol=0.05)
    torch.manual_seed(77)
    assert torch.equal(prior(kind).sample(t, torch.Generator().manual_seed(5)), z)


@pytest.mark.parametrize("kind", [kind for kind in DENSITIES if kind != "mixture"])
def test_a_prior_starts_as_the_normal_distribution(kind):
    torch.manual_seed(0)
    new, z = PRIORS[kind](LATENTS, **{name: SIZES[name] for name in names.PRIORS[kind]}), normal(BATCH, LATENTS)
    expected = -0.5 * z.square() - 0.5 * math.log(2 * math.pi)
    torch.testing.assert_close(new.log_prob(z, T), expected, atol=1e-4, rtol=1e-4)


@every_prior
@torch.no_grad()
def test_the_rate_is_on_average_the_divergence_from_the_prior(kind):
    """For a joint prior each latent's term takes the ones before it as they were drawn."""
    one = Posterior(torch.tensor([[0.4, -0.9]]), torch.tensor([[-1.2, -0.6]]))
    many = Posterior(*(part.expand(100_000, -1) for part in one))
    noise = many.noise(torch.Generator().manual_seed(6))
    z, log_q, t = many.at(noise), many.log_prob_at(noise), torch.full((100_000, 1), 0.3)
    drawn = log_q - prior(kind).log_prob(z, t)
    found = prior(kind).rate(many, z, log_q, t).mean(0)
    assert torch.all((found - drawn.mean(0)).abs() < 5 * drawn.std(0) / math.sqrt(len(z)) + 1e-6)


@every_prior
@torch.no_grad()
def test_splines_if_any_are_the_prior(kind):
    t = torch.tensor([[0.3]])
    layers = prior(kind).splines(t)
    assert (layers is not None) == (kind == "spline")
    if layers:
        u, total = z, _ = normal(50, LATENTS).double(), torch.zeros(50, LATENTS, dtype=torch.float64)
        for layer in layers:
            u, term = layer.call_and_ladj(u)
            total = total + term
        log_p = total - 0.5 * u.square() - 0.5 * math.log(2 * math.pi)
        torch.testing.assert_close(
            log_p.float(), prior(kind).log_prob(z.float(), t.expand(50, 1)), atol=1e-4, rtol=1e-4
        )
