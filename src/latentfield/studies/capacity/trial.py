"""One trial of the capacity study: train a VAE with d latents and a cap on its precision, and measure it.

The gap is exact (`measures.elbo`), its peer ln P(x) = -E(x)/T - ln Z, with the error of ln Z where that was integrated.
The total correlation needs no network here: where ln Z is known it is the gap less KL(q(z)||p(z)), the rate's excess,
which the mixture of posteriors measures (`measures.surgery`). Where the useful rate comes near the logarithm of their
number that mixture is too thin, the excess too small, and TC too large, but never above the gap.

All is measured on the held-out tenth of the chains. These also chose the epoch whose weights are kept, so that the gap
errs downwards by what the best of the few epochs gains by chance.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable
from pathlib import Path

from latentfield.measures.capacities import capacities
from latentfield.measures.elbo import audit, nats
from latentfield.measures.surgery import surgery
from latentfield.records.measured import Measure
from latentfield.statistics.estimate import Estimate, blocked_mean
from latentfield.studies.capacity.criterion import judge
from latentfield.studies.capacity.data import Known
from latentfield.studies.capacity.instances import Network, Point
from latentfield.studies.capacity.record import MeasuredVAE
from latentfield.vae.architecture import Architecture
from latentfield.vae.model import VAE
from latentfield.vae.schedule import Schedule
from latentfield.vae.training import fit

Watch = Callable[[int, dict[str, float], float], None]
"""Called after every epoch with its number, its metrics and the gap on the held-out configurations, nats."""
MIXTURE = 8000
"""Posteriors of training configurations that stand for q(z), beside those of the held-out ones."""


def train(known: Known, network: Network, point: Point, seed: int, folder: Path, watch: Watch) -> VAE:
    """Train one VAE.

    Checkpoints go to a temporary folder within `folder`: a trial is short, and starts anew when it was killed.

    The seed is the same for all points, and decides starting weights, batches and noise; one thread, so that the
    weights are the same in any worker. `watch` gets the gap on the validation part from one draw of z each, mean ln P
    less the ELBO there, which steers pruning and is not what is recorded.
    """
    split = known.data.split()
    part = split["validation"]
    log_p = float(known.system.log_weight(part.x, known.temperature).mean()) - known.log_z.value
    architecture = Architecture.of(
        network,
        [known.temperature],
        sites=known.system.sites,
        shape=known.system.shape,
        latents=point.latents,
        precision_cap=point.precision_cap,
    )
    with tempfile.TemporaryDirectory(dir=folder) as checkpoints:
        vae, _ = fit(
            architecture,
            split,
            Schedule.of(network),
            seed=seed,
            folder=Path(checkpoints),
            report=lambda epoch, metrics: watch(epoch, metrics, log_p - metrics["val/elbo"]),
        )
    return vae


def measure(vae: VAE, known: Known, point: Point, *, tolerance: float, posterior_draws: int, seed: int) -> MeasuredVAE:
    """Measure one VAE; numbers in nats per configuration, with the verdicts of `criterion.judge`.

    -ELBO and rate are means over `posterior_draws` draws of z for each held-out configuration; errors come from the
    spread of the chains' means. The useful rate has one draw each, and a mixture of the other held-out posteriors and
    up to `MIXTURE` of training ones, whole chains. Deterministic in `seed`.
    """
    held, draws, temperature = known.chains(True), known.system.draws, known.temperature
    result = nats(vae, held, temperature, posterior_draws, seed)
    gap = audit(result, known.system.log_weight(held, temperature), known.log_z, draws)
    rate = blocked_mean(result.rate.reshape(-1, draws))
    others = known.chains(False)[: MIXTURE // draws * draws]
    useful = surgery(vae, held, others, temperature, seed, draws, each=False).whole.rate_useful
    # KL(q(z)||p(z)) is not negative, its estimate may be.
    excess = Estimate(max(0.0, rate.value - useful.value), math.hypot(rate.se, useful.se))
    found = {
        "gap": gap,
        "rate": rate,
        "rate_useful": useful,
        "rate_excess": excess,
        "tc": Estimate(gap.value - excess.value, math.hypot(gap.se, excess.se)),
        **capacities(vae, held, temperature, draws)._asdict(),
    }
    numbers = {name: Measure.of(estimate) for name, estimate in found.items()}
    judgement = judge(rate, gap, known.cuts, tolerance)
    return MeasuredVAE(**numbers, **dict(judgement), capacity_cap=point.capacity)
