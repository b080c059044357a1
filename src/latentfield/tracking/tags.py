"""What MLflow and the registry are told of a trained VAE, out of the record beside its weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from latentfield.records.measured import Dissected, Measure, Step
from latentfield.tracking.names import flatten
from latentfield.vae.record import TrainedRecord

Record = Mapping[str, Any]


def run_tags(record: TrainedRecord) -> dict[str, str]:
    """Where a version comes from: data, parameters, seed and commit."""
    known = {name: str(getattr(record, name)) for name in ("system", "profile", "recording", "seed")}
    known |= {f"param.{name}": value for name, value in flatten(record.settings).items()}
    return known | {"data_hash": record.data, "code_commit": record.code.commit}


def scores(record: TrainedRecord) -> dict[str, float]:
    """Validation metrics by the names that the registry gives them."""
    found = {f"val_{name.replace('/', '_')}": value for name, value in record.validation.items()}
    found["val_neg_elbo"] = -found.pop("val_elbo")
    return found


def estimates(measured: Dissected) -> dict[str, float]:
    """Every estimate of a record as two metrics; the rest is left out."""
    found: dict[str, float] = {}
    for name, value in measured:
        if isinstance(value, Measure | Step):
            found |= {f"test/{name}": value.value, f"test/{name}_se": value.se}
    return found
