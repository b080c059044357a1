"""The capacity criterion as arithmetic: is a VAE faithful, is its rate below what a cut asks for, and do the two agree?

For any VAE and any cut (A, B) of the sites, with z ~ q(z|x),

    I(A; B) <= I_q(x; z) + I(A; B | z) <= I_q(x; z) + TC,

and since the rate is R = I_q(x; z) + KL and the gap is KL + TC, KL = KL(q(z)||p(z)) >= 0,

    R + gap >= I(A; B)                                                           (every VAE, every cut)

A faithful VAE, gap = 0, needs R >= I_max, the largest I(A; B) known. A tolerance makes that R >= I_max - gap: a VAE called
faithful may lie below I_max by its gap. Where R + gap < I_max, a number is wrong. "Beyond errors" is SIGMAS standard errors.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from latentfield.statistics.estimate import Estimate
from latentfield.studies.capacity.record import Counts, Judgement, MeasuredTrial, Verdict

SIGMAS = 2.0
FAITHFUL: Verdict = "faithful"
UNFAITHFUL: Verdict = "unfaithful"
UNDECIDED: Verdict = "undecided"


def verdict(gap: Estimate, tolerance: float) -> Verdict:
    """Whether the gap is within the tolerance (nats) or above it, beyond its error; else "undecided"."""
    if gap.value + SIGMAS * gap.se <= tolerance:
        return FAITHFUL
    return UNFAITHFUL if gap.value - SIGMAS * gap.se > tolerance else UNDECIDED


def strongest(cuts: Mapping[str, Estimate]) -> str | None:
    """Name of the cut with the largest information, None where no cut is known."""
    return max(cuts, key=lambda name: cuts[name].value, default=None)


def below(nats: Estimate, cut: Estimate) -> bool:
    """Whether a number of nats is less than the information across a cut, beyond the errors of both."""
    return cut.value - nats.value > SIGMAS * math.hypot(nats.se, cut.se)


def judge(rate: Estimate, gap: Estimate, cuts: Mapping[str, Estimate], tolerance: float) -> Judgement:
    """Verdict of one VAE on the cuts that are known."""
    best = strongest(cuts)
    # Both come from the same configurations, so their errors are added rather than taken for independent.
    total = Estimate(rate.value + gap.value, rate.se + gap.se)
    return Judgement(
        verdict=verdict(gap, tolerance),
        below={name: below(rate, cut) for name, cut in cuts.items()},
        below_criterion=None if best is None else below(rate, cuts[best]),
        contradiction=None if best is None else below(total, cuts[best]),
    )


def counts(trials: Sequence[Judgement]) -> Counts:
    """How often criterion and verdict agree, over measured trials.

    `faithful_below` would falsify the criterion but for the tolerance: a faithful VAE may lie below by its gap, and
    `faithful_below_by_more_than_gap` must be 0. So must `contradictions`, the same over all trials.
    `foretold` counts the unfaithful trials whose rate is below a cut, cut by cut.
    """
    judged = [trial for trial in trials if trial.below_criterion is not None]
    failed = [trial for trial in judged if trial.verdict == UNFAITHFUL]
    faithful = [trial for trial in judged if trial.verdict == FAITHFUL]
    names = sorted({name for trial in failed for name in trial.below})
    return Counts(
        trials=len(trials),
        judged=len(judged),
        undecided=sum(trial.verdict == UNDECIDED for trial in judged),
        faithful_above=sum(not trial.below_criterion for trial in faithful),
        faithful_below=sum(bool(trial.below_criterion) for trial in faithful),
        faithful_below_by_more_than_gap=sum(bool(trial.contradiction) for trial in faithful),
        unfaithful_below=sum(bool(trial.below_criterion) for trial in failed),
        unfaithful_above=sum(not trial.below_criterion for trial in failed),
        contradictions=sum(bool(trial.contradiction) for trial in judged),
        foretold={name: sum(trial.below.get(name, False) for trial in failed) for name in names},
    )


def smallest_sufficient(trials: Sequence[MeasuredTrial]) -> MeasuredTrial | None:
    """The faithful trial of least rate, None where there is none."""
    faithful = [trial for trial in trials if trial.verdict == FAITHFUL]
    return min(faithful, key=lambda trial: trial.rate.value, default=None)


def largest_insufficient(trials: Sequence[MeasuredTrial]) -> MeasuredTrial | None:
    """The unfaithful trial of largest rate, None where there is none."""
    failed = [trial for trial in trials if trial.verdict == UNFAITHFUL]
    return max(failed, key=lambda trial: trial.rate.value, default=None)
