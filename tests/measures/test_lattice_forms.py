"""Forms of a torus from products of neighbours, against a convolution."""

import pytest
import torch

from latentfield.errors import LatentfieldError
from latentfield.measures.lattice_forms import form_weights, neighbour_products, neighbourhood_forms


def convolved(x, w):
    rows, columns = x.shape[2:]
    around = x[:, :, (torch.arange(rows + 2) - 1) % rows][..., (torch.arange(columns + 2) - 1) % columns]
    return torch.nn.functional.conv2d(around, w).square().sum((2, 3))


@pytest.mark.parametrize(
    "channels, rows, columns", [(2, 16, 16), (3, 5, 7), (10, 4, 6), (2, 3, 3), (2, 2, 2), (1, 1, 4)]
)
def test_forms_and_their_gradient_are_those_of_a_convolution(channels, rows, columns):
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(7, channels, rows, columns, generator=generator)
    w = torch.randn(8, channels, 3, 3, generator=generator, requires_grad=True)
    upstream = torch.randn(7, 8, generator=generator)
    exact = convolved(x.double(), w.double())
    (truth,) = torch.autograd.grad((exact * upstream).sum(), w)
    for found in (neighbour_products(x).flatten(1) @ form_weights(w).flatten(1).T, neighbourhood_forms(x, w)):
        assert torch.allclose(found.double(), exact, rtol=1e-5)
        (slope,) = torch.autograd.grad((found * upstream).sum(), w)
        assert torch.allclose(slope, truth, rtol=1e-4, atol=1e-4 * float(truth.abs().max()))


def test_other_shapes_are_refused():
    with pytest.raises(LatentfieldError, match="got 3 axes"):
        neighbourhood_forms(torch.zeros(2, 3, 4), torch.zeros(8, 3, 3, 3))
