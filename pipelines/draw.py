"""Stage `draw`: every figure, from records (JSON) and tables (CSV) alone. Usage: python pipelines/draw.py"""

from latentfield.decoding.theory import read
from latentfield.pipeline.stage import REPORTS, THEORIES, run
from latentfield.records.measured import read_measured
from latentfield.records.tables import read_tables
from latentfield.report.figures import one_vae, overview, panel
from latentfield.report.figures.studies import table as studies
from latentfield.report.figures.theories import table as theories


def main() -> None:
    """Write reports/figures/NAME of every VAE, and reports/overview: all VAEs together, and the studies that have been made."""
    metrics = read_measured(REPORTS / "metrics")
    tables = {name: read_tables(REPORTS / "curves" / name) for name in metrics}
    for name, record in metrics.items():
        folder = REPORTS / "figures" / name
        one_vae.draw(record, tables[name], folder)
        theory = read(THEORIES / name)
        if theory:
            theories.draw(theory, read_tables(REPORTS / "theory" / name), folder)
    overview.draw(metrics, tables, REPORTS / "overview")
    panel.draw(metrics, tables, REPORTS / "overview")
    studies.draw(REPORTS / "studies", REPORTS / "overview" / "studies")


if __name__ == "__main__":
    run(main)
