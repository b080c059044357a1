"""Models on the same words: their steps, what they gain, and what the best of them proves of the others."""

import numpy as np
import pytest

from latentfield.statistics.estimate import Estimate
from latentfield.words.ladder import MODELS, Ladder, Scored, Sizes, ladder, names, scored, with_log_z
from latentfield.words.parts import Parts

RNG = np.random.default_rng(0)
QUICK = Sizes(importance_samples=10, mixtures=(1, 2), pairwise_steps=60)
WORDS = RNG.normal(-20, 3, 4000)
PAIRED = RNG.normal(0, 0.1, 4000)


def spins(p: float, n: int, sites: int) -> np.ndarray:
    return np.where(RNG.random((n, sites)) < p, 1, -1).astype(np.int8)


def made(**nats: float) -> Ladder:
    """Models by name whose ln P of the same words are so many nats apart, with the same noise in the differences."""
    return Ladder({name: scored(WORDS - less + PAIRED * (name == "a"), None) for name, less in nats.items()}, None)


def test_sites_that_are_mostly_active_are_counted_by_those_that_are_not():
    x = spins(0.03, 600, 60)
    quiet, busy = (Parts(sign * x[:400], sign * x[400:500], sign * x[500:], None) for sign in (1, -1))
    found = [MODELS["count"](parts, QUICK, 0).log_p for parts in (quiet, busy)]
    np.testing.assert_allclose(found[0], found[1])
    many = spins(0.98, 400, 300)
    assert np.isfinite(MODELS["count"](Parts(many[:300], many[300:350], many[350:], None), QUICK, 0).log_p).all()
    assert "count" in names(400) and "count" not in names(401)


def test_every_model_has_a_step_that_says_what_it_is():
    x = spins(0.3, 900, 6)
    found = ladder(Parts(x[:500], x[500:700], x[700:], None), QUICK, 0)
    assert list(found.steps) == ["independent", "count", "pairwise", "mixture"]
    assert found.steps["mixture"].components in QUICK.mixtures and found.steps["pairwise"].fitted_by is None
    for name, step in found.steps.items():
        log_p = found.models[name].log_p
        error = log_p.std(ddof=1) / np.sqrt(len(log_p))
        assert (step.value, step.se) == pytest.approx((-log_p.mean(), np.hypot(error, step.log_z_se or 0.0)))
    careful = MODELS["pairwise"](Parts(x[:500], x[500:700], x[700:], None), QUICK._replace(pairwise="better"), 0)
    assert careful.step.fitted_by in ("moments", "pseudo-likelihood", "every state") and careful.coupling.shape == (
        6,
        6,
    )


def test_the_error_of_ln_z_is_part_of_the_models_and_of_the_room_they_fill():
    assert with_log_z(Estimate(18.0, 0.03), 0.04) == pytest.approx((18.0, 0.05))
    assert with_log_z(Estimate(18.0, 0.03), None) == (18.0, 0.03)
    one = made(a=2.0, b=1.0)
    sure = one.room(one.models["a"].log_p)
    model = one.models["b"]
    unsure = one._replace(
        models=one.models | {"b": Scored(model.step.model_copy(update={"log_z_se": 0.4}), model.log_p)}
    )
    assert unsure.room(one.models["a"].log_p) == pytest.approx((sure.value, np.hypot(sure.se, 0.4)))
    assert unsure.gain("b", "a") == one.gain("b", "a")


def test_differences_are_paired():
    """The models vary from word to word by 3 nats, their difference by a tenth."""
    found = made(a=2.0, b=1.0)
    assert found.best == "b"
    assert found.gain("b", "a") == pytest.approx((1.0, 0.1 / np.sqrt(4000)), rel=0.05)
    assert found.steps["a"].se == pytest.approx(3 / np.sqrt(4000), rel=0.05)


def test_the_bound_by_hand():
    """-ELBO 3 nats above the best model, of which KL(q(z)||p(z)) is half a nat; ln P above the ELBO changes nothing."""
    found = made(b=1.0)
    elbo = WORDS - 4.0
    bound = found.bound(elbo, Estimate(0.5, 0.04))
    assert bound == pytest.approx((2.5, 0.04))
    assert found.bound(elbo + 1.0, Estimate(0.5, 0.04), gained=1.0) == pytest.approx(bound)
