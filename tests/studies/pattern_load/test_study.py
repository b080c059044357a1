"""The load study: what its points hold, that a killed study continues, and that chains out of equilibrium are seen."""

import re

import numpy as np
import pytest

from latentfield.report.figures.studies import pattern_load
from latentfield.studies.pattern_load import study
from latentfield.studies.pattern_load.convergence import convergence, r_hat, replica_overlaps
from latentfield.studies.pattern_load.plan import LoadStudy, Point, glass_temperature
from latentfield.studies.pattern_load.record import PointRecord
from latentfield.systems.base import TemperatureGrid
from latentfield.vae.data import CooledOrder
from latentfield.vae.schedule import Cooling

STUDY = LoadStudy(
    size=8,
    patterns=(2,),
    ranges=("mixed",),
    samples=(800, 4000),
    temperatures={"min": 0.6, "max": 2.0, "count": 4, "spacing": "log"},
    chains=16,
    burn_in=200,
    spacing=10,
    training={"epochs": 6, "hold": 2, "ramp": 2, "batch": 64, "learning_rate": 0.05},
    decoder_patterns=(2,),
    search_steps=200,
    ica_restarts=1,
)


def recovered(point: Point, exact: float) -> PointRecord:
    """The record of a point where every method finds this fraction of the patterns."""
    way = {"exact": exact, "mean_overlap": 1.0, "found": 2, "binarity": 1.0, "seconds": 0.0}
    span = {"seconds": 0.0, "cos2_mean": 1.0, "cos2_min": 1.0, "search": way, "fast_ica": way}
    numbers = {
        "alpha": 0.1,
        "sites": 64,
        "used": point.samples,
        "glass_temperature": 1.2,
        "lowest": 0.5,
        "highest": 2.0,
    }
    return PointRecord(**dict(point), **numbers, methods={"covariance": span, "vae": span})


@pytest.fixture(scope="module")
def data():
    return study.Data(STUDY, 2, seed=3)


def test_every_method_finds_two_patterns_in_four_thousand_samples(data):
    record = study.measure(STUDY, Point(patterns=2, temperatures="mixed", samples=4000), data, seed=3)
    assert record.alpha == 2 / 64 and record.used == 4000
    assert set(record.methods) == {"covariance", "pseudo_likelihood", "latent_network", "vae"} and record.solved
    for name, method in record.methods.items():
        assert method.cos2_min > 0.9, name


def test_every_decoder_finds_the_span_of_two_patterns(tmp_path):
    records = study.decoders(STUDY, 3, tmp_path)
    assert [record.decoder for record in records] == ["corrected_mean_field", "cnn"]
    for record in records:
        assert record.cos2_min > 0.9 and record.search.exact == 1, record.decoder
        assert record.samples == 4000 and record.temperatures == "mixed"


def test_samples_of_a_range_are_those_of_its_temperatures(data):
    for where, low, high in (("cold", 0.6, 1.0), ("hot", glass_temperature(2, 64), 2.1)):
        split = data.split(STUDY, Point(patterns=2, temperatures=where, samples=400))
        t = np.concatenate([part.temperature for part in split.values()])
        assert low - 1e-6 <= t.min() and t.max() < high and len(t) == 400
        assert len(split["validation"].x) == 40


def test_a_killed_study_repeats_no_finished_point(tmp_path, monkeypatch):
    """The second point fails; the next run measures it alone, and ends as one that never failed."""
    measured = []

    def toy(plan, point, data, seed):
        measured.append(point.samples)
        if len(measured) == 2:
            raise KeyboardInterrupt
        return recovered(point, 0.5)

    monkeypatch.setattr(study, "measure", toy)
    with pytest.raises(KeyboardInterrupt):
        study.run(STUDY, 3, tmp_path)
    assert [record.samples for record in study.run(STUDY, 3, tmp_path)] == [800, 4000]
    assert measured == [800, 4000, 4000]


def test_more_samples_are_not_tried_where_all_is_recovered(tmp_path, monkeypatch):
    monkeypatch.setattr(study, "measure", lambda plan, point, *_: recovered(point, 1.0))
    assert len(study.run(STUDY, 3, tmp_path)) == 1


