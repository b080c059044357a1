"""The figure of the capacity study, on records of every kind."""

import pytest

from latentfield.report.figures.studies.capacity import draw, scale
from latentfield.studies.capacity.record import CapacityRecord, InstanceRecord


def trial(rate: float, gap: float, verdict: str) -> dict:
    others = dict.fromkeys(("rate_useful", "rate_excess", "tc", "capacity_gaussian"), 0.0)
    numbers = others | {"rate": rate, "gap": gap, "capacity_sphere_packing": rate + 1}
    below = {"half": rate < 0.7, "checkerboard": rate < 1.1}
    place = {"design": "grid", "latents": 1, "precision_cap": 2.0, "capacity_cap": 1.0}
    measured = {name: {"value": value, "se": 0.02} for name, value in numbers.items()}
    return place | measured | {"verdict": verdict, "below": below}


def instance(system: str, size: int, trials: list[dict], cuts: dict, **more) -> InstanceRecord:
    reached = [t for t in trials if t["verdict"] == "faithful"]
    failed = [t for t in trials if t["verdict"] == "unfaithful"]
    known = {name: {"value": value, "se": 0.0} for name, value in cuts.items()}
    nothing = {"value": 0.0, "se": 0.0}
    return InstanceRecord.model_validate({
        "name": "toy", "study": "toy", "log_z": nothing, "entropy": nothing, "unknown_cuts": {},
        "system": system, "size": size, "n_sites": size**2, "temperature": 2.27, "trials": trials, "cuts": known,
        "strongest": max(cuts, key=cuts.get), "bound": None,
        "smallest_sufficient": reached[0] if reached else None, "largest_insufficient": failed[-1] if failed else None,
    } | more)  # fmt: skip


PRUNED = {
    "design": "search", "latents": 1, "precision_cap": 2.0, "verdict": "pruned", "epochs": 3, "val_gap": 3.0,
}  # fmt: skip
SUFFICES = instance(
    "ising", 4, [trial(1, 5, "unfaithful"), trial(2, 0.1, "faithful")], {"half": 0.7, "checkerboard": 1.1}
)
FAILS = instance("ising", 8, [trial(1, 9, "unfaithful"), PRUNED], {"checkerboard": 3.2})
BOUNDED = instance("hopfield", 16, [trial(3, -0.01, "faithful")], {"half": 2.4}, patterns=4, bound=5.6)
FEW = instance("hopfield", 16, [trial(3, 2, "unfaithful")], {"half": 3.4}, patterns=8)
COUNTS = {
    "undecided": 0, "faithful_above": 1,
    "trials": 5, "judged": 3, "unfaithful_below": 2, "unfaithful_above": 0, "faithful_below": 0,
    "faithful_below_by_more_than_gap": 0, "contradictions": 0, "foretold": {"checkerboard": 2},
}  # fmt: skip


@pytest.mark.parametrize("instances", [[BOUNDED, FEW, SUFFICES, FAILS], [SUFFICES], [BOUNDED]])
def test_the_same_record_gives_the_same_bytes(tmp_path, instances):
    code = {"version": "0", "source": "feed", "commit": "unknown"}
    record = CapacityRecord(seed=1, tolerance=0.5, study={}, code=code, counts=COUNTS, instances=instances)
    first = [path.read_bytes() for path in draw(record, tmp_path)]
    assert [path.read_bytes() for path in draw(record, tmp_path, "again")] == first
    assert {path.name for path in tmp_path.iterdir()} == {
        f"{s}.{e}" for s in ("capacity", "again") for e in ("png", "svg")
    }
    text = first[1].decode()
    assert ("smallest sufficient rate" in text) and ("across the checkerboard cut" in text) == (SUFFICES in instances)
    if SUFFICES in instances:
        assert "half cut 0 of 1" in text


def test_the_unit_is_the_strongest_cut():
    assert [scale(one) for one in (SUFFICES, FAILS, BOUNDED, FEW)] == [1.1, 3.2, 2.4, 3.4]
    assert FAILS.measured == list(FAILS.trials[:1])
