"""ln p/q of two laws known through samples, from a network trained on the bounded relative ratio.

The losses, and what their minimiser says of h = ln p/q, the network's output, stand in `ratio_losses`; the networks in
`ratio_heads`. h is found up to a constant in each group (temperature), which `ratio_losses.normalise` finds.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from latentfield.measures.ratio_losses import FORMS
from latentfield.measures.scaled_head import Pairs, ScaledHead

AVERAGING = 0.99
"""Weight of the past, per step, in the running mean of the weights that is kept."""
WIDE_RATE = 0.01
"""Learning rate of the layers with a weight for every site, which start from the data, relative to the others'."""
MOST_SCALED = 20_000
"""Rows at most from which scales and directions are taken before training."""
BLOCK = 2048
"""Rows drawn at a time, outside training."""
CHECKS, PATIENCE = 12, 4
"""How often the held-out loss is looked at, and after how many looks without a lower one training stops."""


class Settings(NamedTuple):
    """How the ratio is learned; the defaults were chosen on exact cases (docs/total_correlation.md)."""

    form: str = "js"
    """A key of FORMS: which of the three losses."""
    head: str | None = None
    """A key of HEADS; None: "cnn" on a two-dimensional lattice, else "words"."""
    alpha: float = 0.1
    """Share a of p in the mixture, which bounds the ratio by 1/a; between 0 and 1. A smaller one tells larger ratios apart."""
    steps: int = 1000
    """Batches seen at most; the held-out loss is looked at CHECKS times."""
    batch: int = 256
    """Rows in a batch; each gives one configuration of p and one reference."""
    learning_rate: float = 5e-3
    """At the start; that of wide layers is a hundredth of it (`WIDE_RATE`). It falls linearly to zero at the last step."""
    weight_decay: float = 1e-2
    """Of AdamW."""
    references: int = 4
    """Draws of conditions and reference per configuration in an evaluation."""
    seed: int = 0
    """Of weights, batches and draws; the global random state is left as it was."""


DEFAULTS = Settings()


Draw = Callable[[Tensor, torch.Generator], Pairs]
"""Pairs of the given rows of a data set, (batch,) int64; references may be drawn anew at every call, by the given generator."""


def fit(draw: Draw, train: Tensor, validation: Tensor, settings: Settings) -> ScaledHead:
    """A network trained on rows `train`: running mean of its weights where the loss on rows `validation` was least.

    AdamW, the learning rate falling linearly to zero. References and z are drawn anew in every batch; those for validation are
    drawn once, two for each row, so that looks compare. Stops early after `PATIENCE` looks without a lower loss. On a CPU the
    same seed and rows give the same network.
    """
    generator = torch.Generator().manual_seed(settings.seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        network = ScaledHead(settings.head, _gather(draw, train[:: 1 + len(train) // MOST_SCALED], generator))
    optimizer = _optimizer(network, settings)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / settings.steps)
    average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(AVERAGING))
    held = list(_drawn(draw, validation, 2, settings.seed))
    best, least, waited = network, math.inf, 0
    for step, rows in zip(range(1, settings.steps + 1), _batches(train, settings.batch, generator), strict=False):
        optimizer.zero_grad()
        _loss(*network.pair(draw(rows, generator)), settings).backward()
        optimizer.step()
        schedule.step()
        average.update_parameters(network)
        if step % max(settings.steps // CHECKS, 1):
            continue
        averaged = cast(ScaledHead, average.module)
        loss = float(_loss(*_ratios(averaged, held), settings))
        waited += 1
        if loss < least:
            best, least, waited = copy.deepcopy(averaged), loss, 0
        if waited == PATIENCE:
            break
    return best


def _batches(rows: Tensor, batch: int, generator: torch.Generator) -> Iterator[Tensor]:
    """Batches of a random order of the rows, then of another one, without end."""
    while True:
        yield from rows[torch.randperm(len(rows), generator=generator)].split(batch)


def _loss(h_p: Tensor, h_q: Tensor, settings: Settings) -> Tensor:
    """The loss of the chosen form at h of samples of p and q: g = h - ln((1 - a)/a)."""
    shift = math.log((1 - settings.alpha) / settings.alpha)
    return FORMS[settings.form](h_p - shift, h_q - shift, settings.alpha)


def _optimizer(network: ScaledHead, settings: Settings) -> torch.optim.Optimizer:
    """AdamW, slower by `WIDE_RATE` for directions and field of a head, which start from the data."""
    wide = [p for name, p in network.named_parameters() if "forms" in name or "field" in name]
    others = [p for name, p in network.named_parameters() if not ("forms" in name or "field" in name)]
    groups: list[dict[str, list[nn.Parameter] | float]] = [
        {"params": wide, "lr": WIDE_RATE * settings.learning_rate},
        {"params": others},
    ]
    return torch.optim.AdamW(groups, lr=settings.learning_rate, weight_decay=settings.weight_decay, fused=True)


def _gather(draw: Draw, rows: Tensor, generator: torch.Generator) -> Pairs:
    """Pairs of many rows, written where they stay: parts of them beside the whole would take as much memory again."""
    blocks = rows.split(BLOCK)
    first = draw(blocks[0], generator)
    whole = Pairs(*(part.new_empty(len(rows), *part.shape[1:]) for part in first))
    for k, some in enumerate(blocks):
        for target, part in zip(whole, draw(some, generator) if k else first, strict=True):
            target[k * BLOCK : (k + 1) * BLOCK] = part
    return whole


def evaluate(network: ScaledHead, draw: Draw, rows: Tensor, draws: int, seed: int) -> tuple[Tensor, Tensor]:
    """h of the joint and of the reference configurations of the given rows, each (n, draws), drawn `draws` times.

    Not normalised yet. The mean of the first is an estimate of KL(p||q) only on rows that the network was not trained on.
    """
    return _ratios(network, _drawn(draw, rows, draws, seed))


def _drawn(draw: Draw, rows: Tensor, draws: int, seed: int) -> Iterator[list[Pairs]]:
    """All draws of one block of rows after another."""
    generator = torch.Generator().manual_seed(seed)
    for some in rows.split(BLOCK):
        yield [draw(some, generator) for _ in range(draws)]


@torch.no_grad()
def _ratios(network: ScaledHead, parts: Iterable[list[Pairs]]) -> tuple[Tensor, Tensor]:
    found = [[network.pair(pairs) for pairs in part] for part in parts]
    h_p, h_q = (torch.cat([torch.stack([pair[k] for pair in part], 1) for part in found]) for k in (0, 1))
    return h_p, h_q
