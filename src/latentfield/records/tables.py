"""Tables: rows of numbers with the same columns, and the CSV files they are kept in; NaN where nothing is known."""

from __future__ import annotations

import csv
import math
from pathlib import Path

Row = dict[str, float]
Table = list[Row]
"""Rows with equal keys."""
Tables = dict[str, Table]
"""Tables by name."""


def write_csv(path: Path, rows: Table) -> None:
    """Write a table as CSV, numbers with nine digits, nothing for NaN."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as handle:
        writer = csv.DictWriter(handle, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({name: _text(value) for name, value in row.items()})


def read_csv(path: Path) -> Table:
    """The table that `write_csv` wrote."""
    with path.open(newline="") as handle:
        return [{k: float(v) if v else math.nan for k, v in row.items()} for row in csv.DictReader(handle)]


def _text(value: float) -> str:
    if not isinstance(value, float):
        return str(int(value))
    return "" if math.isnan(value) else f"{value:.9g}"


def write_tables(folder: Path, tables: Tables) -> None:
    """Write every table that has rows to folder/NAME.csv."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        if rows:
            write_csv(folder / f"{name}.csv", rows)


def read_tables(folder: Path) -> Tables:
    """The tables that `write_tables` wrote to a folder, by name; none where there is no such folder."""
    return {path.stem: read_csv(path) for path in sorted(folder.glob("*.csv"))}
