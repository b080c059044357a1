"""What a run of the pipeline is doing: stages done, at work and left, and the time that each took last time.

It reads what DVC prints of its stages and notes how long each takes in `scratch/stage_times.json`, so that the next run can say how
long it will be. On a terminal it stands below everything else and moves; elsewhere it is a line at the end of every stage.
"""

from __future__ import annotations

import json
import re
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.live import Live
from rich.text import Text

from latentfield.workspace import whole

if TYPE_CHECKING:
    from types import TracebackType

NOTES = "stage_times.json"
"""In the folder for unfinished work: seconds by stage."""
BEGUN = re.compile(r"Running stage '(?:.*:)?([^']+)':")
SKIPPED = re.compile(r"Stage '(?:.*:)?([^']+)' (?:didn't change|is cached)")


class Overview:
    """Of so many stages, worked on `jobs` at a time; a context, within which it is shown.

    Chains of stages are told apart by any number. Safe to call from several threads.
    """

    def __init__(self, stages: Iterable[str], jobs: int, folder: Path):
        """`stages` are those expected to run; the notes are in `folder`, which is made when the first of them ends."""
        self.planned, self.done = dict.fromkeys(stages), set[str]()
        self.jobs, self.file, self.began = jobs, folder / NOTES, time.monotonic()
        self.at_work: dict[int, tuple[str, float]] = {}
        self.last: dict[str, float] = _read(self.file)
        self._lock = threading.RLock()
        terminal = Console()
        self._live = (
            Live(get_renderable=self._shown, console=terminal, transient=True) if terminal.is_terminal else None
        )

    def __enter__(self) -> Overview:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def line(self, chain: int, text: str, stream: TextIO) -> None:
        """Hand on a line that a chain printed to a stream, and take from it which stage it is in."""
        with self._lock:
            if found := BEGUN.match(text):
                self.end(chain)
                self.planned[found[1]] = None
                self.at_work[chain] = found[1], time.monotonic()
            elif found := SKIPPED.match(text):
                self.end(chain)
                self.done.update(self.planned.keys() & {found[1]})
            self._print(text, stream)

    def end(self, chain: int, succeeded: bool = True) -> None:
        """The stage that a chain was in, if any, has ended: note its time, unless it failed."""
        with self._lock:
            stage, began = self.at_work.pop(chain, ("", 0.0))
            if not stage or not succeeded:
                return
            seconds, before = time.monotonic() - began, self.last.get(stage)
            self.done.add(stage)
            self.last[stage] = seconds
            rounded = {stage: round(seconds, 1) for stage, seconds in sorted(self.last.items())}
            whole.write(self.file, json.dumps(rounded, indent=1))
            compared = "" if before is None else f" ({_time(before)} last time)"
            self._print(f"{stage} done in {_time(seconds)}{compared}; {self.summary()}\n", sys.stdout)

    def summary(self) -> str:
        """Stages done, at work and left, and how long they will take by the times of the last run."""
        names = ", ".join(stage for stage, _ in self.at_work.values())
        parts = [f"{len(self.done)} of {len(self.planned)} done"]
        parts += [f"at work: {names}"] if names else []
        parts += [f"{len(self._left())} left"] if self._left() else []
        return ", ".join(parts) + self._forecast()

    def _forecast(self) -> str:
        """Time that is left, if every stage takes what it took last time; nothing where one of them has not run before."""
        now = time.monotonic()
        known = [self.last.get(stage) for stage in self._left()]
        known += [
            max(self.last[stage] - (now - began), 0) if stage in self.last else None
            for stage, began in self.at_work.values()
        ]
        seconds = [time for time in known if time is not None]
        if not known or len(seconds) < len(known):
            return ""
        return f", about {_time(max(sum(seconds) / self.jobs, *seconds))}"

    def _left(self) -> list[str]:
        at_work = {stage for stage, _ in self.at_work.values()}
        return [stage for stage in self.planned if stage not in self.done and stage not in at_work]

    def _shown(self) -> Text:
        with self._lock:
            now = time.monotonic()
            lines = [
                f"{stage:<32} {_time(now - began):>8}"
                + (f" of about {_time(self.last[stage])}" if stage in self.last else "")
                for stage, began in self.at_work.values()
            ]
            return Text("\n".join([*lines, f"{_time(now - self.began)}: {self.summary()}"]), style="bold")

    def _print(self, text: str, stream: TextIO) -> None:
        if self._live:
            self._live.console.print(text, end="", markup=False, highlight=False, soft_wrap=True)
        else:
            stream.write(text)
            stream.flush()


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.1f} min"


def _read(file: Path) -> dict[str, float]:
    """Notes of an earlier run; none where there are none, or where they are damaged: they only make a forecast."""
    try:
        return {str(stage): float(seconds) for stage, seconds in json.loads(file.read_text()).items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}
