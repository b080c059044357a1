"""JSON schemas of everything that is written as JSON, by the file or command."""

from __future__ import annotations

from pydantic import JsonValue, TypeAdapter

from latentfield.records.decoded import DECODED
from latentfield.records.fitted import Fit
from latentfield.records.measured import MEASURED
from latentfield.records.registered import REGISTRY
from latentfield.records.summary import SUMMARY
from latentfield.studies.capacity.record import CapacityRecord
from latentfield.studies.latent_number.record import LatentNumberRecord
from latentfield.studies.pattern_load.record import LoadRecord

ADAPTERS: dict[str, TypeAdapter] = {
    "reports/metrics/NAME.json": MEASURED,
    "latentfield summary --json": SUMMARY,
    "theory/NAME/theory.json": DECODED,
    "fits/NAME/fit.json": TypeAdapter(Fit),
    "reports/registry.json": REGISTRY,
    "reports/studies/capacity.json": TypeAdapter(CapacityRecord),
    "reports/studies/latents.json": TypeAdapter(LatentNumberRecord),
    "reports/studies/load.json": TypeAdapter(LoadRecord),
}
"""What reads each of them."""


def schemas() -> dict[str, dict[str, JsonValue]]:
    """The JSON schema (draft 2020-12) of each, under the same names."""
    return {name: adapter.json_schema() for name, adapter in ADAPTERS.items()}
