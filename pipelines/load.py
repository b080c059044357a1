"""Stage `load`: patterns of Hopfield networks against load and number of samples. Usage: python pipelines/load.py

Three quarters of an hour on two cores. Points that are done are kept in scratch/ until all are.
"""

import os

from latentfield.pipeline import params
from latentfield.pipeline.stage import REPORTS, run
from latentfield.studies.pattern_load import study as pattern_load
from latentfield.studies.pattern_load.record import LoadRecord
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
        pattern_load.ahead(study, seed, folder, min(2, os.cpu_count() or 1))
        points = pattern_load.run(study, seed, folder)
        decoders = pattern_load.decoders(study, seed, folder)
        sampling = pattern_load.sampling(study, seed, folder)
        record = LoadRecord(seed=seed, study=choice, code=code, sampling=sampling, points=points, decoders=decoders)
        record.write(REPORTS / "studies" / "load.json")


if __name__ == "__main__":
    run(main)
