"""Where the trials of the capacity study are kept: an SQLite file or any database that SQLAlchemy reaches.

A running trial sends a heartbeat; one that has missed four of them was interrupted, and its place in the plan is free again.

Optuna keeps states, parameters and what was measured; configurations and checkpoints are files elsewhere. Complete and
pruned trials are never run again under the same fingerprint, so the database is what a killed study goes on from:
losing it loses everything that has been measured.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import NamedTuple

import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.storages import RDBStorage
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from latentfield.errors import LatentfieldError

PATIENCE = 120
"""Seconds for which a process waits while another one writes to an SQLite file."""

MISSED = 4
"""Heartbeats without a sign after which a trial is given up: the seconds for which the place of a killed process stays
taken are this many times `Storage.heartbeat`."""


class Storage(NamedTuple):
    """Address of the database, and the seconds between two heartbeats of a running trial."""

    url: str
    """As SQLAlchemy has it, `sqlite:///FILE` or a server's, whose password may be part of it."""
    heartbeat: int
    """Seconds; a shorter one frees places sooner, and writes to the database more often."""

    @property
    def place(self) -> str:
        """The address without its password."""
        return make_url(self.url).render_as_string(hide_password=True)

    def open(self) -> RDBStorage:
        """Connect, making the tables and the folder of an SQLite file if they are not there.

        Raises LatentfieldError for what is no address, and for a database that cannot be reached, whose driver is not
        installed or whose folder cannot be made. Optuna's own messages below warnings are silenced for the whole
        process.
        """
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        try:
            options = self._options()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ExperimentalWarning)
                return RDBStorage(
                    self.url,
                    options,
                    heartbeat_interval=self.heartbeat,
                    grace_period=MISSED * self.heartbeat,
                )
        except ArgumentError as error:
            raise LatentfieldError(
                f"the storage of a study is an address such as sqlite:///FILE, got {self.url!r}"
            ) from error
        except (SQLAlchemyError, ImportError, OSError, RuntimeError) as error:
            reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
            raise LatentfieldError(f"the study's storage {self.place} cannot be opened: {reason}") from error

    def _options(self) -> dict:
        """What the driver of the database is told.

        A file waits `PATIENCE` seconds for its lock; a server's connections are tried before each use.
        """
        url = make_url(self.url)
        if url.get_backend_name() != "sqlite":
            return {"pool_pre_ping": True}
        if url.database:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        return {"connect_args": {"timeout": PATIENCE}}
