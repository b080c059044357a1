"""Linear decoders of spins at several temperatures: nodes and fields in common, weights of the nodes at each temperature.

    p(x|T) = sum_g pi_g(T) prod_i p(x_i|z_g, T),    l(z, T) = beta(T) (b + W z)

Fields are divided by T, as in mean-field theory, so that neither b nor W depends on it; in zero field b is left out, and p(x|T)
holds x and -x alike if the weights do. Expectations are taken temperature by temperature, and what they find stands side by side in
Newton's steps: rows are (T, node) for the decoder and (T, site) for the nodes (`linear`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from latentfield.arrays import FloatArray, Words
from latentfield.marginal.active import Active
from latentfield.marginal.certificate import FEW, PLACES, around, certify
from latentfield.marginal.decoder import Linear
from latentfield.marginal.expectation import expect
from latentfield.marginal.fit import LEAST, LinearSettings, best_weights, log_shares, start
from latentfield.marginal.linear import LEASH, RIDGE, newton
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
    plan = [some] * chosen.rounds + ([whole] * chosen.last + [None]) * chosen.certificates + [whole] * chosen.last
    for done, words in enumerate(plan, start=1):
        model = _improved(model, words, centre, bias) if words else _with_nodes(model, whole, chosen.gain)
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
    weight, active = np.stack([f.weight for f in found]), np.stack([f.active for f in found])
    kept = weight.sum(0) > LEAST
    weight, active, node = weight[:, kept], active[:, kept], model.node[kept]
    decoder = _decoder(model, weight, active, node, centre, bias)
    node = _nodes(decoder, model.beta, weight, active, node)
    return Tempered(np.stack([log_shares(row + 1e-12) for row in weight]), node, decoder, model.beta)


def _decoder(
    model: Tempered, weight: FloatArray, active: FloatArray, node: FloatArray, centre: FloatArray, bias: bool
) -> Linear:
    """After two Newton steps on counts (temperatures, nodes) and active sites (temperatures, nodes, sites)."""
    columns = np.column_stack([np.ones(len(node)), node]) if bias else node
    rows = (model.beta[:, None, None] * columns).reshape(-1, columns.shape[1])
    begin, pull = model.decoder.coefficients, Linear(0 * model.decoder.weight, centre).coefficients
    unknown = slice(None) if bias else slice(1, None)
    sites = active.shape[2]
    found = newton(
        active.reshape(-1, sites).T, weight.reshape(1, -1), rows, begin[:, unknown], 0.0, pull[:, unknown], RIDGE, 2
    )
    return Linear.of(found) if bias else Linear(found, model.decoder.bias)


def _nodes(decoder: Linear, beta: FloatArray, weight: FloatArray, active: FloatArray, node: FloatArray) -> FloatArray:
    """After one Newton step."""
    sites = active.shape[2]
    rows = (beta[:, None, None] * decoder.weight).reshape(-1, node.shape[1])
    offset = (beta[:, None] * decoder.bias).ravel()
    count = np.repeat(weight.T, sites, axis=1)
    return newton(active.transpose(1, 0, 2).reshape(len(node), -1), count, rows, node, offset, 0 * node, LEASH, 1)


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
    weight = np.stack(
        [best_weights(x, row, b * logit) for x, row, b in zip(words, model.log_weight, model.beta, strict=True)]
    )
    kept = (weight > 0).any(0)
    return more._replace(
        log_weight=np.stack([log_shares(row + 1e-12) for row in weight[:, kept]]), node=more.node[kept]
    )


def _gauged(model: Tempered, bias: bool) -> Tempered:
    """The same laws in the gauge of `fit_tempered`."""
    pi = np.exp(model.log_weight).mean(0)
    mean = pi @ model.node if bias else np.zeros(model.node.shape[1])
    node, weight = principal(model.node - mean, pi, model.decoder.weight)
    return model._replace(node=node, decoder=Linear(weight, model.decoder.bias + model.decoder.weight @ mean))
