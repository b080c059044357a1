"""Estimates in records, and what older records called them."""

import math

import numpy as np
import pytest

from latentfield.errors import LatentfieldError
from latentfield.records.base import Record, checked
from latentfield.records.decoded import DECODED, Compared
from latentfield.records.measured import Correlation, Measure
from latentfield.statistics.estimate import Estimate


def test_independent_temperatures_add_their_errors():
    found = Measure.over(np.array([0.5, 1.0]), [Estimate(1.0, 0.3), Estimate(3.0, 0.4)])
    assert found.estimate == pytest.approx((2.0, 0.25))
    assert found.plain() == {
        "value": 2.0, "se": pytest.approx(0.25),
        "per_temperature": [
            {"temperature": 0.5, "value": 1.0, "se": 0.3}, {"temperature": 1.0, "value": 3.0, "se": 0.4},
        ],
    }  # fmt: skip
    assert found.estimates == [(1.0, 0.3), (3.0, 0.4)]


def test_an_estimate_alone_is_value_and_error():
    assert Measure.of(Estimate(1.5, 0.1)).plain() == {"value": 1.5, "se": 0.1}
    assert Correlation(value=1.0, se=0.1, at_least=[False], limit=5.3).plain()["at_least"] == [False]


def test_records_of_the_first_versions_are_read():
    old = {"kind": "mean_field", "couplings": [], "worst_error": 0.1, "worst_temperature": 1.0}
    assert checked(DECODED, old, "here").worst_error == 0.1
    assert Measure.of(Estimate(2.0, 0.5)) == checked_measure({"mean": 2.0, "se": 0.5})
    assert Compared.parsed({"data": [0.1, 0.01], "network": [0.2, 0.02], "z": 1.0}, "here").network.se == 0.02


def checked_measure(content) -> Measure:
    return Measure.of(Wrapped.parsed({"measure": content}, "here").measure.estimate)


class Wrapped(Record):
    measure: Measure


def test_numbers_that_are_none_survive(tmp_path):
    file = tmp_path / "new" / "record.json"
    Wrapped(measure=Measure(value=math.inf, se=math.nan)).write(file)
    back = Wrapped.read(file).measure
    assert back.value == math.inf and math.isnan(back.se)
    assert [path.name for path in file.parent.iterdir()] == ["record.json"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "cannot be read"),
        ('{"measure": {"value": 1}}', "measure.se"),
        ('{"measure": {"value": 1, "se": 0}, "more": 1}', "more"),
    ],
)
def test_a_damaged_record_is_named(tmp_path, text, message):
    file = tmp_path / "record.json"
    with pytest.raises(LatentfieldError, match="there is no record"):
        Wrapped.read(file)
    file.write_text(text)
    with pytest.raises(LatentfieldError, match=f"{file}.*{message}"):
        Wrapped.read(file)
