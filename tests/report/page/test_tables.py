"""Tables: CSV that reads back, numbers with their errors, and the summary of all systems."""

import io
import math

import pytest
from rich.console import Console

from latentfield.records.registered import Registered
from latentfield.records.tables import read_csv, write_csv
from latentfield.report.page.tables import HEADERS, Row, estimate, print_summary, summary
from tests.report.records import recorded, sampled

FIRST = Registered(name="latentfield-ising", version="3", champion=True, reason="champion: the first")
REGISTERED = {"ising": FIRST}


def test_csv_reads_back(tmp_path):
    rows = [{"cell": 0, "p": 0.125, "exact": math.nan}, {"cell": 1, "p": 1 / 3, "exact": -2.0}]
    path = tmp_path / "new" / "rates.csv"
    write_csv(path, rows)
    assert path.read_text() == "cell,p,exact\n0,0.125,\n1,0.333333333,-2\n"
    back = read_csv(path)
    assert back[0] == pytest.approx(rows[0], nan_ok=True)
    assert back[1] == {"cell": 1.0, "p": pytest.approx(1 / 3, abs=1e-9), "exact": -2.0}


@pytest.mark.parametrize(
    "value, se, text",
    [
        (137.0659, 0.18848, "137.07 ± 0.19"),
        (0.0794, 0.00561, "0.0794 ± 0.0056"),
        (-86.98, 0.42, "-86.98 ± 0.42"),
        (1234.5, 35.0, "1234 ± 35"),
        (2.5, 0.0, "2.5 ± 0"),
        (2.5, float("nan"), "2.5 ± nan"),
        (92.674, None, "92.67"),
    ],
)
def test_an_estimate_has_two_digits_of_its_error(value, se, text):
    assert estimate(value, se) == text


def test_summary_rows():
    rows = summary({"retina": recorded("SURROGATE")[0], "ising": sampled()[0]}, REGISTERED)
    assert rows == [
        Row(
            "Ising model",
            "16 spins",
            "9.877 ± 0.012",
            "1.250 ± 0.040",
            "entropy: 9.42",
            "gap: 1.4560 ± 0.0070",
            "more than 1.400 ± 0.011",
            "latentfield-ising v3 (champion)",
        ),
        Row(
            "Salamander retina (SURROGATE)",
            "6 cells",
            "2.500 ± 0.011",
            "0.3000 ± 0.0020",
            "independent: 2.900 ± 0.012",
            "bound, K = 25: 2.432 ± 0.011",
            "0.200 ± 0.020",
            "not registered",
        ),
    ]
    assert len(HEADERS) == len(Row._fields)


def test_summary_without_exact_entropy_and_without_the_alias():
    record, _ = sampled("hopfield", "max_overlap", "hopfield_joint", "autoregressive")
    record = record.model_copy(update={"gap": None, "entropy": None})
    (row,) = summary({"hopfield_joint": record}, {"hopfield_joint": FIRST.model_copy(update={"champion": False})})
    assert (row.system, row.reference, row.beyond) == ("Hopfield network, joint prior", "unknown", "unknown")
    assert row.registered == "latentfield-ising v3"


def test_printed_summary_holds_every_cell_and_reads_no_markup():
    console = Console(record=True, width=300, file=io.StringIO())
    entry = {"ising": FIRST.model_copy(update={"name": "[bold]x[/bold]"})}
    print_summary({"ising": sampled()[0]}, entry, console)
    text = console.export_text()
    assert "[bold]x[/bold] v3 (champion)" in text
    for cell in (*HEADERS, "9.877 ± 0.012", "gap: 1.4560 ± 0.0070"):
        assert cell in text
