"""Likelihoods are normalised, their samples follow them, and directors have no sign."""

import math

import numpy as np
import pytest
import torch
from scipy.integrate import dblquad

from latentfield.systems.nematic import TENSOR_BASIS
from latentfield.vae.parts import bingham as bingham_module
from latentfield.vae.parts.likelihoods import Directors, Spins


def sphere(polar: int = 96, azimuthal: int = 192) -> tuple[torch.Tensor, torch.Tensor]:
    """Directions (n, 1, 3) and weights (n,) of the uniform measure on the sphere."""
    cosine, weight = np.polynomial.legendre.leggauss(polar)
    phi = 2 * np.pi * (np.arange(azimuthal) + 0.5) / azimuthal
    sine = np.sqrt(1 - cosine**2)[:, None]
    n = np.stack([sine * np.cos(phi), sine * np.sin(phi), np.broadcast_to(cosine[:, None], (polar, azimuthal))], -1)
    weights = np.broadcast_to(weight[:, None] / (2 * azimuthal), (polar, azimuthal))
    return torch.tensor(n.reshape(-1, 1, 3), dtype=torch.float32), torch.tensor(weights.ravel().copy())


def bingham(g1: float, g2: float, seed: int = 0) -> torch.Tensor:
    """Site parameters (1, 5, 1) of eigenvalue gaps g1 = l2 - l3, g2 = l1 - l2 in a random frame."""
    axes = torch.linalg.qr(torch.randn(3, 3, generator=torch.Generator().manual_seed(seed)).double()).Q
    matrix = axes @ torch.diag(torch.tensor([0.0, g1, g1 + g2], dtype=torch.float64)) @ axes.T
    return torch.einsum("kij,ij->k", torch.tensor(TENSOR_BASIS), matrix).float().reshape(1, 5, 1)


GAPS = [(0.0, 0.0), (0.5, 0.2), (5.0, 0.0), (0.0, 5.0), (5.0, 5.0), (10.0, 20.0)]
gaps = pytest.mark.parametrize(("g1", "g2"), GAPS)


@pytest.mark.parametrize("strength", [0.0, 1e-3, 1.0, 30.0])
def test_the_compiled_normaliser_is_that_of_torch(strength):
    """Values and gradients, isotropy and any number of axes of sites included."""
    likelihood = Directors()
    b = strength * torch.randn(7, 5, 3, 4, generator=torch.Generator().manual_seed(0))
    weight = torch.linspace(-1, 2, 84).view(7, 3, 4)
    found = []
    for way in (
        likelihood.log_normaliser,
        lambda b: bingham_module.log_normaliser(likelihood.matrix(b), likelihood.u, likelihood.w),
    ):
        leaf = b.clone().requires_grad_()
        value = way(leaf)
        found.append((value.detach(), torch.autograd.grad((value * weight).sum(), leaf)[0]))
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, rtol=2e-5, atol=1e-5)


@pytest.mark.parametrize("strength", [0.0, 1e-3, 1.0, 30.0])
def test_the_compiled_likelihood_of_directors_is_exponent_less_normaliser(strength):
    likelihood, generator = Directors(), torch.Generator().manual_seed(2)
    b = (strength * torch.randn(7, 5, 3, 4, generator=generator)).requires_grad_()
    n = torch.nn.functional.normalize(torch.randn(7, 3, 4, 3, generator=generator), dim=-1)
    slow = ((likelihood.encode(n) * b).sum(1) - likelihood.log_normaliser(b)).flatten(1).sum(1)
    weight = torch.linspace(-1, 2, 7)
    values = likelihood.log_prob(n, b), slow
    gradients = [torch.autograd.grad((value * weight).sum(), b)[0] for value in values]
    for one, other in (values, gradients):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-5 * (1 + strength))


@pytest.mark.parametrize("strength", [1e-3, 1.0, 20.0, 1e4])
def test_the_compiled_likelihood_of_spins_is_that_of_torch(strength):
    """Values and gradients, of confident logits too: single precision against double."""
    generator = torch.Generator().manual_seed(3)
    x = (2 * torch.randint(2, (9, 5, 7), generator=generator) - 1).to(torch.int8)
    logits = strength * torch.randn(9, 1, 5, 7, generator=generator)
    weight, found = torch.linspace(-1, 2, 9), []
    for kind in (torch.float32, torch.float64):
        leaf = logits.to(kind).requires_grad_()
        value = Spins().log_prob(x, leaf)
        found.append((value.detach().double(), torch.autograd.grad((value * weight).sum(), leaf)[0].double()))
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-6, atol=1e-9)


def test_parameters_of_another_number_of_sites_are_refused():
    """Not read beyond their end by compiled code."""
    with pytest.raises(RuntimeError, match="shape"):
        Spins().log_prob(torch.ones(3, 4, dtype=torch.int8), torch.zeros(1, 1, 4))
    with pytest.raises(RuntimeError, match="shape"):
        Directors().log_prob(torch.ones(3, 4, 3), torch.zeros(1, 5, 4))


