"""What `latentfield summary --json` prints: everything measured on every VAE, and which version each has become."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, TypeAdapter

from latentfield.records.measured import Measured, MeasuredRecording, MeasuredSystem
from latentfield.records.registered import Registered


class SummarisedSystem(MeasuredSystem):
    """A VAE of a sampled system."""

    registered: Registered | None = None


class SummarisedRecording(MeasuredRecording):
    """A VAE of a recording."""

    registered: Registered | None = None


Summarised = Annotated[SummarisedSystem | SummarisedRecording, Field(discriminator="kind")]


SUMMARY: TypeAdapter[dict[str, Summarised]] = TypeAdapter(dict[str, Summarised])
"""By the names of the VAEs."""


def summarised(metrics: dict[str, Measured], registered: dict[str, Registered]) -> dict[str, Summarised]:
    """All VAEs by name, each with its version if it has become one."""
    kinds = {"system": SummarisedSystem, "recording": SummarisedRecording}
    return {name: kinds[one.kind](**dict(one), registered=registered.get(name)) for name, one in metrics.items()}
