"""The paragraph says what was found, whatever it was."""

import numpy as np
import pytest

from latentfield.fitting.choice import Choice
from latentfield.fitting.missed import missed
from latentfield.fitting.verdict import Findings, shown_by, verdict
from latentfield.records.fitted import Carried, Certified, Cut, Missed
from latentfield.records.measured import Explained, Measure
from latentfield.statistics.estimate import Estimate

CUT = Cut(sites=tuple(range(12)), bound=Measure(value=3.0, se=0.1), limit=7.6, by="couplings")
PAIRS = Missed(lattice=False, pairs=((3, 9), (1, 2)), slopes=(0.5, 0.4), explained=0.6, null=0.01)


def findings(choice: Choice, rate: float = 2.0, pairs: Missed = PAIRS, binary: bool = False) -> Findings:
    return Findings(choice, "linear", 3, Carried(latents=3, value=rate, se=0.01), CUT, pairs, binary)


def test_a_failure_names_its_size_its_reason_the_cut_and_the_pairs():
    text = verdict(findings(Choice(3, False, Estimate(4.0, 0.05), "ladder", "mixture", Estimate(7.0, 0.1))))
    for said in (
        "Not faithful: no low-dimensional mean-field theory of these data was found. With 3 latents and a linear decoder",
        "at least 4.00 ± 0.05 nats per word are missing, of 7.00", "a mixture describes held-out words so much better",
        "3 latents were the most tried", "12 sites against the others", "at least 3.00 ± 0.10 nats are shared",
        "more than the 2.00 nats that the encoder of 3 latents carries: the failure could be told in advance",
        "Pairs of sites explain 60 % of what is missed, most of all those of sites (3, 9), (1, 2).",
    ):  # fmt: skip
        assert said in text


def test_a_cut_below_the_rate_shows_nothing_and_weak_maps_name_no_pairs():
    choice = Choice(2, False, Estimate(4.0, 0.05), "network", "2", Estimate(7.0, 0.1))
    text = verdict(findings(choice, 3.0, PAIRS.model_copy(update={"explained": 0.03})))
    assert "this cut does not show the failure" in text and "No single pairs" in text
    assert "a network finds as much correlation left" in text and "were the most tried" not in text
    assert "by estimate 4.00 ± 0.05 nats per word are missing" in text
    assert not shown_by(CUT, Measure(value=2.8, se=0.01)) and shown_by(CUT, Measure(value=2.6, se=0.01))


def test_a_success_says_that_it_is_no_proof():
    text = verdict(findings(Choice(1, True, Estimate(0.0, 0.0), "ladder", "1", Estimate(7.0, 0.1)), 3.2, binary=True))
    assert text.startswith("Faithful: 1 latent suffices.") and "so this is no proof" in text
    assert "1 pattern of ±1, every bit of which is sure" in text and "as it must be" in text and "Pairs" not in text


def test_posteriors_may_be_poorer_than_a_faithful_likelihood():
    text = verdict(findings(Choice(2, True, Estimate(0.1, 0.05), "ladder", "pairwise", Estimate(7.0, 0.1)), 2.0))
    assert text.startswith("Faithful") and "posteriors poorer than the likelihood" in text and "failure" not in text
    assert "found missing, within 1 % and 3 standard errors" in text


def test_latents_that_died_are_said():
    failed = findings(Choice(8, False, Estimate(4.0, 0.05), "ladder", "mixture", Estimate(7.0, 0.1)))
    text = verdict(failed._replace(active={4: 4, 8: 5, 16: 6}))
    assert "The others having collapsed, of 8 latents 5 are active and of 16 latents 6 are active." in text
    assert "collapsed" not in verdict(failed._replace(active={4: 4}))


def test_zero_latents():
    text = verdict(findings(Choice(0, True, Estimate(0.0, 0.0), "ladder", "0", Estimate(0.0, 0.0))))
    assert text.startswith("Zero latents suffice: independent sites") and "cut" not in text


@pytest.mark.parametrize("lattice", [False, True])
def test_missed_pairs_are_the_steepest_under_the_numbers_of_the_file(lattice):
    keys = ("dy", "dx") if lattice else ("i", "j")
    rows = [dict(zip((*keys, "slope"), row, strict=True)) for row in ((0, 0, 9.0), (0, 1, 0.2), (1, 2, -0.7))]
    found = missed(rows, Explained(explained=0.5, null=0.0), np.array([4, 5, 8]))
    assert found.lattice == lattice
    assert found.pairs[0] == ((1, 2) if lattice else (4, 4))
    assert (0, 1) in found.pairs if lattice else (5, 8) in found.pairs


def test_curved_fits_and_the_certificate_are_told_of():
    choice = Choice(2, False, Estimate(4.0, 0.05), "ladder", "curved-2", Estimate(7.0, 0.1))
    behind = {1: Estimate(1.27, 0.02), 2: Estimate(0.0, 0.0)}
    told = findings(choice)._replace(curved=behind, certificate=Certified(train=0.004, test=0.2))
    text = verdict(told)
    assert "2 latents with a curved decoder describe held-out words so much better" in text
    assert "the best model is ahead of 1 latent 1.27 ± 0.02 and 2 latents 0.00 ± 0.00 nats" in text
    assert (
        "On the training words any other prior of 2 latents over the same range would gain less than 0.01 nats." in text
    )
    loose = verdict(told._replace(certificate=Certified(train=0.14, test=0.2)))
    assert "would gain at most 0.14 nats" in loose
