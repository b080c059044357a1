"""Conditional total correlation of a trained VAE, TC = E_z KL( P(x|z,T) || prod_i p(x_i|z,T) ), nats.

Joint samples (x, z), z ~ q(z|x,T), are compared with references (x', z), x' ~ prod_i p(x_i|z,T) under the same z; TC is the mean
of ln p/q over joint samples that the network of the ratio was not trained on. Paper, section IX.5.

The network sees, of each site, the coordinates that the encoder sees and their deviation from their mean under the reference,
which for a spin with logit l is s - tanh(l/2). Its conditions are z and T.

TC is at most the gap of the audit, -ELBO - H = KL(q(z)||p(z)) + TC, which needs no network: an estimate above it is a failed one.

Bias: a network that has not learned the ratio finds less than there is, mostly; with few configurations it may also find, on
new ones, less than nothing. What it finds where nothing is, with references in place of the data, is the null run, to be read
beside the value and not taken from it. TC is that of the paper's eq. (20) given z, averaged over z; nats per configuration.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from latentfield.arrays import FloatArray
from latentfield.measures.density_ratio import DEFAULTS, Draw, Settings, evaluate, fit
from latentfield.measures.ratio_losses import normalise
from latentfield.measures.scaled_head import Pairs
from latentfield.records.measured import Consistency, Correlation, Measure
from latentfield.statistics.estimate import Estimate, blocked_mean
from latentfield.vae.model import VAE

MOST_HELD = 2048
"""Training rows at most that only tell when to stop."""
SATURATION = 3.0
"""Nats beyond ln(1/a) above which the ratio saturates; with a = 0.1 the limit is 5.3 nats."""


class Divergence(NamedTuple):
    """KL(p||q) at each temperature, and the log ratios whose mean it is."""

    temperatures: FloatArray
    """Temperatures in increasing order, (g,), units of J."""
    estimates: list[Estimate]
    """Mean log ratio at each temperature, at most `limit`; its error leaves out that of the network, which the null run shows."""
    at_least: list[bool]
    """Whether the mean was beyond the limit: p and q hardly overlap in the samples, and all that is known is that the divergence
    is at least about the limit."""
    extrapolated: list[float]
    """The mean log ratios themselves; beyond the limit they may err both ways."""
    limit: float
    """ln(1/a) + SATURATION, nats."""
    log_ratio: FloatArray
    """ln p/q of each evaluated configuration, mean over draws of z, (n,)."""

    def record(self) -> Correlation:
        """Mean over temperatures, and each of them with what is only bounded; the values beyond the limit where there are some."""
        measure = Measure.over(self.temperatures, self.estimates)
        extrapolated = self.extrapolated if any(self.at_least) else ()
        return Correlation(
            value=measure.value,
            se=measure.se,
            per_temperature=measure.per_temperature,
            at_least=self.at_least,
            limit=self.limit,
            extrapolated=extrapolated,
        )


class TotalCorrelation(NamedTuple):
    """A divergence and the same measurement where the truth is zero."""

    value: Divergence
    """TC of the data given the latents."""
    null: Divergence
    """References against references of the same z: the floor of the estimator."""


def divergence(
    draw: Draw, temperature: Tensor, train: Tensor, test: Tensor, settings: Settings = DEFAULTS, draws: int = 1
) -> Divergence:
    """KL(p||q) of any pair of laws: learned on rows `train`, evaluated on rows `test` of the data set behind `draw`.

    `temperature` (rows of the data set,) says which rows belong together; the last tenth of each temperature's training rows, or
    MOST_HELD in all, stops the training. Errors come from chains of `draws` consecutive test rows of a temperature.
    One network serves all temperatures; the constant of its log ratio is found for each, from the test rows themselves. A result
    depends on rows and settings alone.
    """
    parts = [train[temperature[train] == t] for t in temperature[train].unique()]
    held_out = min(0.1, MOST_HELD / len(train))
    cuts = [len(part) - math.ceil(len(part) * held_out) for part in parts]
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
    means = [estimate.value for estimate in estimates]
    capped = [Estimate(min(estimate.value, limit), estimate.se) for estimate in estimates]
    log_ratio = h_p.double().mean(1).numpy()
    return Divergence(groups.double().numpy(), capped, [mean > limit for mean in means], means, limit, log_ratio)


def total_correlation(
    model: VAE,
    x: np.ndarray,
    t: np.ndarray,
    train: NDArray[np.int64],
    test: NDArray[np.int64],
    *,
    settings: Settings = DEFAULTS,
    draws: int = 1,
) -> TotalCorrelation:
    """TC of a VAE at every temperature of the rows `test` of configurations x (n, *shape), t (n,), and its null run.

    Learned from the rows `train`. Each test temperature's configurations stand chain by chain, `draws` at a time. Two networks are
    trained. Temperatures are float32 here, and those that are equal make a group.
    """
    configurations, temperature = torch.from_numpy(x), torch.from_numpy(t).float()
    rows = torch.from_numpy(train), torch.from_numpy(test)
    pairs = (posterior_pairs(model, configurations, temperature, null) for null in (False, True))
    runs = (divergence(draw, temperature, *rows, settings, draws) for draw in pairs)
    return TotalCorrelation(*runs)


def posterior_pairs(model: VAE, x: Tensor, t: Tensor, null: bool = False) -> Draw:
    """Pairs from configurations x (n, *shape) at temperatures t (n,); with `null`, references in place of the configurations.

    Each call draws z anew from the posterior of the data, and references from the decoder at that z, by the generator it is given.
    """

    @torch.no_grad()
    def draw(rows: Tensor, generator: torch.Generator) -> Pairs:
        temperature = t[rows]
        z = model.encode(x[rows], temperature).draw(generator)
        parameters = model.decode(z, temperature)
        reference = model.likelihood.sample(parameters, generator)
        joint = model.likelihood.sample(parameters, generator) if null else x[rows]
        conditions = torch.cat([z, temperature.unsqueeze(1)], 1)
        centre = model.likelihood.mean_features(parameters)
        return Pairs(_features(model, joint, centre), _features(model, reference, centre), conditions)

    return draw


def _features(model: VAE, x: Tensor, centre: Tensor) -> Tensor:
    """What the encoder sees of x, and its deviation from `centre`, as twice the channels: (batch, 2 c, *sites)."""
    seen = model.likelihood.encode(x)
    return torch.cat([seen, seen - centre], 1)


def _sides(cuts: list[int]) -> tuple[list[slice], list[slice]]:
    return [slice(None, cut) for cut in cuts], [slice(cut, None) for cut in cuts]


CONSISTENT: Final = "consistent"
"""The network's TC does not exceed the audit's gap: it may still be too small."""
INCONSISTENT: Final = "inconsistent"
"""It does: one of the two is wrong, and the estimate is not to be used."""


def status(found: list[Estimate], gap: list[Estimate]) -> Consistency:
    """Whether TC at each temperature is at most the gap, within three standard errors of their difference, and at all of them.

    Both lists have one estimate for each temperature, in the same order; their errors are taken as independent. One inconsistent
    temperature makes the whole inconsistent.
    """
    verdicts = [
        CONSISTENT if tc.value - bound.value <= 3 * math.hypot(tc.se, bound.se) else INCONSISTENT
        for tc, bound in zip(found, gap, strict=True)
    ]
    return Consistency(status=INCONSISTENT if INCONSISTENT in verdicts else CONSISTENT, per_temperature=verdicts)
