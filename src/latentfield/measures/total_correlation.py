"""Conditional total correlation of a trained VAE, TC = E_z KL( P(x|z,T) || prod_i p(x_i|z,T) ), nats.

Joint samples (x, z), z ~ q(z|x,T), are compared with references (x', z), x' ~ prod_i p(x_i|z,T) under the same z; TC is the mean
of ln p/q over joint samples that the network of the ratio was not trained on. Paper, section IX.5.

The network sees, of each site, the coordinates that the encoder sees and the score d ln p(x_i|theta_i) / d theta_i, whose mean
under the reference is zero; for a spin with logit l it is (s - tanh(l/2)) / 2, half the deviation from its mean. Its conditions
are z and T.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from latentfield.measures.density_ratio import DEFAULTS, Draw, Pairs, Settings, evaluate, fit, normalise
from latentfield.measures.estimate import Estimate, blocked_mean, summary
from latentfield.systems.base import FloatArray
from latentfield.vae.model import VAE

SATURATION = 3.0
"""Nats beyond ln(1/a) above which the ratio saturates."""


class Divergence(NamedTuple):
    """KL(p||q) at each temperature, and the log ratios whose mean it is."""

    temperatures: FloatArray
    """Temperatures in increasing order, (g,), units of J."""
    estimates: list[Estimate]
    """Mean log ratio at each temperature; its error leaves out that of the network, which the null run shows."""
    at_least: list[bool]
    """Whether the estimate is beyond ln(1/a) + SATURATION nats: p and q hardly overlap in the samples, and all that is known is
    that the divergence is at least about that much; the value itself is an extrapolation and may err both ways."""
    log_ratio: FloatArray
    """ln p/q of each evaluated configuration, mean over draws of z, (n,)."""

    def record(self) -> dict[str, Any]:
        """Plain data: `summary` of the estimates and `at_least` per temperature."""
        return summary(self.temperatures, self.estimates) | {"at_least": self.at_least}


class TotalCorrelation(NamedTuple):
    """A divergence and the same measurement where the truth is zero."""

    value: Divergence
    null: Divergence
    """References against references of the same z: the floor of the estimator."""


def divergence(
    draw: Draw, temperature: Tensor, train: Tensor, test: Tensor, settings: Settings = DEFAULTS, draws: int = 1
) -> Divergence:
    """KL(p||q) of any pair of laws: learned on rows `train`, evaluated on rows `test` of the data set behind `draw`.

    `temperature` (rows of the data set,) says which rows belong together; the last tenth of each temperature's training rows stops
    the training. Errors come from chains of `draws` consecutive test rows of a temperature.
    """
    parts = [train[temperature[train] == t] for t in temperature[train].unique()]
    cuts = [len(part) - math.ceil(len(part) / 10) for part in parts]
    fitted, held = (torch.cat([part[s] for part, s in zip(parts, sides, strict=True)]) for sides in _sides(cuts))
    network = fit(draw, fitted, held, settings)
    h_p, h_q = evaluate(network, draw, test, settings.references, settings.seed + 1)
    groups = temperature[test].unique()
    estimates = []
    for t in groups:
        rows = temperature[test] == t
        constant = normalise(h_p[rows], h_q[rows], settings.alpha)
        h_p[rows] += constant
        estimates.append(blocked_mean(h_p[rows].double().mean(1).numpy().reshape(-1, draws)))
    limit = math.log(1 / settings.alpha) + SATURATION
    at_least = [estimate.value > limit for estimate in estimates]
    return Divergence(groups.double().numpy(), estimates, at_least, h_p.double().mean(1).numpy())


def total_correlation(
    model: VAE,
    x_train: np.ndarray,
    t_train: np.ndarray,
    x_test: np.ndarray,
    t_test: np.ndarray,
    *,
    settings: Settings = DEFAULTS,
    draws: int = 1,
) -> TotalCorrelation:
    """TC of a VAE at every temperature of the test configurations x (n, *shape), t (n,), and its null run.

    Each test temperature's configurations stand chain by chain, `draws` at a time.
    """
    x = torch.from_numpy(np.concatenate([x_train, x_test]))
    t = torch.from_numpy(np.concatenate([t_train, t_test])).float()
    train, test = torch.arange(len(x)).split([len(x_train), len(x_test)])
    runs = (divergence(posterior_pairs(model, x, t, null), t, train, test, settings, draws) for null in (False, True))
    return TotalCorrelation(*runs)


def posterior_pairs(model: VAE, x: Tensor, t: Tensor, null: bool = False) -> Draw:
    """Pairs from configurations x (n, *shape) at temperatures t (n,); with `null`, references in place of the configurations."""

    @torch.no_grad()
    def draw(rows: Tensor, generator: torch.Generator) -> Pairs:
        temperature = t[rows]
        mean, log_variance = model.encode(x[rows], temperature)
        z = mean + (0.5 * log_variance).exp() * torch.randn(mean.shape, generator=generator)
        parameters = model.decode(z, temperature)
        reference = model.likelihood.sample(parameters, generator)
        joint = model.likelihood.sample(parameters, generator) if null else x[rows]
        conditions = torch.cat([z, temperature.unsqueeze(1)], 1)
        return Pairs(_features(model, joint, parameters), _features(model, reference, parameters), conditions)

    return draw


def _features(model: VAE, x: Tensor, parameters: Tensor) -> Tensor:
    with torch.enable_grad():
        parameters = parameters.detach().requires_grad_()
        (score,) = torch.autograd.grad(model.likelihood.log_prob(x, parameters).sum(), parameters)
    return torch.cat([model.likelihood.encode(x), score], 1)


def _sides(cuts: list[int]) -> tuple[list[slice], list[slice]]:
    return [slice(None, cut) for cut in cuts], [slice(cut, None) for cut in cuts]
