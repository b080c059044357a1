"""The rules of the choice, on planted scores."""

import numpy as np
import pytest

from latentfield.fitting.choice import Tried, choose, floor, negligible
from latentfield.fitting.training import LatentModel
from latentfield.records.fitted import Assessed, Left
from latentfield.records.measured import Measure
from latentfield.words.ladder import Scored
from latentfield.words.ladder import scored as without_log_z

RNG = np.random.default_rng(0)
WORDS = RNG.normal(-20, 3, 4000)


def other(nats: float, noise: float = 0.1, log_z_se: float | None = None) -> Scored:
    """A model whose ln P is that of the words less `nats`."""
    found = without_log_z(WORDS - nats + RNG.normal(0, noise, len(WORDS)), None)
    return found._replace(step=found.step.model_copy(update={"log_z_se": log_z_se}))


def scored(nats: float, noise: float = 0.1, tc: float = 0.0, excess: float = 0.0, gained: float = 0.0) -> LatentModel:
    """A model with latents whose ln P is that of the words less `nats`, whose -ELBO is `gained` above -ln P."""
    found, nothing = other(nats, noise), Measure(value=0.0, se=0.0)
    assessed = Assessed(
        neg_elbo=Measure(value=gained - found.log_p.mean(), se=0.0), distortion=nothing, rate=nothing, rate_useful=nothing,
        rate_excess=Measure(value=excess, se=0.001), latents_nats=(), latents=1, elbo=0.0,
        tc=Left(value=tc, se=0.001, saturated=False),
    )  # fmt: skip
    return LatentModel(assessed, found, found.log_p)


def test_the_fewest_latents_within_errors_are_chosen():
    found = choose(Tried({0: scored(10), 1: scored(4), 2: scored(0), 3: scored(0)}, {"mixture": other(1)}, None))
    assert (found.latents, found.faithful) == (2, True)
    assert found.worth.value == pytest.approx(10, abs=0.01)


def test_a_hundredth_of_what_correlations_are_worth_is_negligible():
    assert choose(Tried({0: scored(10), 1: scored(0.08), 2: scored(0)}, {}, None)).latents == 1
    assert choose(Tried({0: scored(10), 1: scored(0.15), 2: scored(0)}, {}, None)).latents == 2


def test_a_better_model_without_latents_proves_a_failure():
    found = choose(Tried({0: scored(9), 1: scored(5), 2: scored(4)}, {"pairwise": other(0), "count": other(8)}, None))
    assert (found.latents, found.faithful, found.by, found.best) == (2, False, "ladder", "pairwise")
    assert found.missing.value == pytest.approx(4, abs=0.01)


def test_an_uncertain_partition_function_proves_nothing():
    models = {0: scored(9), 1: scored(4)}
    assert not choose(Tried(models, {"pairwise": other(0, log_z_se=0.1)}, None)).faithful
    assert choose(Tried(models, {"pairwise": other(0, log_z_se=2.0)}, None)).faithful


def test_what_a_network_finds_counts_less_what_importance_sampling_gains():
    assert choose(Tried({0: scored(9), 1: scored(0, tc=0.5, gained=0.5)}, {}, None)).faithful
    found = choose(Tried({0: scored(9), 1: scored(0, tc=0.5, excess=0.2, gained=0.1)}, {}, None))
    assert (found.faithful, found.by) == (False, "network")
    assert found.missing.value == pytest.approx(0.6, abs=1e-6)


def test_independent_sites_need_no_latents():
    found = choose(Tried({0: scored(0), 1: scored(0.01)}, {"pairwise": other(0.2)}, None))
    assert (found.latents, found.faithful, found.missing.value) == (0, True, 0)


def test_the_floor_of_the_left_correlation():
    tried = Tried({0: scored(9), 1: scored(4, excess=0.3, gained=0.5)}, {"mixture": other(0)}, None)
    assert floor(tried, 1).value == pytest.approx(4.2, abs=0.01)


def test_a_simpler_model_is_as_good_within_errors_or_a_hundredth():
    tried = Tried({0: scored(10), 2: scored(0)}, {}, None)
    joint = tried.models[2]
    assert negligible(tried, joint, scored(0.09)) and not negligible(tried, joint, scored(0.2))
    assert negligible(tried, joint, scored(0.2, noise=20))
