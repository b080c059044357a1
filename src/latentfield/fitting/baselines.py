"""The models that stand beside the VAEs of a fit, none of which has latents."""

from __future__ import annotations

from latentfield.fitting import pairwise_fit
from latentfield.fitting.settings import WORDS_A_COMPONENT, Settings
from latentfield.fitting.training import Scored
from latentfield.words import baselines
from latentfield.words.ladder import Split, best_mixture


def count(parts: Split, chosen: Settings) -> Scored:
    """The law of the number of active sites, and of the sites given it; or of inactive ones, where these are fewer."""
    sign = -1 if parts.train.mean() > 0 else 1
    return Scored({}, baselines.count(sign * parts.train, sign * parts.test))


def mixture(parts: Split, chosen: Settings) -> Scored:
    """The mixture of independent sites that is best on validation words."""
    most = max(2, len(parts.train) // WORDS_A_COMPONENT)
    best = best_mixture(parts, sorted({min(size, most) for size in chosen.mixtures}), chosen.seed)
    return Scored({"components": len(best.log_weight)}, baselines.mixture(best, parts.test))


def maximum_entropy(parts: Split, chosen: Settings) -> Scored:
    """The pairwise maximum-entropy model; `coupling` (N, N) is of active sites, 0 or 1."""
    by, found = pairwise_fit.fit(parts, chosen.seed, chosen.pairwise_steps)
    record = {
        "fitted_by": by,
        "log_z": found.log_z.value,
        "log_z_se": found.log_z.se,
        "coupling": found.coupling.tolist(),
    }
    return Scored(record, found.log_likelihood(parts.test))


OTHERS = {"count": count, "pairwise": maximum_entropy, "mixture": mixture}
"""Models beside the VAEs, and independent sites."""
MOST_COUNTED = 400
"""Sites of which the count model is fitted: its sums over all subsets of a size overflow for many more, and take minutes."""


def others(sites: int) -> list[str]:
    """Names of the models without latents that are fitted to words of so many sites."""
    return [name for name in OTHERS if name != "count" or sites <= MOST_COUNTED]
