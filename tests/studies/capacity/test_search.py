"""What the search tries depends on what was found, not on the order in which it was."""

import optuna
from optuna.distributions import FloatDistribution, IntDistribution
from optuna.trial import TrialState, create_trial

from latentfield.pipeline import params
from latentfield.studies.capacity.objective import PLACE
from latentfield.studies.capacity.search import Search
from tests import ROOT

PLAN = params.load(ROOT / "params.yaml").sweep.full


def search(order: list[int]) -> Search:
    """A search whose grid is done, its places filled in the given order; ever more of them within the tolerance."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    made = Search(PLAN, next(PLAN.instances()), 0.5, 1, "key", optuna.storages.InMemoryStorage())
    space = {
        "latents": IntDistribution(min(PLAN.latents), max(PLAN.latents), log=True),
        "precision_cap": FloatDistribution(min(PLAN.precision_caps), max(PLAN.precision_caps), log=True),
    }
    for place in order:
        point = PLAN.grid[place]
        trial = create_trial(
            state=TrialState.COMPLETE, params=point._asdict(), distributions=space, value=point.capacity,
            user_attrs={PLACE: place}, constraints={"gap": 3.0 - 0.2 * place},
        )  # fmt: skip
        made.study.add_trial(trial)
    return made


def test_a_killed_place_of_the_grid_changes_nothing_that_is_searched():
    places = list(range(len(PLAN.grid)))
    straight, late = search(places), search([*places[:3], *places[4:], 3])
    backwards = search(places[::-1])
    assert straight.proposal() == late.proposal() == backwards.proposal()
    point = straight.proposal()
    assert 1 <= point["latents"] <= 16 and 1.5 <= point["precision_cap"] <= 1000
