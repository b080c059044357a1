"""A fit at work: what every process of it is given, and who is told."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

from pydantic import JsonValue

from latentfield.fitting.settings import Settings
from latentfield.records.fitted import Assessed, FitOrigin
from latentfield.samples.store import SampleSet
from latentfield.words.parts import Parts, parts_of


class Observer(Protocol):
    """Who is told of the VAEs of a fit; pickled into every worker, and so without open files or connections."""

    def begin(self, vae: str, settings: dict[str, JsonValue]) -> None:
        """The training of a VAE begins, or goes on after a kill; not called for one that is finished."""

    def epoch(self, vae: str, epoch: int, metrics: dict[str, float]) -> None:
        """An epoch of it is over; metrics are those of training and validation."""

    def end(self, vae: str, measured: Assessed) -> None:
        """The VAE is trained and tested."""


@dataclass(frozen=True)
class Work:
    """A fit at work: sent to every process, which opens the data itself."""

    path: Path
    """Of the sample set."""
    chosen: Settings
    origin: FitOrigin
    folder: Path
    """Where earlier work is taken up."""
    observer: Observer
    """Told of every training and test, in whichever process it runs."""

    @cached_property
    def data(self) -> SampleSet:
        """The words, with their splits."""
        return SampleSet(self.path)

    @cached_property
    def parts(self) -> Parts:
        """The words under the split that was chosen; read once in every process."""
        return parts_of(self.data, self.chosen.split)
