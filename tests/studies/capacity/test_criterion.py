"""Verdicts on hand-made numbers, and the inequality behind them on a VAE of which everything is known."""

import math

import pytest

from latentfield.records.measured import Measure
from latentfield.statistics.estimate import Estimate
from latentfield.studies.capacity.criterion import (
    below,
    counts,
    judge,
    largest_insufficient,
    smallest_sufficient,
    strongest,
    verdict,
)
from latentfield.studies.capacity.record import MeasuredTrial

ZERO = Measure(value=0.0, se=0.0)
CUTS = {"half": Estimate(1.0, 0.0), "checkerboard": Estimate(3.0, 0.0)}


def judged(rate: float, gap: float, cuts=CUTS, se: float = 0.01) -> MeasuredTrial:
    """A trial whose rate and gap are given; the rest of what is measured is nothing."""
    verdict = judge(Estimate(rate, se), Estimate(gap, se), cuts, tolerance=0.5)
    nothing = dict.fromkeys(("rate_useful", "rate_excess", "tc", "capacity_sphere_packing", "capacity_gaussian"), ZERO)
    numbers = nothing | {"rate": Measure(value=rate, se=se), "gap": Measure(value=gap, se=se), "capacity_cap": 0.0}
    return MeasuredTrial(design="grid", latents=1, precision_cap=2.0, **numbers, **dict(verdict))


@pytest.mark.parametrize(
    ("gap", "expected"),
    [((0.3, 0.05), "faithful"), ((0.45, 0.05), "undecided"), ((0.55, 0.05), "undecided"), ((0.7, 0.05), "unfaithful"),
     ((-0.1, 0.01), "faithful")],
)  # fmt: skip
def test_a_gap_is_judged_beyond_its_error(gap, expected):
    assert verdict(Estimate(*gap), 0.5) == expected


def test_the_errors_of_rate_and_cut_count_both():
    assert below(Estimate(2.9, 0.03), Estimate(3.0, 0.0))
    assert not below(Estimate(2.9, 0.03), Estimate(3.0, 0.05))
    assert not below(Estimate(3.5, 0.0), Estimate(3.0, 0.0))


def test_the_strongest_cut_decides():
    assert strongest(CUTS) == "checkerboard" and strongest({}) is None
    foretold_by_one = judged(2.0, 4.0)
    assert foretold_by_one.below == {"half": False, "checkerboard": True}
    assert foretold_by_one.below_criterion and not foretold_by_one.contradiction
    assert judged(4.0, 4.0).below_criterion is False


def test_without_a_cut_there_is_no_criterion():
    alone = judged(1.0, 2.0, cuts={})
    assert alone.below_criterion is None and alone.contradiction is None and alone.verdict == "unfaithful"
    assert counts([alone]).judged == 0 and counts([alone]).trials == 1


def test_every_kind_of_trial_is_counted_once():
    trials = [
        judged(3.5, 0.1),  # faithful, above
        judged(2.8, 0.3),  # faithful, below by less than its gap
        judged(2.0, 0.1),  # impossible: faithful, below by more
        judged(0.5, 9.0),  # fails, foretold by both cuts
        judged(2.0, 9.0),  # fails, foretold by the checkerboard alone
        judged(5.0, 2.0),  # fails for another reason
        judged(4.0, 0.5),  # undecided
    ]
    found = counts(trials)
    assert found.faithful_above == 1 and found.faithful_below == 2 and found.undecided == 1
    assert found.unfaithful_below == 2 and found.unfaithful_above == 1
    assert found.faithful_below_by_more_than_gap == found.contradictions == 1
    assert found.foretold == {"half": 1, "checkerboard": 2}
    parts = ("faithful_above", "faithful_below", "unfaithful_below", "unfaithful_above", "undecided")
    assert sum(getattr(found, name) for name in parts) == found.judged == len(trials)


def test_least_sufficient_and_greatest_insufficient_rate():
    trials = [judged(rate, gap) for rate, gap in ((3.5, 0.1), (3.2, 0.2), (2.0, 5.0), (6.0, 2.0), (1.0, 0.5))]
    assert smallest_sufficient(trials).rate.value == 3.2
    assert largest_insufficient(trials).rate.value == 6.0
    assert smallest_sufficient(trials[2:]) is None and largest_insufficient(trials[:2]) is None


def test_two_equal_spins_meet_the_bound_with_equality():
    """x_1 = x_2 fair, I = ln 2. A perfect latent has R = ln 2, gap 0; none at all R = 0, gap ln 2. Half of it contradicts."""
    cut = {"half": Estimate(math.log(2), 0.0)}
    for rate, gap in ((math.log(2), 0.0), (0.0, math.log(2))):
        assert not judged(rate, gap, cut, se=1e-6).contradiction
    assert judged(0.5 * math.log(2), 0.4 * math.log(2), cut, se=1e-6).contradiction
