"""Milliseconds of a training step, part by part: splines beside zuko's, and the Bingham normaliser beside the same in torch.

Forward and backward of the priors of `hopfield` and `hopfield_joint` and of the normaliser of `maier_saupe` in params.yaml, for a
batch of 512 at the temperatures of the data, one thread; ours and the peer in turn, so that a machine whose speed drifts treats
both alike.
Usage: python benchmarks/train_parts.py [--rounds 30]
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from zuko.transforms import MonotonicRQSTransform

from latentfield.pipeline import params
from latentfield.vae.parts.bingham import log_normaliser
from latentfield.vae.parts.likelihoods import Directors
from latentfield.vae.parts.priors import AutoregressivePrior, SplinePrior
from latentfield.vae.posterior import log_normal

BATCH, DIRECTORS = 512, 144


def main() -> None:
    """Print the table and write benchmarks/results/train_parts.json."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=30)
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    torch.manual_seed(0)
    found = {}
    for name, (ours, peer) in _parts().items():
        torch.testing.assert_close(ours(), peer(), rtol=1e-3, atol=1e-3)
        times = np.array([[_milliseconds(way) for way in (ours, peer)] for _ in range(rounds)])
        one, other = np.median(times, 0)
        found[name] = {"ours_ms": one, "peer_ms": other, "ratio": other / one}
        print(f"{name:36} ours {one:6.2f} ms   peer {other:6.2f} ms   {other / one:.1f} times", flush=True)
    out = Path(__file__).parent / "results" / "train_parts.json"
    out.write_text(json.dumps({"threads": 1, "batch": BATCH, "parts": found}, indent=2) + "\n")


def _milliseconds(way: Callable[[], Tensor]) -> float:
    start = time.perf_counter()
    way().sum().backward()
    return 1e3 * (time.perf_counter() - start)


def _parts() -> dict[str, tuple[Callable[[], Tensor], Callable[[], Tensor]]]:
    """Ours and the peer's of each part; both give the same numbers."""
    entries = params.load().train
    product, joint = entries["hopfield"], entries["hopfield_joint"]
    factorised = SplinePrior(product.latents, **product.prior.options)
    autoregressive = AutoregressivePrior(joint.latents, **joint.prior.options)
    for network in (*factorised.networks, *autoregressive.networks):
        torch.nn.init.normal_(list(network.children())[-1].weight, std=0.05)
    z = torch.randn(BATCH, product.latents, requires_grad=True)
    t = torch.linspace(-1.7, 1.7, 16)[torch.randint(16, (BATCH, 1))]
    likelihood = Directors()
    b = (3 * torch.randn(BATCH, 5, DIRECTORS)).requires_grad_()
    return {
        "splines, product over latents": (lambda: factorised.log_prob(z, t), lambda: _zuko(factorised, z, t)),
        "splines, joint": (lambda: autoregressive.log_prob(z, t), lambda: _zuko(autoregressive, z, t)),
        "Bingham normaliser of 144 directors": (
            lambda: likelihood.log_normaliser(b),
            lambda: log_normaliser(likelihood.matrix(b), likelihood.u, likelihood.w),
        ),
    }


def _zuko(prior: SplinePrior | AutoregressivePrior, z: Tensor, t: Tensor) -> Tensor:
    """ln p(z|T) with a row of parameters for every configuration, differentiated by autograd."""
    bins, u, log_jacobian = prior.bins, z, torch.zeros_like(z)
    for network in prior.networks:
        seen = t if isinstance(prior, SplinePrior) else torch.cat([u, t], -1)
        parts = network(seen).unflatten(-1, (prior.latents, 3 * bins - 1)).split([bins, bins, bins - 1], -1)
        u, term = MonotonicRQSTransform(*parts, bound=prior.bound).call_and_ladj(u)
        log_jacobian = log_jacobian + term
    return log_jacobian + log_normal(u.square())


if __name__ == "__main__":
    main()
