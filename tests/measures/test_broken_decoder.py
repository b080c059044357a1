"""A decoder broken on purpose: total correlation, audit and residual map must all point at what was broken.

The VAE is the Hubbard-Stratonovich transform of a Hopfield network, exact by hand: posterior z_mu ~ Normal(overlap with pattern mu,
T/N), field sum_mu xi_i^mu z_mu on every site with logit 2/T of it, and as prior the law of the fields, known through the marginal
likelihood: p(z) = exp(-N |z|^2 / 2T) prod_i 2 cosh(sum_mu xi_i^mu z_mu / T) (N / 2 pi T)^(P/2) / Z. The aggregated posterior is
that law too, whatever the decoder, so the gap of a broken one is its total correlation exactly.
"""

import math

import numpy as np
import pytest
import torch

from latentfield.measures.density_ratio import Settings
from latentfield.measures.elbo import audit, nats
from latentfield.measures.residual_maps import deviations, residuals
from latentfield.measures.total_correlation import total_correlation
from latentfield.statistics.estimate import Estimate
from latentfield.systems.base import stream
from latentfield.systems.hopfield import Hopfield
from latentfield.vae.model import VAE
from latentfield.vae.parts.gaussian_prior import GaussianPrior
from latentfield.vae.parts.priors import Prior
from tests.vae.build import architecture

T, SIDE, P = 0.9, 8, 2
N = SIDE**2
SYSTEM = Hopfield(
    size=SIDE, patterns=P, pattern_seed=3, temperatures={"min": T, "max": 1.4, "count": 4}, chains=900, draws=10,
    burn_in=300, spacing=20,
)  # fmt: skip
WRONG_SITE = 27


class FieldPrior(GaussianPrior):
    """The exact law of the fields of the unbroken network."""

    def __init__(self, xi: torch.Tensor):
        super().__init__(P)
        self.xi, self.log_z = xi, SYSTEM.exact(T)["log_z"]

    def log_prob(self, z: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        field = z @ self.xi / T
        log_cosh = torch.logaddexp(field, -field).sum(1)
        total = log_cosh - N * z.square().sum(1) / (2 * T) + P / 2 * math.log(N / (2 * math.pi * T)) - self.log_z
        return torch.stack([total, torch.zeros_like(total)], 1)

    rate = Prior.rate


@torch.no_grad()
def exact_vae() -> VAE:
    prior = {"layers": 1, "bins": 4, "bound": 4.0, "hidden": 4}
    sizes = {"shape": (SIDE, SIDE), "latents": P, "hidden": (4, 4), "temperatures": [T]}
    model = VAE(
        architecture(sites="spins", encoder="corrected_mean_field", decoder="linear", prior=prior, **sizes)
    ).eval()
    xi = torch.from_numpy(SYSTEM.xi.astype(np.float32))
    model.encoder.linear.weight.copy_(xi / N)
    for parameter in model.encoder.scale[-1].parameters():
        parameter.zero_()
    model.encoder.scale[-1].bias[P:] = math.log(T / N)
    model.decoder.linear.weight.copy_(2 * xi.T / T)
    model.decoder.linear.bias.zero_()
    model.prior = FieldPrior(xi)
    return model


@pytest.fixture(scope="module")
def samples() -> tuple[np.ndarray, np.ndarray]:
    """Configurations at T to learn from and to measure on, whole chains."""
    block = SYSTEM.sample_block(SYSTEM.temperatures.values, stream(5, "hopfield", 0))[0]
    train, test = (part.reshape(-1, SIDE, SIDE) for part in (block[:600], block[600:]))
    return train, test


def measured(model: VAE, samples: tuple[np.ndarray, np.ndarray]):
    """Gap, total correlation, and residual maps."""
    train, test = samples
    log_z = Estimate(SYSTEM.exact(T)["log_z"], 0.0)
    gap = audit(nats(model, test, T, 4, 0), SYSTEM.log_weight(test, T), log_z, SYSTEM.draws)
    x = np.concatenate(samples)
    t, rows = np.full(len(x), T), np.split(np.arange(len(x)), [len(train)])
    found = total_correlation(model, x, t, *rows, settings=Settings(steps=600), draws=SYSTEM.draws)
    return gap, found, residuals(deviations(model, test, t[rows[1]]), found.value.log_ratio, seed=0)


def test_the_intact_decoder_leaves_nothing(samples):
    gap, found, maps = measured(exact_vae(), samples)
    assert abs(gap.value) < 1e-4
    assert abs(found.value.estimates[0].value) < 0.02
    assert np.abs(maps.one.slopes).max() < 0.05 and np.abs(maps.two.slopes).max() < 0.01


def test_a_zeroed_pattern_is_found(samples):
    """The pairs of sites that it coupled are those that the log ratio depends on, with its signs and not the other pattern's."""
    model = exact_vae()
    with torch.no_grad():
        model.decoder.linear.weight[:, 0] = 0
    gap, found, maps = measured(model, samples)
    tc = found.value.estimates[0]
    assert gap.value > 4 and 0.8 * gap.value < tc.value < gap.value
    pairs = np.triu_indices(N, 1)
    slopes = maps.two.slopes[pairs]
    zeroed, kept = (np.corrcoef(slopes, np.outer(xi, xi)[pairs])[0, 1] for xi in SYSTEM.xi)
    assert zeroed > 0.8 and abs(kept) < 0.1
    assert maps.two.explained > 0.9 and abs(maps.one.explained) < 0.05 and abs(maps.two.null) < 0.05


def test_a_wrong_bias_is_found_at_its_site(samples):
    model = exact_vae()
    with torch.no_grad():
        model.decoder.linear.bias[WRONG_SITE] = 3.0
    gap, found, maps = measured(model, samples)
    tc = found.value.estimates[0]
    assert gap.value > 0.6 and abs(tc.value - gap.value) < 0.05
    assert np.abs(maps.one.slopes).argmax() == WRONG_SITE and maps.one.slopes[WRONG_SITE] < 0
    others = np.delete(np.abs(maps.one.slopes), WRONG_SITE)
    assert -maps.one.slopes[WRONG_SITE] > 5 * others.max()
    assert maps.one.explained > 0.9 and abs(maps.two.explained) < 0.05 and abs(maps.one.null) < 0.05


def test_a_flipped_site_is_found(samples):
    """One site coupled with the wrong sign: its pairs stand out of the two-point map, every other pair does not."""
    model = exact_vae()
    with torch.no_grad():
        model.decoder.linear.weight[WRONG_SITE] *= -1
    gap, found, maps = measured(model, samples)
    tc = found.value.estimates[0]
    assert gap.value > 0.6 and abs(tc.value - gap.value) < 0.05
    strength = np.abs(maps.two.slopes).sum(0)
    assert strength.argmax() == WRONG_SITE and strength[WRONG_SITE] > 1.5 * np.delete(strength, WRONG_SITE).max()
