"""The capacity criterion put to the test: VAEs of growing capacity on systems of growing information, and where they break.

Trials that are complete stay in the storage under the fingerprint of all that they depend on, parameters, seed and sources, so
that a study goes on where it was stopped.

The record needs nothing but the database and the plan: where every trial is done, `study` trains nothing and returns
the same record again.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from optuna.trial import FrozenTrial, TrialState

from latentfield.studies.capacity.criterion import counts, largest_insufficient, smallest_sufficient, strongest
from latentfield.studies.capacity.instances import Instance
from latentfield.studies.capacity.objective import KNOWN, MEASURED, PLACE, Observer
from latentfield.studies.capacity.plan import CapacityStudy
from latentfield.studies.capacity.record import (
    CapacityRecord,
    Facts,
    InstanceRecord,
    MeasuredTrial,
    Place,
    PrunedTrial,
)
from latentfield.studies.capacity.search import Search
from latentfield.studies.capacity.storage import Storage
from latentfield.studies.capacity.workers import Task, run
from latentfield.workspace.provenance import code_version, fingerprint
from latentfield.workspace.scratch import scratch_folder


class Workshop(NamedTuple):
    """Where and by how many processes the work is done."""

    workers: int
    """Processes that train, one thread each."""
    storage: Storage
    scratch: Path
    """Folder in which the study has a folder of its own for sample sets, locks and logs; removed when the study is done,
    kept for the next attempt when it fails."""


def study(
    plan: CapacityStudy,
    tolerance: float,
    seed: int,
    *,
    workshop: Workshop,
    observer: Observer,
    progress: Callable[[int, int], None],
) -> CapacityRecord:
    """Carry out what is left of the study, and return its outcome; `progress` is told how many trials are done, of how many.

    `tolerance` in nats per configuration. Instances come in the order of the plan, trials of each in the order of their
    places. A second process that starts the same study waits for the first one. Raises LatentfieldError where the
    storage cannot be opened, or trials are left when all workers have ended.
    """
    code = code_version(__name__, "latentfield.studies.capacity.trial")
    key = fingerprint(plan.model_dump(mode="json"), tolerance, seed, code["source"])
    with scratch_folder(workshop.scratch / f"sweep-{key}") as folder:
        task = Task(plan, tolerance, seed, key, workshop.storage, folder)
        run(task, workshop.workers, observer, lambda done: progress(done, task.total))
        searches = task.searches()
        for search in searches:
            _close(search, observer)
    instances = [_instance(search) for search in searches]
    return CapacityRecord(
        seed=seed,
        tolerance=tolerance,
        study=plan.model_dump(mode="json"),
        code=code,
        counts=counts([trial for instance in instances for trial in instance.measured]),
        instances=instances,
    )


def _close(search: Search, observer: Observer) -> None:
    """Tell of the trials whose processes could not: they were killed."""
    for trial in search.study.get_trials(deepcopy=False, states=(TrialState.FAIL,)):
        observer.end(search.name, trial.number, [], None, "KILLED")


def _instance(search: Search) -> InstanceRecord:
    """Facts and trials of one instance, and its least sufficient and greatest insufficient rate."""
    complete = search.trials(TrialState.COMPLETE)
    facts = Facts.parsed(complete[0].user_attrs[KNOWN], search.name)
    trials = [_trial(search, trial) for trial in search.trials(TrialState.COMPLETE, TrialState.PRUNED)]
    measured = [trial for trial in trials if isinstance(trial, MeasuredTrial)]
    return InstanceRecord(
        **dict(describe(search.instance)),
        study=search.name,
        log_z=facts.log_z,
        entropy=facts.entropy,
        cuts=facts.cuts,
        unknown_cuts=facts.reasons,
        bound=facts.bound,
        strongest=strongest({name: cut.estimate for name, cut in facts.cuts.items()}),
        smallest_sufficient=smallest_sufficient(measured),
        largest_insufficient=largest_insufficient(measured),
        trials=trials,
    )


def describe(instance: Instance) -> Place:
    """System, size, particulars and temperature (units of J) of an instance."""
    system = instance.system
    return Place(
        name=instance.name,
        system=system.name,
        size=system.shape[0],
        n_sites=system.n_sites,
        **{name: getattr(system, name) for name in system.particulars},
        temperature=instance.temperature,
    )


def _trial(search: Search, trial: FrozenTrial) -> MeasuredTrial | PrunedTrial:
    """A trial of the storage as a record; what it was pruned at is its last reported epoch, counted from 0."""
    kind = "grid" if trial.user_attrs[PLACE] < len(search.plan.grid) else "search"
    place = {"design": kind, **trial.params}
    if trial.state == TrialState.PRUNED:
        last = max(trial.intermediate_values)
        return PrunedTrial(**place, epochs=last + 1, val_gap=trial.intermediate_values[last])
    return MeasuredTrial.parsed(place | trial.user_attrs[MEASURED], search.name)
