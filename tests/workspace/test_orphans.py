"""Processes end with the one that began them, killed or not."""

import os
import signal
import subprocess
import sys
import time

import pytest

POOL = """
import os, sys, time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from latentfield.workspace.orphans import end_with_parent
if __name__ == '__main__':
    with ProcessPoolExecutor(1, get_context('spawn'), end_with_parent) as pool:
        print(pool.submit(os.getpid).result(), flush=True)
        pool.submit(time.sleep, 60).result()
"""
GRANDCHILD = """
import os, subprocess, sys
code = (
    "import os, sys, time; from latentfield.workspace.orphans import end_with; end_with(int(sys.argv[1]));"
    "print(os.getpid(), flush=True); time.sleep(60)"
)
subprocess.run(["/bin/sh", "-c", '"$0" -c "$1" "$2"; true', sys.executable, code, str(os.getpid())])
"""


@pytest.mark.slow
@pytest.mark.parametrize("program", [POOL, GRANDCHILD], ids=["worker of a pool", "child of a child"])
def test_processes_end_with_the_one_that_started_them(program, tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(program)
    parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    worker = int(parent.stdout.readline())
    assert _alive(worker)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    for _ in range(100):
        if not _alive(worker):
            return
        time.sleep(0.1)
    os.kill(worker, signal.SIGKILL)
    pytest.fail("the worker outlived the process that started it")


def _alive(process: int) -> bool:
    """Whether a process runs; one that has ended may wait for whoever adopted it."""
    try:
        with open(f"/proc/{process}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
