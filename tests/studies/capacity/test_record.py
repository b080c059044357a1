"""The record of the study that is under version control, and its table."""

import json

import pytest

from latentfield.records.tables import read_csv, write_csv
from latentfield.studies.capacity.record import CapacityRecord
from tests import ROOT


def test_the_table_has_the_measured_vaes_of_the_record(tmp_path):
    file = ROOT / "reports" / "studies" / "capacity.json"
    record, content = CapacityRecord.read(file), json.loads(file.read_text())
    write_csv(tmp_path / "trials.csv", record.table())
    rows = read_csv(tmp_path / "trials.csv")
    assert len(rows) == record.counts.trials
    last = content["instances"][-1]
    assert rows[-1]["instance"] == len(content["instances"]) - 1 and rows[-1]["size"] == last["size"]
    trial = [one for one in last["trials"] if one["verdict"] != "pruned"][-1]
    assert rows[-1]["gap"] == pytest.approx(trial["gap"]["value"]) and rows[-1]["rate_se"] == pytest.approx(
        trial["rate"]["se"]
    )
    assert rows[-1]["i_max"] == pytest.approx(max(cut["value"] for cut in last["cuts"].values()))
    # What R + gap >= I(A; B) says, row by row.
    assert all(row["rate"] + row["gap"] > row["i_max"] - 4 * (row["rate_se"] + row["gap_se"]) for row in rows)
