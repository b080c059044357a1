"""The figure of the capacity study, on records of every kind."""

import pytest

from latentfield.report.figures.capacity_study import draw, measured, scale


def trial(rate: float, gap: float, verdict: str) -> dict:
    numbers = {"rate": rate, "gap": gap, "capacity_sphere_packing": rate + 1}
    below = {"half": rate < 0.7, "checkerboard": rate < 1.1}
    return {name: {"value": value, "se": 0.02} for name, value in numbers.items()} | {
        "verdict": verdict,
        "below": below,
    }


def instance(system: str, size: int, trials: list[dict], cuts: dict, **more) -> dict:
    reached = [t for t in trials if t["verdict"] == "faithful"]
    failed = [t for t in trials if t["verdict"] == "unfaithful"]
    known = {name: {"value": value, "se": 0.0} for name, value in cuts.items()}
    return {
        "system": system, "size": size, "n_sites": size**2, "temperature": 2.27, "trials": trials, "cuts": known,
        "strongest": max(cuts, key=cuts.get), "bound": None,
        "smallest_sufficient": reached[0] if reached else None, "largest_insufficient": failed[-1] if failed else None,
    } | more  # fmt: skip


PRUNED = {"verdict": "pruned", "val_gap": 3.0}
SUFFICES = instance(
    "ising", 4, [trial(1, 5, "unfaithful"), trial(2, 0.1, "faithful")], {"half": 0.7, "checkerboard": 1.1}
)
FAILS = instance("ising", 8, [trial(1, 9, "unfaithful"), PRUNED], {"checkerboard": 3.2})
BOUNDED = instance("hopfield", 16, [trial(3, -0.01, "faithful")], {"half": 2.4}, patterns=4, bound=5.6)
FEW = instance("hopfield", 16, [trial(3, 2, "unfaithful")], {"half": 3.4}, patterns=8)
COUNTS = {
    "trials": 5, "judged": 3, "unfaithful_below": 2, "unfaithful_above": 0, "faithful_below": 0,
    "faithful_below_by_more_than_gap": 0, "contradictions": 0, "foretold": {"checkerboard": 2},
}  # fmt: skip


@pytest.mark.parametrize("instances", [[BOUNDED, FEW, SUFFICES, FAILS], [SUFFICES], [BOUNDED]])
def test_the_same_record_gives_the_same_bytes(tmp_path, instances):
    record = {"instances": instances, "tolerance": 0.5, "counts": COUNTS}
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
    assert measured(FAILS) == FAILS["trials"][:1]
