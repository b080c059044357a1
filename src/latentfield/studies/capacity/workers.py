"""Processes that carry out the trials of all instances together, and take over from each other when one is killed.

Who does what is decided by the database alone (`search`): workers share no memory, none of them is special, and the
process that started them only watches. Any of them may be killed at any time; what it was at is done again by another.
No random number depends on the process, nor on which of them was first, so that their number changes nothing but the
time.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import NamedTuple

from threadpoolctl import threadpool_limits

from latentfield.errors import LatentfieldError
from latentfield.studies.capacity.objective import Observer
from latentfield.studies.capacity.plan import CapacityStudy
from latentfield.studies.capacity.search import Search
from latentfield.studies.capacity.storage import Storage
from latentfield.workspace.orphans import end_with_parent

POLL = 0.5
"""Seconds between looks at a storage where others are at work."""
WATCH = 2.0
"""Seconds between looks of the process that only watches."""
LAST_WORDS = 12
"""Lines shown of the log of a worker that failed."""


class Task(NamedTuple):
    """All that a worker has to know."""

    plan: CapacityStudy
    tolerance: float
    seed: int
    key: str
    """Fingerprint of all that the results depend on."""
    storage: Storage
    folder: Path
    """For sample sets, locks and logs."""

    def searches(self) -> list[Search]:
        """The studies of all instances, made where they are not there."""
        storage = self.storage.open()
        return [
            Search(self.plan, instance, self.tolerance, self.seed, self.key, storage)
            for instance in self.plan.instances()
        ]

    @property
    def total(self) -> int:
        """Trials of the plan, grid and search of every instance together."""
        return self.plan.trials * sum(1 for _ in self.plan.instances())


def run(task: Task, workers: int, observer: Observer, progress: Callable[[int], None]) -> None:
    """Carry out every trial of the plan that is not done, in `workers` processes; `progress` is told how many are.

    Processes are spawned, so a script that calls this needs `if __name__ == "__main__"`.

    It ends when all processes have. Raises LatentfieldError if trials are missing then, with exit codes and the last
    lines of every log: all workers failed or were killed. What is done stays done, and the next call goes on from
    there. One process that fails is not replaced; the others finish the work.
    """
    searches = task.searches()
    if _done(searches) == task.total:
        progress(task.total)
        return
    with _started(task, workers, observer) as processes:
        while any(process.is_alive() for process in processes):
            progress(_done(searches))
            multiprocessing.connection.wait([p.sentinel for p in processes if p.is_alive()], WATCH)
    done = _done(searches)
    progress(done)
    if done < task.total:
        raise LatentfieldError(_failure(task, done, processes))


@contextmanager
def _started(task: Task, workers: int, observer: Observer) -> Iterator[list[SpawnProcess]]:
    """The processes, running; on leaving, by an error or Ctrl-C too, those that still run are ended and waited for."""
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_worker, args=(task, number, observer)) for number in range(workers)]
    try:
        for process in processes:
            process.start()
        yield processes
    finally:
        for process in processes:
            if process.is_alive():
                process.terminate()
            process.join()


def _worker(task: Task, number: int, observer: Observer) -> None:
    end_with_parent()
    work(task, number, observer)


def work(task: Task, number: int, observer: Observer) -> None:
    """What worker `number` does: run trials until the plan is complete, waiting for those that others are at.

    With one thread for numerical libraries, since the processes share the machine. It sleeps `POLL` seconds when there
    is nothing to take at the moment, and ends when every place of every instance is filled, by whomever. An exception
    in a trial ends the worker.
    """
    with _log(task.folder, number), threadpool_limits(1):
        searches = task.searches()
        # Each begins elsewhere, so that the search of one instance and the grid of another go on together.
        first = number * len(searches) // 2 % len(searches)
        searches = searches[first:] + searches[:first]
        while unfinished := [search for search in searches if search.done < task.plan.trials]:
            if not any(search.step(task.folder, observer) for search in unfinished):
                time.sleep(POLL)


@contextmanager
def _log(folder: Path, number: int) -> Iterator[None]:
    """Everything printed goes to a file: several processes would write across the progress bar."""
    with _log_file(folder, number).open("w", buffering=1) as stream:
        before = sys.stdout, sys.stderr
        for descriptor in (1, 2):
            os.dup2(stream.fileno(), descriptor)
        sys.stdout = sys.stderr = stream
        try:
            yield
        finally:
            sys.stdout, sys.stderr = before


def _log_file(folder: Path, number: int) -> Path:
    return folder / f"worker-{number}.log"


def _done(searches: list[Search]) -> int:
    return sum(search.done for search in searches)


def _failure(task: Task, done: int, processes: list[SpawnProcess]) -> str:
    """What the user is told: exit codes, how much is done, and the last `LAST_WORDS` lines of each log."""
    ends = ", ".join(str(process.exitcode) for process in processes)
    words = [_log_file(task.folder, number).read_text().splitlines()[-LAST_WORDS:] for number in range(len(processes))]
    return "\n".join(
        [
            f"the workers of the capacity study ended (exit codes {ends}) with {done} of {task.total} trials done; these are "
            "kept, and the same command goes on from there. Their last words:",
            *(line for lines in words for line in lines),
        ]
    )
