"""What the names in records and tables are called on paper, in which order they stand, and which VAE stands for a system.

The one place for this, so that figures, pages and terminals agree. What sampled systems are called, and what is to be said of them,
they say themselves (`systems.base.System`). Text is plain: pages escape it.
"""

from __future__ import annotations

import math

from latentfield.recordings import retina
from latentfield.records.decoded import Decoded
from latentfield.records.measured import Measured
from latentfield.records.provenance import Origin
from latentfield.systems.table import SYSTEMS

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
"""Observables by their names in records and tables; a name that is not here is shown as it is, with spaces for underscores.

First those of configurations at a temperature (`measures.observables`; the energy per site in units of J, the correlation length in
lattice spacings), then, from P(K) on, those of the words of a recording, K being the number of active cells in a word.
"""

MARK = "SURROGATE RECORDING"
"""Stands on everything that was made from synthetic words in place of the recording."""


def title(system: str) -> str:
    """Name of a system or a recording as it stands in headings; of other data their own name, with spaces for underscores."""
    if system == retina.NAME:
        return retina.TITLE
    return SYSTEMS[system].title if system in SYSTEMS else system.replace("_", " ")


def note(system: str) -> str:
    """What is to be said of a system or the recording before its numbers; nothing about other data."""
    if system == retina.NAME:
        return retina.NOTE
    return SYSTEMS[system].note if system in SYSTEMS else ""


JOINT = {"autoregressive", "mixture"}
"""Kinds of priors that are no product over latents."""


def heading(record: Measured) -> str:
    """Title of a VAE: its system, and its prior where that is joint.

    Two VAEs of one system with priors of the same kind have the same title; only their names tell them apart.
    """
    return title(record.system) + (", joint prior" if record.prior in JOINT else "")


def observable(name: str) -> str:
    """Symbol or name of an observable."""
    return OBSERVABLES.get(name, name.replace("_", " "))


def surrogate(record: Origin | Decoded) -> bool:
    """Whether a record was measured on synthetic words that stand in for a recording.

    Everything that is drawn or written from such a record carries MARK.
    """
    return record.recording == "SURROGATE"


def size(record: Measured) -> str:
    """Number and kind of sites of a configuration, from its shape: (N,) cells, (L, L) spins or (L, L, 3) directors.

    A recording whose sites are on a lattice counts as spins.
    """
    shape = record.sites
    return f"{math.prod(shape[:2])} {('cells', 'spins', 'directors')[len(shape) - 1]}"


def ordered(metrics: dict[str, Measured]) -> list[str]:
    """Names of VAEs in the order of the report: by system as in the table, of one system by name; then recordings.

    `metrics` holds their records by name.
    """
    place = {system: k for k, system in enumerate(SYSTEMS)}
    return sorted(metrics, key=lambda name: (place.get(metrics[name].system, len(place)), name))


def representative(metrics: dict[str, Measured], system: str) -> str | None:
    """The VAE that stands for a system: the first with a joint prior, else the first; None if there is none.

    It is drawn where several systems share a figure. A joint prior is preferred because it can hold what a product over latents
    cannot, such as "one pattern at a time". `metrics` holds the records by name; the name is returned.
    """
    own = [name for name in ordered(metrics) if metrics[name].system == system]
    return min(own, key=lambda name: metrics[name].prior not in JOINT, default=None)
