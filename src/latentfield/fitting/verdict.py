"""The verdict on a fit, in one paragraph of plain words.

    faithful        how many latents are enough, what the correlations are worth, and that this is no proof
    not faithful    how much is missing, at least (other models) or by estimate (a network), and which of them says so
    cut             the information across the strongest cut found, beside the largest rate
    curved          how far curved fits of as many latents are behind the best model
    certificate     how much another prior of the same latents could gain
    pairs           which pairs of sites are missed, where pairs explain enough of what is

The cut is left out where independent sites are faithful; pairs are named, and curved fits, only where the fit is not. All numbers
are in the record too: this text decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from latentfield.fitting.choice import SHARE, SURE, Choice
from latentfield.fitting.missed import in_words
from latentfield.records.fitted import Carried, Certified, Cut, Missed
from latentfield.records.measured import Measure
from latentfield.statistics.estimate import Estimate

MODELS = {"count": "the law of the number of active sites", "pairwise": "the pairwise model", "mixture": "a mixture"}
"""How models without latents are called."""


class Findings(NamedTuple):
    """What the paragraph is made of."""

    choice: Choice
    decoder: str
    """Its name: what is missing is missing with this decoder, and another may hold more."""
    most: int
    """The largest number of latents tried."""
    rate: Carried
    """The largest rate among the models of each number, nats."""
    cut: Cut
    """Sites by their place among those that are left."""
    pairs: Missed
    """Of the VAE that is shown."""
    binary: bool
    """Whether the patterns of the chosen VAE are sign vectors, all sure."""
    curved: Mapping[int, Estimate] = {}
    """What curved fits of so many latents are behind the best model, nats, where they stand beside linear ones."""
    certificate: Certified | None = None
    """What any other prior of the chosen number could gain, where that is an exact fit."""
    active: Mapping[int, int] = {}
    """How many latents of VAEs have not collapsed, by the number asked for."""


def verdict(found: Findings) -> str:
    """Faithful or not, with how many latents, how much is missing, which cut shows it, which pairs are missed."""
    sentences = [_faithful(found)] if found.choice.faithful else [_unfaithful(found), _curved(found)]
    sentences += [_certificate(found), _collapsed(found)]
    if found.choice.latents or not found.choice.faithful:
        sentences.append(_cut(found))
    if not found.choice.faithful:
        sentences.append(in_words(found.pairs))
    return " ".join(sentence for sentence in sentences if sentence)


def _faithful(found: Findings) -> str:
    choice, d = found.choice, found.choice.latents
    if not d:
        return (
            "Zero latents suffice: independent sites say as much about held-out words as any other model tried, and a network "
            "finds no correlation left."
        )
    sentence = (
        f"Faithful: {_latents(d)} suffice{'s' if d == 1 else ''}. A mean-field theory with as many holds all that is known of "
        f"these data: {_nothing(choice)}, of {choice.worth.value:.2f} nats per word that the correlations are worth. The entropy "
        "of the data is not known, so this is no proof."
    )
    if found.binary:
        sentence += f" The decoder holds {d} pattern{'s' if d > 1 else ''} of ±1, every bit of which is sure."
    return sentence


def _unfaithful(found: Findings) -> str:
    choice = found.choice
    by = {
        "ladder": f"{_describes(choice.best)} held-out words so much better",
        "network": "a network finds as much correlation left between sites",
    }[choice.by]
    size = {"ladder": "at least", "network": "by estimate"}[choice.by]
    more = "" if choice.latents < found.most else f" {_latents(found.most).capitalize()} were the most tried."
    return (
        f"Not faithful: no low-dimensional mean-field theory of these data was found. With {_latents(choice.latents)} and a "
        f"{found.decoder} decoder {size} {_nats(choice.missing)} per word are missing, of {choice.worth.value:.2f} that the "
        f"correlations are known to be worth: {by}.{more}"
    )


def _curved(found: Findings) -> str:
    """What fields that are curved in the latents would do for a fit that fails with linear ones."""
    if not found.curved:
        return ""
    behind = [f"{_latents(d)} {room.value:.2f} ± {room.se:.2f}" for d, room in found.curved.items()]
    return f"Fields that are curved in the latents are another theory; so fitted the best model is ahead of {_listed(behind)} nats."


def _certificate(found: Findings) -> str:
    if not found.choice.latents or found.certificate is None:
        return ""
    at_most = found.certificate.train
    size = "less than 0.01" if at_most < 0.01 else f"at most {at_most:.2f}"
    return f"On the training words any other prior of {_latents(found.choice.latents)} over the same range would gain {size} nats."


def _collapsed(found: Findings) -> str:
    """Latents that were asked for and died."""
    died = [f"of {_latents(d)} {alive} are active" for d, alive in found.active.items() if alive < d]
    return f"The others having collapsed, {_listed(died)}." if died else ""


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _describes(model: str) -> str:
    """The best model of all with its verb: a number of latents, one with the prefix "curved-", or one of `MODELS`."""
    decoder, _, number = model.rpartition("-")
    if not number.isdigit():
        return f"{MODELS[model]} describes"
    if number == "0":
        return "independent sites describe"
    of = f" with a {decoder} decoder" if decoder else ""
    return f"{_latents(int(number))}{of} describe{'s' if number == '1' else ''}"


def shown_by(cut: Cut, rate: Measure) -> bool:
    """Whether the information across a cut is more than a rate can hold, beyond `SURE` standard errors of their difference.

    A VAE whose -ELBO is the entropy of the data has a rate of at least I(A; B) for every cut (paper, eq. (53)). One that has less
    does not get there, by its decoder or by its posteriors; one that has more may fail all the same.
    """
    return cut.bound.value - rate.value > SURE * float(np.hypot(cut.bound.se, rate.se))


def _cut(found: Findings) -> str:
    """What the cut says of the fit.

    Where it is more than the rate of a fit that is faithful by its likelihood, the posteriors are to blame: ln P is importance
    weighted and forgives poor ones, the rate does not.
    """
    cut, rate = found.cut, found.rate
    what = (
        f"Across the strongest cut found ({len(cut.sites)} sites against the others, by {cut.by}) at least {cut.bound.value:.2f} ± "
        f"{cut.bound.se:.2f} nats are shared (a lower bound, which could not exceed {cut.limit:.1f})"
    )
    carried = f"the {rate.value:.2f} nats that the encoder of {_latents(rate.latents)} carries"
    if shown_by(cut, rate):
        told = (
            "posteriors poorer than the likelihood" if found.choice.faithful else "the failure could be told in advance"
        )
        return f"{what}, more than {carried}: {told}."
    if found.choice.faithful:
        return f"{what}, no more than {carried}, as it must be."
    return f"{what}, no more than {carried}: this cut does not show the failure."


def _nothing(choice: Choice) -> str:
    """How little is missing from a faithful fit, with the thresholds that make it little."""
    if choice.missing.value <= 0:
        return "no other model says more about held-out words, and a network finds nothing left"
    return f"no more than {_nats(choice.missing)} are found missing, within {100 * SHARE:.0f} % and {SURE:.0f} standard errors"


def _latents(d: int) -> str:
    return {0: "no latents", 1: "1 latent"}.get(d, f"{d} latents")


def _nats(estimate: Estimate) -> str:
    return f"{estimate.value:.2f} ± {estimate.se:.2f} nats"
