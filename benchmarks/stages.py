"""Stages of the pipeline beside those of a former version, in one run.

FORMER and NOW are checkouts of two commits in which `make` has finished, so that machine code is compiled and data are drawn. Each
stage is run in one and then in the other, by its script and not by DVC, again and again; the least of the times stands. Its outputs
are made anew. Usage: python benchmarks/stages.py FORMER NOW [STAGE@NAME ...] [--repeats 2]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

STAGES = (
    "train@ising",
    "evaluate@ising",
    "evaluate@maier_saupe",
    "evaluate@retina",
    "decode@hopfield",
    "decode@retina",
)


class Cost(NamedTuple):
    """What one run of a script took."""

    wall_s: float
    cpu_s: float
    """User and system, of all its processes."""
    peak_mib: float
    """Resident memory of the largest process."""


def main() -> None:
    """Print a line for each stage, and write benchmarks/results/stages.json."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("former", type=Path)
    parser.add_argument("now", type=Path)
    parser.add_argument("stages", nargs="*", default=STAGES)
    parser.add_argument("--repeats", type=int, default=2)
    asked = parser.parse_args()
    checkouts = {"former": asked.former.resolve(), "now": asked.now.resolve()}
    rows = []
    for stage in asked.stages:
        costs = {name: [] for name in checkouts}
        for _ in range(asked.repeats):
            for name, root in checkouts.items():
                costs[name].append(run(root, stage))
        least = {name: Cost(*map(min, zip(*found, strict=True))) for name, found in costs.items()}
        gain = least["former"].cpu_s / least["now"].cpu_s
        rows.append({"stage": stage, "gain": gain, **{name: cost._asdict() for name, cost in least.items()}})
        print(
            f"{stage}: {least['former'].cpu_s:.1f} s of CPU, now {least['now'].cpu_s:.1f}: {gain:.2f} times", flush=True
        )
    commits = {name: commit(root) for name, root in checkouts.items()}
    out = Path(__file__).parent / "results" / "stages.json"
    out.write_text(json.dumps({"commits": commits, "repeats": asked.repeats, "rows": rows}, indent=2) + "\n")


def run(root: Path, stage: str) -> Cost:
    """Run the script of a stage once, on one thread; raises CalledProcessError if it fails."""
    script, _, name = stage.partition("@")
    command = [root / ".venv/bin/python", f"pipelines/{script}.py", *([name] if name else [])]
    start = time.monotonic()
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL, env=os.environ | {"OMP_NUM_THREADS": "1"})
    _, status, used = os.wait4(process.pid, 0)
    if code := os.waitstatus_to_exitcode(status):
        raise subprocess.CalledProcessError(code, command)
    return Cost(time.monotonic() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def commit(root: Path) -> str:
    """The commit of a checkout."""
    return subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True, check=True
    ).stdout.strip()


if __name__ == "__main__":
    main()
