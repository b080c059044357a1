"""The plan of the repository, and what a plan may not be."""

import math

import pytest

from latentfield.errors import LatentfieldError
from latentfield.pipeline import params
from latentfield.studies.capacity.instances import Point
from latentfield.studies.capacity.plan import CapacityStudy
from latentfield.systems.ising import CRITICAL_TEMPERATURE
from tests import ROOT

FILE = ROOT / "params.yaml"


def test_both_studies_hold_what_they_must():
    sweep = params.load(FILE).sweep
    for plan in (sweep.default, sweep.full):
        instances = list(plan.instances())
        patterns = {i.system.patterns for i in instances if i.system.name == "hopfield"}
        sizes = {i.system.size for i in instances if i.system.name == "ising"}
        assert patterns >= {1, 2, 4, 8, 16} and sizes == {4, 8, 12, 16}
        assert {i.system.n_sites for i in instances if i.system.name == "hopfield"} == {256}
        assert len({i.name for i in instances}) == len(instances)
        assert len(instances) * plan.trials >= 24 and plan.search
    temperatures = {round(i.temperature / CRITICAL_TEMPERATURE, 6) for i in sweep.full.instances() if i.exact_cuts}
    assert {0.8, 1.0, 1.5} <= temperatures
    hopfield = next(sweep.default.instances())
    assert hopfield.temperature < 1 and hopfield.system.temperatures.values[0] == hopfield.temperature


def test_the_grid_is_every_pair_in_order_of_capacity():
    plan = params.load(FILE).sweep.full
    assert len(plan.grid) == len(plan.latents) * len(plan.precision_caps)
    assert [p.capacity for p in plan.grid] == sorted(p.capacity for p in plan.grid)
    assert Point(4, math.e).capacity == pytest.approx(2.0)


def test_a_mistake_names_its_key():
    content = params.read(FILE)
    content["sweep"]["default"]["ising"]["sizes"] = [6]
    with pytest.raises(LatentfieldError, match=r"sweep\.default\.ising\.sizes\.0: got 6"):
        params.check(content, FILE)


def test_a_search_needs_room():
    content = params.read(FILE)["sweep"]["default"] | {"precision_caps": [10.0]}
    with pytest.raises(ValueError, match="two different precision_caps"):
        CapacityStudy.model_validate(content)
