"""Everything measured on the VAE of a recording: a record for JSON and tables of word statistics.

Held-out words are scored by the VAE and by a ladder of other models fitted to the same training words. Any of them
bounds what the latents leave from below (`ladder`), which a total correlation found by a network has to respect. One
that falls short of it is flagged `at_least`: a network that learns from words finds a part of what they hold, and what
it finds says no more than that as much is there.

What errs which way: -ELBO and rate are unbiased means over draws of z; importance-weighted nats are on average above
the VAE's own -ln P, whose mean is above the entropy of the data; the useful rate errs upwards where few posteriors
overlap, and the excess downwards by as much. Errors of means over test words take the units of their split. Those of
the two parts of the rate and of both capacities take every word as a unit, and are too small where words of a repeat or
of a second resemble each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from latentfield.arrays import FloatArray
from latentfield.measures.capacities import capacities
from latentfield.measures.density_ratio import Settings
from latentfield.measures.elbo import Nats, nats
from latentfield.measures.residual_correlation import remainder
from latentfield.measures.surgery import surgery
from latentfield.measures.total_correlation import Divergence
from latentfield.records.measured import (
    Converged,
    Correlation,
    Dissected,
    Measure,
    Measures,
    RateParts,
    ResidualMaps,
    WordMeasures,
)
from latentfield.records.tables import Tables
from latentfield.samples.store import SampleSet
from latentfield.statistics.estimate import Estimate, clustered_mean
from latentfield.vae.model import VAE
from latentfield.words import likelihood
from latentfield.words.agreement import agreement
from latentfield.words.exact import exact_fits
from latentfield.words.ladder import Ladder, Sizes, ladder, scored
from latentfield.words.parts import Parts, parts_of

DISSECTED, POSTERIORS = 4_000, 16_000
"""Test words on which the rate is taken apart, and training words whose posteriors stand for the aggregate posterior."""
NUMBERS = (1, 3, 10, 30, 100, 300, 1000)
"""Draws of z per word at which the convergence of the importance-weighted bound is shown, below the last."""
OURS = "vae"
"""Name of the VAE that is measured on its ladder."""


def evaluate(
    model: VAE, data: SampleSet, split: str, posterior_draws: int, sizes: Sizes, ratio: Settings
) -> tuple[WordMeasures, Tables]:
    """Measures and tables of a trained VAE; every random number depends on the seed of the settings `ratio` alone.

    `split` names the way in which words are held out, `posterior_draws` are the draws of z behind -ELBO. The ladder is
    fitted anew each time. Raises LatentfieldError for a split that the recording does not have. Tables are those of
    `statistics.statistics`, and "one_point" and "two_point", slopes by cell and by pair
    (`measures.residual_correlation`).
    """
    parts, seed = parts_of(data, split), ratio.seed
    found = nats(model, parts.test, 1.0, posterior_draws, seed)
    bounds = importance_weighted(model, parts, NUMBERS, sizes.importance_samples, seed)
    vae = scored(bounds.log_p, parts.unit, latents=model.architecture.latents)
    others = ladder(parts, sizes, seed)
    exact = exact_fits(parts, model.architecture.latents, sizes.exact_rounds, seed)
    steps = others._replace(models=others.models | exact | {OURS: vae})
    measures, tables = measured(model, parts, dissected(model, parts, found, seed), ratio, whole=True)
    bound = steps.bound(-found.neg_elbo, measures.rate_excess.estimate)
    return beside(measures, steps, bound, bounds.converged, split), tables


class Bounds(NamedTuple):
    """The importance-weighted bound of ln P."""

    log_p: FloatArray
    """Of every test word with the most draws, (n,)."""
    converged: tuple[Converged, ...]
    """Its mean against the number of draws.

    In order of the number of draws, the last with an error of difference of 0."""


def importance_weighted(model: VAE, parts: Parts, numbers: Sequence[int], last: int, seed: int) -> Bounds:
    """The bound with `last` draws of z per word, and its mean at those of the `numbers` of draws that are smaller.

    Rows hold -ln P in nats per word, which falls as draws are added but for noise; `se_of_difference` is the error of
    the difference from the last, paired by words and by draws, and tells whether more draws would still pay.
    """
    draws = sorted({k for k in numbers if k < last} | {last})
    bounds = likelihood.log_likelihood(model, parts.test, draws, seed)
    rows = []
    for k, bound in zip(draws, bounds, strict=True):
        mean = clustered_mean(-bound, parts.unit)
        difference = clustered_mean(bound - bounds[-1], parts.unit)
        rows.append(Converged(samples=k, value=mean.value, se=mean.se, se_of_difference=difference.se))
    return Bounds(bounds[-1], tuple(rows))


def dissected(model: VAE, parts: Parts, found: Nats, seed: int) -> Dissected:
    """-ELBO and its parts over all test words; the surgery of the rate on as many as it has posteriors.

    The surgery sees at most `DISSECTED` test words, one draw of z each, in the mixture of their posteriors and those of
    at most `POSTERIORS` training words. Its two parts add up to the rate of those words, not to `rate`, the mean over
    all.
    """
    rng = np.random.default_rng(seed)
    some = rng.permutation(len(parts.test))[:DISSECTED]
    others = parts.train[rng.permutation(len(parts.train))[:POSTERIORS]]
    rate = surgery(model, parts.test[some], others, 1.0, seed)
    return Dissected(
        **{name: _mean(getattr(found, name), parts.unit) for name in ("neg_elbo", "distortion", "rate")},
        rate_useful=Measure.of(rate.whole.rate_useful),
        rate_excess=Measure.of(rate.whole.rate_excess),
        latents_nats=tuple(
            RateParts(**{name: Measure.of(part) for name, part in latent._asdict().items()}) for latent in rate.latents
        ),
    )


def _mean(values: FloatArray, unit: NDArray[np.int64] | None) -> Measure:
    """Mean over test words and its error from the units (n,) they belong to."""
    return Measure.of(clustered_mean(values, unit))


def measured(
    model: VAE, parts: Parts, known: Dissected, ratio: Settings, whole: bool = False
) -> tuple[Measures, Tables]:
    """What is measured on the VAE without other models, and the tables; `whole` as in `agreement`.

    Total correlation and its null run are those of a network; capacities and statistics need none. No model is fitted
    here but that network, and `at_least` says only that it saturates: `beside` adds the verdict of the ladder.
    """
    observables, tables = agreement(model, parts, ratio.seed, whole)
    tc, null, residuals, maps = left(model, parts, ratio)
    carried = capacities(model, parts.test, 1.0)
    record = Measures(
        **{name: getattr(known, name) for name in Dissected.model_fields},
        capacity_sphere_packing=Measure.of(carried.capacity_sphere_packing),
        capacity_gaussian=Measure.of(carried.capacity_gaussian),
        tc=tc,
        tc_null=null,
        residuals=residuals,
        observables=observables,
    )
    return record, tables | maps


class Left(NamedTuple):
    """What the latents leave as a network finds it, the same where nothing is left, and what it is made of."""

    tc: Correlation
    """TC, nats per word: what of the correlations of cells is left given z."""
    tc_null: Correlation
    """Words that the decoder made, in place of the recording's: the truth is 0."""
    residuals: ResidualMaps
    """Fractions of the log ratio that single cells and pairs explain, and the same of shuffled ratios."""
    maps: Tables
    """"one_point" and "two_point", slopes by cell and by pair."""


