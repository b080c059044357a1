"""Curie-Weiss by hand: the exact VAE gives back beta J in any coordinate, and a wrong decoder does not."""

import math

import numpy as np
import pytest
import torch

from latentfield.decoding.curie_weiss import couplings, fields, slope
from latentfield.errors import LatentfieldError
from latentfield.systems.curie_weiss import CurieWeiss
from latentfield.vae.model import VAE
from tests.vae.build import architecture

SIDE, T = 8, 0.9
N = SIDE**2
SYSTEM = CurieWeiss(size=SIDE, temperatures={"min": T, "max": 1.3, "count": 2}, chains=4000)


@torch.no_grad()
def exact_vae(stretch: float, temperature: float = T, **changes) -> VAE:
    """Posterior Normal(stretch M/N, stretch^2 T/N) and theta = z / (stretch T), J = 1."""
    prior = {"layers": 1, "bins": 4, "bound": 4.0, "hidden": 4}
    sizes = {"shape": (SIDE, SIDE), "latents": 1, "hidden": (4, 4), "temperatures": [temperature]} | changes
    model = VAE(
        architecture(sites="spins", encoder="corrected_mean_field", decoder="linear", prior=prior, **sizes)
    ).eval()
    model.encoder.linear.weight.fill_(stretch / N)
    for parameter in model.encoder.scale[-1].parameters():
        parameter.zero_()
    model.encoder.scale[-1].bias[1:] = math.log(stretch**2 * temperature / N)
    model.decoder.linear.weight.fill_(2 / (stretch * temperature))
    model.decoder.linear.bias.zero_()
    return model


def draws(temperature: float = T) -> np.ndarray:
    return SYSTEM.sample_block(np.array([temperature]), np.random.default_rng(0))[0, :, 0]


@pytest.mark.parametrize("stretch", [1.0, -3.0])
@pytest.mark.parametrize("temperature", [T, 1.3])
def test_the_exact_vae_gives_the_coupling_in_any_coordinate(stretch, temperature):
    x = draws(temperature)
    (row,) = couplings(exact_vae(stretch, temperature), x, np.full(len(x), temperature))
    assert row["beta_j"] == pytest.approx(1 / temperature, rel=1e-5)
    assert row["exact"] == 1 / temperature and abs(row["error"]) < 1e-5 and row["se"] < 1e-5


def test_a_decoder_too_strong_is_seen_at_its_size():
    model, x = exact_vae(1.0), draws()
    with torch.no_grad():
        model.decoder.linear.weight.mul_(1.1)
    assert couplings(model, x, np.full(len(x), T))[0]["error"] == pytest.approx(0.1, abs=1e-5)


def test_standard_error_covers_the_scatter_of_slopes():
    rng = np.random.default_rng(3)
    m = rng.normal(size=(400, 200))
    found = [slope(row, 2 * row + (1 + row**2) * rng.normal(size=200)) for row in m]
    values, errors = zip(*found, strict=True)
    assert np.mean(values) == pytest.approx(2, abs=0.05)
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.12)


def test_fields_lie_on_the_line_of_mean_field_theory():
    x = draws()
    rows = fields(exact_vae(2.0), x, np.full(len(x), T), np.array([T]))
    np.testing.assert_allclose([r["theta"] for r in rows], [r["m"] / T for r in rows], atol=1e-5)
    assert len(rows) > 20 and min(r["count"] for r in rows) >= 10


def test_two_latents_are_refused():
    with pytest.raises(LatentfieldError, match="one latent; this one is of spins and has 2"):
        couplings(exact_vae(1.0, latents=2), draws(), np.full(4000, T))
