"""The summary table of all systems."""

from __future__ import annotations

import math
import sys
from typing import NamedTuple

from rich.console import Console
from rich.table import Table
from rich.text import Text

from latentfield.records.measured import Measure, Measured, MeasuredRecording, MeasuredSystem, Step
from latentfield.records.registered import Registered
from latentfield.report.labels import heading, ordered, size, surrogate

HEADERS = (
    "System",
    "Configuration",
    "−ELBO (nats)",
    "Rate (nats)",
    "Reference (nats)",
    "Gap, or tighter bound (nats)",
    "Left correlation TC (nats)",
    "Registered",
)
"""One header for each field of a Row."""

WIDTH = 150
"""Columns of the printed summary where there is no terminal to ask."""


class Row(NamedTuple):
    """One system in the summary; means over held-out configurations and temperatures, ± one standard error, nats."""

    system: str
    configuration: str
    neg_elbo: str
    rate: str
    reference: str
    beyond: str
    correlation: str
    registered: str


def estimate(value: float, se: float | None = None) -> str:
    """A number and its standard error, both to two significant digits of the error: 137.07 ± 0.19."""
    if se is None:
        return f"{value:.2f}"
    if not math.isfinite(se) or se <= 0:
        return f"{value:.6g} ± {se:g}"
    digits = max(0, 1 - math.floor(math.log10(se)))
    return f"{value:.{digits}f} ± {se:.{digits}f}"


def summary(metrics: dict[str, Measured], registered: dict[str, Registered]) -> list[Row]:
    """A row for each VAE, from its record and, if any, its entry in the registry."""
    return [_row(metrics[system], registered.get(system)) for system in ordered(metrics)]


def print_summary(
    metrics: dict[str, Measured], registered: dict[str, Registered], console: Console | None = None
) -> None:
    """Print the summary as a table, on the terminal unless a console is given."""
    table = Table(title="Nats per held-out configuration, means over temperatures")
    for header in HEADERS:
        table.add_column(Text(header))
    for row in summary(metrics, registered):
        table.add_row(*(Text(cell) for cell in row))
    (console or Console(width=None if sys.stdout.isatty() else WIDTH)).print(table)


def _row(record: Measured, entry: Registered | None) -> Row:
    return Row(
        heading(record) + (" (SURROGATE)" if surrogate(record) else ""),
        size(record),
        _mean(record.neg_elbo),
        _mean(record.rate),
        *(_references(record) if record.kind == "recording" else _theory(record)),
        correlation(record),
        version(entry),
    )


def _references(record: MeasuredRecording) -> tuple[str, str]:
    weighted = f"bound, K = {record.importance_samples}: {_mean(record.nats_per_word)}"
    return f"independent: {_mean(record.independent)}", weighted


def correlation(record: Measured) -> str:
    """The total correlation left by the latents; "more than" where the network only bounds it at some temperature."""
    return ("more than " if any(record.tc.at_least) else "") + _mean(record.tc)


def _theory(record: MeasuredSystem) -> tuple[str, str]:
    entropy, gap = record.entropy, record.gap
    known = "unknown" if entropy is None else f"entropy: {estimate(entropy.value, entropy.se or None)}"
    return known, "unknown" if gap is None else f"gap: {_mean(gap)}"


def _mean(quantity: Measure | Step) -> str:
    return estimate(quantity.value, quantity.se)


def version(entry: Registered | None) -> str:
    """A registered version in words: "latentfield-ising v3 (champion)"."""
    if entry is None:
        return "not registered"
    return f"{entry.name} v{entry.version}" + (" (champion)" if entry.champion else "")
