"""Stage `load`: patterns of Hopfield networks against load and number of samples. Usage: python pipelines/load.py

An hour or more on a laptop. Points that are done are kept in scratch/ until all are.
"""

import json

from latentfield.pipeline import params
from latentfield.pipeline.stage import REPORTS, run
from latentfield.studies.pattern_load import study as pattern_load
from latentfield.workspace.provenance import code_version, fingerprint
from latentfield.workspace.root import scratch
from latentfield.workspace.scratch import scratch_folder


def main() -> None:
    """Write reports/studies/load.json."""
    parameters = params.load()
    study, seed = parameters.load, parameters.seed
    code = code_version("latentfield.studies.pattern_load.study")
    choice = study.model_dump(mode="json")
    with scratch_folder(scratch() / f"load-{fingerprint(choice, seed, code['source'])}") as folder:
        points = pattern_load.run(study, seed, folder)
        decoders = pattern_load.decoders(study, seed, folder)
        record = {"seed": seed, "study": choice, "code": code, "sampling": pattern_load.sampling(study, seed, folder)}
        path = REPORTS / "studies" / "load.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(record | {"points": points, "decoders": decoders}, indent=2) + "\n")


if __name__ == "__main__":
    run(main)
