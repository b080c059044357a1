"""The mixture prior: its compiled density and gradients against torch in double precision, its start, and what it can hold."""

import math

import pytest
import torch

from latentfield.vae.parts.mixture_prior import MixturePrior, log_marginals
from latentfield.vae.posterior import log_normal


def prior(latents: int = 3, components: int = 21) -> MixturePrior:
    torch.manual_seed(0)
    made = MixturePrior(latents, components)
    with torch.no_grad():
        made.curve.values += 0.5 * torch.randn_like(made.curve.values)
    return made


def rows(latents: int = 3) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    times = torch.linspace(-1.5, 1.5, 4)[torch.randint(4, (200,), generator=generator)]
    return 2 * torch.randn(200, latents, generator=generator), times[:, None]


def test_the_compiled_density_and_its_gradients_are_those_of_torch():
    """Weights of rows and latents differ, so that every term of the gradients counts."""
    compiled, (z, t) = prior(), rows()
    exact = prior().double()
    weight = torch.linspace(-1, 2, z.numel(), dtype=torch.float64).view(z.shape)
    found = []
    for made in (compiled, exact):
        leaf = z.to(made.curve.values.dtype).requires_grad_()
        value = made.log_prob(leaf, t.to(leaf))
        gradients = torch.autograd.grad((value * weight.to(value)).sum(), (leaf, made.curve.values))
        found.append([value.detach().double(), *(gradient.double() for gradient in gradients)])
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, rtol=2e-4, atol=2e-4)


def test_a_density_is_the_sum_over_components():
    made, (z, t) = prior().double(), (part.double() for part in rows())
    log_weight, mean, log_width = made.parts(t)
    normal = log_normal(((z[:, :, None] - mean) / log_width.exp()).square(), 2 * log_width).sum(1)
    torch.testing.assert_close(made.log_prob(z, t).sum(1), (log_weight + normal).logsumexp(1))
    marginals = log_marginals(z, log_weight, mean, log_width)
    torch.testing.assert_close(marginals.diff(dim=1, prepend=0 * marginals[:, :1]), made.log_prob(z, t))


@pytest.mark.parametrize("same", [True, False])
def test_the_joint_density_is_the_sum_over_latents(same):
    """At one temperature by matrix products, which must not lose the narrow components to cancellation."""
    made, (z, t) = prior(), rows()
    t = torch.full_like(t, 0.4) if same else t
    torch.testing.assert_close(made.log_joint(z, t), made.log_prob(z, t).sum(1), rtol=1e-5, atol=1e-4)
    some = z.view(4, 50, 3)
    torch.testing.assert_close(made.log_joint(some, t[:50]), made.log_prob(some, t[:50]).sum(2), rtol=1e-5, atol=1e-4)


def test_far_from_all_components_it_is_finite():
    made = prior()
    z = torch.tensor([[300.0, -300.0, 300.0]], requires_grad=True)
    value = made.log_prob(z, torch.zeros(1, 1)).sum()
    assert torch.isfinite(value) and torch.isfinite(torch.autograd.grad(value, z)[0]).all()


@torch.no_grad()
def test_it_starts_near_the_normal_distribution():
    torch.manual_seed(3)
    mean, variance = MixturePrior(2, 2000).moments(torch.zeros(1, 1))
    torch.testing.assert_close(mean, torch.zeros(1, 2), atol=0.1, rtol=0)
    torch.testing.assert_close(variance, torch.ones(1, 2), atol=0.1, rtol=0)


def test_it_learns_latents_that_exclude_one_another():
    """z = (+-2, 0) or (0, +-2): four modes with ln p known, of which a product of priors makes nine."""
    torch.manual_seed(5)
    made, t, width = MixturePrior(2, 16), torch.zeros(400, 1), 0.3
    optimiser = torch.optim.Adam(made.parameters(), lr=0.05)
    generator = torch.Generator().manual_seed(6)

    def draw(n: int) -> torch.Tensor:
        modes = torch.tensor([[2.0, 0], [-2, 0], [0, 2], [0, -2]])[torch.randint(4, (n,), generator=generator)]
        return modes + width * torch.randn(n, 2, generator=generator)

    for _ in range(300):
        optimiser.zero_grad()
        (-made.log_prob(draw(400), t).sum(1).mean()).backward()
        optimiser.step()
    with torch.no_grad():
        found = -made.log_prob(draw(20_000), torch.zeros(20_000, 1)).sum(1).mean().item()
    entropy = math.log(4) + 2 * (0.5 * math.log(2 * math.pi * math.e) + math.log(width))
    assert found == pytest.approx(entropy, abs=0.06)