def left(model: VAE, parts: Parts, ratio: Settings) -> Left:
    """What the latents leave of the test words.

    The network learns from training words and is measured on test words. All have T = 1, one group, so that there is
    one value.
    """
    words = np.concatenate([parts.train, parts.test]).reshape(1, -1, *model.architecture.shape)
    found = remainder(model, np.ones(1), words, slice(len(parts.train), None), 1, ratio)
    tc, null = (_correlation(one, parts.unit) for one in (found.correlation.value, found.correlation.null))
    return Left(tc, null, found.residuals, found.tables)


def _correlation(found: Divergence, unit: NDArray[np.int64] | None) -> Correlation:
    """TC of the one group; words of one unit are not independent, so that the error is that of units.

    That of the network, which another seed would train differently, is not in it.
    """
    return Correlation(
        value=found.estimates[0].value,
        se=clustered_mean(found.log_ratio, unit).se,
        at_least=(found.at_least[0],),
        limit=found.limit,
        extrapolated=(found.extrapolated[0],),
    )


def beside(
    measures: Measures, steps: Ladder, bound: Estimate, converged: tuple[Converged, ...], split: str
) -> WordMeasures:
    """What is measured on a VAE, beside the other models of a ladder; `bound` is what they prove to be left.

    `measures` are copied but for `tc`, whose flag is set as well where the estimate falls short of the bound. `gain` is
    paired; `independent` and `ladder` are nats per word, each with its own error, too large for comparing two of them.
    """
    vae, tc = steps.models[OURS], measures.tc
    flagged = tc.model_copy(update={"at_least": (tc.at_least[0] or short(tc.estimate, bound),)})
    return WordMeasures(
        **dict(measures) | {"tc": flagged},
        split=split,
        words=len(vae.log_p),
        importance_samples=converged[-1].samples,
        nats_per_word=Measure(value=vae.step.value, se=vae.step.se),
        independent=steps.models["independent"].step,
        gain=Measure.of(steps.gain(OURS, "independent")),
        ladder=steps.steps,
        convergence=converged,
        tc_bound=Measure.of(bound),
    )


def short(found: Estimate, bound: Estimate) -> bool:
    """Whether the network's estimate is below the bound by more than three standard errors.

    The bound is a proof up to its error; the network finds what it can learn. Where its estimate is short it has missed
    something. The errors are taken as independent.
    """
    return bool(found.value + 3 * np.hypot(found.se, bound.se) < bound.value)
