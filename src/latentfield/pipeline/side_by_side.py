"""Stages that do not need one another, side by side: what a `dvc repro` of everything, which is serial, then finds done.

Sample sets and the recording come first, each brought up to date by a process of its own; then, for each VAE, the chain train,
evaluate, decode, beside the study of capacity. No two chains write the same files, and each stage computes as it would alone:
results are those of a serial run whatever the number of jobs. The `dvc repro` of everything that follows draws, registers and
reports, and runs whatever was not foreseen here. Where DVC finds all up to date, and the stages that run every time would find what
they found, there is nothing to run.

A process that fails, or Ctrl-C, ends all others with the stages that they are in, and so does the death of the process that began
them (`warden`). What is finished stays, and trainings go on from their last epoch.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from typing import IO, NamedTuple, TextIO

from latentfield.pipeline import always, guarded, lock
from latentfield.pipeline.overview import Overview
from latentfield.pipeline.params import Params
from latentfield.recordings import retina
from latentfield.workspace.root import scratch

Chain = tuple[str, ...]
"""Stages that one process brings up to date, one after the other, in the order in which they need one another; none for all."""
REPRODUCE = ("--wait-for-lock", "repro")
"""DVC waits while another process has the lock of the repository."""
GATHERING = ("draw", "register", "report")
"""Stages that come after all chains."""
LOOK = 0.05
"""Seconds between two looks at whether a process has ended."""


class Running(NamedTuple):
    """A chain at work."""

    process: subprocess.Popen[str]
    """The leader of a process group of its own."""
    hands: list[threading.Thread]
    """They hand on what it prints, line by line."""
    overview: Overview

    @classmethod
    def start(cls, chain: Chain, environment: Mapping[str, str], overview: Overview) -> Running:
        """`dvc repro` of a chain.

        Of these stages alone: to ask whether the data are up to date takes a lock that no other chain may hold that reads them.
        """
        stages = ["--single-item", *chain] if chain else []
        process = guarded.start([*REPRODUCE, *stages], environment, subprocess.PIPE, subprocess.PIPE)
        pairs = ((process.stdout, sys.stdout), (process.stderr, sys.stderr))
        hands = [threading.Thread(target=_hand_on, args=(*pair, overview, process.pid), daemon=True) for pair in pairs]
        for hand in hands:
            hand.start()
        return cls(process, hands, overview)

    def end(self) -> int:
        """End the whole group if it is still at work, hand on the rest of what it printed; returns the exit code."""
        guarded.end(self.process)
        for hand in self.hands:
            hand.join()
        self.overview.end(self.process.pid, self.process.returncode == 0)
        return self.process.returncode


def usual_jobs(parameters: Params) -> int:
    """Chains at a time where nobody says: two, since each holds gigabytes, but one on one core, or where all share a GPU."""
    return 1 if parameters.profile == "paper" else min(2, os.cpu_count() or 1)


def bring_up_to_date(parameters: Params, jobs: int, environment: Mapping[str, str], status: guarded.Status) -> int:
    """Run the chains that have something to do, `jobs` at a time, then all that is left; returns the exit code of DVC.

    That is 0, or the code of the first failure. `environment` is that of every process, `status` what DVC was asked of the project
    as it stands. What a chain prints appears line by line, beside the `Overview`.
    """
    changed = status()
    lock.keep()
    if changed is not None and not changed and always.nothing_new(parameters):
        print("everything is up to date")
        return 0
    changed = changed or set()
    rounds: list[list[Chain]] = [
        [chain for source, chain in chains if changed.intersection((source, *chain))] for chains in _rounds(parameters)
    ]
    stages = [stage for chains in rounds for chain in chains for stage in chain]
    everything: Chain = ()
    with Overview([*stages, *GATHERING], jobs, scratch()) as overview:
        for chains in [*rounds, [everything]]:
            if code := _run(chains, jobs, environment, overview):
                return code
    return 0


def reproduce(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """`dvc repro` with some arguments, on this terminal, so that the bars of long stages move; returns its exit code."""
    process = guarded.start([*REPRODUCE, *arguments], environment)
    try:
        code = process.wait()
    finally:
        guarded.end(process)
    lock.keep()
    return code


def _rounds(parameters: Params) -> list[list[tuple[str, Chain]]]:
    """Chains in the order in which they are begun, those that need others in a later round, each behind what it needs of those.

    In `params.yaml` later entries take longer, and what takes long is begun early: the ends of two chains are then near each other.
    """
    data = [("", (f"sample@{name}",)) for name, block in parameters.sample if block is not None]
    fits = []
    for name, entry in parameters.train.items():
        source = "recording" if entry.data == retina.NAME else f"sample@{entry.data}"
        fits.append((source, (f"train@{name}", f"evaluate@{name}", f"decode@{name}")))
    return [[*data, ("", ("locate", "recording"))], [("", ("sweep",)), *reversed(fits)]]


def _run(chains: Sequence[Chain], jobs: int, environment: Mapping[str, str], overview: Overview) -> int:
    """Run chains, the first ones first; the exit code of the first that failed, which ends the others, else 0."""
    waiting, running = list(chains), dict[Chain, Running]()
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                chain = waiting.pop(0)
                running[chain] = Running.start(chain, environment, overview)
            time.sleep(LOOK)
            for chain in [chain for chain, one in running.items() if one.process.poll() is not None]:
                if code := running.pop(chain).end():
                    return code
                lock.keep()
    finally:
        for one in running.values():
            one.end()
    return 0


def _hand_on(source: IO[str], target: TextIO, overview: Overview, chain: int) -> None:
    with source:
        for line in source:
            overview.line(chain, line, target)