def test_probabilities_of_all_spin_states_sum_to_one():
    states = torch.tensor(2 * (np.arange(64)[:, None] >> np.arange(6) & 1) - 1, dtype=torch.int8).reshape(64, 2, 3)
    logits = torch.randn(1, 1, 2, 3, generator=torch.Generator().manual_seed(0)) * 3
    log_p = Spins().log_prob(states, logits.expand(64, -1, -1, -1))
    assert log_p.double().exp().sum().item() == pytest.approx(1, abs=1e-6)
    p = torch.sigmoid(logits[0, 0])
    first = torch.where(states[37] > 0, p, 1 - p).log().sum()
    torch.testing.assert_close(log_p[37], first)


def test_sure_spins_cost_nothing_and_wrong_ones_their_logit():
    """sigmoid and log one after the other would give -inf, and a loss that is not a number."""
    x = torch.tensor([[1], [-1]], dtype=torch.int8)
    torch.testing.assert_close(Spins().log_prob(x, torch.full((2, 1, 1), 200.0)), torch.tensor([0.0, -200.0]))


def test_spin_samples_follow_their_logits():
    logits = torch.tensor([-3.0, -0.5, 0.0, 2.0]).reshape(1, 1, 4).expand(40_000, -1, -1)
    x = Spins().sample(logits, torch.Generator().manual_seed(1))
    assert x.dtype == torch.int8 and set(x.unique().tolist()) == {-1, 1}
    p = torch.sigmoid(logits[0, 0])
    error = 4 * (p * (1 - p) / 40_000).sqrt()
    assert ((x > 0).float().mean(0) - p).abs().le(error).all()
    torch.testing.assert_close(Spins().encode(x), x.float()[:, None])
    torch.testing.assert_close(Spins().mean_features(logits)[0, 0], 2 * p - 1)


@gaps
@pytest.mark.parametrize("seed", [0, 1])
def test_the_bingham_density_integrates_to_one(g1, g2, seed):
    n, weight = sphere()
    log_p = Directors().log_prob(n, bingham(g1, g2, seed).expand(len(n), -1, -1))
    assert (weight * log_p.double().exp()).sum().item() == pytest.approx(1, abs=2e-5)


def test_isotropic_directors_cost_nothing():
    """Nats are counted relative to the uniform measure: without it a nematic's -ELBO would be off by N ln 4 pi."""
    n, _ = sphere(8, 8)
    log_p = Directors().log_prob(n, bingham(0, 0).expand(len(n), -1, -1))
    torch.testing.assert_close(log_p, torch.zeros(len(n)), atol=3e-6, rtol=0)


def exact_log_normaliser(g1: float, g2: float) -> float:
    """ln of the average of exp(g1 y^2 + (g1 + g2) z^2 - g1 - g2) over the sphere, by two-dimensional quadrature."""

    def integrand(phi: float, cosine: float) -> float:
        sine2 = 1 - cosine**2
        return math.exp(g1 * sine2 * math.sin(phi) ** 2 + (g1 + g2) * (cosine**2 - 1))

    total, _ = dblquad(integrand, 0, 1, 0, math.pi / 2, epsabs=1e-12, epsrel=1e-10)
    return math.log(total * 2 / math.pi)


def log_normaliser(parameters: torch.Tensor) -> torch.Tensor:
    likelihood = Directors()
    return bingham_module.log_normaliser(likelihood.matrix(parameters), likelihood.u, likelihood.w)


@pytest.mark.parametrize(
    ("g1", "g2", "tolerance"),
    [
        *((g1, g2, 4e-6) for g1, g2 in GAPS),
        (0.0, 30.0, 2e-5),
        (30.0, 0.0, 2e-5),
        (30.0, 30.0, 3e-5),
        (100.0, 100.0, 1e-4),
    ],
)
def test_log_normaliser_equals_quadrature_over_the_sphere(g1, g2, tolerance):
    """The matrix is traceless, so the exact value with eigenvalues 0, g1, g1 + g2 is shifted by a third of their sum."""
    found = log_normaliser(bingham(g1, g2)).item()
    exact = exact_log_normaliser(g1, g2) + (g1 + g2) - (2 * g1 + g2) / 3
    assert found == pytest.approx(exact, abs=tolerance)


def test_the_gradient_of_the_log_normaliser_is_the_mean_of_the_features():
    """d ln F / d b_k = <a_k(n)>, at isotropy and where two eigenvalues agree as well; also by finite differences."""
    n, weight = sphere()
    for g1, g2 in GAPS:
        b = bingham(g1, g2, seed=3).requires_grad_()
        (gradient,) = torch.autograd.grad(log_normaliser(b).sum(), b)
        p = weight * Directors().log_prob(n, b.expand(len(n), -1, -1)).double().exp()
        mean = (p @ Directors().encode(n)[:, :, 0].double()).detach()
        torch.testing.assert_close(gradient[0, :, 0].double(), mean, atol=2e-5, rtol=0)
        torch.testing.assert_close(Directors().mean_features(b), gradient)


