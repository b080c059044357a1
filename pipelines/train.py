"""Stage `train`: fit the VAE of one data set. Usage: python pipelines/train.py SYSTEM"""

import sys

from latentfield import params
from latentfield.provenance import code_version, digest, dvc_md5, fingerprint, git_commit
from latentfield.scratch import scratch_folder
from latentfield.stages import MODELS, SAMPLES, run, scratch
from latentfield.store import SampleSet, replace
from latentfield.tracking.journal import Journal, journal_file
from latentfield.tracking.server import project_root
from latentfield.vae import model
from latentfield.vae.training import fit

SETTINGS = ("latents", "encoder", "decoder", "hidden", "prior")
SCHEDULE = ("epochs", "batch", "learning_rate", "decay", "threads")


def main(system: str) -> None:
    """Write models/SYSTEM: weights and config of the best epoch. Metrics go to the run's journal and from there to MLflow."""
    parameters = params.load()
    data = SampleSet(SAMPLES / f"{system}.zarr")
    settings = getattr(parameters.train, system).model_dump(mode="json")
    config = model.architecture(
        sites=data.attributes["sites"],
        shape=data.shape,
        temperatures=data.temperatures.tolist(),
        **{name: settings[name] for name in SETTINGS},
    )
    record = {
        "system": system,
        "profile": parameters.profile,
        "recording": data.attributes.get("recording", "none"),
        "settings": settings,
        "training": parameters.training.model_dump(mode="json"),
        "seed": parameters.seed,
        "data": digest(data.path)[:32],
        "code": code_version("vae", "store.py"),
    }
    key = f"{system}-{fingerprint(config, {k: v for k, v in record.items() if k != 'code'}, record['code']['source'])}"
    journal = Journal(journal_file(project_root(), key))
    journal.start(
        f"{system} {parameters.profile}", record | {"architecture": config}, _tags(record, data), _dataset(record, data)
    )

    def report(epoch: int, metrics: dict[str, float]) -> None:
        journal.metrics(epoch, metrics)
        journal.try_upload()
        if not sys.stderr.isatty():
            print(
                f"{system}: epoch {epoch + 1} of {settings['epochs']}, val ELBO {metrics['val/elbo']:.3f} nats",
                flush=True,
            )

    with scratch_folder(scratch() / f"train-{key}") as folder:
        vae, validation = fit(
            config,
            data.split(settings["split"]),
            **{name: settings[name] for name in SCHEDULE},
            **record["training"],
            seed=parameters.seed,
            folder=folder,
            report=report,
        )
        model.save(vae, folder / "model", record | {"run": key, "validation": validation})
        replace(folder / "model", MODELS / system)
    journal.end()
    journal.try_upload()


def _tags(record: dict, data: SampleSet) -> dict[str, str]:
    root = project_root()
    tags = {name: record[name] for name in ("system", "profile", "recording")} | {"data_hash": record["data"]}
    size = "x".join(str(n) for n in data.shape)
    return tags | {"size": size, "git_commit": git_commit(root), "dvc_md5": dvc_md5(data.path, root)}


def _dataset(record: dict, data: SampleSet) -> dict[str, str]:
    return {"name": data.path.stem, "digest": record["data"], "source": str(data.path)}


if __name__ == "__main__":
    run(main)
