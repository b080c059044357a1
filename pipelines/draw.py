"""Stage `draw`: every figure, from records (JSON) and tables (CSV) alone. Usage: python pipelines/draw.py

Two processes share the work: each figure is the same whoever draws it.
"""

import os
from functools import partial

from latentfield.decoding.theory import read
from latentfield.pipeline.stage import REPORTS, THEORIES, run
from latentfield.records.measured import MeasuredRecording, MeasuredSystem, read_measured
from latentfield.records.tables import read_tables
from latentfield.report.figures import one_vae, overview, panel
from latentfield.report.figures.studies import table as studies
from latentfield.report.figures.theories import table as theories
from latentfield.workspace.pool import apart


def main() -> None:
    """Write reports/figures/NAME of every VAE, and reports/overview: all VAEs together, and the studies that have been made."""
    metrics = read_measured(REPORTS / "metrics")
    tasks = [partial(_together, metrics), *(partial(_one, name, record) for name, record in metrics.items())]
    apart(tasks, min(2, os.cpu_count() or 1), "figures")


def _one(name: str, record: MeasuredSystem | MeasuredRecording) -> None:
    """The figures of one VAE, and of its theory."""
    folder = REPORTS / "figures" / name
    one_vae.draw(record, read_tables(REPORTS / "curves" / name), folder)
    theory = read(THEORIES / name)
    if theory:
        theories.draw(theory, read_tables(REPORTS / "theory" / name), folder)


def _together(metrics: dict[str, MeasuredSystem | MeasuredRecording]) -> None:
    """The figures of all VAEs together, and of the studies."""
    tables = {name: read_tables(REPORTS / "curves" / name) for name in metrics}
    overview.draw(metrics, tables, REPORTS / "overview")
    panel.draw(metrics, tables, REPORTS / "overview")
    studies.draw(REPORTS / "studies", REPORTS / "overview" / "studies")


if __name__ == "__main__":
    run(main)