def test_strong_fields_do_not_overflow():
    parameters = torch.cat([bingham(g1, g2) for g1, g2 in ((0, 1e4), (500, 500), (1e4, 1e4), (1e4, 0))])
    parameters.requires_grad_()
    found = log_normaliser(parameters)
    (gradient,) = torch.autograd.grad(found.sum(), parameters)
    assert torch.isfinite(found).all() and torch.isfinite(gradient).all()
    assert (gradient.norm(dim=1) < math.sqrt(2 / 3) * 1.001).all()


def by_torch(parameters: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Draws as on a GPU."""
    return bingham_module.draw(Directors().matrix(parameters).flatten(2), generator).unsqueeze(1)


@pytest.mark.parametrize("sample", [Directors().sample, by_torch], ids=["compiled", "torch"])
@gaps
def test_director_samples_follow_the_density(g1, g2, sample):
    """Second moments of 40,000 draws against quadrature of exp(log_prob), within five standard errors."""
    likelihood, parameters = Directors(), bingham(g1, g2, seed=5)
    n, weight = sphere()
    p = weight * likelihood.log_prob(n, parameters.expand(len(n), -1, -1)).double().exp()
    truth = torch.einsum("q,qi,qj->ij", p, n[:, 0].double(), n[:, 0].double())
    x = sample(parameters.expand(40_000, -1, -1), torch.Generator().manual_seed(2))
    assert x.shape == (40_000, 1, 3)
    torch.testing.assert_close(x.norm(dim=-1), torch.ones(40_000, 1), atol=1e-5, rtol=0)
    products = torch.einsum("ni,nj->nij", x[:, 0].double(), x[:, 0].double())
    error = products.std(0) / math.sqrt(len(x))
    assert ((products.mean(0) - truth).abs() < 5 * error + 1e-6).all()


def test_directors_have_no_sign():
    likelihood = Directors()
    generator = torch.Generator().manual_seed(3)
    x = torch.nn.functional.normalize(torch.randn(20, 2, 2, 3, generator=generator), dim=-1)
    flipped = x * (2 * torch.randint(0, 2, (20, 2, 2, 1), generator=generator) - 1)
    parameters = torch.randn(20, 5, 2, 2, generator=generator)
    torch.testing.assert_close(likelihood.encode(x), likelihood.encode(flipped))
    torch.testing.assert_close(likelihood.log_prob(x, parameters), likelihood.log_prob(flipped, parameters))


def test_features_are_the_coordinates_of_the_traceless_tensor():
    """Their squared length is that of n n^T - I/3, which is 2/3; a director along z has only the second coordinate."""
    features = Directors().encode(torch.tensor([[[0.0, 0.0, 1.0]], [[1.0, 0.0, 0.0]], [[0.6, 0.0, 0.8]]]))
    torch.testing.assert_close(features.square().sum(1), torch.full((3, 1), 2 / 3))
    torch.testing.assert_close(features[0, :, 0], torch.tensor([0, math.sqrt(2 / 3), 0, 0, 0]))
    torch.testing.assert_close(features[2, 3, 0], torch.tensor(0.48 * math.sqrt(2)))


def test_sites_add_up_and_keep_their_own_parameters():
    """A transposed reshape between sites and channels would mix them."""
    generator = torch.Generator().manual_seed(4)
    x = torch.nn.functional.normalize(torch.randn(3, 2, 4, 3, generator=generator), dim=-1)
    parameters = 3 * torch.randn(3, 5, 2, 4, generator=generator)
    parts = [Directors().log_prob(x[:, i, j, None], parameters[:, :, i, j, None]) for i in range(2) for j in range(4)]
    torch.testing.assert_close(Directors().log_prob(x, parameters), sum(parts))
    drawn = Directors().sample(300 * parameters, torch.Generator().manual_seed(0))
    axes = torch.linalg.eigh(torch.einsum("bkij,kxy->bijxy", parameters, Directors().basis)).eigenvectors[..., -1]
    assert ((drawn * axes).sum(-1).abs() > 0.97).all()


@pytest.mark.parametrize("strength", [0.0, 1e-20, 1e-6])
def test_gradients_are_finite_near_isotropy(strength):
    """There the mean of n n^T is 1/3 + 2 B / 15, whatever the direction of B."""
    parameters = strength * bingham(1.0, 2.0).requires_grad_()
    (gradient,) = torch.autograd.grad(log_normaliser(parameters).sum(), parameters)
    torch.testing.assert_close(gradient, 2 / 15 * parameters.detach(), atol=2e-6, rtol=0)
