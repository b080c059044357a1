"""Tables: rows with the same columns, and the CSV files they are kept in."""

from __future__ import annotations

import csv
from pathlib import Path

Cell = float | int | str | bool | None
Row = dict[str, Cell]
Table = list[Row]
"""Rows with equal keys."""
Tables = dict[str, Table]
"""Tables by name."""


def write_csv(path: Path, rows: Table) -> None:
    """Write a table as CSV, numbers with nine digits, nothing for None."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as handle:
        writer = csv.DictWriter(handle, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({k: f"{v:.9g}" if isinstance(v, float) else v for k, v in row.items()})


def read_csv(path: Path) -> Table:
    """The table that `write_csv` wrote: every number a float, text as it is, None where nothing stands."""
    with path.open(newline="") as handle:
        return [{k: _cell(v) for k, v in row.items()} for row in csv.DictReader(handle)]


def write_tables(folder: Path, tables: Tables) -> None:
    """Write every table that has rows to folder/NAME.csv."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        if rows:
            write_csv(folder / f"{name}.csv", rows)


def read_tables(folder: Path) -> Tables:
    """The tables that `write_tables` wrote to a folder, by name; none where there is no such folder."""
    return {path.stem: read_csv(path) for path in sorted(folder.glob("*.csv"))}


def _cell(text: str) -> Cell:
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        return text
