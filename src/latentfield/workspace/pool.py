"""Pieces of work that share nothing but files, in processes of their own: what they leave is the same whoever does them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import redirect_stdout
from multiprocessing import get_context

from rich.progress import track
from threadpoolctl import threadpool_limits

from latentfield.errors import LatentfieldError
from latentfield.workspace.orphans import end_with_parent
from latentfield.workspace.root import THREADS


def apart(tasks: Sequence[Callable[[], object]], workers: int, label: str) -> None:
    """Carry out tasks in at most so many processes, begun in this order, with a bar of that label; what they return is lost.

    Tasks are pickled: partial applications of functions of modules. Linear algebra runs on THREADS threads in each. The first error
    of one of them is raised, and LatentfieldError where a process is killed from outside.
    """
    try:
        with ProcessPoolExecutor(min(workers, len(tasks)), get_context("spawn"), end_with_parent) as pool:
            begun = [pool.submit(_quietly, task) for task in tasks]
            for done in track(as_completed(begun), label, len(begun)):
                done.result()
    except BrokenProcessPool as error:
        raise LatentfieldError("a process was killed; finished work is kept: run the same again") from error


def _quietly(task: Callable[[], object]) -> None:
    """Its bars would cross those of other processes."""
    with threadpool_limits(THREADS), open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
        task()
