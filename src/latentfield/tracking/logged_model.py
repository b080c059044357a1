"""A trained model as MLflow keeps it: `weights.safetensors`, `config.json`, and an `MLmodel` with its signature.

None of the three can run code when it is read: the weights are plain arrays, and the flavor "latentfield" names files,
not a loader, so MLflow shows the model but leaves loading it to this package.

A model is made in the order: entry in MLflow, files, status READY. One that was cut off in between stays as an entry that is not
ready; no version points to it, and the next attempt makes another. A decoded theory joins the files later (`registry.attach`).
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from latentfield.errors import LatentfieldError
from latentfield.tracking.names import flatten
from latentfield.vae.files import CONFIG, FILES

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import LoggedModel
    from mlflow.models import Model, ModelSignature

    from latentfield.vae.architecture import Architecture
    from latentfield.vae.record import TrainedRecord


def read_record(folder: Path) -> TrainedRecord:
    """The record of a model folder; raises LatentfieldError where a file of the two is missing, or the record is damaged.

    The weights are not read.
    """
    from latentfield.vae.record import TrainedRecord

    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise LatentfieldError(f"{folder} is not a trained model: it has no {' and no '.join(missing)}.")
    return TrainedRecord.read(folder / CONFIG)


def log_model(
    client: MlflowClient, experiment_id: str, folder: Path, system: str, run_id: str | None, tags: Mapping[str, str]
) -> LoggedModel:
    """Upload a model folder as an MLflow logged model, an output of the run (at step 0) if one is given.

    It is called like its system and of type "latentfield". Its params are the record's entries under dotted names, cut at 250
    characters; `tags` are kept as they are. Only the two files and `MLmodel` are uploaded, whatever else the folder holds. To be
    called within the scope of a connection; every call makes a new model. Raises LatentfieldError as `read_record` does.
    """
    from mlflow.entities import LoggedModelOutput

    record = read_record(folder)
    params = {key: value[:250] for key, value in flatten(record.plain()).items()}
    model = client.create_logged_model(experiment_id, system, run_id, dict(tags), params, "latentfield")
    with tempfile.TemporaryDirectory() as stage:
        for name in FILES:
            shutil.copyfile(folder / name, Path(stage, name))
        _describe(model, run_id, record.architecture).save(str(Path(stage, "MLmodel")))
        client.log_model_artifacts(model.model_id, stage)
    if run_id:
        client.log_outputs(run_id, [LoggedModelOutput(model.model_id, 0)])
    return client.finalize_logged_model(model.model_id, "READY")


def signature(architecture: Architecture) -> ModelSignature:
    """Inputs and outputs of a trained model, any number of samples at once.

    In: `samples`, configurations of int8 spins or float32 directors, and their `temperature` in units of the coupling.
    Out: `latent`, the mean of the encoder, and `elbo`, the lower bound on log P(x | T) in nats.

    Shapes are (n, *shape) and (n,) in, (n, latents) and (n,) out, n free; all but spins are float32. It describes the model to
    a reader of MLflow's pages and is checked by no code, since no loader of MLflow's stands behind it.
    """
    import numpy as np
    from mlflow.models import ModelSignature
    from mlflow.types import Schema, TensorSpec

    real = np.dtype("float32")
    site = real if architecture.sites == "directors" else np.dtype("int8")
    samples = TensorSpec(site, (-1, *architecture.shape), "samples")
    inputs = Schema([samples, TensorSpec(real, (-1,), "temperature")])
    latent = TensorSpec(real, (-1, architecture.latents), "latent")
    outputs = Schema([latent, TensorSpec(real, (-1,), "elbo")])
    return ModelSignature(inputs, outputs)


def _describe(model: LoggedModel, run_id: str | None, architecture: Architecture) -> Model:
    from mlflow.models import Model

    flavors = {"latentfield": {name.partition(".")[0]: name for name in FILES}}
    return Model(run_id=run_id, model_id=model.model_id, flavors=flavors, signature=signature(architecture))
