"""The capacity criterion as arithmetic: is a VAE faithful, is its rate below what a cut asks for, and do the two agree?

For any VAE and any cut (A, B) of the sites, with z ~ q(z|x),

    I(A; B) <= I_q(x; z) + I(A; B | z) <= I_q(x; z) + TC,

and since the rate is R = I_q(x; z) + KL and the gap is KL + TC, KL = KL(q(z)||p(z)) >= 0,

    R + gap >= I(A; B)                                                           (every VAE, every cut)

A faithful VAE, gap = 0, needs R >= I_max, the largest I(A; B) known. A tolerance makes that R >= I_max - gap: a VAE
called faithful may lie below I_max by its gap. Where R + gap < I_max, a number is wrong. "Beyond errors" is SIGMAS
standard errors.

For faithful VAEs, to which all of A and B that is shared goes through z, the first line is the paper's eq. (24) or
(53); the parts of R are its eqs. (25) and (57), the criterion its eq. (27). That I(A; B | z) <= TC: of all laws in
which A and B are independent given z, the product of P(A|z) and P(B|z) is nearest to P(x|z), and the decoder is one of
these laws, no nearer.

It is the whole rate R that is compared, excess KL included, not the useful part alone (eq. (59)). R is the larger: one
that is below a cut is so in either sense. All numbers are nats per configuration, that is for all N sites together.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from latentfield.statistics.estimate import Estimate
from latentfield.studies.capacity.record import Counts, Judgement, MeasuredTrial, Verdict

SIGMAS = 2.0
"""Standard errors within which nothing is decided. Beyond them to one side are 2.3 % of Gaussian errors: counts over many
trials are to be read with that in mind."""
FAITHFUL: Verdict = "faithful"
UNFAITHFUL: Verdict = "unfaithful"
UNDECIDED: Verdict = "undecided"


def verdict(gap: Estimate, tolerance: float) -> Verdict:
    """Whether the gap is within the tolerance (nats) or above it, beyond its error; else "undecided".

    The gap is -ELBO - H(P) = KL(q(z)||p(z)) + TC, of all sites together, so that one tolerance asks more per site of a
    larger system. A gap below zero beyond its error, impossible for true samples of P, counts as faithful here: what it
    says of samples or of ln Z is not this function's to find.
    """
    if gap.value + SIGMAS * gap.se <= tolerance:
        return FAITHFUL
    return UNFAITHFUL if gap.value - SIGMAS * gap.se > tolerance else UNDECIDED


def strongest(cuts: Mapping[str, Estimate]) -> str | None:
    """Name of the cut with the largest information, None where no cut is known.

    The largest value counts, whatever the errors: where two cuts are close the larger of two estimates errs upwards.
    Upper bounds on the information are no cuts and must not be among them.
    """
    return max(cuts, key=lambda name: cuts[name].value, default=None)


def below(nats: Estimate, cut: Estimate) -> bool:
    """Whether a number of nats is less than the information across a cut, beyond the errors of both.

    The errors are taken as independent and added in quadrature; a cut that was summed exactly has none.
    """
    return cut.value - nats.value > SIGMAS * math.hypot(nats.se, cut.se)


def judge(rate: Estimate, gap: Estimate, cuts: Mapping[str, Estimate], tolerance: float) -> Judgement:
    """Verdict of one VAE on the cuts that are known.

    `rate` and `gap` in nats per configuration, `cuts` by name. `below` compares the rate with every cut,
    `below_criterion` with the strongest, and `contradiction` says whether R + gap is below that one, which no VAE can
    be: then gap, rate, cut or ln Z is wrong. With no cut known the last two are None, and the trial has a verdict
    alone.
    """
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

    `judged` are the trials of systems of which a cut is known; each of them is in exactly one of `undecided`,
    `faithful_above`, `faithful_below`, `unfaithful_below` and `unfaithful_above`. Pruned trials were never measured and
    do not enter. A cut that an instance does not have counts as not foretelling its failures, so that `foretold`
    compares cuts only within instances that have them all.
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
    """The faithful trial of least rate, None where there is none.

    Least by value, whatever its error. It is what the rate of a faithful VAE came down to in practice, an upper
    estimate of what the system asks for, and is to be held against the strongest cut, which bounds that from below.
    """
    faithful = [trial for trial in trials if trial.verdict == FAITHFUL]
    return min(faithful, key=lambda trial: trial.rate.value, default=None)


def largest_insufficient(trials: Sequence[MeasuredTrial]) -> MeasuredTrial | None:
    """The unfaithful trial of largest rate, None where there is none.

    A large one that lies above every cut shows that rate is not all that a VAE needs: the decoder may be too weak, the
    training too short, or the prior too far from q(z).
    """
    failed = [trial for trial in trials if trial.verdict == UNFAITHFUL]
    return max(failed, key=lambda trial: trial.rate.value, default=None)
