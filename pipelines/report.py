"""Stage `report`: one self-contained HTML page of everything, and the overview figure. Usage: python pipelines/report.py"""

import json
from functools import partial

from latentfield.report import criterion, latent_ladder, loads
from latentfield.report.overview import overview
from latentfield.report.page import write_page
from latentfield.report.panel import panel
from latentfield.report.tables import read_csv
from latentfield.stages import REPORTS, THEORIES, run

FIGURES = {
    "capacity": criterion.draw,
    "capacity_full": partial(criterion.draw, stem="capacity_full"),
    "load": loads.draw,
    "latents": latent_ladder.draw,
}
"""Figures of the studies that have been made."""


def main() -> None:
    """Write reports/index.html and reports/overview, and beside the records of the studies their figures."""
    metrics = {path.stem: json.loads(path.read_text()) for path in sorted((REPORTS / "metrics").glob("*.json"))}
    tables = {
        name: {path.stem: read_csv(path) for path in sorted((REPORTS / "curves" / name).glob("*.csv"))}
        for name in metrics
    }
    overview(metrics, tables, REPORTS / "overview")
    panel(metrics, tables, REPORTS / "overview")
    for name, draw in FIGURES.items():
        file = REPORTS / "studies" / f"{name}.json"
        if file.is_file():
            draw(json.loads(file.read_text()), file.parent)
    write_page(REPORTS, THEORIES, REPORTS / "index.html")


if __name__ == "__main__":
    run(main)
