"""Processes that end with the one that began them, however it ended: what goes on from their files must be alone with them.

A thread waits; nothing is tidied up, as after any kill.
"""

from __future__ import annotations

import os
import time
from multiprocessing import parent_process
from threading import Thread

WATCH = 0.5
"""Seconds between two looks at whether a process is still there."""


def end_with_parent() -> None:
    """End this process when that which started it is gone; for workers of `multiprocessing`, whose parent is known.

    A process that no other one started so would end at once.
    """

    def wait() -> None:
        if parent := parent_process():
            parent.join()
        os._exit(1)

    Thread(target=wait, daemon=True).start()


def end_with(process: int) -> None:
    """End this process when the one of that number is gone, be it parent or further up."""

    def watch() -> None:
        while True:
            try:
                os.kill(process, 0)
            except OSError:
                os._exit(1)
            time.sleep(WATCH)

    Thread(target=watch, daemon=True).start()
