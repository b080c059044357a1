"""The processes of a fit, and the models without latents."""

import math
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from latentfield.fitting import baselines, pairwise_fit
from latentfield.fitting.settings import settings
from latentfield.statistics.estimate import Estimate
from latentfield.words.ladder import Split
from latentfield.words.pairwise import Pairwise

RNG = np.random.default_rng(0)


def spins(p: float, n: int, sites: int) -> np.ndarray:
    return np.where(RNG.random((n, sites)) < p, 1, -1).astype(np.int8)


def test_sites_that_are_mostly_active_are_counted_by_those_that_are_not():
    x = spins(0.03, 600, 60)
    quiet, busy = (Split(sign * x[:400], sign * x[400:500], sign * x[500:], None) for sign in (1, -1))
    found = [baselines.count(parts, settings()).log_p for parts in (quiet, busy)]
    np.testing.assert_allclose(found[0], found[1])
    many = spins(0.98, 400, 300)
    assert np.isfinite(baselines.count(Split(many[:300], many[300:350], many[350:], None), settings()).log_p).all()
    assert "count" in baselines.others(400) and "count" not in baselines.others(401)


def test_a_mode_that_annealing_misses_is_part_of_the_error():
    """Two sites that are always alike, weight 3 to 1; a ln Z that forgets the lighter mode is made good from words of both."""
    words = np.repeat(np.where(np.arange(400) % 4 == 0, 1, -1).astype(np.int8)[:, None], 2, 1)
    strong = 12.0
    truth = math.log(1 + 2 * math.exp(-strong / 2 - 0.5) + math.exp(-1.0986))
    field, coupling = np.full(2, -strong / 2 - 0.5), np.array([[0, strong - 0.0986], [strong - 0.0986, 0]])
    found = pairwise_fit.checked(Pairwise(field, coupling, Estimate(0.0, 0.001)), words, 0)
    assert found.log_z.value == pytest.approx(truth, abs=0.05)
    assert found.log_z.se == pytest.approx(found.log_z.value, rel=0.1)


@pytest.mark.slow
def test_processes_end_with_the_one_that_started_them(tmp_path):
    program = tmp_path / "parent.py"
    program.write_text(
        "import os, sys, time\n"
        "from concurrent.futures import ProcessPoolExecutor\n"
        "from multiprocessing import get_context\n"
        "from latentfield.fitting.workers import end_with_parent\n"
        "if __name__ == '__main__':\n"
        "    with ProcessPoolExecutor(1, get_context('spawn'), end_with_parent) as pool:\n"
        "        print(pool.submit(os.getpid).result(), flush=True)\n"
        "        pool.submit(time.sleep, 60).result()\n"
    )
    parent = subprocess.Popen([sys.executable, str(program)], stdout=subprocess.PIPE, text=True)
    worker = int(parent.stdout.readline())
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
