"""An exact fit as a VAE whose posterior is exact: what measures, decoding, registry and report take (`vae.parts.node_prior`)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from latentfield.arrays import FloatArray
from latentfield.marginal.decoder import Curved, Linear
from latentfield.marginal.model import Marginal
from latentfield.marginal.tempered import Tempered
from latentfield.vae.architecture import Architecture, NetworkSettings, PriorSettings
from latentfield.vae.model import VAE
from latentfield.vae.parts.decoders import CurvedDecoder, LinearDecoder
from latentfield.vae.parts.node_prior import NodePrior

CLOSE = 1e-4
"""Nodes closer than this, in units of their root mean square, are one."""


def as_vae(
    model: Marginal | Tempered, shape: Sequence[int], temperatures: Sequence[float] = (1.0,), *, bias: bool = True
) -> VAE:
    """The same law in single precision, for spins of some shape; `temperatures` are those of the fit, in units of J.

    Its decoder is "linear" or "curved" as that of the fit, or "mean_field" where there is no `bias`. Temperatures of a `Tempered`
    model are those of its `factors`, in order.
    """
    node, weights = _apart(model.node, np.atleast_2d(model.log_weight))
    prior = PriorSettings(kind="nodes", components=len(node), temperatures=len(weights))
    decoder = "curved" if isinstance(model.decoder, Curved) else "linear" if bias else "mean_field"
    width = len(model.decoder.hidden[0][1]) if isinstance(model.decoder, Curved) else 1
    network = NetworkSettings(encoder="exact", decoder=decoder, hidden=(width, width), prior=prior)
    made = Architecture.of(network, temperatures, sites="spins", shape=shape, latents=model.node.shape[1])
    vae = VAE(made)
    known = np.sort(np.asarray(temperatures))
    scaled = (known - made.temperature_centre) / made.temperature_scale
    state = {"prior.node": node, "prior.log_weight": weights, "prior.temperature": scaled}
    vae.load_state_dict({name: _single(value) for name, value in (state | _decoder(model, decoder)).items()})
    return vae.eval()


def _apart(node: FloatArray, log_weight: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Nodes with those together that single precision would not tell apart, and ln of their weights, (temperatures, nodes)."""
    close = CLOSE * max(float(np.sqrt((node**2).mean())), 1e-30)
    apart = np.abs(node[:, None] - node[None]).max(2) > close
    first = (~apart).argmax(1)
    kept, group = np.unique(first, return_inverse=True)
    summed = np.stack([np.bincount(group, row, len(kept)) for row in np.exp(log_weight)])
    return node[kept], np.log(np.maximum(summed, 1e-37))


def from_vae(vae: VAE) -> Marginal:
    """The law that a VAE with a prior on nodes has at its one temperature; raises TypeError for any other VAE."""
    prior, decoder = vae.prior, vae.decoder
    if not isinstance(prior, NodePrior) or not isinstance(decoder, LinearDecoder | CurvedDecoder):
        raise TypeError(f"not an exact fit with a linear or curved decoder: {vae.architecture}")
    weight, bias = _double(decoder.linear.weight), _double(decoder.linear.bias)
    found: Linear | Curved = Linear(weight, bias)
    if isinstance(decoder, CurvedDecoder):
        hidden = tuple((_double(layer.weight), _double(layer.bias)) for layer in (decoder.first, decoder.second))
        found = Curved(weight, bias, hidden, _double(decoder.last.weight))
    return Marginal(_double(prior.log_weight[0].log_softmax(0)), _double(prior.node), found)


def _double(value: Tensor) -> FloatArray:
    return value.detach().double().numpy()


def _decoder(model: Marginal | Tempered, kind: str) -> dict[str, FloatArray]:
    """State of the decoder of a VAE."""
    weight, bias = model.decoder.weight, model.decoder.bias
    if kind == "mean_field":
        return {"decoder.weight": weight * len(weight) ** 0.5 / 2}
    state = {"decoder.linear.weight": weight, "decoder.linear.bias": bias}
    if isinstance(model.decoder, Curved):
        for name, (u, c) in zip(("first", "second"), model.decoder.hidden, strict=True):
            state |= {f"decoder.{name}.weight": u, f"decoder.{name}.bias": c}
        state["decoder.last.weight"] = model.decoder.last
    return state


def _single(value: FloatArray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(value, np.float32))
