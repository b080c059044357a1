"""The objective of the capacity study: one trial, told to an observer, pruned when it is hopeless.

A trial of the search is hopeless when after some epoch its gap on the held-out configurations, falling from now on in every epoch
left as it fell in the last one, would still end above the tolerance. (Learning rates fall, and gaps fall the more slowly.) Trials
of the grid are never pruned: they are the figure.

Told to Optuna: the capacity (d/2) ln tau_max, to be made small, with the constraint gap - tolerance <= 0. A trial that
is pruned gives the constraint of its last epoch. Whatever a trial measures is kept as its attributes.
"""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import optuna
from filelock import FileLock
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import Trial

from latentfield.studies.capacity.data import prepare
from latentfield.studies.capacity.instances import Point
from latentfield.studies.capacity.record import MeasuredVAE

if TYPE_CHECKING:
    from latentfield.studies.capacity.search import Search

FIRST_LOOK = 2
"""Epochs before a trial may be pruned."""
PLACE, MEASURED, KNOWN = "place", "measured", "known"
"""Attributes of a trial: its place in the plan, what was measured on it, what is known of its instance."""


class Observer(Protocol):
    """Who is told of trials as they begin and end; pickled into every worker."""

    def begin(self, study: str, number: int, parameters: dict[str, float | str]) -> None:
        """A trial begins.

        `study` is the name of its Optuna study, `number` that of the trial there, `parameters` its point and the name
        of its instance.
        """

    def end(
        self, study: str, number: int, epochs: list[dict[str, float]], result: MeasuredVAE | None, status: str
    ) -> None:
        """A trial has ended: metrics of each epoch, what was measured if it was, and how it ended.

        "FINISHED", "KILLED" (pruned or interrupted) or "FAILED".
        """


class Objective:
    """What one trial of a search does, once.

    It is made for one trial and counts what happens in it: `epochs` are metrics per epoch, `gaps` the held-out gap
    after each, nats; `lost` says that the trial was given up by others as dead meanwhile, so that its result is thrown
    away. The lock of the queue, taken by whoever calls, is released as soon as the trial is taken from it.
    """

    def __init__(self, search: Search, folder: Path, observer: Observer, lock: FileLock) -> None:
        self.search, self.folder, self.observer, self.lock = search, folder, observer, lock
        self.epochs: list[dict[str, float]] = []
        self.gaps: list[float] = []
        self.lost = False

    def __call__(self, trial: Trial) -> float:
        self.lock.release()
        try:
            return self._observed(trial)
        except UpdateFinishedTrialError:
            self.lost = True
            raise

    def _observed(self, trial: Trial) -> float:
        """The capacity of a trial's point, whose VAE is measured on the way.

        The observer is told of its beginning and of its end, whichever it is.
        """
        plan, instance = self.search.plan, self.search.instance
        latents = trial.suggest_int("latents", min(plan.latents), max(plan.latents), log=True)
        cap = trial.suggest_float("precision_cap", min(plan.precision_caps), max(plan.precision_caps), log=True)
        point, name = Point(latents, cap), self.search.name
        trial.set_user_attr("process", f"{socket.gethostname()}:{os.getpid()}")
        self.observer.begin(name, trial.number, dict(point._asdict()) | {"instance": instance.name})
        status, started = "FAILED", time.perf_counter()
        result: MeasuredVAE | None = None
        try:
            result = self._measure(trial, point)
            status = "FINISHED"
        except optuna.TrialPruned:
            status = "KILLED"
            trial.set_constraint("gap", self.gaps[-1] - self.search.tolerance)
            raise
        finally:
            trial.set_user_attr("seconds", round(time.perf_counter() - started, 1))
            self.observer.end(name, trial.number, self.epochs, result, status)
        return point.capacity

    def _measure(self, trial: Trial, point: Point) -> MeasuredVAE:
        # Torch takes seconds to import, which the process that only watches is spared.
        """Train and measure the VAE of a point. A kill loses it whole: checkpoints of a trial are not kept."""
        from latentfield.studies.capacity.trial import measure, train

        search = self.search
        known = prepare(search.instance, search.seed, self.folder)
        vae = train(
            known,
            search.instance.network,
            point,
            search.seed,
            self.folder,
            lambda epoch, metrics, gap: self._watch(trial, epoch, metrics, gap),
        )
        draws = search.plan.posterior_draws
        result = measure(vae, known, point, tolerance=search.tolerance, posterior_draws=draws, seed=search.seed)
        trial.set_constraint("gap", result.gap.value - search.tolerance)
        trial.set_user_attr(MEASURED, result.plain())
        trial.set_user_attr(KNOWN, known.facts.plain())
        return result

    def _watch(self, trial: Trial, epoch: int, metrics: dict[str, float], gap: float) -> None:
        """Report the held-out gap after an epoch.

        Raises `optuna.TrialPruned` for a trial of the search that is hopeless.
        """
        trial.report(gap, epoch)
        self.epochs.append(metrics | {"val/gap": gap})
        self.gaps.append(gap)
        left = self.search.instance.network.epochs - 1 - epoch
        searching = trial.user_attrs[PLACE] >= len(self.search.plan.grid)
        if searching and hopeless(self.gaps, left, self.search.tolerance):
            raise optuna.TrialPruned(f"gap {gap:.2f} nats with {left} epochs left")


def hopeless(gaps: list[float], left: int, tolerance: float) -> bool:
    """Whether a gap, falling in each of the `left` epochs as it fell in the last one, would still be above the tolerance.

    `gaps` are those after every epoch so far, nats. Never within the first `FIRST_LOOK` epochs, nor after the last one.
    A gap that rose counts as one that stays. The rule is a heuristic: a gap that falls faster later is given up
    wrongly.
    """
    if len(gaps) <= FIRST_LOOK or not left:
        return False
    return gaps[-1] - left * max(0.0, gaps[-2] - gaps[-1]) > tolerance
