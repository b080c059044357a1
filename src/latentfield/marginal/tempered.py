"""Linear decoders of spins at several temperatures: nodes and fields in common, weights of the nodes at each temperature.

    p(x|T) = sum_g pi_g(T) prod_i p(x_i|z_g, T),    l(z, T) = beta(T) (b + W z)

Fields are divided by T, as in mean-field theory, so that neither b nor W depends on it; in zero field b is left out, and p(x|T)
holds x and -x alike if the weights do. Expectations are taken temperature by temperature, and what they find goes into Newton's
steps together (`linear`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from latentfield.arrays import FloatArray, Words
from latentfield.marginal.active import Active
from latentfield.marginal.certificate import FEW, PLACES, around, certify
from latentfield.marginal.decoder import Linear
from latentfield.marginal.expectation import Expected, expect
from latentfield.marginal.fit import LEAST, LinearSettings, start
from latentfield.marginal.free_prior import best_weights, log_shares
from latentfield.marginal.linear import improve_decoder, improve_nodes
from latentfield.marginal.model import Marginal, principal

ADDED = 2
"""Nodes added after a certificate, at most, for each temperature that has one."""
Rounds = Callable[[int, int], None]
"""Told after every round how many are done, and of how many."""


class Tempered(NamedTuple):
    """The fit of one law at several temperatures."""

    log_weight: FloatArray
    """ln pi_g(T), (temperatures, nodes)."""
    node: FloatArray
    """z_g, (nodes, latents)."""
    decoder: Linear
    """b and W at beta = 1."""
    beta: FloatArray
    """Factor of all fields at each temperature, (temperatures,)."""

    def at(self, k: int) -> Marginal:
        """The law at one of the temperatures, by its number."""
        weight, bias = self.decoder
        return Marginal(self.log_weight[k], self.node, Linear(self.beta[k] * weight, self.beta[k] * bias))

    def gain(self, words: Sequence[Words], places: int = PLACES) -> float:
        """Mean over temperatures of the most that other weights and nodes could gain there, nats (`certificate`)."""
        return float(np.mean([certify(self.at(k), Active.of(x), places).gain for k, x in enumerate(words)]))


def factors(temperatures: FloatArray) -> FloatArray:
    """beta at temperatures (t,), in units of their middle: fields of a VAE are so too (`VAE.decode`)."""
    return (temperatures.max() + temperatures.min()) / 2 / temperatures


def fit_tempered(
    train: Sequence[Words],
    beta: FloatArray,
    latents: int,
    *,
    bias: bool = True,
    seed: int = 0,
    settings: LinearSettings | None = None,
    told: Rounds | None = None,
) -> Tempered:
    """The fit of words ±1 (n, sites) at each of several temperatures, with so many latents, 1 to 3.

    Without `bias` b is zero. Latents are uncorrelated and of mean square 1 over all words, the columns of W orthogonal, the longest
    first, the largest weight of each positive.
    """
    chosen, rng = settings or LinearSettings(), np.random.default_rng(seed)
    whole = [Active.of(x) for x in train]
    share = max(1, chosen.first // len(train))
    some = [Active.of(x[rng.permutation(len(x))[:share]], all_.usual) for x, all_ in zip(train, whole, strict=True)]
    first, decoder = start(
        np.concatenate([x[:: max(1, len(x) // 2000)] for x in train]), latents, chosen.nodes[latents - 1], rng
    )
    if not bias:
        decoder = decoder._replace(bias=0 * decoder.bias)
    centre = decoder.bias
    model = Tempered(np.tile(first.log_weight, (len(train), 1)), first.node, decoder, np.asarray(beta, float))
    plan = [some] * chosen.rounds + [whole] * chosen.last
    for done, words in enumerate(plan, start=1):
        model = _improved(model, words, centre, bias)
        if told:
            told(done, len(plan))
    for _ in range(chosen.closing):
        more = _with_nodes(model, whole, chosen.gain)
        if more is model:
            break
        model = more
    return _gauged(model, bias)


def _improved(model: Tempered, words: Sequence[Active], centre: FloatArray, bias: bool) -> Tempered:
    """One round: weights, decoder, then nodes; as `fit.improve`."""
    logit = model.decoder(model.node)
    found = [expect(x, w, b * logit) for x, w, b in zip(words, model.log_weight, model.beta, strict=True)]
    kept = np.sum([one.weight for one in found], 0) > LEAST
    found = [Expected(one.log_p, one.weight[kept], one.active[kept]) for one in found]
    node = model.node[kept]
    decoder = improve_decoder(found, node, model.decoder, centre, model.beta, bias=bias)
    node = improve_nodes(found, node, decoder, model.beta)
    return Tempered(_log_shares([one.weight for one in found]), node, decoder, model.beta)


def _with_nodes(model: Tempered, words: Sequence[Active], gain: float) -> Tempered:
    """Nodes added where some temperature would gain by them, all weights the best there; the model itself if none would."""
    places = []
    for k, x in enumerate(words):
        found = certify(model.at(k), x, FEW, around(model.at(k)))
        if found.gain >= gain:
            places.append(found.place[found.height > 0][:ADDED])
    if not places:
        return model
    more = model._replace(node=np.concatenate([model.node, *places]))
    logit = more.decoder(more.node)
    asked = zip(words, model.log_weight, model.beta, strict=True)
    weight = np.stack([best_weights(x, row, beta * logit) for x, row, beta in asked])
    kept = (weight > 0).any(0)
    return more._replace(log_weight=_log_shares(weight[:, kept]), node=more.node[kept])


def _log_shares(weight: Iterable[FloatArray]) -> FloatArray:
    """ln of the weights of each temperature; a node that one of them does not need has next to none there."""
    return np.stack([log_shares(row + 1e-12) for row in weight])


def _gauged(model: Tempered, bias: bool) -> Tempered:
    """The same laws in the gauge of `fit_tempered`."""
    pi = np.exp(model.log_weight).mean(0)
    mean = pi @ model.node if bias else np.zeros(model.node.shape[1])
    node, weight = principal(model.node - mean, pi, model.decoder.weight)
    return model._replace(node=node, decoder=Linear(weight, model.decoder.bias + model.decoder.weight @ mean))
