"""What the names in records and tables are called on paper: titles, symbols, units, transition temperatures."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from latentfield.records.decoded import Decoded
from latentfield.records.measured import Measured

ORDER = ("ising", "curie_weiss", "hopfield", "hopfield_joint", "maier_saupe", "retina")
"""Order of the VAEs in tables and pages; others follow by name."""

TITLES = {
    "ising": "Ising model",
    "curie_weiss": "Curie-Weiss model",
    "hopfield": "Hopfield network",
    "maier_saupe": "Maier-Saupe nematic",
    "retina": "Salamander retina",
}

OBSERVABLES = {
    "abs_m": "|m|",
    "max_overlap": "largest overlap",
    "nematic_s": "nematic order S",
    "susceptibility": "susceptibility",
    "binder": "Binder cumulant",
    "energy": "energy per site",
    "correlation_length": "correlation length",
    "correlation": "G(r), r ≥ 1",
    "count": "P(K)",
    "rates": "firing probabilities",
    "covariances": "pairwise covariances",
    "words10": "words of ten cells",
    "overlap": "overlaps P(q)",
}

MARK = "SURROGATE RECORDING"
"""Stands on everything that was made from synthetic words in place of the recording."""


class Transition(NamedTuple):
    """Transition temperature in units of J, in the limit of many sites, and its symbol."""

    temperature: float
    symbol: str


TRANSITIONS = {
    "ising": Transition(2.269185, "$T_c$"),
    "curie_weiss": Transition(1.0, "$T_c$"),
    "hopfield": Transition(1.0, "$T_c$"),
    "maier_saupe": Transition(0.22019, r"$T_\mathrm{NI}$"),
}


def title(system: str) -> str:
    """Name of a system as it stands in headings."""
    return TITLES.get(system, system.replace("_", " "))


def heading(record: Measured) -> str:
    """Title of a VAE: its system, and its prior where that is joint."""
    return title(record.system) + (", joint prior" if record.prior == "autoregressive" else "")


def observable(name: str) -> str:
    """Symbol or name of an observable."""
    return OBSERVABLES.get(name, name.replace("_", " "))


def surrogate(record: Measured | Decoded) -> bool:
    """Whether a record was measured on synthetic words that stand in for a recording."""
    return record.recording == "SURROGATE"


def size(record: Measured) -> str:
    """Number and kind of sites of a configuration, from its shape: (N,) cells, (L, L) spins or (L, L, 3) directors."""
    shape = record.sites
    return f"{math.prod(shape[:2])} {('cells', 'spins', 'directors')[len(shape) - 1]}"


def ordered(names: Iterable[str]) -> list[str]:
    """Names of VAEs in the order of the report."""
    return sorted(names, key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name))
