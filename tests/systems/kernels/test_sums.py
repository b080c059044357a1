"""Sums whose order the number of terms decides, in the first process that compiles them and in every later one."""

import os
import subprocess
import sys

import numpy as np
import pytest

from latentfield.systems.kernels.sums import LANES, lane_max, lane_sum

# What a first process compiles, a second one finds: a mixture prior with its gradient, an aggregate posterior, responsibilities.
SCRIPT = """
import hashlib, numpy as np, torch
from latentfield.marginal.active import Active
from latentfield.marginal.expectation import expect
from latentfield.measures.aggregate import log_aggregate
from latentfield.vae.parts.mixture_prior import MixturePrior
from latentfield.vae.posterior import Posterior
torch.manual_seed(0)
prior, z = MixturePrior(3, 77), torch.randn(50, 3, requires_grad=True)
prior.log_prob(z, torch.zeros(50, 1)).sum().backward()
posterior = Posterior(torch.randn(1234, 3), torch.randn(1234, 3) - 2)
aggregate = log_aggregate(posterior.mean[:40], torch.arange(40), posterior, torch.arange(1234))
rng = np.random.default_rng(0)
words = Active.of(rng.choice([-1, 1], (500, 20)).astype(np.int8))
expected = expect(words, np.zeros(77), rng.normal(size=(77, 20)))
found = [z.grad.numpy(), *(p.grad.numpy() for p in prior.parameters()), aggregate, *expected]
print(hashlib.sha256(b"".join(np.ascontiguousarray(array).tobytes() for array in found)).hexdigest())
"""


@pytest.mark.parametrize("n", [0, 1, LANES - 1, LANES, 5 * LANES + 3])
def test_a_sum_by_hand(n):
    x = np.random.default_rng(n).normal(size=n)
    lanes = [x[k::LANES] for k in range(LANES)]
    expected = sum(sum(lane.tolist()) for lane in lanes)
    assert lane_sum(x, np.empty(LANES)) == pytest.approx(expected, abs=1e-15, rel=1e-15)
    assert lane_sum(x.astype(np.float32), np.empty(LANES)) == pytest.approx(x.astype(np.float32).sum(), rel=1e-6)


@pytest.mark.parametrize("n", [1, LANES - 1, LANES, 5 * LANES + 3])
def test_the_largest_is_found_wherever_it_stands(n):
    x = np.random.default_rng(n).normal(size=n).astype(np.float32)
    assert all(lane_max(np.roll(x, k), np.empty(LANES, np.float32)) == x.max() for k in range(n))


@pytest.mark.slow
def test_the_process_that_compiles_finds_the_digits_of_those_that_follow(tmp_path):
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    first, second = (
        subprocess.run(
            [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    )
    assert first == second
