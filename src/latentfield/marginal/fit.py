"""From words to a decoder and a prior that is free on nodes, by expectation and maximisation.

Rounds are cheap on some of the words, so that most are done there; the last ones see all. A linear decoder has nodes that move;
those whose weight vanishes are dropped, and where the certificate says that another prior would gain, nodes are added at the places
that it names, as heavy as is best for the likelihood when all others keep their proportions (Lesperance and Kalbfleisch 1992, J.
Am. Stat. Assoc. 87, 120). A curved decoder has nodes on a grid, and is chosen among its rounds by validation words.
"""

from __future__ import annotations

from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from latentfield.arrays import FloatArray, Words
from latentfield.marginal.active import Active
from latentfield.marginal.certificate import FEW, PLACES, around, certify
from latentfield.marginal.curved import Network, surface
from latentfield.marginal.decoder import Linear
from latentfield.marginal.expectation import Expected, expect, ratios
from latentfield.marginal.linear import improve_decoder, improve_nodes
from latentfield.marginal.model import Marginal, gauged

RANGE = 4.0
"""Of the first nodes, in standard deviations of the first latents."""
LEAST = 1e-2
"""Expected words below which a node is dropped."""
FEWEST_NODES = 100
"""Of a curved decoder; else it has no more than there are words."""
ADDED, BALANCES, ALL_BALANCES = 16, 60, 400
"""Nodes added at most after a certificate; rounds in which their weights are found, and those of all nodes."""
FEW_RATIOS = 20_000_000
"""Ratios, of words by nodes, that are held at once; where there are more, old nodes keep their proportions when new ones come."""


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
    """How often nodes are added on the way."""
    closing: int = 12
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
    p = ((train > 0).sum(0) + 0.5) / (len(train) + 1)
    scale = np.sqrt(p * (1 - p))
    z = (((train > 0) - p) / scale).astype(np.float32)
    values, vectors = np.linalg.eigh((z.T @ z / len(train)).astype(float))
    loading = vectors[:, -latents:] * np.sqrt(np.maximum(values[-latents:] - 1, 0.05))
    # More latents than sites have no directions of their own, and say no more than as many.
    loading = np.pad(loading, ((0, 0), (latents - loading.shape[1], 0)))
    turn = np.linalg.qr(rng.normal(size=(latents, latents)))[0]
    node = RANGE * surface(latents, side)
    decoder = Linear(loading @ turn / scale[:, None], np.log(p / (1 - p)))
    return Marginal(log_shares(np.exp(-0.5 * (node**2).sum(1))), node, decoder), decoder


def improve(model: Marginal, decoder: Linear, words: Active, bias: FloatArray) -> tuple[Marginal, Linear]:
    """One round: weights, decoder, then nodes, each raising what the expectation left to raise; `bias` as in `improve_decoder`."""
    found = expect(words, model.log_weight, model.logit)
    kept = found.weight > LEAST
    found = Expected(found.log_p, found.weight[kept], found.active[kept])
    decoder = improve_decoder(found, model.node[kept], decoder, bias)
    node = improve_nodes(found, model.node[kept], decoder)
    return Marginal(log_shares(found.weight), node, decoder), decoder


def best_prior(model: Marginal, words: Active, most: int, gain: float, added: int = ADDED) -> Marginal:
    """The model with nodes added up to `most` times, until another prior can gain less than `gain`; the decoder stays as it is.

    At most `added` nodes come at a time.
    """
    box = around(model)
    for _ in range(most):
        found = certify(model, words, PLACES if len(words) * PLACES <= 2 * FEW_RATIOS else FEW, box)
        if found.gain < gain:
            break
        place = found.place[found.height > 0][:added]
        if len(words) * (len(model.node) + len(place)) <= FEW_RATIOS:
            node = np.concatenate([model.node, place])
            weight = best_weights(words, model.log_weight, model.decoder(node))
        else:
            model = with_nodes(model, words, place)
            node, weight = model.node, expect(words, model.log_weight, model.logit).weight
        # However little a node weighs, without it the certificate would find its place again.
        model = model._replace(log_weight=log_shares(weight[weight > 0]), node=node[weight > 0])
    return model


def best_weights(words: Active, log_weight: FloatArray, logit: FloatArray) -> FloatArray:
    """Weights of all nodes, by the logits there, that are best for the words, or nearly; `log_weight` are those of the first
    ones."""
    known = len(log_weight)
    log_p = expect(words, log_weight, logit[:known]).log_p
    share = np.full(len(logit), 0.1 / max(len(logit) - known, 1), np.float32)
    share[:known] = 0.9 * np.exp(log_weight)
    return balanced(ratios(words, log_p, logit), share, ALL_BALANCES).astype(float)


def with_nodes(model: Marginal, words: Active, place: FloatArray) -> Marginal:
    """The model with nodes at some places (k, latents), with the weights that are best while the others keep their proportions."""
    log_p = expect(words, model.log_weight, model.logit).log_p
    ratio = np.column_stack([np.ones(len(words), np.float32), ratios(words, log_p, model.decoder(place))])
    share = np.full(ratio.shape[1], 0.1 / len(place), np.float32)
    share[0] = 0.9
    share = balanced(ratio, share, BALANCES)
    log_weight = np.concatenate([model.log_weight + np.log(share[0]), np.log(share[1:] + 1e-30)])
    return Marginal(log_weight, np.concatenate([model.node, place]), model.decoder)


def balanced(ratio: NDArray[np.float32], share: NDArray[np.float32], rounds: int) -> NDArray[np.float32]:
    """Shares (k,) that make mean ln (ratio @ share) larger, from some to start with; ratio (n, k) is p(x|z)/p(x)."""
    for _ in range(rounds):
        share = share * ((1 / (ratio @ share)) @ ratio).astype(np.float32) / np.float32(len(ratio))
    return share


def _all_and_some(train: Words, first: int, rng: np.random.Generator) -> tuple[Active, Active]:
    words = Active.of(train)
    return words, Active.of(train[rng.permutation(len(train))[:first]], words.usual) if len(train) > first else words


def log_shares(weight: FloatArray) -> FloatArray:
    """ln of weights (nodes,) over their sum."""
    return np.log(weight / weight.sum())
