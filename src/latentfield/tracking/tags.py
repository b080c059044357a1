"""What MLflow and the registry are told of a trained VAE, out of the record beside its weights.

MLflow holds tags and params as strings and metrics as numbers without units: units are nats per configuration (of all sites, or one
word of a recording) wherever a name below says elbo, distortion, rate, capacity or tc.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from latentfield.records.measured import Dissected, Measure, Step
from latentfield.tracking.names import flatten
from latentfield.vae.record import TrainedRecord

Record = Mapping[str, Any]


def run_tags(record: TrainedRecord) -> dict[str, str]:
    """Where a version comes from: data, parameters, seed and commit.

    `system`, `profile`, `recording` ("recording", "SURROGATE" or "none") and `seed` as in the record; `param.NAME` for every
    setting, nested ones under dotted names; `data_hash`, the digest of the sample set, 32 hex digits; `code_commit`, the last
    commit that touched the sources of the training, with "+changed" where they differed from it.
    """
    known = {name: str(getattr(record, name)) for name in ("system", "profile", "recording", "seed")}
    known |= {f"param.{name}": value for name, value in flatten(record.settings).items()}
    return known | {"data_hash": record.data, "code_commit": record.code.commit}


def scores(record: TrainedRecord) -> dict[str, float]:
    """Validation metrics, of the best epoch, by the names that the registry gives them; nats per configuration.

    `val_neg_elbo` (minus the ELBO), `val_distortion`, `val_rate`, `val_rate_latent_1` and so on, `val_capacity_sphere_packing` and
    `val_capacity_gaussian`. KeyError for a record without an ELBO.
    """
    found = {f"val_{name.replace('/', '_')}": value for name, value in record.validation.items()}
    found["val_neg_elbo"] = -found.pop("val_elbo")
    return found


def estimates(measured: Dissected) -> dict[str, float]:
    """Every estimate of a record as two metrics, `test/NAME` and its standard error `test/NAME_se`; the rest is left out.

    Of a sampled system the value is the mean over temperatures. Left out are the single temperatures, the single latents, the
    ladder of models, plain numbers and texts, and what is None: MLflow has the headline, the record has it all.
    """
    found: dict[str, float] = {}
    for name, value in measured:
        if isinstance(value, Measure | Step):
            found |= {f"test/{name}": value.value, f"test/{name}_se": value.se}
    return found
