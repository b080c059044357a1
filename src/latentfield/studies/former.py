"""What records of studies of earlier versions say that this one no longer does."""

from __future__ import annotations

from typing import Any


def without_decay(pace: Any) -> Any:
    """How VAEs were trained, without "decay", the factor of the learning rate per epoch that trainings had; it is linear now."""
    return {name: value for name, value in pace.items() if name != "decay"} if isinstance(pace, dict) else pace
