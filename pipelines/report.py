"""Stage `report`: one self-contained HTML page of everything, and the overview figure. Usage: python pipelines/report.py"""

import json

from latentfield.report.overview import overview
from latentfield.report.page import write_page
from latentfield.report.panel import panel
from latentfield.report.tables import read_csv
from latentfield.stages import REPORTS, THEORIES, run


def main() -> None:
    """Write reports/index.html and reports/overview."""
    metrics = {path.stem: json.loads(path.read_text()) for path in sorted((REPORTS / "metrics").glob("*.json"))}
    tables = {
        name: {path.stem: read_csv(path) for path in sorted((REPORTS / "curves" / name).glob("*.csv"))}
        for name in metrics
    }
    overview(metrics, tables, REPORTS / "overview")
    panel(metrics, tables, REPORTS / "overview")
    write_page(REPORTS, THEORIES, REPORTS / "index.html")


if __name__ == "__main__":
    run(main)
