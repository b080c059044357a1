"""Between a run of the pipeline and a process of it: ends that process, with all below it, when the run is gone, killed or not.

Usage: python -m latentfield.pipeline.warden COMMAND ..., as the leader of a process group, its standard input a pipe from the run.

Nothing is ever written to the pipe. It ends when the run does, however that happened, and the whole group is killed: what goes on
from the files of a killed run must be alone with them. Otherwise the exit code is that of the command. SIGTERM, which is for the
group, it outlives until the command has ended.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from threading import Thread


def main() -> None:
    """Run the command of the arguments until it ends, or the standard input does."""
    # A handler, unlike an order to ignore the signal, is not passed on to the command.
    signal.signal(signal.SIGTERM, lambda *_: None)
    process = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    Thread(target=_watch, daemon=True).start()
    raise SystemExit(process.wait())


def _watch() -> None:
    os.read(0, 1)
    os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    main()
