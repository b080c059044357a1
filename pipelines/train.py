"""Stage `train`: fit one VAE, or one law exactly. Usage: python pipelines/train.py NAME, an entry of `train` in params.yaml"""

import sys
from functools import partial
from typing import Any

from rich.progress import Progress

from latentfield.marginal import of_samples
from latentfield.pipeline import params
from latentfield.pipeline.entries import Exact, Train
from latentfield.pipeline.stage import MODELS, SAMPLES, run
from latentfield.samples.store import SampleSet, replace
from latentfield.tracking.journal import Journal, journal_file
from latentfield.tracking.replay import Uploader
from latentfield.vae.architecture import Architecture
from latentfield.vae.model import save
from latentfield.vae.record import TrainedRecord
from latentfield.vae.schedule import Schedule
from latentfield.vae.training import Report, fit
from latentfield.workspace.dvc_lock import dvc_md5
from latentfield.workspace.provenance import code_version, fingerprint, git_commit
from latentfield.workspace.root import project_root, scratch
from latentfield.workspace.scratch import scratch_folder


def main(name: str) -> None:
    """Write models/NAME: weights and config of the best epoch, or of an exact fit. Metrics go to the journal and to MLflow."""
    parameters = params.load()
    asked = parameters.entry(name)
    data = SampleSet(SAMPLES / f"{asked.data}.zarr")
    origin = _origin(name, parameters, data)
    journal = Journal(journal_file(project_root(), origin["run"]))
    told = origin if isinstance(asked, Exact) else origin | {"architecture": _architecture(asked, data).plain()}
    journal.start(f"{name} {parameters.profile}", told, _tags(origin, asked, data), _dataset(origin, data))
    uploader = Uploader(journal)
    with scratch_folder(scratch() / f"train-{origin['run']}") as folder:
        if isinstance(asked, Exact):
            vae, validation = _exact(
                asked, data, parameters.seed, partial(_report, uploader, f"{name}: exact fit {{}} of 1")
            )
        else:
            vae, validation = fit(
                _architecture(asked, data),
                data.split(asked.split),
                Schedule.of(asked, parameters.training, asked.threads),
                seed=parameters.seed,
                folder=folder,
                report=partial(_report, uploader, f"{name}: epoch {{}} of {asked.epochs}"),
            )
        save(vae, folder / "model", TrainedRecord(**origin, architecture=vae.architecture, validation=validation))
        replace(folder / "model", MODELS / name)
    journal.end()
    uploader.upload()


def _architecture(asked: Train, data: SampleSet) -> Architecture:
    sites, temperatures = data.attributes["sites"], data.temperatures.tolist()
    return Architecture.of(asked, temperatures, sites=sites, shape=data.shape, latents=asked.latents)


def _exact(asked: Exact, data: SampleSet, seed: int, report: Report) -> of_samples.Fitted:
    """Rounds have no metrics, and the fit those of one epoch."""
    with Progress(transient=True) as bar:
        task = bar.add_task("exact fit")
        found = of_samples.fit(
            data.split(asked.split),
            data.temperatures.tolist(),
            latents=asked.latents,
            bias=asked.decoder == "linear",
            rounds=asked.rounds,
            closing=asked.closing,
            seed=seed,
            told=lambda done, most: bar.update(task, completed=done, total=most),
        )
    report(0, {f"val/{name}": value for name, value in found.validation.items()})
    return found


def _origin(name: str, parameters: params.Params, data: SampleSet) -> dict[str, Any]:
    """Everything the trained model depends on, and a name for the run made from it."""
    settings = parameters.entry(name)
    origin = {
        "name": name,
        "system": settings.data,
        "profile": parameters.profile,
        "recording": data.attributes.get("recording", "none"),
        "settings": settings.model_dump(mode="json"),
        "training": parameters.training.model_dump(mode="json"),
        "seed": parameters.seed,
        "data": data.digest(),
    }
    code = code_version("latentfield.vae.training", "latentfield.samples.store", "latentfield.marginal.of_samples")
    return origin | {"code": code, "run": f"{name}-{fingerprint(origin, code['source'])}"}


def _report(uploader: Uploader, line: str, epoch: int, metrics: dict[str, float]) -> None:
    uploader.journal.metrics(epoch, metrics)
    uploader.upload()
    if not sys.stderr.isatty():
        print(f"{line.format(epoch + 1)}, val ELBO {metrics['val/elbo']:.3f} nats", flush=True)


def _tags(origin: dict[str, Any], asked: Train | Exact, data: SampleSet) -> dict[str, str]:
    root = project_root()
    tags = {key: origin[key] for key in ("system", "profile", "recording")} | {"data_hash": origin["data"]}
    size = "x".join(str(n) for n in data.shape)
    tags |= {"prior": "nodes" if isinstance(asked, Exact) else asked.prior.kind, "size": size}
    return tags | {"git_commit": git_commit(root), "dvc_md5": dvc_md5(data.path, root)}


def _dataset(origin: dict[str, Any], data: SampleSet) -> dict[str, str]:
    return {"name": data.path.stem, "digest": origin["data"], "source": str(data.path)}


if __name__ == "__main__":
    run(main)
