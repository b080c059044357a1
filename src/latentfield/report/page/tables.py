"""The summary table of all systems.

The same rows stand on the page and in the terminal (`latentfield summary`). Numbers are text here, each with its error; for the
numbers themselves there are the records, and `latentfield summary --json`.
"""

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
    """Title of the VAE, and whether its recording is a surrogate."""
    configuration: str
    """Number and kind of sites: what nats are counted for."""
    neg_elbo: str
    rate: str
    """KL(q(z|x)‖p(z)), mean over configurations."""
    reference: str
    """What −ELBO is held against: the entropy of the data, which bounds it from below; for a recording independent cells, −ln P."""
    beyond: str
    """The gap −ELBO − entropy, paired; for a recording the importance-weighted −ln P and its number K of draws, which is at most
    −ELBO. "unknown" where the entropy is."""
    correlation: str
    """What the latents leave, found by a network."""
    registered: str
    """Version in the model registry, and whether it is the champion, which a name alone means there."""


def estimate(value: float, se: float | None = None) -> str:
    """A number and its standard error, both to two significant digits of the error: 137.07 ± 0.19.

    An error of 100 or more is shown to units. Without an error, two decimals; where the error is 0 or not finite, six digits of the
    number and the error as it is.
    """
    if se is None:
        return f"{value:.2f}"
    if not math.isfinite(se) or se <= 0:
        return f"{value:.6g} ± {se:g}"
    digits = max(0, 1 - math.floor(math.log10(se)))
    return f"{value:.{digits}f} ± {se:.{digits}f}"


def summary(metrics: dict[str, Measured], registered: dict[str, Registered]) -> list[Row]:
    """A row for each VAE, from its record and, if any, its entry in the registry.

    Both are given by name; rows are in the order of `labels.ordered`.
    """
    return [_row(metrics[system], registered.get(system)) for system in ordered(metrics)]


def print_summary(
    metrics: dict[str, Measured], registered: dict[str, Registered], console: Console | None = None
) -> None:
    """Print the summary as a table, on the terminal unless a console is given.

    As wide as the terminal, or WIDTH columns where stdout is a file or a pipe.
    """
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
    """Independent cells fitted to the training words, and the tighter bound: both −ln P of the same held-out words."""
    weighted = f"bound, K = {record.importance_samples}: {_mean(record.nats_per_word)}"
    return f"independent: {_mean(record.independent)}", weighted


def correlation(record: Measured) -> str:
    """The total correlation left by the latents; "more than" where the network only bounds it at some temperature.

    Where it saturates, its limit has entered the mean; where, on a recording, it falls short of what other models prove, the value
    that it found. Nats, ± one standard error, which leaves out that of the network's training.
    """
    return ("more than " if any(record.tc.at_least) else "") + _mean(record.tc)


def _theory(record: MeasuredSystem) -> tuple[str, str]:
    """Entropy and gap, "unknown" where nothing is known of the system; an exact entropy has no error, an integrated one has."""
    entropy, gap = record.entropy, record.gap
    known = "unknown" if entropy is None else f"entropy: {estimate(entropy.value, entropy.se or None)}"
    return known, "unknown" if gap is None else f"gap: {_mean(gap)}"


def _mean(quantity: Measure | Step) -> str:
    return estimate(quantity.value, quantity.se)


def version(entry: Registered | None) -> str:
    """A registered version in words: "latentfield-ising v3 (champion)"; "not registered" where there is none."""
    if entry is None:
        return "not registered"
    return f"{entry.name} v{entry.version}" + (" (champion)" if entry.champion else "")
