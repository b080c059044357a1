"""Stage `draw`: every figure, from records (JSON) and tables (CSV) alone. Usage: python pipelines/draw.py

Two processes share the work: each figure is the same whoever draws it.
"""

import os
from functools import partial

from latentfield.decoding.theory import read
from latentfield.pipeline.stage import REPORTS, THEORIES, run
from latentfield.records.measured import read_measured
from latentfield.records.tables import read_tables
from latentfield.report.figures import one_vae, overview, panel
from latentfield.report.figures.studies import table as studies
from latentfield.report.figures.theories import table as theories
from latentfield.workspace.pool import apart


def main() -> None:
    """Write reports/figures/NAME of every VAE, and reports/overview: all VAEs together, and the studies that have been made."""
    names = list(read_measured(REPORTS / "metrics"))
    apart([_together, *(partial(_one, name) for name in names)], min(2, os.cpu_count() or 1), "figures")


def _one(name: str) -> None:
    """The figures of one VAE, and of its theory."""
    folder, record = REPORTS / "figures" / name, read_measured(REPORTS / "metrics")[name]
    one_vae.draw(record, read_tables(REPORTS / "curves" / name), folder)
    theory = read(THEORIES / name)
    if theory:
        theories.draw(theory, read_tables(REPORTS / "theory" / name), folder)


def _together() -> None:
    """The figures of all VAEs together, and of the studies."""
    metrics = read_measured(REPORTS / "metrics")
    tables = {name: read_tables(REPORTS / "curves" / name) for name in metrics}
    overview.draw(metrics, tables, REPORTS / "overview")
    panel.draw(metrics, tables, REPORTS / "overview")
    studies.draw(REPORTS / "studies", REPORTS / "overview" / "studies")


if __name__ == "__main__":
    run(main)
