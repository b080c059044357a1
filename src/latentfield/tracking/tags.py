"""What MLflow and the registry are told of a trained VAE, out of the record beside its weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from latentfield.tracking.names import flatten

Record = Mapping[str, Any]


def run_tags(record: Record) -> dict[str, str]:
    """Where a version comes from: data, parameters, seed and commit."""
    known = {name: str(record[name]) for name in ("system", "profile", "recording", "seed")}
    known |= {f"param.{name}": value for name, value in flatten(record["settings"]).items()}
    return known | {"data_hash": record["data"], "code_commit": record["code"]["commit"]}


def scores(record: Record) -> dict[str, float]:
    """Validation metrics by the names that the registry gives them."""
    found = {f"val_{name.replace('/', '_')}": value for name, value in record["validation"].items()}
    found["val_neg_elbo"] = -found.pop("val_elbo")
    return found


def estimates(measured: Record) -> dict[str, float]:
    """Every {mean, se} of a record as two metrics; the rest is left out."""
    found: dict[str, float] = {}
    for name, value in measured.items():
        if isinstance(value, Mapping) and "mean" in value:
            found |= {f"test/{name}": value["mean"], f"test/{name}_se": value["se"]}
    return found
