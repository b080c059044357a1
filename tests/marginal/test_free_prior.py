"""Shares of nodes: the maximum of a concave likelihood, told by its conditions and by another way to it."""

import numpy as np
import pytest

from latentfield.marginal.free_prior import best_shares


def ratios(nodes: int, wide: float = 1.0) -> np.ndarray:
    """Densities of 600 points of two heaps at nodes on a line, over their mean; `wide` is how far the nodes go beyond."""
    rng = np.random.default_rng(0)
    x = rng.choice([-1.0, 1.0], 600) + 0.3 * rng.normal(size=600)
    density = np.exp(-((x[:, None] - np.linspace(-2 * wide, 2 * wide, nodes)) ** 2) / (2 * 0.3**2))
    return (density / density.mean(1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize(("nodes", "wide"), [(2, 0.5), (30, 1.0), (60, 4.0)])
def test_no_other_shares_are_more_likely(nodes, wide):
    """The mean of p(x|z_g) / p(x) is 1 at nodes that are kept and at most 1 at the others (Lindsay 1983)."""
    ratio = ratios(nodes, wide)
    share = best_shares(ratio, np.full(nodes, 1 / nodes))
    height = (ratio / (ratio @ share)[:, None]).mean(0)
    assert share.min() >= 0 and share.sum() == pytest.approx(1)
    assert height.max() < 1 + 1e-3
    assert np.abs(height[share > 1e-4] - 1).max() < 1e-3


def test_nodes_that_are_not_needed_weigh_nothing():
    """Sixty nodes around two heaps: a mixture of few of them is the most likely (Lindsay 1983)."""
    share = best_shares(ratios(60), np.full(60, 1 / 60))
    assert 2 <= (share > 0).sum() < 20


def test_ten_thousand_rounds_of_expectation_and_maximisation_end_below():
    """From bad shares as well, among them one of next to nothing."""
    ratio, first = ratios(40), np.full(40, 1e-12)
    first[5] = 1 - 39e-12
    share = first.copy()
    for _ in range(10_000):
        share *= (1 / (ratio @ share)) @ ratio / len(ratio)
    found = best_shares(ratio, first)
    likelihood = [np.log(ratio.astype(float) @ one).mean() for one in (first, share, found)]
    assert likelihood[2] > likelihood[1] - 1e-6 > likelihood[0]
    assert likelihood[2] < likelihood[1] + 1e-3


def test_one_node_has_all():
    assert best_shares(ratios(1), np.ones(1)) == pytest.approx([1.0])
