"""Workers that end with the process that began them, however it ended: what goes on from their files must be alone with them.

A thread waits; nothing is tidied up, as after any kill.
"""

from __future__ import annotations

import os
from multiprocessing import parent_process
from threading import Thread


def end_with_parent() -> None:
    """End this process when that which started it is gone; for workers of `multiprocessing`, whose parent is known.

    A process that no other one started so would end at once.
    """

    def wait() -> None:
        if parent := parent_process():
            parent.join()
        os._exit(1)

    Thread(target=wait, daemon=True).start()
