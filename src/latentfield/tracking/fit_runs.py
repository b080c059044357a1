"""The VAEs of a fit as MLflow runs below one run of the fit, through journals; and the one that is shown, in the registry.

Processes that train write journals and nothing else; whoever started them uploads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from latentfield.records.fitted import Assessed
from latentfield.tracking.connection import Connection
from latentfield.tracking.journal import Journal, journal_file
from latentfield.tracking.registry import Version, attach, register
from latentfield.tracking.replay import run_id, sync
from latentfield.tracking.tags import estimates, run_tags, scores
from latentfield.vae.record import TrainedRecord

Record = Mapping[str, Any]


class FitRuns:
    """Journals, in the checkout at `root`, of a fit and its VAEs; small enough to be sent to every worker."""

    def __init__(self, root: Path, run: str, tags: Mapping[str, str]) -> None:
        self.root, self.run, self.tags = Path(root), run, dict(tags)

    def open(self, name: str, settings: Record) -> None:
        """Open the run of the fit, or go on with it."""
        self._journal().start(f"fit {name}", settings, self.tags)

    def begin(self, vae: str, settings: Record) -> None:
        """Open the run of a VAE, or go on with it."""
        self._journal(vae).start(f"fit {self.run} {vae}", settings, self.tags, parent=self.run)

    def epoch(self, vae: str, epoch: int, metrics: Mapping[str, float]) -> None:
        """Tell of an epoch of its training."""
        self._journal(vae).metrics(epoch, metrics)

    def end(self, vae: str, measured: Assessed) -> None:
        """Close the run of a VAE with everything measured on it."""
        self._close(self._journal(vae), estimates(measured))

    def close(self, numbers: Mapping[str, float], figures: Iterable[Path]) -> None:
        """Close the run of the fit with its outcome."""
        for figure in figures:
            self._journal().artifact(figure, "figures")
        self._close(self._journal(), numbers)

    def _journal(self, vae: str | None = None) -> Journal:
        return Journal(journal_file(self.root, self.run if vae is None else f"{self.run}-{vae}"))

    @staticmethod
    def _close(journal: Journal, numbers: Mapping[str, float]) -> None:
        journal.results(numbers)
        if journal.events()[-1]["event"] != "end":
            journal.end()


def register_fit(connection: Connection, root: Path, folder: Path, record: TrainedRecord) -> Version:
    """Bring MLflow up to date and register a VAE of a fit, whose theory is in its folder, under the name of the data.

    `record` is the one beside its weights.
    """
    sync(connection, journal_file(root, "").parent)
    journal = Journal(journal_file(root, record.run))
    run = run_id(journal, connection) if journal.events() else None
    version = register(connection, folder, record.name, run, run_tags(record), scores(record))
    attach(connection, version, folder)
    return version
