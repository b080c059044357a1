"""A fit of anyone's recording with its page and its runs: what `latentfield fit` and `latentfield.fit` share."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from latentfield.decoding.theory import Theory
from latentfield.fitting import folder as folders
from latentfield.fitting.result import Result
from latentfield.fitting.settings import Settings
from latentfield.recordings.store_words import DataSet
from latentfield.records.fitted import Fit
from latentfield.records.tables import Tables
from latentfield.report import fit_page
from latentfield.tracking.fit_runs import FitRuns


def fit(
    data: DataSet,
    chosen: Settings,
    folder: Path,
    scratch: Path,
    *,
    report: bool = True,
    workers: int = 1,
    root: Path | None = None,
) -> Result:
    """Fit words as `fitting.folder.fit` does; without `report` no page is drawn.

    The journals of the runs are kept in the checkout at `root`, if there is one; else in the scratch folder, which goes when the
    fit is done. `scratch` holds unfinished work, from which a fit that was killed goes on, and `folder` the result. `workers`
    processes share the work, and the result does not depend on their number.

    A finished fit of the same words, settings and code is only read: no page is added to one that was made without. Nothing is
    registered here. Raises LatentfieldError as `fitting.folder.fit` does.
    """

    def runs(work: Path, run: str, tags: Mapping[str, str]) -> FitRuns:
        return FitRuns(root or work, run, tags)

    draw = _page if report else None
    return folders.fit(data, chosen, folder, scratch, draw=draw, runs=runs, workers=workers)


def _page(record: Fit, tables: Tables, theory: Theory, theory_tables: Tables, folder: Path) -> None:
    """Figures, then the page that holds them; the version in the registry is added when the fit has been registered."""
    fit_page.draw(record, tables, theory, theory_tables, folder)
    fit_page.write(folder)
