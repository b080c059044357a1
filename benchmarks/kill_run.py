"""What kills leave of a run: `make` killed at random moments, then all that it made compared, byte by byte, with a calm run.

CALM is a checkout in which `make` has finished, KILLED a fresh clone of the same commit with its environment built. There
`latentfield run` is killed (SIGKILL) again and again, each time a random while after it was begun; a second later nothing below
KILLED may be at work. Then it runs to its end. Usage: python benchmarks/kill_run.py CALM KILLED [--kills 10]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import psutil

OUTPUTS = ("data/samples", "models", "theory", "reports/metrics", "reports/curves", "reports/theory", "reports/studies")
GRACE = 1.0
"""Seconds that what a killed run had started has to end."""


def main() -> None:
    """Print each kill and the comparison, and write benchmarks/results/kill_run.json."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("calm", type=Path)
    parser.add_argument("killed", type=Path)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--longest", type=float, default=150.0, help="seconds a run has at most before it is killed")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    killed = asked.killed.resolve()
    moments = np.random.default_rng(asked.seed).uniform(5.0, asked.longest, asked.kills)
    rows = [kill(killed, float(moment)) for moment in moments]
    start = time.monotonic()
    code = subprocess.run([killed / ".venv/bin/latentfield", "run"], cwd=killed, check=False).returncode
    last = time.monotonic() - start
    differing = compare(asked.calm.resolve(), killed)
    files = sum(len(digests(killed / name)) for name in OUTPUTS)
    print(f"last run: exit code {code}, {last:.0f} s; {files} files, {len(differing)} of them differ: {differing}")
    result = {"kills": rows, "last_run_s": last, "exit_code": code, "files": files, "differing": differing}
    out = Path(__file__).parent / "results" / "kill_run.json"
    out.write_text(json.dumps(result, indent=2) + "\n")


def kill(root: Path, moment: float) -> dict[str, float | int | str]:
    """Begin a run, kill it after some seconds; which stages it was in, and how many of its processes outlived it."""
    run = subprocess.Popen([root / ".venv/bin/latentfield", "run"], cwd=root, stdout=subprocess.DEVNULL)
    time.sleep(moment)
    stages = sorted({stage for process in at_work(root) if (stage := _stage(process))})
    run.send_signal(signal.SIGKILL)
    run.wait()
    time.sleep(GRACE)
    left = at_work(root)
    for process in left:
        process.kill()
    row = {"after_s": round(moment, 1), "in": ", ".join(stages) or "between stages", "left": len(left)}
    print(f"killed after {row['after_s']} s in {row['in']}; {row['left']} processes outlived it", flush=True)
    return row


def at_work(root: Path) -> list[psutil.Process]:
    """Processes, but for this one, whose working folder is the checkout or below it."""
    found = []
    for process in psutil.process_iter():
        try:
            if (
                process.pid != os.getpid()
                and process.status() != psutil.STATUS_ZOMBIE
                and Path(process.cwd()).is_relative_to(root)
            ):
                found.append(process)
        except psutil.Error:
            continue
    return found


def compare(calm: Path, killed: Path) -> list[str]:
    """Outputs that are not the same bytes in both checkouts, or only in one of them."""
    pairs = ((name, digests(calm / name), digests(killed / name)) for name in OUTPUTS)
    return [
        f"{name}/{file}" for name, a, b in pairs for file in sorted(a.keys() | b.keys()) if a.get(file) != b.get(file)
    ]


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every file below a folder, by its path there."""
    files = (file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def _stage(process: psutil.Process) -> str:
    """The stage that a process carries out, such as "train retina"; empty for any other."""
    try:
        words = process.cmdline()
    except psutil.Error:
        return ""
    script = next((word for word in words if word.startswith("pipelines/") and word.endswith(".py")), "")
    return " ".join([Path(script).stem, *words[words.index(script) + 1 :]]) if script and "-m" not in words else ""


if __name__ == "__main__":
    main()
