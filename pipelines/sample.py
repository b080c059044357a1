"""Stage `sample`: draw the sample set of one system. Usage: python pipelines/sample.py SYSTEM"""

from latentfield import params, sampling
from latentfield.stages import SAMPLES, run, scratch


def main(system: str) -> None:
    """Write data/samples/SYSTEM.zarr."""
    parameters = params.load()
    sampling.sample(getattr(parameters.sample, system), parameters.seed, SAMPLES / f"{system}.zarr", scratch())


if __name__ == "__main__":
    run(main)
