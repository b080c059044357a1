"""The trials of one instance as an Optuna study: a plan in which every place is filled exactly once.

The plan has the grid's points first, in any order, then `search` places where TPE looks for the smallest capacity (d/2) ln tau_max
whose gap is within the tolerance; it searches in sequence and knows the grid, so that what it tries does not depend on the number
of processes. A place is taken under a lock, by a trial that is complete, pruned, running or queued; failed and interrupted ones
leave it free.

A trial of the search is pruned when it is hopeless: after epoch e its gap on the held-out configurations, falling from now on in
every epoch left as it fell in the last one, would still end above the tolerance. (Learning rates decay, so it would fall more
slowly.) Trials of the grid are never pruned: they are the figure.
"""

from __future__ import annotations

import os
import socket
import time
import warnings
from pathlib import Path
from typing import Any, Protocol

import optuna
from filelock import FileLock
from optuna.exceptions import ExperimentalWarning, UpdateFinishedTrialError
from optuna.trial import FrozenTrial, Trial, TrialState

from latentfield.capacity.study_data import prepare
from latentfield.capacity.study_plan import CapacityStudy, Instance, Point

FIRST_LOOK = 2
"""Epochs before a trial may be pruned."""
DONE = (TrialState.COMPLETE, TrialState.PRUNED)
PLACE = "place"


class Observer(Protocol):
    """Who is told of trials as they begin and end; pickled into every worker."""

    def begin(self, study: str, number: int, parameters: dict[str, Any]) -> None:
        """A trial begins."""

    def end(self, study: str, number: int, epochs: list[dict[str, float]], result: dict[str, Any], status: str) -> None:
        """A trial has ended: metrics of each epoch, its record, and "FINISHED", "KILLED" (pruned or interrupted) or "FAILED"."""


class Search:
    """The study of one instance, `key` being the fingerprint of all it depends on."""

    def __init__(
        self, plan: CapacityStudy, instance: Instance, tolerance: float, seed: int, key: str, storage: Any
    ) -> None:
        self.plan, self.instance, self.tolerance, self.seed = plan, instance, tolerance, seed
        self.name = f"capacity-{instance.name}-{key}"
        self.study = optuna.create_study(storage=storage, study_name=self.name, load_if_exists=True)

    def trials(self, *states: TrialState) -> list[FrozenTrial]:
        """Trials of the plan in these states, in order of their places."""
        found = self.study.get_trials(deepcopy=False, states=states)
        return sorted((t for t in found if PLACE in t.user_attrs), key=lambda t: t.user_attrs[PLACE])

    @property
    def done(self) -> int:
        """Places of the plan that are filled for good."""
        return len(self.trials(*DONE))

    def step(self, folder: Path, observer: Observer) -> bool:
        """Run one trial if there is one to run now; data and locks live in `folder`."""
        # SQLite cannot lock a row, and two processes would take the same trial from the queue.
        lock = FileLock(folder / f".{self.name}.queue")
        with lock:
            if not self._queue():
                return False
            self.study.sampler = self._sampler()
            run = _Run(self, folder, observer, lock)
            try:
                self.study.optimize(run, n_trials=1)
            except (UpdateFinishedTrialError, ValueError):
                # A process that slept through its heartbeats has lost its trial, whose place was given to another.
                if not run.lost:
                    raise
        return True

    def _queue(self) -> bool:
        """Free the places of interrupted trials, put the next places into the queue, and say whether it holds any."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            optuna.storages.fail_stale_trials(self.study)
        grid = self.plan.grid
        taken = {t.user_attrs[PLACE] for t in self.trials(*DONE, TrialState.RUNNING, TrialState.WAITING)}
        for place, point in enumerate(grid):
            if place not in taken:
                self.study.enqueue_trial(_parameters(point), {PLACE: place})
        if self.done == len(taken) >= len(grid):
            free = [place for place in range(len(grid), self.plan.trials) if place not in taken]
            for place in free[:1]:
                self.study.enqueue_trial({}, {PLACE: place})
        return bool(self.trials(TrialState.WAITING))

    def _sampler(self) -> optuna.samplers.BaseSampler:
        return optuna.samplers.TPESampler(seed=self.seed + 1000 * self.done, n_startup_trials=len(self.plan.grid))


class _Run:
    """The objective of one trial."""

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
        plan, instance = self.search.plan, self.search.instance
        latents = trial.suggest_int("latents", min(plan.latents), max(plan.latents), log=True)
        cap = trial.suggest_float("precision_cap", min(plan.precision_caps), max(plan.precision_caps), log=True)
        point, name = Point(latents, cap), self.search.name
        trial.set_user_attr("process", f"{socket.gethostname()}:{os.getpid()}")
        self.observer.begin(name, trial.number, _parameters(point) | {"instance": instance.name})
        result, status, started = {}, "FAILED", time.perf_counter()
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

    def _measure(self, trial: Trial, point: Point) -> dict[str, Any]:
        # Torch takes seconds to import, which the process that only watches is spared.
        from latentfield.capacity.study_trial import measure

        search = self.search
        known = prepare(search.instance, search.seed, self.folder)
        facts = {name: known.data.attributes[name] for name in ("log_z", "entropy", "cuts", "reasons", "bound")}
        result = measure(
            known,
            search.instance.network,
            point,
            tolerance=search.tolerance,
            posterior_draws=search.plan.posterior_draws,
            seed=search.seed,
            folder=self.folder,
            watch=lambda epoch, metrics, gap: self._watch(trial, epoch, metrics, gap),
        )
        trial.set_constraint("gap", result["gap"]["value"] - search.tolerance)
        for key, value in {**result, "known": facts}.items():
            trial.set_user_attr(key, value)
        return result

    def _watch(self, trial: Trial, epoch: int, metrics: dict[str, float], gap: float) -> None:
        trial.report(gap, epoch)
        self.epochs.append(metrics | {"val/gap": gap})
        self.gaps.append(gap)
        left = self.search.instance.network.epochs - 1 - epoch
        searching = trial.user_attrs[PLACE] >= len(self.search.plan.grid)
        if searching and hopeless(self.gaps, left, self.search.tolerance):
            raise optuna.TrialPruned(f"gap {gap:.2f} nats with {left} epochs left")


def hopeless(gaps: list[float], left: int, tolerance: float) -> bool:
    """Whether a gap, falling in each of the `left` epochs as it fell in the last one, would still be above the tolerance."""
    if len(gaps) <= FIRST_LOOK or not left:
        return False
    return gaps[-1] - left * max(0.0, gaps[-2] - gaps[-1]) > tolerance


def _parameters(point: Point) -> dict[str, Any]:
    return dict(point._asdict())
