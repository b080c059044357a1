"""Stage `train`: fit one VAE to its data set. Usage: python pipelines/train.py NAME, an entry of `train` in params.yaml"""

import sys
from functools import partial
from typing import Any

from latentfield.pipeline import params
from latentfield.pipeline.stage import MODELS, SAMPLES, run
from latentfield.samples.store import SampleSet, replace
from latentfield.tracking.journal import Journal, journal_file
from latentfield.tracking.replay import Uploader
from latentfield.vae import model
from latentfield.vae.training import fit
from latentfield.workspace.provenance import code_version, dvc_md5, fingerprint, git_commit
from latentfield.workspace.root import project_root, scratch
from latentfield.workspace.scratch import scratch_folder

NETWORK = ("latents", "encoder", "decoder", "hidden", "prior")
SCHEDULE = ("epochs", "batch", "learning_rate", "decay", "threads")


def main(name: str) -> None:
    """Write models/NAME: weights and config of the best epoch. Metrics go to the run's journal and from there to MLflow."""
    parameters = params.load()
    data = SampleSet(SAMPLES / f"{parameters.entry(name).data}.zarr")
    record = _record(name, parameters, data)
    settings, config = record["settings"], _network(record["settings"], data)
    journal = Journal(journal_file(project_root(), record["run"]))
    journal.start(
        f"{name} {parameters.profile}", record | {"architecture": config}, _tags(record, data), _dataset(record, data)
    )
    uploader = Uploader(journal)
    with scratch_folder(scratch() / f"train-{record['run']}") as folder:
        vae, validation = fit(
            config,
            data.split(settings["split"]),
            **{key: settings[key] for key in SCHEDULE},
            **record["training"],
            seed=parameters.seed,
            folder=folder,
            report=partial(_report, uploader, f"{name}: epoch {{}} of {settings['epochs']}"),
        )
        model.save(vae, folder / "model", record | {"validation": validation})
        replace(folder / "model", MODELS / name)
    journal.end()
    uploader.upload()


def _record(name: str, parameters: params.Params, data: SampleSet) -> dict[str, Any]:
    """Everything the trained model depends on, and a name for the run made from it."""
    settings = parameters.entry(name)
    record = {
        "name": name,
        "system": settings.data,
        "profile": parameters.profile,
        "recording": data.attributes.get("recording", "none"),
        "settings": settings.model_dump(mode="json"),
        "training": parameters.training.model_dump(mode="json"),
        "seed": parameters.seed,
        "data": data.digest(),
    }
    code = code_version("latentfield.vae.training", "latentfield.samples.store")
    return record | {"code": code, "run": f"{name}-{fingerprint(record, code['source'])}"}


def _network(settings: dict[str, Any], data: SampleSet) -> dict[str, Any]:
    return model.architecture(
        sites=data.attributes["sites"],
        shape=data.shape,
        temperatures=data.temperatures.tolist(),
        **{key: settings[key] for key in NETWORK},
    )


def _report(uploader: Uploader, line: str, epoch: int, metrics: dict[str, float]) -> None:
    uploader.journal.metrics(epoch, metrics)
    uploader.upload()
    if not sys.stderr.isatty():
        print(f"{line.format(epoch + 1)}, val ELBO {metrics['val/elbo']:.3f} nats", flush=True)


def _tags(record: dict, data: SampleSet) -> dict[str, str]:
    root = project_root()
    tags = {key: record[key] for key in ("system", "profile", "recording")} | {"data_hash": record["data"]}
    tags["prior"] = record["settings"]["prior"]["kind"]
    size = "x".join(str(n) for n in data.shape)
    return tags | {"size": size, "git_commit": git_commit(root), "dvc_md5": dvc_md5(data.path, root)}


def _dataset(record: dict, data: SampleSet) -> dict[str, str]:
    return {"name": data.path.stem, "digest": record["data"], "source": str(data.path)}


if __name__ == "__main__":
    run(main)
