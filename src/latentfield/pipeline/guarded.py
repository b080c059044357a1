"""DVC as a process that ends with the run that began it (`warden`), and what it says is not up to date."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import IO, cast

DVC = (sys.executable, "-m", "dvc")
WARDEN = (sys.executable, "-m", "latentfield.pipeline.warden")
ALWAYS = ["always changed"]
"""What DVC says of a stage that runs every time and is otherwise up to date: no reason to run anything."""
Status = Callable[[], set[str] | None]
"""Waits for DVC: stages that are not up to date; one that is only behind such a stage may not be among them.

None where DVC cannot tell: it says what is wrong when it is asked to run them.
"""


def start(
    arguments: Sequence[str], environment: Mapping[str, str], output: int | None = None, errors: int | None = None
) -> subprocess.Popen[str]:
    """DVC with some arguments, its group a session of its own that ends with this process, by its standard input.

    It prints on this terminal, or where `output` and `errors` say, as for `Popen`.
    """
    return subprocess.Popen(
        [*WARDEN, *DVC, *arguments],
        env=environment,
        text=True,
        start_new_session=True,
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=errors,
    )


def end(process: subprocess.Popen[str]) -> None:
    """End the whole group of a process, if it is still at work, and wait for it."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    process.wait()
    if process.stdin:
        process.stdin.close()


@contextmanager
def status(environment: Mapping[str, str]) -> Iterator[Status]:
    """Ask DVC in the background: it takes seconds, in which a run can load what it needs. At the end it need not have answered."""
    process = start(["status", "--json", "dvc.yaml"], environment, subprocess.PIPE, subprocess.DEVNULL)

    def changed() -> set[str] | None:
        told = cast(IO[str], process.stdout).read()
        if process.wait():
            return None
        return {stage for stage, reasons in json.loads(told).items() if reasons != ALWAYS}

    try:
        yield changed
    finally:
        end(process)
        cast(IO[str], process.stdout).close()
