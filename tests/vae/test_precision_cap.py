"""The cap on the precision of posteriors: it holds for a trained model, binds, and changes nothing where it is absent."""

import numpy as np
import pytest
import torch

from latentfield.samples.store import Split
from latentfield.vae.model import VAE
from latentfield.vae.schedule import Schedule
from latentfield.vae.training import fit
from tests.vae.build import architecture, random_model, shaken, toy

SHAPE = (4, 4)


def magnetised(n: int, seed: int) -> Split:
    """Spins of strong fields of random size and sign: one latent of many distinguishable values."""
    rng = np.random.default_rng(seed)
    up = 1 / (1 + np.exp(-4 * rng.standard_normal(n)))
    x = np.where(rng.random((n, *SHAPE)) < up[:, None, None], 1, -1).astype(np.int8)
    return Split(x, np.full(n, 1.5, np.float32))


def trained(folder, **changes) -> VAE:
    splits = {"train": magnetised(2000, 0), "validation": magnetised(500, 1)}
    made = architecture(
        sites="spins", shape=SHAPE, temperatures=[1.5], latents=2, encoder="dense", decoder="corrected_mean_field", hidden=(16, 16),
        prior={"layers": 1, "bins": 8, "bound": 5.0, "hidden": 8}, **changes,
    )  # fmt: skip
    schedule = Schedule(epochs=6, batch=100, learning_rate=1e-2, precision="32-true")
    return fit(made, splits, schedule, seed=0, folder=folder, report=lambda *_: None)[0]


def ratio(model: VAE) -> torch.Tensor:
    """Precision of the posteriors in units of the prior's, (n, latents)."""
    x = torch.from_numpy(magnetised(500, 2).x)
    _, variance = model.prior_moments(torch.tensor([1.5]))
    with torch.no_grad():
        return variance / model.encode(x, 1.5)[1].exp()


def test_the_cap_holds_and_binds_in_a_trained_model(tmp_path):
    free, capped = trained(tmp_path / "free"), trained(tmp_path / "capped", precision_cap=2.0)
    assert ratio(free).max() > 4
    assert ratio(capped).max() <= 2.0 * (1 + 1e-5)
    assert ratio(capped).max() == pytest.approx(2.0, rel=1e-4)


@pytest.mark.parametrize("kind", ["spline", "autoregressive"])
def test_every_temperature_has_its_own_floor(kind):
    torch.manual_seed(0)
    prior = {"kind": kind, "layers": 1, "bins": 6, "bound": 4.0, "hidden": 8}
    model = VAE(toy(precision_cap=1.5, latents=2, prior=prior))
    if kind == "spline":
        shaken(model.prior, 3)
    with torch.no_grad():
        model.encoder.heads.bias[2:] = -5.0
        model.encoder.heads.weight.mul_(0.1)
        t = torch.tensor([2.0, 1.0, 2.0])
        _, log_variance = model.encode(torch.ones(3, 2, 2), t)
        _, variance = model.prior_moments(t)
    torch.testing.assert_close(log_variance.exp(), variance / 1.5, rtol=1e-5, atol=0)
    if kind == "spline":
        assert not torch.allclose(log_variance[0], log_variance[1])


def test_without_the_key_nothing_changes():
    assert "precision_cap" not in toy().plain()
    plain, loose = random_model(1), random_model(1, precision_cap=1e30)
    x, t = torch.ones(4, 2, 2), torch.full((4,), 1.5)
    for one, other in zip(plain.encode(x, t), loose.encode(x, t), strict=True):
        assert torch.equal(one, other)
    assert plain.state_dict().keys() == loose.state_dict().keys()
