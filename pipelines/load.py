"""Stage `load`: patterns of Hopfield networks against load and number of samples. Usage: python pipelines/load.py

An hour or more on a laptop. Points that are done are kept in scratch/ until all are.
"""

import json

from latentfield import params
from latentfield.decoding import load_study
from latentfield.provenance import code_version, fingerprint
from latentfield.scratch import scratch_folder
from latentfield.stages import REPORTS, run, scratch


def main() -> None:
    """Write reports/studies/load.json."""
    parameters = params.load()
    study, seed = parameters.load, parameters.seed
    code = code_version("decoding", "systems", "vae")
    choice = study.model_dump(mode="json")
    with scratch_folder(scratch() / f"load-{fingerprint(choice, seed, code['source'])}") as folder:
        points = load_study.run(study, seed, folder)
        decoders = load_study.decoders(study, seed, folder)
        record = {"seed": seed, "study": choice, "code": code, "sampling": load_study.sampling(study, seed, folder)}
        path = REPORTS / "studies" / "load.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(record | {"points": points, "decoders": decoders}, indent=2) + "\n")


if __name__ == "__main__":
    run(main)
