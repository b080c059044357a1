"""What is known of an instance, one measured trial, and the rule of pruning."""

import numpy as np
import pytest

from latentfield.information.cuts import information_bound
from latentfield.information.ising_checkerboard import checkerboard_information
from latentfield.information.ising_stripes import stripe_information
from latentfield.records.measured import Measure
from latentfield.studies.capacity.data import prepare
from latentfield.studies.capacity.instances import Point
from latentfield.studies.capacity.objective import hopeless
from latentfield.studies.capacity.plan import CapacityStudy
from latentfield.studies.capacity.trial import measure, train
from latentfield.systems.ising import CRITICAL_TEMPERATURE

CHAINS = {"chains": 40, "draws": 20, "burn_in": 50, "spacing": 5}
SCHEDULE = {"epochs": 6, "batch": 64, "learning_rate": 1e-2}


def plan(exact: int = 12, patterns: int = 2) -> CapacityStudy:
    network = {"encoder": "corrected_mean_field", "decoder": "corrected_mean_field", "hidden": [8, 8], **SCHEDULE}
    hopfield = {"size": 4, "patterns": [patterns], "temperatures": [0.9], "chains": CHAINS, "network": network}
    lattice = network | {"encoder": "cnn", "decoder": "cnn"}
    ising = {"sizes": [4], "temperatures": [1.0], "exact": exact, "chains": CHAINS, "network": lattice}
    grid = {"latents": [1, 2], "precision_caps": [2.0, 50.0], "search": 1}
    return CapacityStudy.model_validate(grid | {"hopfield": hopfield, "ising": ising})


def test_exact_cuts_of_the_torus_are_kept_with_its_samples(tmp_path):
    ising = list(plan().instances())[1]
    known = prepare(ising, 0, tmp_path)
    t = CRITICAL_TEMPERATURE
    assert known.cuts["half"] == (pytest.approx(stripe_information(4, t)), 0)
    assert known.cuts["checkerboard"] == (pytest.approx(checkerboard_information(4, t)), 0)
    assert known.cuts["checkerboard"].value == pytest.approx(1.08448, abs=1e-5)
    assert known.log_z.value == pytest.approx(ising.system.exact(t)["log_z"])
    first = known.chains(True)
    assert first.shape == (4 * 20, 4, 4) and known.chains(False).shape == (36 * 20, 4, 4)
    (tmp_path / f"{ising.name}.zarr").rename(tmp_path / "aside")
    assert np.array_equal(prepare(ising, 0, tmp_path).chains(True), first)
    (tmp_path / "other").mkdir()
    assert not np.array_equal(prepare(ising, 1, tmp_path / "other").chains(True), first)


def test_beyond_the_exact_size_the_checkerboard_is_sampled(tmp_path):
    ising = list(plan(exact=2).instances())[1]
    known = prepare(ising, 0, tmp_path)
    value, se = known.cuts["checkerboard"]
    assert set(known.cuts) == {"checkerboard"} and 0 < se < 0.1
    assert value == pytest.approx(1.08448, abs=4 * se)


def test_a_bound_is_no_cut(tmp_path):
    few, many = (next(plan(patterns=p).instances()) for p in (2, 5))
    known = prepare(few, 0, tmp_path)
    assert set(known.cuts) == {"half", "checkerboard"}
    bound = information_bound(few.system, few.temperature)
    assert known.facts.bound == pytest.approx(bound)
    assert bound > known.cuts["half"].value
    known = prepare(many, 0, tmp_path)
    assert "half" in known.cuts and known.cuts["half"].value < known.facts.bound
    found = many.system.thermodynamics(many.temperature, np.random.default_rng(0))
    assert known.log_z == found.log_z and found.log_z.se > 0
    assert known.facts.bound > 0


def test_the_numbers_of_a_trial_hang_together(tmp_path):
    hopfield = next(plan().instances())
    known = prepare(hopfield, 0, tmp_path)
    seen = []
    how = {"tolerance": 0.5, "posterior_draws": 4, "seed": 0}
    point = Point(2, 50.0)
    vae = train(known, hopfield.network, point, 0, tmp_path, lambda e, m, gap: seen.append((e, gap)))
    result = measure(vae, known, point, **how)
    value = {name: entry.value for name, entry in result if isinstance(entry, Measure)}
    assert [epoch for epoch, _ in seen] == list(range(6)) and seen[-1][1] < seen[0][1]
    assert value["gap"] == pytest.approx(min(gap for _, gap in seen), abs=0.15)
    assert value["tc"] == pytest.approx(value["gap"] - value["rate_excess"])
    assert value["rate_useful"] == pytest.approx(value["rate"] - value["rate_excess"], abs=0.1)
    assert 0 < value["capacity_sphere_packing"] <= result.capacity_cap
    assert not result.contradiction and not list(tmp_path.glob("tmp*"))
    point = Point(2, 1.01)
    tight = measure(train(known, hopfield.network, point, 0, tmp_path, lambda *_: None), known, point, **how)
    assert tight.capacity_sphere_packing.value <= tight.capacity_cap * 1.001
    assert tight.rate_useful.value < value["rate_useful"] and tight.gap.value > value["gap"]
    assert tight.verdict == "unfaithful"


def test_only_a_trial_that_cannot_arrive_is_hopeless():
    assert not hopeless([9.0, 8.0], left=3, tolerance=0.5)
    assert hopeless([9.0, 8.0, 7.0], left=3, tolerance=0.5)
    assert not hopeless([9.0, 6.0, 3.0], left=3, tolerance=0.5)
    assert hopeless([3.0, 2.0, 2.5], left=9, tolerance=0.5)
    assert not hopeless([3.0, 2.0, 2.5], left=0, tolerance=0.5)
    assert not hopeless([3.0, 2.0, 0.4], left=1, tolerance=0.5)
