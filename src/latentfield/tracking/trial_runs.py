"""Trials of a study as MLflow runs, children of one parent run per study, through journals: a server may be away.

Workers write journals and nothing else; whoever started them uploads.

A study here is one instance of the capacity study; its name, capacity-INSTANCE-KEY, is the key of the parent, and STUDY-0007
that of its trial 7. Epochs are told when a trial ends, all at once: of a trial whose process was killed MLflow shows params
and an end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from latentfield.records.measured import Measure
from latentfield.studies.capacity.record import MeasuredVAE
from latentfield.tracking.journal import Journal, journal_file


class TrialRuns:
    """Journals of a study's trials in the checkout at `root`; small enough to be sent to every worker.

    `tags` go to every run: `study` ("capacity") and `profile`. Different trials have different journals; that of the study may be
    started by two workers at the same moment, which does no harm, since a second start changes no params.
    """

    def __init__(self, root: Path, tags: Mapping[str, str]) -> None:
        self.root, self.tags = Path(root), dict(tags)

    def begin(self, study: str, number: int, parameters: Mapping[str, float | str]) -> None:
        """Open the run of a trial, below the run of its study, which is made with the first.

        `number` is Optuna's, also kept in the tag `optuna.trial`. `parameters` become params: `latents`, `precision_cap` (a
        ratio of variances, without a unit) and `instance`, the one that the parent has too.
        """
        parent = Journal(journal_file(self.root, study))
        if not parent.events():
            parent.start(study, {"instance": parameters["instance"]}, self.tags)
        self._journal(study, number).start(
            f"{study} {number}", parameters, self.tags | {"optuna.trial": str(number)}, parent=study
        )

    def end(
        self, study: str, number: int, epochs: Sequence[Mapping[str, float]], result: MeasuredVAE | None, status: str
    ) -> None:
        """Close the run of a trial, if it is open, with the metrics of its epochs and every number measured.

        `epochs` has one mapping for each epoch from 0 on, `train/` and `val/` metrics in nats with `val/gap`; `result` is
        None where nothing was measured. `status` is "FINISHED", "KILLED" (pruned or interrupted) or "FAILED";
        LatentfieldError for another word. A trial that never began, or has ended, is passed over: the same may be told again.
        """
        journal = self._journal(study, number)
        events = journal.events()
        if not events or events[-1]["event"] == "end":
            return
        for epoch, metrics in enumerate(epochs):
            journal.metrics(epoch, metrics)
        journal.results(_numbers(result) if result else {})
        journal.end(status)

    def finish(self, study: str, numbers: Mapping[str, float]) -> None:
        """Close the run of a study with its outcome, if it was ever opened; `numbers` are shown at step 0.

        They are `cut/NAME`, the information across each known cut, and `smallest_sufficient/rate` and `largest_insufficient/rate`,
        where there are such trials; nats.
        """
        parent = Journal(journal_file(self.root, study))
        if parent.events():
            parent.results(numbers)
            parent.end()

    def _journal(self, study: str, number: int) -> Journal:
        return Journal(journal_file(self.root, f"{study}-{number:04d}"))


def _numbers(result: MeasuredVAE) -> dict[str, float]:
    """Estimates as two metrics, numbers and truth values (1 or 0) as one; the rest is left out, as is what is None."""
    found: dict[str, float] = {}
    for name, value in result:
        if isinstance(value, Measure):
            found |= {f"test/{name}": value.value, f"test/{name}_se": value.se}
        elif isinstance(value, int | float):
            found[f"test/{name}"] = float(value)
    return found
