"""Stage `latents`: how many collective variables the recording has. Usage: python pipelines/latents.py

Half an hour on a laptop. Finished trainings are kept in scratch/ until all are done; a killed one goes on at its last epoch.
"""

import json

from latentfield.decoding.decode import decode
from latentfield.pipeline import params
from latentfield.pipeline.stage import REPORTS, SAMPLES, STUDIES, run
from latentfield.samples.store import SampleSet, replace
from latentfield.studies.latent_number import study as latent_number
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
    origin = {
        "name": NAME,
        "system": entry.data,
        "profile": parameters.profile,
        "recording": data.attributes.get("recording", "none"),
        "data": data.digest(),
        "training": parameters.training.model_dump(mode="json"),
        "code": code_version("latentfield.studies.latent_number.study", "latentfield.decoding.decode"),
    }
    settings, choice = entry.model_dump(mode="json"), study.model_dump(mode="json")
    key = fingerprint(choice, settings, sizes, seed, origin["data"], origin["code"]["source"])
    provenance = origin | {"run": f"{NAME}-{key}"}
    with scratch_folder(scratch() / f"latents-{key}") as folder:
        record = latent_number.run(study, data, settings, provenance, sizes, seed, folder)
        best = folder / latent_number.name(record["best"])
        theory, _ = decode(model.load(best), data, None, seed)
        theory._replace(record=provenance | theory.record).write(best)
        path = REPORTS / "studies" / "latents.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(provenance | {"seed": seed, "study": choice} | record, indent=2) + "\n")
        replace(best, STUDIES / NAME)


if __name__ == "__main__":
    run(main)