def test_processes_leave_what_one_leaves(tmp_path):
    """All pieces by two processes, then read; beside the same by this one. Seconds are of the machine."""
    small = STUDY.model_copy(update={"samples": (800,), "decoders": ("mean_field",)})
    study.ahead(small, 3, tmp_path / "two", 2)
    files = sorted(path.name for path in (tmp_path / "two").glob("*.json"))
    assert files == ["p002-mixed-n000800-mean_field.json", "p002-mixed-n000800.json", "sampling-p002.json"]
    for way in (study.run, study.decoders, study.sampling):
        two, one = (way(small, 3, tmp_path / folder) for folder in ("two", "one"))
        assert timeless(two) == timeless(one)


def timeless(found: object) -> str:
    """Everything but the seconds."""
    plain = found if isinstance(found, list) else [row for rows in found.values() for row in rows]
    return re.sub(r"'seconds': [0-9.e-]+", "", str([row.model_dump() for row in plain]))


def test_chains_in_equilibrium_agree_and_frozen_ones_do_not(data):
    """Independent draws of one law against chains that each keep a configuration of their own."""
    honest = convergence(data.system, data.x[-1], 2.0)
    assert honest.equilibrium or honest.effective_samples < 500
    assert abs(honest.r_hat - 1) < 0.02
    frozen = np.repeat(data.x[-1][:, :1], 40, axis=1)
    assert not convergence(data.system, frozen, 2.0).equilibrium
    (between, within), _ = replica_overlaps(frozen.reshape(16, 40, -1))
    assert within == pytest.approx(1) and between < 0.2


def test_r_hat_of_two_chains_by_hand():
    """Means 1 and 3, variances 1: B = 2, W = 1, D = 3."""
    assert r_hat(np.array([[0.0, 1, 2], [2, 3, 4]])) == pytest.approx(np.sqrt(2 + 2 / 3))
    assert r_hat(np.array([[1.0, 1], [2, 2]])) == np.inf


def test_cooling_begins_at_high_temperatures_and_ends_with_all():
    import torch

    cooling = Cooling(start=1.5, hold=2, ramp=3)
    assert [cooling.floor(epoch) for epoch in range(6)] == pytest.approx([1.5, 1.5, 1.125, 0.75, 0.375, 0])
    temperature = torch.tensor([0.5, 1.0, 1.6, 2.0]).repeat(25)
    order = CooledOrder(temperature, 8, 1, cooling)
    assert temperature[torch.cat(list(order))].unique().tolist() == pytest.approx([1.6, 2.0])
    assert sum(len(rows) for rows in order) == 100
    order.set_epoch(5)
    assert sorted(torch.cat(list(order)).tolist()) == list(range(100))


def test_critical_samples_are_those_of_one_pattern():
    """At one temperature 1 + sqrt(M/N) = T; two temperatures of which one tells nothing need twice as many."""
    one = STUDY.model_copy(update={"temperatures": TemperatureGrid(min=1.5, max=1.5, count=1)})
    assert one.critical_samples(2) == pytest.approx(64 * 0.25)
    two = STUDY.model_copy(update={"temperatures": TemperatureGrid(min=1.5, max=1e6, count=2)})
    assert two.critical_samples(2) == pytest.approx(2 * 64 * 0.25, rel=1e-6)


def test_samples_needed_are_the_fewest_that_sufficed():
    def point(alpha, used, exact):
        where = Point(patterns=2, temperatures="mixed", samples=used)
        return recovered(where, exact).model_copy(update={"alpha": alpha})

    points = [point(0.1, 10, 0.5), point(0.1, 100, 1.0), point(0.2, 10, 0.0), point(0.2, 100, 0.9)]
    assert pattern_load.needed(points, "vae") == [(0.1, 100, True), (0.2, 100, False)]
    assert pattern_load.needed(points, "latent_network") == []
    assert [p.used for p in pattern_load.largest(points)] == [100, 100]
