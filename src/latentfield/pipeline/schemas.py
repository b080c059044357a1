"""JSON schemas of the records that are written as JSON, by the file or command.

They are made from the classes that write and read the files, so that the two cannot differ. What is not known is left out of a
file, keys that a schema does not name are mistakes, and numbers that are not finite stand as `NaN` and `Infinity`, which Python's
`json` reads and strict parsers refuse.

Other JSON has no schema here, such as the `config.json` of a model, the attributes of sample sets and what most commands print.
"""

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
"""What reads each of them, NAME being that of a VAE or of a data set of one's own.

The record of `latentfield study --full`, capacity_full.json, is of the same kind as capacity.json, and `latentfield study --json`
prints it.
"""


def schemas() -> dict[str, dict[str, JsonValue]]:
    """The JSON schema (draft 2020-12) of each, under the same names.

    Plain data, ready for `json.dumps`; records that others are made of stand under `$defs`. Where there are several kinds, `kind`
    tells them apart.
    """
    return {name: adapter.json_schema() for name, adapter in ADAPTERS.items()}
