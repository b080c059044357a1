"""The splines against those of zuko and their gradients against finite differences."""

import pytest
import torch
from zuko.transforms import MonotonicRQSTransform

from latentfield.vae.parts.splines import rational_quadratic

ROWS, LATENTS, BINS, BOUND = 40, 3, 5, 2.0


def made(groups: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    x = 2.5 * torch.randn(ROWS, LATENTS, generator=generator, dtype=torch.float64)
    parameters = 1.5 * torch.randn(groups, LATENTS * (3 * BINS - 1), generator=generator, dtype=torch.float64)
    return x, parameters


def by_zuko(x: torch.Tensor, parameters: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    parts = parameters.unflatten(-1, (LATENTS, 3 * BINS - 1)).split([BINS, BINS, BINS - 1], -1)
    return MonotonicRQSTransform(*parts, bound=BOUND).call_and_ladj(x)


def test_values_and_gradients_are_those_of_zuko():
    x, parameters = (tensor.requires_grad_() for tensor in made(ROWS))
    assert (x.abs() > BOUND).any() and (x.abs() < BOUND).any()
    found, expected = rational_quadratic(x, parameters, BINS, BOUND), by_zuko(x, parameters)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-10)
    weight = torch.linspace(-1, 2, ROWS * LATENTS, dtype=torch.float64).view(ROWS, LATENTS)
    loss = [(y * weight).sum() + (slope * weight.flip(0)).sum() for y, slope in (found, expected)]
    gradients = [torch.autograd.grad(one, (x, parameters)) for one in loss]
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-8, atol=1e-10)


def test_gradients_are_finite_differences():
    x, parameters = (tensor.requires_grad_() for tensor in made(2))
    group = torch.arange(ROWS) % 2
    assert torch.autograd.gradcheck(
        lambda x, p: rational_quadratic(x, p, BINS, BOUND, group), (x, parameters), atol=1e-6
    )


def test_rows_of_a_group_share_its_splines():
    x, parameters = made(4)
    group = torch.arange(ROWS) % 4
    together = rational_quadratic(x, parameters, BINS, BOUND, group)
    alone = rational_quadratic(x, parameters[group], BINS, BOUND)
    for one, other in zip(together, alone, strict=True):
        assert torch.equal(one, other)


def test_zeros_are_the_identity_and_half_precision_is_raised():
    x, _ = made(1)
    zeros, group = torch.zeros(1, LATENTS * (3 * BINS - 1)).bfloat16(), torch.zeros(ROWS).long()
    y, slope = rational_quadratic(x.float(), zeros, BINS, BOUND, group)
    torch.testing.assert_close(y, x.float())
    assert y.dtype == slope.dtype == torch.float32 and slope.abs().max() < 1e-6


@pytest.mark.parametrize("where", [-BOUND, BOUND])
def test_the_ends_are_joined_smoothly(where):
    _, parameters = made(1)
    x = torch.tensor([[where - 1e-9] * LATENTS, [where] * LATENTS, [where + 1e-9] * LATENTS], dtype=torch.float64)
    y, slope = rational_quadratic(x, parameters, BINS, BOUND, torch.zeros(3).long())
    torch.testing.assert_close(y, x, rtol=0, atol=1e-8)
    assert slope.abs().max() < 1e-6


@pytest.mark.parametrize("groups", [4, ROWS])
def test_the_compiled_splines_are_those_of_torch(groups):
    """Single precision against double: values, and gradients of x and of the network's outputs."""
    x, parameters = made(groups, seed=2)
    group = torch.arange(ROWS) % 4 if groups < ROWS else None
    weight = torch.linspace(-1, 2, ROWS * LATENTS, dtype=torch.float64).view(ROWS, LATENTS)
    found = []
    for kind in (torch.float32, torch.float64):
        leaves = [tensor.to(kind).requires_grad_() for tensor in (x, parameters)]
        y, slope = rational_quadratic(*leaves, BINS, BOUND, group)
        gradients = torch.autograd.grad(((y - slope.square()) * weight.to(kind)).sum(), leaves)
        found.append([tensor.detach().double() for tensor in (y, slope, *gradients)])
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)
