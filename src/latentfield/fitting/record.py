"""The record of a fit: that of the VAE which is shown, and what is concluded from all of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from latentfield.fitting.choice import Tried, floor
from latentfield.fitting.training import LatentModel
from latentfield.fitting.verdict import Findings, shown_by, verdict
from latentfield.fitting.work import Work
from latentfield.records.fitted import Conclusion, Fit, Held, Rung, Source, StrongestCut
from latentfield.records.measured import Measure, Measures, WordMeasures
from latentfield.statistics.estimate import Estimate
from latentfield.vae.model import VAE
from latentfield.words.evaluate import OURS, beside
from latentfield.words.ladder import Ladder


def on_ladder(tried: Tried, shown: LatentModel, measures: Measures, split: str) -> WordMeasures:
    """What is said of the VAE of any recording, from the scores of all models and what was measured on this one.

    It stands on a ladder of its own, beside independent sites and the other models without latents; the floor of the total
    correlation that it leaves is taken from all models, those of other numbers of latents too. `split` names what was held out.
    """
    latents = shown.assessed.latents
    models = {"independent": tried.models[0].scored} | tried.others | {OURS: shown.scored}
    bound = floor(tried._replace(models=tried.models | {latents: shown}), latents)
    return beside(measures, Ladder(models, tried.unit), bound, shown.assessed.convergence, split)


def conclusion(found: Findings, tried: Tried, curved: dict[int, LatentModel], numbers: NDArray[np.int64]) -> Conclusion:
    """What a fit concludes; `curved` are the curved fits beside linear ones; `numbers` (sites,) holds the number of every site.

    Sites of the cut are told by those numbers, so that dropped sites do not shift them. Nats are per test word.
    """
    choice, cut, ladder = found.choice, found.cut, tried.ladder
    baselines = {"independent": tried.models[0].scored} | tried.others
    for d in curved:
        del baselines[f"curved-{d}"]
    across = StrongestCut(
        **dict(cut) | {"sites": numbers[list(cut.sites)].tolist()},
        rate=found.rate,
        shows_failure=shown_by(cut, found.rate),
    )
    return Conclusion(
        latents=tuple(_rung(tried, ladder, d) for d in tried.models),
        curved=tuple(_held(model, d, ladder.gain(f"curved-{d}", "0")) for d, model in curved.items()),
        baselines={name: one.step.value for name, one in baselines.items()},
        chosen=choice.latents,
        faithful=choice.faithful,
        missing=Measure.of(choice.missing),
        missing_by=choice.by,
        worth=Measure.of(choice.worth),
        best=choice.best,
        cut=across,
        missed=found.pairs,
        binary=found.binary,
        verdict=verdict(found),
    )


def _held(model: LatentModel, d: int, gain: Estimate) -> Held:
    """One number of latents on the test words, and its `gain` on independent sites.

    Its `se` is that of its own mean, `gain_se` that of the paired difference from independent sites: mostly the smaller, since
    improbable words are so for all models.
    """
    assessed, step = model.assessed, model.scored.step
    return Held(
        d=d,
        nats=step.value,
        se=step.se,
        gain_se=gain.se,
        neg_elbo=assessed.neg_elbo.value,
        rate=assessed.rate.value,
        certificate=assessed.certificate,
        active=assessed.active,
    )


def _rung(tried: Tried, ladder: Ladder, d: int) -> Rung:
    """The same of one that the choice is made among; a negative floor of TC is said to be 0."""
    model = tried.models[d]
    tc = model.network()
    return Rung(
        **dict(_held(model, d, ladder.gain(str(d), "0"))),
        tc=tc.value,
        tc_saturated=tc.saturated,
        tc_floor=max(0.0, floor(tried, d).value),
    )


def record(work: Work, name: str, vae: VAE, measures: WordMeasures, concluded: Conclusion) -> Fit:
    """Everything that a fit found; the VAE of that name is shown. `samples` counts all words, those that no part uses included."""
    known = work.data.attributes
    return Fit(
        **dict(work.origin),
        **dict(measures),
        seed=work.chosen.seed,
        validation=vae.record.validation,
        prior=vae.architecture.prior.kind,
        sites=vae.architecture.shape,
        samples=work.data.n_samples,
        latents=vae.architecture.latents,
        shown=name,
        dropped_sites=known["dropped_sites"],
        duplicate_sites=known["duplicate_sites"],
        origin=Source(**{key: known[key] for key in Source.model_fields}),
        fit=concluded,
    )
