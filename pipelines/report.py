"""Stage `report`: one self-contained HTML page of everything. Usage: python pipelines/report.py"""

from latentfield.report.page import write_page
from latentfield.stages import REPORTS, run


def main() -> None:
    """Write reports/index.html."""
    write_page(REPORTS, REPORTS / "index.html")


if __name__ == "__main__":
    run(main)
