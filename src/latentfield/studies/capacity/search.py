"""The trials of one instance as an Optuna study: a plan in which every place is filled exactly once.

The plan has the grid's points first, in any order, then `search` places where TPE looks for the smallest capacity (d/2) ln tau_max
whose gap is within the tolerance; it searches in sequence and is told of filled places in the order of the plan, so that what it
tries depends neither on the number of processes nor on which of them were killed. A place is taken under a lock, by a trial that is
complete, pruned, running or queued; failed and interrupted ones leave it free.

What a kill loses is the trial that ran: its place is taken again, from the start and with the same seeds, by the next
process to look after its heartbeats have stopped for long enough (`storage.MISSED`).
"""

from __future__ import annotations

import warnings
from pathlib import Path

import optuna
from filelock import FileLock
from optuna.distributions import FloatDistribution, IntDistribution
from optuna.exceptions import ExperimentalWarning, UpdateFinishedTrialError
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, TrialState

from latentfield.studies.capacity.instances import Instance
from latentfield.studies.capacity.objective import PLACE, Objective, Observer
from latentfield.studies.capacity.plan import CapacityStudy

DONE = (TrialState.COMPLETE, TrialState.PRUNED)
"""States that fill a place for good. A trial that failed by an error leaves its place free, and is tried again."""


class Search:
    """The study of one instance, `key` being the fingerprint of all it depends on.

    `seed` is that of every training and measurement, the same for all trials and instances, so that a point has one
    outcome wherever in the plan it is tried.
    """

    def __init__(
        self, plan: CapacityStudy, instance: Instance, tolerance: float, seed: int, key: str, storage: RDBStorage
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
        """Run one trial if there is one to run now; data and locks live in `folder`.

        Returns whether a trial ran. False is no end: others may be at the last places, and one of theirs may become
        free again, or the next place of the search may wait for them. The lock is held while the queue is looked at,
        not while a VAE is trained.
        """
        # SQLite cannot lock a row, and two processes would take the same trial from the queue.
        lock = FileLock(folder / f".{self.name}.queue")
        with lock:
            if not self._queue():
                return False
            run = Objective(self, folder, observer, lock)
            try:
                self.study.optimize(run, n_trials=1)
            except (UpdateFinishedTrialError, ValueError):
                # A process that slept through its heartbeats has lost its trial, whose place was given to another.
                if not run.lost:
                    raise
        return True

    def _queue(self) -> bool:
        """Free the places of interrupted trials, put the next places into the queue, and say whether it holds any.

        Places of the search are queued one at a time, when all before them are filled: TPE is told of each before it
        proposes the next.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            optuna.storages.fail_stale_trials(self.study)
        grid = self.plan.grid
        taken = {t.user_attrs[PLACE] for t in self.trials(*DONE, TrialState.RUNNING, TrialState.WAITING)}
        for place, point in enumerate(grid):
            if place not in taken:
                self.study.enqueue_trial(dict(point._asdict()), {PLACE: place})
        if self.done == len(taken) >= len(grid):
            free = [place for place in range(len(grid), self.plan.trials) if place not in taken]
            for place in free[:1]:
                self.study.enqueue_trial(self.proposal(), {PLACE: place})
        return bool(self.trials(TrialState.WAITING))

    def proposal(self) -> dict[str, float]:
        """Where TPE looks next. It draws from kernels in the order of trials, which in the storage is that of their making.

        Parameters `latents`, an integer, and `precision_cap`, both sought evenly in their logarithm. The study it asks
        is a copy in memory of the filled places in order of the plan, with a seed of its own for each number of them;
        trials that break the constraint count as worse than any that keep it.
        """
        plan = self.plan
        space = {
            "latents": IntDistribution(min(plan.latents), max(plan.latents), log=True),
            "precision_cap": FloatDistribution(min(plan.precision_caps), max(plan.precision_caps), log=True),
        }
        sampler = optuna.samplers.TPESampler(seed=self.seed + 1000 * self.done, n_startup_trials=len(plan.grid))
        past = optuna.create_study(sampler=sampler)
        past.add_trials(self.trials(*DONE))
        return past.ask(space).params
