"""One trial of the capacity study: train a VAE with d latents and a cap on its precision, and measure it.

The gap is exact (`measures.elbo`). The total correlation needs no network here: where ln Z is known it is the gap less
KL(q(z)||p(z)), the rate's excess, which the surgery measures.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from latentfield.capacity.criterion import judge
from latentfield.capacity.study_data import Known
from latentfield.capacity.study_plan import Network, Point
from latentfield.measures.capacities import capacities
from latentfield.measures.elbo import audit, nats
from latentfield.measures.estimate import Estimate, blocked_mean
from latentfield.measures.surgery import surgery
from latentfield.vae import model
from latentfield.vae.training import fit

Watch = Callable[[int, dict[str, float], float], None]
"""Called after every epoch with its number, its metrics and the gap on the held-out configurations, nats."""
MIXTURE = 4000
"""Posteriors of the training part that the surgery adds to those of the held-out part."""


def measure(
    known: Known,
    network: Network,
    point: Point,
    *,
    tolerance: float,
    posterior_draws: int,
    seed: int,
    folder: Path,
    watch: Watch,
) -> dict[str, Any]:
    """Train and measure one VAE; numbers in nats per configuration as {value, se}, with the verdicts of `criterion.judge`.

    Checkpoints go to a temporary folder within `folder`: a trial is short, and starts anew when it was killed.
    """
    vae = _train(known, network, point, seed, folder, watch)
    held, draws, temperature = known.chains(True), known.system.draws, known.temperature
    result = nats(vae, held, temperature, posterior_draws, seed)
    others = known.chains(False)
    parts = surgery(vae, held, others[: MIXTURE // draws * draws], temperature, seed, draws).whole
    gap = audit(result, known.system.log_weight(held, temperature), known.log_z, draws)
    rate = blocked_mean(result.rate.reshape(-1, draws))
    found = {
        "gap": gap,
        "rate": rate,
        "rate_useful": parts.rate_useful,
        "rate_excess": parts.rate_excess,
        "tc": Estimate(gap.value - parts.rate_excess.value, math.hypot(gap.se, parts.rate_excess.se)),
        **capacities(vae, held, temperature, draws)._asdict(),
    }
    numbers = {name: estimate._asdict() for name, estimate in found.items()}
    return numbers | {"capacity_cap": point.capacity} | judge(rate, gap, known.cuts, tolerance)


def _train(known: Known, network: Network, point: Point, seed: int, folder: Path, watch: Watch) -> model.VAE:
    split = known.data.split()
    part = split["validation"]
    log_p = float(known.system.log_weight(part.x, known.temperature).mean()) - known.log_z.value
    config = model.architecture(
        sites=known.system.sites,
        shape=known.system.shape,
        temperatures=[known.temperature],
        latents=point.latents,
        precision_cap=point.precision_cap,
        encoder=network.encoder,
        decoder=network.decoder,
        hidden=network.hidden,
        prior=network.prior,
    )
    with tempfile.TemporaryDirectory(dir=folder) as checkpoints:
        vae, _ = fit(
            config,
            split,
            **network.schedule,
            weight_decay=0.0,
            precision="auto",
            threads=1,
            seed=seed,
            folder=Path(checkpoints),
            report=lambda epoch, metrics: watch(epoch, metrics, log_p - metrics["val/elbo"]),
        )
    return vae
