"""When a new version takes the alias `champion`, the one that is used where no version is named.

The rule is a function of two sets of tags alone. It knows neither MLflow nor the weights, and what it says is kept as a tag.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

ALIAS = "champion"
"""Alias in MLflow's registry; of the versions of a registered model one has it at most."""
SCORE = "val_neg_elbo"
"""Metric that is compared: minus the validation ELBO per configuration in nats, an upper bound on the entropy.

It is a mean over the validation configurations and bounds the entropy up to their sampling noise, which is not taken into account
when two versions are compared. Of directors, whose entropy is relative to the uniform measure on spheres, it may be negative.
"""


@dataclass(frozen=True)
class Verdict:
    """Whether a version becomes champion, and the reason in words."""

    champion: bool
    reason: str
    """A line that begins with "champion: " or "stays: "; the tag `verdict` of the version."""


def judge(new: Mapping[str, str], old: Mapping[str, str] | None, promote: str) -> Verdict:
    """Compare the tags of a new version with those of the champion (None where there is none).

    A lower `val_neg_elbo` wins, and is only compared on the same data. A champion from a surrogate recording gives way
    to any version from real data, and never the other way round. `promote` is the command that overrules this.

    In this order: a score that is not finite stays, the first version of a system leads, real data go before a surrogate, a version
    of other data (another `data_hash`) stays, the lower score leads. Equal scores stay, and so does every score where the champion
    has none. The same data means the same arrays: number of latents, profile and seed may differ, and the best of them leads.
    `new` must have `val_neg_elbo` and `data_hash`; KeyError otherwise.
    """
    score = float(new[SCORE])
    if not math.isfinite(score):
        return Verdict(False, f"stays: its {SCORE} is {score}")
    if old is None:
        return Verdict(True, f"champion: the first of its system, {SCORE} {score:.6g}")
    if surrogate(old) and not surrogate(new):
        return Verdict(True, "champion: from real data, and the one before came from a surrogate recording")
    if surrogate(new) and not surrogate(old):
        return Verdict(False, "stays: a surrogate recording never replaces real data")
    if new["data_hash"] != old.get("data_hash"):
        return Verdict(False, f"stays: not comparable with the champion, whose data are others; `{promote}` overrules")
    best = float(old.get(SCORE, "nan"))
    if score < best:
        return Verdict(True, f"champion: {SCORE} {score:.6g} beats {best:.6g} on the same data")
    return Verdict(False, f"stays: {SCORE} {score:.6g} does not beat {best:.6g} on the same data")


def surrogate(tags: Mapping[str, str]) -> bool:
    """Whether a version was trained on synthetic data that stand in for a recording: its tag `recording` is "SURROGATE"."""
    return tags.get("recording") == "SURROGATE"
