"""Stage `latents`: how many collective variables the recording has. Usage: python pipelines/latents.py

Half an hour on a laptop. Finished trainings are kept in scratch/ until all are done; a killed one goes on at its last epoch.
"""

from latentfield.decoding.decode import decode
from latentfield.pipeline import params
from latentfield.pipeline.stage import REPORTS, SAMPLES, STUDIES, run
from latentfield.records.provenance import Code, Origin
from latentfield.samples.store import SampleSet, replace
from latentfield.studies.latent_number import study as latent_number
from latentfield.studies.latent_number.record import LatentNumberRecord
from latentfield.vae import model
from latentfield.words.ladder import Sizes
from latentfield.workspace.provenance import code_version, fingerprint
from latentfield.workspace.root import scratch
from latentfield.workspace.scratch import scratch_folder

ENTRY, NAME = "retina", "retina_latents"


def main() -> None:
    """Write reports/studies/latents.json, and the best VAE with its theory in studies/retina_latents."""
    parameters = params.load()
    study, seed, entry = parameters.latents, parameters.seed, parameters.entry(ENTRY)
    data = SampleSet(SAMPLES / f"{entry.data}.zarr")
    sizes = Sizes(study.importance_samples, parameters.evaluate.mixtures, parameters.evaluate.pairwise_steps)
    origin = Origin(
        name=NAME,
        system=entry.data,
        profile=parameters.profile,
        recording=data.attributes.get("recording", "none"),
        data=data.digest(),
        run="",
    )
    code = Code(**code_version("latentfield.studies.latent_number.study", "latentfield.decoding.decode"))
    settings, training = entry.model_dump(mode="json"), parameters.training.model_dump(mode="json")
    key = fingerprint(study.model_dump(mode="json"), settings, sizes, seed, origin.data, code.source)
    origin = origin.model_copy(update={"run": f"{NAME}-{key}"})
    provenance = origin.plain() | {"training": training, "code": code.plain()}
    with scratch_folder(scratch() / f"latents-{key}") as folder:
        found = latent_number.run(study, data, settings, provenance, sizes, seed, folder)
        best = folder / found.best.name
        theory, _ = decode(model.load(best), data, None, seed)
        theory.read_off(origin).write(best)
        more = {"training": training, "code": code, "seed": seed, "study": study}
        LatentNumberRecord(**dict(origin), **dict(found), **more).write(REPORTS / "studies" / "latents.json")
        replace(best, STUDIES / NAME)


if __name__ == "__main__":
    run(main)
