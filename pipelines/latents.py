"""Stage `latents`: how many collective variables the recording has. Usage: python pipelines/latents.py

A quarter of an hour on two cores. Finished fits are kept in scratch/ until all are done; a killed one goes on at its last epoch.
"""

import os

from latentfield.decoding.decode import decode
from latentfield.pipeline import params
from latentfield.pipeline.stage import REPORTS, SAMPLES, STUDIES, run
from latentfield.records.provenance import Code
from latentfield.samples.store import SampleSet, replace
from latentfield.studies.latent_number import study as latent_number
from latentfield.studies.latent_number.making import Work
from latentfield.studies.latent_number.record import LatentNumberRecord, StudyOrigin
from latentfield.vae.model import load
from latentfield.words.ladder import Sizes
from latentfield.workspace.provenance import code_version, fingerprint
from latentfield.workspace.root import scratch
from latentfield.workspace.scratch import scratch_folder

DATA, NAME = "retina", "retina_latents"


def main() -> None:
    """Write reports/studies/latents.json, and the best VAE with its theory in studies/retina_latents."""
    parameters = params.load()
    study, seed = parameters.latents, parameters.seed
    data = SampleSet(SAMPLES / f"{DATA}.zarr")
    sizes = Sizes(study.importance_samples, parameters.evaluate.mixtures, parameters.evaluate.pairwise_steps)
    code = Code(**code_version("latentfield.studies.latent_number.study", "latentfield.decoding.decode"))
    digest = data.digest()
    key = fingerprint(study.model_dump(mode="json"), sizes, seed, digest, code.source)
    origin = StudyOrigin(
        name=NAME,
        system=DATA,
        profile=parameters.profile,
        recording=data.attributes.get("recording", "none"),
        data=digest,
        run=f"{NAME}-{key}",
        training=parameters.training,
        code=code,
    )
    with scratch_folder(scratch() / f"latents-{key}") as folder:
        found = latent_number.run(Work(study, data, sizes, seed, origin, folder), min(2, os.cpu_count() or 1))
        best = folder / found.best.name
        theory, _ = decode(load(best), data, None, seed)
        theory.read_off(origin).write(best)
        record = LatentNumberRecord(**dict(origin), **dict(found), seed=seed, study=study)
        record.write(REPORTS / "studies" / "latents.json")
        replace(best, STUDIES / NAME)


if __name__ == "__main__":
    run(main)
