"""When a new version takes the alias `champion`, the one that is used where no version is named."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

ALIAS = "champion"
SCORE = "val_neg_elbo"
"""Metric that is compared: minus the validation ELBO per configuration in nats, an upper bound on the entropy."""


@dataclass(frozen=True)
class Verdict:
    """Whether a version becomes champion, and the reason in words."""

    champion: bool
    reason: str


def judge(new: Mapping[str, str], old: Mapping[str, str] | None, promote: str) -> Verdict:
    """Compare the tags of a new version with those of the champion (None where there is none).

    A lower `val_neg_elbo` wins, and is only compared on the same data. A champion from a surrogate recording gives way
    to any version from real data, and never the other way round. `promote` is the command that overrules this.
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
    """Whether a version was trained on synthetic data that stand in for a recording."""
    return tags.get("recording") == "SURROGATE"
