"""Statistics of held-out words against as many words of the VAE, and of independent cells: tables with z for every entry.

Columns "data", "vae" and "independent" with their errors "_se", "data_count", how often the data show the state, and
"z". The errors of the data take clusters as units where there are some, but for overlaps; words of the models are
independent draws. Rows of one table are not independent of each other.

    count        row: number K of active cells          probability
    rates        row: a cell                            probability to fire per bin
    covariance   row: a pair of cells i < j             covariance of spins ±1, no independent column, no count
    words10      row: a set of cells and one word       probability; bit k of the word is the k-th cell of the set
    overlap      row: q = (1/N) sum_i s_i s'_i          probability over disjoint random pairs (paper, eq. (35))
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from latentfield.arrays import FloatArray, Words
from latentfield.records.measured import Agreement
from latentfield.records.tables import Row, Table, Tables
from latentfield.words import likelihood

Drawn = dict[str, Words]
"""Words (n, neurons) by source: "data", "vae", "independent"."""

CELLS, SETS = 10, 20
"""Cells in the words whose frequencies are compared, and random sets of them."""


def statistics(drawn: Drawn, cluster: NDArray[np.int64] | None, rng: np.random.Generator) -> Tables:
    """Tables "count", "rates", "covariance", "words10" and "overlap"; `cluster` (n,) of the data makes their errors
    (`words`).

    `rng` chooses the sets of cells and pairs words. Rates and covariances have a row for every cell or pair, the others
    one for every state that at least one source shows, in increasing order.
    """
    return {
        "count": _count(drawn, cluster),
        "rates": _rates(drawn, cluster),
        "covariance": _covariances(drawn, cluster),
        "words10": _ten_cells(drawn, cluster, rng),
        "overlap": _overlaps(drawn, rng),
    }


def scores(tables: Tables) -> dict[str, Agreement]:
    """The largest |z| of each table, with its sign, and their root mean square; of states that the data show often enough.

    A table of which no state is: of many unlike sites, say, no word of ten: is left out.

    `values` is the number of rows that entered. Covariances have no states: all pairs enter.
    """
    found = {}
    for name, rows in tables.items():
        z = np.array([row["z"] for row in rows if row.get("data_count", COMMON) >= COMMON])
        if len(z):
            worst, rms = float(z[np.abs(z).argmax()]), float(np.sqrt((z**2).mean()))
            found[OBSERVABLES.get(name, name)] = Agreement(worst_z=worst, rms_z=rms, values=len(z))
    return found


OBSERVABLES = {"covariance": "covariances"}
"""Names of observables in records, where they differ from those of tables."""
COMMON = 30
"""Events below which a frequency is too far from Gaussian for z."""


def _columns(number: dict[str, NDArray], states: int, cluster: NDArray | None) -> dict[str, FloatArray]:
    """Frequencies of states by source, `name` and `name_se`, and how often the data show each."""
    columns: dict[str, FloatArray] = {}
    for name, state in number.items():
        found = likelihood.frequencies(state, states, cluster if name == "data" else None)
        columns |= dict(zip((name, f"{name}_se"), found, strict=True))
    return columns | {"data_count": columns["data"] * len(number["data"])}


def _rows(key: str, columns: dict[str, FloatArray]) -> Table:
    """A row for each state that some source shows, with z of VAE against data."""
    seen = np.flatnonzero(columns["data"] + columns["vae"] + columns["independent"])
    rows = [{key: int(k)} | {name: float(values[k]) for name, values in columns.items()} for k in seen]
    return [row | {"z": _score(row)} for row in rows]


def _score(row: Row) -> float:
    """z of VAE against data; 0 where neither error is above 0, as for a state that both always or never show."""
    se = np.hypot(row["vae_se"], row["data_se"])
    return float((row["vae"] - row["data"]) / se) if se > 0 else 0.0


def _count(drawn: Drawn, cluster: NDArray | None) -> Table:
    """Probability of each number of active cells, 0 to N."""
    number = {name: (x > 0).sum(1) for name, x in drawn.items()}
    return _rows("active", _columns(number, drawn["data"].shape[1] + 1, cluster))


def _rates(drawn: Drawn, cluster: NDArray | None) -> Table:
    """Firing probability of every cell per bin."""
    rows = []
    for cell in range(drawn["data"].shape[1]):
        columns = _columns({name: (x[:, cell] > 0).astype(np.int64) for name, x in drawn.items()}, 2, cluster)
        row = {"cell": cell} | {name: float(values[1]) for name, values in columns.items()}
        rows.append(row | {"z": _score(row)})
    return rows


def _covariances(drawn: Drawn, cluster: NDArray | None) -> Table:
    """Covariance of every pair of cells."""
    pairs = np.triu_indices(drawn["data"].shape[1], 1)
    (data, data_se), (vae, vae_se) = (
        [matrix[pairs] for matrix in likelihood.covariance(drawn[name], units)]
        for name, units in (("data", cluster), ("vae", None))
    )
    z = (vae - data) / np.maximum(np.hypot(data_se, vae_se), 1e-12)
    columns = {"i": pairs[0], "j": pairs[1], "data": data, "data_se": data_se, "vae": vae, "vae_se": vae_se, "z": z}
    return [{name: column[k].item() for name, column in columns.items()} for k in range(len(z))]


def _ten_cells(drawn: Drawn, cluster: NDArray | None, rng: np.random.Generator) -> Table:
    """Frequencies of the words of random sets of ten cells, or of all if there are fewer."""
    rows: Table = []
    for number in range(SETS):
        cells = np.sort(rng.permutation(drawn["data"].shape[1])[:CELLS])
        code = {name: likelihood.codes(x, cells) for name, x in drawn.items()}
        rows += [{"set": number} | row for row in _rows("word", _columns(code, 2 ** len(cells), cluster))]
    return rows


def _overlaps(drawn: Drawn, rng: np.random.Generator) -> Table:
    """Probability of each possible overlap q of a pair of words, spaced 2/N; errors take pairs as independent."""
    n = drawn["data"].shape[1]
    number = {name: np.rint((likelihood.overlaps(x, rng) + 1) * n / 2).astype(np.int64) for name, x in drawn.items()}
    return [{"overlap": 2 * row.pop("level") / n - 1} | row for row in _rows("level", _columns(number, n + 1, None))]
