"""The VAEs of a fit as MLflow runs below one run of the fit, through journals; and the one that is shown, in the registry.

Processes that train write journals and nothing else; whoever started them uploads.

A fit's run is called "fit NAME", those below it "fit RUN VAE". With VAE the name of a VAE and RUN the key of the fit, the name of
the data and a fingerprint of words, settings and sources, their keys are RUN and RUN-VAE. All carry the tags of the fit: `system`,
`profile` ("fit"), `recording`, `data_hash` (of the words) and `git_commit`; params are the settings. Nats are per word.
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
    """Journals, in the checkout at `root`, of a fit and its VAEs; small enough to be sent to every worker.

    It holds no open file: every call opens its journal, adds a line and closes it. Of a VAE one worker writes at a time; workers at
    different VAEs write different files. `run` is the key of the fit and `tags` go to each of its runs. Numbers that are told twice
    after a kill stand once. Where `root` is no checkout the journals lie in a folder `mlruns` below it all the same.
    """

    def __init__(self, root: Path, run: str, tags: Mapping[str, str]) -> None:
        self.root, self.run, self.tags = Path(root), run, dict(tags)

    def open(self, name: str, settings: Record) -> None:
        """Open the run of the fit, or go on with it; `settings` become its params."""
        self._journal().start(f"fit {name}", settings, self.tags)

    def begin(self, vae: str, settings: Record) -> None:
        """Open the run of a VAE, or go on with it; `settings` are those of the fit with its number of latents, prior and pace."""
        self._journal(vae).start(f"fit {self.run} {vae}", settings, self.tags, parent=self.run)

    def epoch(self, vae: str, epoch: int, metrics: Mapping[str, float]) -> None:
        """Tell of an epoch of its training, counted from 0: `train/` and `val/` metrics in nats, learning rate and speed."""
        self._journal(vae).metrics(epoch, metrics)

    def end(self, vae: str, measured: Assessed) -> None:
        """Close the run of a VAE with everything measured on it: `test/neg_elbo`, `test/rate`, `test/tc`, ... and their errors."""
        self._close(self._journal(vae), estimates(measured))

    def close(self, numbers: Mapping[str, float], figures: Iterable[Path]) -> None:
        """Close the run of the fit with its outcome; the figures are kept in `figures` of the run.

        `numbers` are `test/nats_MODEL` of the models without latents and `test/nats_dN` of N latents, nats per held-out word,
        `test/missing_nats`, `test/chosen`, the number of latents, and `test/faithful`, 1 or 0.
        """
        for figure in figures:
            self._journal().artifact(figure, "figures")
        self._close(self._journal(), numbers)

    def _journal(self, vae: str | None = None) -> Journal:
        return Journal(journal_file(self.root, self.run if vae is None else f"{self.run}-{vae}"))

    @staticmethod
    def _close(journal: Journal, numbers: Mapping[str, float]) -> None:
        """Add the numbers that are new, and an end where the last line is none: a second call adds nothing."""
        journal.results(numbers)
        if journal.events()[-1]["event"] != "end":
            journal.end()


def register_fit(connection: Connection, root: Path, folder: Path, record: TrainedRecord) -> Version:
    """Bring MLflow up to date and register a VAE of a fit, whose theory is in its folder, under the name of the data.

    `record` is the one beside its weights; its `run` finds the run of the VAE, which the version is linked to if it was ever begun.
    Every journal of the checkout is uploaded on the way, not this fit's alone. The version is one of `latentfield-NAME`, and may
    take the alias of its champion from an earlier fit under that name, of the same data. Raises `TrackingUnavailable` where
    MLflow does not answer, and LatentfieldError where the folder lacks its weights, record or theory. Both leave the fit as
    it was.
    """
    sync(connection, journal_file(root, "").parent)
    journal = Journal(journal_file(root, record.run))
    run = run_id(journal, connection) if journal.events() else None
    version = register(connection, folder, record.name, run, run_tags(record), scores(record))
    attach(connection, version, folder)
    return version
