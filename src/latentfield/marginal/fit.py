"""From words to a decoder and a prior that is free on nodes, by expectation and maximisation.

Rounds are cheap on some of the words, so that most are done there; the last ones see all. A linear decoder has nodes that move;
those whose weight vanishes are dropped, and where the certificate says that another prior would gain, nodes are added
(`free_prior`). A curved decoder has nodes on a grid, and is chosen among its rounds by validation words.
"""

from __future__ import annotations

from typing import NamedTuple, cast

import numpy as np

from latentfield.arrays import FloatArray, Words
from latentfield.marginal.active import Active
from latentfield.marginal.curved import Network, surface
from latentfield.marginal.decoder import Linear
from latentfield.marginal.expectation import Expected, expect
from latentfield.marginal.free_prior import ADDED, best_prior, log_shares
from latentfield.marginal.linear import improve_decoder, improve_nodes
from latentfield.marginal.model import Marginal, gauged
from latentfield.vae.principal import principal

RANGE = 4.0
"""Of the first nodes, in standard deviations of the first latents."""
LEAST = 1e-2
"""Expected words below which a node is dropped."""
FEWEST_NODES = 100
"""Of a curved decoder; else it has no more than there are words."""


class LinearSettings(NamedTuple):
    """How long, and how finely, for linear decoders."""

    nodes: tuple[int, ...] = (41, 15, 9)
    """Along an axis at the start, by number of latents."""
    first: int = 20_000
    """Words of the first rounds."""
    rounds: int = 100
    """Rounds on them."""
    last: int = 6
    """Rounds on all words before each certificate."""
    certificates: int = 3
    """How often nodes are added on the way, where there is one temperature."""
    closing: int = 6
    """How often at the end, at most, when the decoder stays as it is."""
    gain: float = 0.003
    """Nats per word that another prior may gain."""


class CurvedSettings(NamedTuple):
    """The same for curved ones."""

    nodes: tuple[int, ...] = (200, 24, 9)
    """Along an axis."""
    width: int = 128
    """Of the hidden layers."""
    first: int = 30_000
    """Words of the first rounds."""
    rounds: int = 60
    """Rounds on them."""
    last: int = 14
    """Rounds on all words."""
    steps: int = 20
    """Steps of the network in a round."""
    rate: float = 3e-3
    """Their learning rate, which falls to zero over the last rounds."""
    patience: int = 8
    """Rounds without a gain on validation words after which the last ones begin, or the fit ends."""


def fit_linear(train: Words, latents: int, seed: int = 0, settings: LinearSettings | None = None) -> Marginal:
    """The fit of words ±1 (n, sites) with so many latents, 1 to 3, and a linear decoder, in its gauge (`model.gauged`)."""
    chosen = settings or LinearSettings()
    rng = np.random.default_rng(seed)
    words, some = _all_and_some(train, chosen.first, rng)
    model, decoder = start(train, latents, chosen.nodes[latents - 1], rng)
    centre = decoder.bias
    for _ in range(chosen.rounds):
        model, decoder = improve(model, decoder, some, centre)
    for _ in range(chosen.certificates):
        for _ in range(chosen.last):
            model, decoder = improve(model, decoder, words, centre)
        model = best_prior(model, words, 1, chosen.gain)
    for _ in range(chosen.last):
        model, decoder = improve(model, decoder, words, centre)
    # Three latents have more places where words are unlikely than two.
    closed = best_prior(gauged(model, decoder), words, chosen.closing, chosen.gain, ADDED * max(1, latents - 1))
    return gauged(closed, cast(Linear, closed.decoder))


def fit_curved(
    train: Words, validation: Words, latents: int, seed: int = 0, settings: CurvedSettings | None = None
) -> Marginal:
    """The fit of words ±1 (n, sites) with so many latents and a curved decoder; that of the best round on validation words."""
    chosen = settings or CurvedSettings()
    rng = np.random.default_rng(seed)
    words, some = _all_and_some(train, chosen.first, rng)
    held = Active.of(validation, words.usual)
    most_nodes = max(FEWEST_NODES, len(train))
    node = surface(latents, min(chosen.nodes[latents - 1], round(most_nodes ** (1 / latents))))
    _, begin = start(train, latents, 2, rng)
    network = Network(Linear(2 * begin.weight, begin.bias), chosen.width, chosen.rate, seed)
    model = best = Marginal(np.full(len(node), -np.log(len(node))), node, network.decoder())
    most, waited = -np.inf, 0
    plan = [(some, 1.0)] * chosen.rounds + [(words, 1 - late / chosen.last) for late in range(chosen.last)]
    step = 0
    while step < len(plan):
        seen, slower = plan[step]
        found = expect(seen, model.log_weight, model.logit)
        network.improve(found, node, chosen.steps, chosen.rate * slower)
        model = Marginal(log_shares(found.weight + LEAST), node, network.decoder())
        value = expect(held, model.log_weight, model.logit).log_p.mean()
        best, most, waited = (model, value, 0) if value > most else (best, most, waited + 1)
        step += 1
        if waited > chosen.patience:
            step, waited = (chosen.rounds, 0) if step < chosen.rounds else (len(plan), 0)
    return best


def start(train: Words, latents: int, side: int, rng: np.random.Generator) -> tuple[Marginal, Linear]:
    """Normal latents on a regular grid, and a decoder along the leading eigenvectors of the correlations, in a random rotation."""
    weight, bias = principal(train, latents)
    turn = np.linalg.qr(rng.normal(size=(latents, latents)))[0]
    node = RANGE * surface(latents, side)
    decoder = Linear(weight @ turn, bias)
    return Marginal(log_shares(np.exp(-0.5 * (node**2).sum(1))), node, decoder), decoder


def improve(model: Marginal, decoder: Linear, words: Active, bias: FloatArray) -> tuple[Marginal, Linear]:
    """One round: weights, decoder, then nodes, each raising what the expectation left to raise; `bias` as in `improve_decoder`."""
    found = expect(words, model.log_weight, model.logit)
    kept = found.weight > LEAST
    found = Expected(found.log_p, found.weight[kept], found.active[kept])
    decoder = improve_decoder([found], model.node[kept], decoder, bias)
    node = improve_nodes([found], model.node[kept], decoder)
    return Marginal(log_shares(found.weight), node, decoder), decoder


def _all_and_some(train: Words, first: int, rng: np.random.Generator) -> tuple[Active, Active]:
    words = Active.of(train)
    return words, Active.of(train[rng.permutation(len(train))[:first]], words.usual) if len(train) > first else words
