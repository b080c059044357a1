"""Stages that do not need one another, side by side: what a `dvc repro` of everything, which is serial, then finds done.

Sample sets and the recording come first, each brought up to date by a process of its own; then, for each VAE, the chain train,
evaluate, decode, beside the study of capacity. No two chains write the same files, and each stage computes as it would alone:
results are those of a serial run whatever the number of jobs. The `dvc repro` of everything that follows draws, registers and
reports, and runs whatever was not foreseen here.

A process that fails, or Ctrl-C, ends all others with the stages that they are in, and so does the death of the process that began
them (`warden`). What is finished stays, and trainings go on from their last epoch.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO, NamedTuple, TextIO

from latentfield.pipeline import lock
from latentfield.pipeline.overview import Overview
from latentfield.pipeline.params import Params
from latentfield.recordings import retina
from latentfield.workspace.root import scratch

DVC = (sys.executable, "-m", "dvc")
WARDEN = (sys.executable, "-m", "latentfield.pipeline.warden")
Chain = tuple[str, ...]
"""Stages that one process brings up to date, one after the other, in the order in which they need one another; none for all."""
GATHERING = ("draw", "register", "report")
"""Stages that come after all chains."""
ALWAYS = {"locate"}
"""Never up to date, whatever it finds: no reason to run a chain."""
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
        """`dvc repro` of a chain, which waits while another process has the lock of the repository.

        Of these stages alone: to ask whether the data are up to date takes a lock that no other chain may hold that reads them.
        """
        process = _guarded(["--single-item", *chain] if chain else [], environment, subprocess.PIPE)
        pairs = ((process.stdout, sys.stdout), (process.stderr, sys.stderr))
        hands = [threading.Thread(target=_hand_on, args=(*pair, overview, process.pid), daemon=True) for pair in pairs]
        for hand in hands:
            hand.start()
        return cls(process, hands, overview)

    def end(self) -> int:
        """End the whole group if it is still at work, hand on the rest of what it printed; returns the exit code."""
        _end(self.process)
        for hand in self.hands:
            hand.join()
        self.overview.end(self.process.pid, self.process.returncode == 0)
        return self.process.returncode


def usual_jobs(parameters: Params) -> int:
    """Chains at a time where nobody says: two, since each holds gigabytes, but one on one core, or where all share a GPU."""
    return 1 if parameters.profile == "paper" else min(2, os.cpu_count() or 1)


def bring_up_to_date(parameters: Params, jobs: int, environment: Mapping[str, str]) -> int:
    """Run the chains that have something to do, `jobs` at a time, then all that is left; returns the exit code of DVC.

    That is 0, or the code of the first failure. `environment` is that of every process. What a chain prints appears line by line,
    beside the `Overview`.
    """
    _mend()
    changed = _changed(environment) - ALWAYS
    lock.keep()
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
    _mend()
    process = _guarded(arguments, environment)
    try:
        code = process.wait()
    finally:
        _end(process)
    lock.keep()
    return code


def _mend() -> None:
    if lock.restore():
        print("dvc.lock was cut off when an earlier run was killed; its last whole copy is put back", flush=True)


def _guarded(
    arguments: Sequence[str], environment: Mapping[str, str], output: int | None = None
) -> subprocess.Popen[str]:
    """`dvc repro`, its group a session of its own that ends with this process, by its standard input."""
    command = [*WARDEN, *DVC, "--wait-for-lock", "repro", *arguments]
    return subprocess.Popen(
        command,
        env=environment,
        text=True,
        start_new_session=True,
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=output,
    )


def _end(process: subprocess.Popen[str]) -> None:
    """End the whole group of a process, if it is still at work, and wait for it."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    process.wait()
    if process.stdin:
        process.stdin.close()


def _rounds(parameters: Params) -> list[list[tuple[str, Chain]]]:
    """Chains in the order in which they are begun, those that need others in a later round, each behind what it needs of those.

    In `params.yaml` later entries take longer, and what takes long is begun early.
    """
    data = [("", (f"sample@{name}",)) for name, block in parameters.sample if block is not None]
    fits = []
    for name, entry in parameters.train.items():
        source = "recording" if entry.data == retina.NAME else f"sample@{entry.data}"
        fits.append((source, (f"train@{name}", f"evaluate@{name}", f"decode@{name}")))
    return [[*data, ("", ("locate", "recording"))], [*reversed(fits), ("", ("sweep",))]]


def _changed(environment: Mapping[str, str]) -> set[str]:
    """Stages that are not up to date; one that is only behind such a stage may not be among them.

    None where DVC cannot tell: it says what is wrong when it is asked to run them.
    """
    told = subprocess.run(
        [*DVC, "status", "--json", "dvc.yaml"], env=environment, capture_output=True, text=True, check=False
    )
    return set(json.loads(told.stdout)) if told.returncode == 0 else set()


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
