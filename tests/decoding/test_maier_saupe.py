"""Planted order tensors: in a mixed-up latent, and in a decoder that is exact by hand."""

import math

import numpy as np
import pytest
import torch

from latentfield.decoding.maier_saupe import bingham, fit, latents, mean_field, order_tensor, scores
from latentfield.errors import LatentfieldError
from latentfield.systems.maier_saupe import MaierSaupe
from latentfield.vae.model import VAE
from tests.vae.build import architecture

SIDE, T = 4, 0.2
N = SIDE**2
SYSTEM = MaierSaupe(
    size=SIDE, temperatures={"min": T, "max": 0.3, "count": 2}, chains=100, draws=10, burn_in=100, spacing=10
)


@torch.no_grad()
def exact_vae() -> VAE:
    """Posterior Normal(Q, 2T/3N) in every coordinate, and B = (3/2T) z on every site."""
    prior = {"layers": 1, "bins": 4, "bound": 4.0, "hidden": 4}
    sizes = {"shape": (SIDE, SIDE, 3), "latents": 5, "hidden": (4, 4), "temperatures": [T]}
    model = VAE(
        architecture(sites="directors", encoder="corrected_mean_field", decoder="linear", prior=prior, **sizes)
    ).eval()
    average = torch.eye(5).repeat_interleave(N, 1) / N
    model.encoder.linear.weight.copy_(average)
    for parameter in model.encoder.scale[-1].parameters():
        parameter.zero_()
    model.encoder.scale[-1].bias[5:] = math.log(2 * T / (3 * N))
    model.decoder.linear.weight.copy_(1.5 / T * torch.eye(5).repeat_interleave(N, 0))
    model.decoder.linear.bias.zero_()
    return model


@pytest.fixture(scope="module")
def directors() -> np.ndarray:
    block = SYSTEM.sample_block(np.array([T]), np.random.default_rng(0))
    return block.reshape(-1, SIDE, SIDE, 3)


def test_coordinates_are_those_of_the_system(directors):
    from latentfield.systems.nematic import TENSOR_BASIS

    expected = np.einsum("nij,kij->nk", SYSTEM.order_tensor(directors), TENSOR_BASIS)
    np.testing.assert_allclose(order_tensor(directors), expected, atol=1e-6)


def test_the_exact_decoder_has_slope_one(directors):
    """A decoder linear in z: opposite draws cancel, and single precision is all that is left of the noise."""
    t = np.full(len(directors), T, np.float32)
    (row,) = mean_field(order_tensor(directors), bingham(exact_vae(), directors, t, 0), t)
    assert row["slope"] == pytest.approx(1, abs=1e-6) and row["slope_se"] < 1e-6 and row["r2"] > 1 - 1e-9
    weak = exact_vae()
    with torch.no_grad():
        weak.decoder.linear.weight.mul_(0.8)
    (row,) = mean_field(order_tensor(directors), bingham(weak, directors, t, 0), t)
    assert row["slope"] == pytest.approx(0.8, abs=1e-6)


def test_standard_error_covers_the_scatter_of_slopes():
    """Noise that is shared by the coordinates of a configuration and grows with its tensor."""
    rng = np.random.default_rng(3)
    q, t = rng.normal(size=(400, 150, 5)), np.full(150, 0.3)
    noise = rng.normal(size=(400, 150, 1)) * (q + rng.normal(size=q.shape))
    rows = [mean_field(a, 1.5 / 0.3 * 0.9 * a + b, t)[0] for a, b in zip(q, noise, strict=True)]
    slopes, errors = ([row[name] for row in rows] for name in ("slope", "slope_se"))
    assert np.mean(slopes) == pytest.approx(0.9, abs=0.003)
    assert np.mean(errors) == pytest.approx(np.std(slopes), rel=0.12)


def test_the_exact_latents_hold_the_tensor(directors):
    t = np.full(len(directors), T, np.float32)
    np.testing.assert_allclose(latents(exact_vae(), directors, t)[:, :5], order_tensor(directors), atol=1e-5)


def test_a_planted_tensor_returns_from_a_bent_latent_as_far_as_noise_allows_and_from_noise_not_at_all():
    """Latents are a bent, invertible function of R q + 0.2 noise, R orthogonal, so that no predictor has R^2 above 1 / 1.04."""
    rng = np.random.default_rng(1)
    q, t = rng.normal(size=(12_000, 5)), np.repeat([0.15, 0.3], 6000)
    rotation = np.linalg.qr(rng.normal(size=(5, 5)))[0]
    inputs = np.column_stack([np.tanh(0.3 * (q @ rotation + 0.2 * rng.normal(size=q.shape))) * (1 + t[:, None]), t])
    train = np.arange(len(q)) % 4 > 0
    rows = scores(q[~train], fit(inputs[train], q[train], 0).predict(inputs[~train]), t[~train])
    assert [row["temperature"] for row in rows] == [0.15, 0.3]
    r2 = np.array([[row[f"r2_{k}"] for k in range(1, 6)] for row in rows])
    assert 1 / 1.04 - 0.03 < r2.min() <= r2.mean() < 1 / 1.04 + 0.005
    inputs[:, :5] = rng.normal(size=(len(q), 5))
    assert scores(q[~train], fit(inputs[train], q[train], 0).predict(inputs[~train]), t[~train])[0]["worst"] < 0.05


def test_r2_by_hand():
    q = np.array([[0.0] * 5, [2.0] * 5])
    (row,) = scores(q, q + np.array([0.5, 0, 0, 0, 1]), np.array([0.2, 0.2]))
    assert (row["r2_1"], row["r2_2"], row["r2_5"], row["worst"]) == pytest.approx((0.75, 1, 0, 0))


def test_spins_are_refused():
    prior = {"layers": 1, "bins": 4, "bound": 4.0, "hidden": 4}
    sizes = {"shape": (4, 4), "latents": 5, "hidden": (4, 4), "temperatures": [T]}
    model = VAE(architecture(sites="spins", encoder="corrected_mean_field", decoder="linear", prior=prior, **sizes))
    with pytest.raises(LatentfieldError, match="of directors; this one is of spins"):
        latents(model, np.ones((2, 4, 4), np.int8), np.full(2, T, np.float32))
