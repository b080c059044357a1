"""Stage `report`: one self-contained HTML page of everything. Usage: python pipelines/report.py"""

from latentfield.pipeline.stage import REPORTS, THEORIES, run
from latentfield.report.page.page import write_page


def main() -> None:
    """Write reports/index.html."""
    write_page(REPORTS, THEORIES, REPORTS / "index.html")


if __name__ == "__main__":
    run(main)
