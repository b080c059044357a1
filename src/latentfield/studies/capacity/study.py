"""The capacity criterion put to the test: VAEs of growing capacity on systems of growing information, and where they break.

    study_instances systems at a temperature, and the VAEs trained on them, as parameters
    study_plan      which of them, grid and search
    study_data      the configurations of an instance, ln Z and the information across its cuts
    study_trial     one VAE: trained, measured, judged
    study_objective one trial, told and pruned
    study_search    the trials of an instance as an Optuna study
    study_storage   where trials are kept
    study_workers   the processes that carry them out
    criterion       the arithmetic of verdicts

Trials that are complete stay in the storage under the fingerprint of all that they depend on, parameters, seed and sources, so
that a study goes on where it was stopped.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from optuna.trial import FrozenTrial, TrialState

from latentfield.statistics.estimate import Estimate
from latentfield.studies.capacity.criterion import counts, largest_insufficient, smallest_sufficient, strongest
from latentfield.studies.capacity.instances import Instance
from latentfield.studies.capacity.objective import PLACE, Observer
from latentfield.studies.capacity.plan import CapacityStudy
from latentfield.studies.capacity.search import Search
from latentfield.studies.capacity.storage import Storage
from latentfield.studies.capacity.workers import Task, run
from latentfield.systems.hopfield import Hopfield
from latentfield.workspace.provenance import code_version, fingerprint
from latentfield.workspace.scratch import scratch_folder

MEASURED = ("gap", "rate", "rate_useful", "rate_excess", "tc", "capacity_sphere_packing", "capacity_gaussian")
JUDGED = ("capacity_cap", "verdict", "below", "below_criterion", "contradiction")
Record = dict[str, Any]


def study(
    plan: CapacityStudy,
    tolerance: float,
    seed: int,
    *,
    workers: int,
    storage: Storage,
    scratch: Path,
    observer: Observer,
    progress: Callable[[int, int], None],
) -> Record:
    """Carry out what is left of the study in `workers` processes, and return its outcome as plain data.

    `progress` is told how many trials are done, and of how many.
    """
    code = code_version(__name__, "latentfield.studies.capacity.trial")
    key = fingerprint(plan.model_dump(mode="json"), tolerance, seed, code["source"])
    with scratch_folder(scratch / f"sweep-{key}") as folder:
        task = Task(plan, tolerance, seed, key, storage, folder)
        run(task, workers, observer, lambda done: progress(done, task.total))
        searches = task.searches()
        for search in searches:
            _close(search, observer)
    instances = [_instance(search) for search in searches]
    measured = [trial for instance in instances for trial in instance["trials"] if trial["verdict"] != "pruned"]
    return {
        "seed": seed,
        "tolerance": tolerance,
        "study": plan.model_dump(mode="json"),
        "code": code,
        "counts": counts(measured),
        "instances": instances,
    }


def _close(search: Search, observer: Observer) -> None:
    """Tell of the trials whose processes could not: they were killed."""
    for trial in search.study.get_trials(deepcopy=False, states=(TrialState.FAIL,)):
        observer.end(search.name, trial.number, [], {}, "KILLED")


def _instance(search: Search) -> Record:
    """Facts and trials of one instance, and its least sufficient and greatest insufficient rate."""
    instance, complete = search.instance, search.trials(TrialState.COMPLETE)
    facts = complete[0].user_attrs["known"]
    cuts = {name: Estimate(*pair) for name, pair in facts["cuts"].items()}
    trials = [_trial(search, trial) for trial in search.trials(TrialState.COMPLETE, TrialState.PRUNED)]
    measured = [trial for trial in trials if trial["verdict"] != "pruned"]
    return {
        **describe(instance),
        "study": search.name,
        **{name: Estimate(*facts[name])._asdict() for name in ("log_z", "entropy")},
        "cuts": {name: cut._asdict() for name, cut in cuts.items()},
        "unknown_cuts": facts["reasons"],
        "bound": facts["bound"],
        "strongest": strongest(cuts),
        "smallest_sufficient": smallest_sufficient(measured),
        "largest_insufficient": largest_insufficient(measured),
        "trials": trials,
    }


def describe(instance: Instance) -> Record:
    """System, size, temperature (units of J) and number of patterns of an instance."""
    system = instance.system
    patterns = {"patterns": system.patterns} if isinstance(system, Hopfield) else {}
    place = {"system": system.name, "size": system.shape[0], "n_sites": system.n_sites}
    return {"name": instance.name} | place | patterns | {"temperature": instance.temperature}


def _trial(search: Search, trial: FrozenTrial) -> Record:
    kind = "grid" if trial.user_attrs[PLACE] < len(search.plan.grid) else "search"
    record = {"design": kind, **trial.params}
    if trial.state == TrialState.PRUNED:
        last = max(trial.intermediate_values)
        return record | {"verdict": "pruned", "epochs": last + 1, "val_gap": trial.intermediate_values[last]}
    return record | {name: trial.user_attrs[name] for name in (*MEASURED, *JUDGED)}
