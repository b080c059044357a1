"""Stage `sample`: draw the sample set of one system. Usage: python pipelines/sample.py SYSTEM"""

from latentfield.pipeline import params
from latentfield.pipeline.stage import SAMPLES, run
from latentfield.samples import drawing
from latentfield.workspace.root import scratch


def main(system: str) -> None:
    """Write data/samples/SYSTEM.zarr."""
    parameters = params.load()
    drawing.sample(getattr(parameters.sample, system), parameters.seed, SAMPLES / f"{system}.zarr", scratch())


if __name__ == "__main__":
    run(main)
