"""Milliseconds of the parts of a training step and of an evaluation, each beside a peer: zuko's splines, the same in torch.

    splines, likelihoods, mixture prior   forward and backward, a batch of 512 at the temperatures of the data
    draws of directors                    256 configurations of 144, as a ratio network sees them
    aggregate posterior                   1,000 draws of five latents under 10,000 posteriors

With the sizes of params.yaml, one thread; ours and the peer in turn, so that a machine whose speed drifts treats both alike.
Usage: python benchmarks/train_parts.py [--rounds 30]
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import logsigmoid
from zuko.transforms import MonotonicRQSTransform

from latentfield.measures.aggregate import log_aggregate
from latentfield.pipeline import params
from latentfield.vae.parts import bingham
from latentfield.vae.parts.likelihoods import Directors, Spins
from latentfield.vae.parts.mixture_prior import MixturePrior, log_marginals
from latentfield.vae.parts.priors import AutoregressivePrior, SplinePrior
from latentfield.vae.posterior import Posterior, log_normal

BATCH, SPINS, DIRECTORS = 512, 256, 144
T = torch.linspace(-1.7, 1.7, 16)
Way = Callable[[], Tensor]


class Part(NamedTuple):
    """Two ways to the same numbers, or, of draws, to the same law."""

    ours: Way
    peer: Way
    equal: bool = True
    backward: bool = True


def main() -> None:
    """Print the table and write benchmarks/results/train_parts.json."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=30)
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    torch.manual_seed(0)
    found = {}
    for name, part in {**_priors(), **_likelihoods(), **_evaluation()}.items():
        if part.equal:
            torch.testing.assert_close(part.ours(), part.peer(), rtol=1e-3, atol=2e-3)
        ways = part.ours, part.peer
        times = np.array([[_milliseconds(way, part.backward) for way in ways] for _ in range(rounds)])
        one, other = np.median(times, 0)
        found[name] = {"ours_ms": one, "peer_ms": other, "ratio": other / one}
        print(f"{name:38} ours {one:7.2f} ms   peer {other:7.2f} ms   {other / one:.1f} times", flush=True)
    out = Path(__file__).parent / "results" / "train_parts.json"
    out.write_text(json.dumps({"threads": 1, "batch": BATCH, "parts": found}, indent=2) + "\n")


def _milliseconds(way: Way, backward: bool) -> float:
    start = time.perf_counter()
    value = way()
    if backward:
        value.sum().backward()
    return 1e3 * (time.perf_counter() - start)


def _priors() -> dict[str, Part]:
    entries = params.load().train
    chosen = entries["hopfield"], entries["maier_saupe"], entries["hopfield_joint"]
    made = [
        kind(entry.latents, **entry.prior.options)
        for kind, entry in zip((SplinePrior, AutoregressivePrior, MixturePrior), chosen, strict=True)
    ]
    factorised, autoregressive, mixture = made
    for network in (*factorised.networks, *autoregressive.networks):
        torch.nn.init.normal_(list(network.children())[-1].weight, std=0.05)
    t = T[torch.randint(16, (BATCH, 1))]
    z = [torch.randn(BATCH, prior.latents, requires_grad=True) for prior in made]

    def by_torch() -> Tensor:
        marginals = log_marginals(z[2], *mixture.parts(t))
        return marginals.diff(dim=-1, prepend=torch.zeros_like(marginals[:, :1]))

    return {
        "splines, product over latents": Part(lambda: factorised.log_prob(z[0], t), lambda: _zuko(factorised, z[0], t)),
        "splines, joint": Part(lambda: autoregressive.log_prob(z[1], t), lambda: _zuko(autoregressive, z[1], t)),
        f"mixture of {mixture.components} Gaussians": Part(lambda: mixture.log_prob(z[2], t), by_torch),
    }


def _likelihoods() -> dict[str, Part]:
    spins, directors = Spins(), Directors()
    x = (2 * torch.randint(2, (BATCH, SPINS)) - 1).to(torch.int8)
    logits = torch.randn(BATCH, 1, SPINS, requires_grad=True)
    n = torch.nn.functional.normalize(torch.randn(BATCH, DIRECTORS, 3), dim=-1)
    b = (3 * torch.randn(BATCH, 5, DIRECTORS)).requires_grad_()

    def by_torch() -> Tensor:
        normaliser = bingham.log_normaliser(directors.matrix(b), directors.u, directors.w)
        return ((directors.encode(n) * b).sum(1) - normaliser).sum(1)

    return {
        "likelihood of 256 spins": Part(
            lambda: spins.log_prob(x, logits), lambda: logsigmoid(x * logits.reshape(x.shape)).sum(1)
        ),
        "likelihood of 144 directors": Part(lambda: directors.log_prob(n, b), by_torch),
    }


def _evaluation() -> dict[str, Part]:
    directors, b = Directors(), 3 * torch.randn(256, 5, DIRECTORS)
    posterior = Posterior(torch.randn(10_000, 5), torch.randn(10_000, 5) - 2)
    z, chain, chains = posterior.mean[:1000], torch.arange(1000) // 10, torch.arange(10_000) // 10

    def by_torch() -> Tensor:
        parts = []
        for rows in torch.arange(1000).split(512):
            log_density = posterior.double().log_densities(z[rows].double())
            log_density[chain[rows, None] == chains] = -torch.inf
            parts.append(torch.logsumexp(log_density, 1) - np.log(9990))
        return torch.cat(parts)

    return {
        "draws of 256 x 144 directors": Part(
            lambda: directors.sample(b), lambda: bingham.draw(directors.matrix(b).flatten(2)), False, False
        ),
        "aggregate posterior": Part(
            lambda: torch.from_numpy(log_aggregate(z, chain, posterior, chains)), by_torch, True, False
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
