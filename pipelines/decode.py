"""Stage `decode`: read the theory off a trained VAE. Usage: python pipelines/decode.py NAME, an entry of `train` in params.yaml"""

from latentfield.decoding.decode import decode
from latentfield.pipeline import params
from latentfield.pipeline.stage import MODELS, REPORTS, SAMPLES, THEORIES, run
from latentfield.records.tables import write_tables
from latentfield.samples.store import SampleSet
from latentfield.systems.table import SYSTEMS
from latentfield.vae import model


def main(name: str) -> None:
    """Write theory/NAME, and its tables in reports/theory/NAME."""
    vae = model.load(MODELS / name)
    data = SampleSet(SAMPLES / f"{vae.record.system}.zarr")
    known = vae.record.system in SYSTEMS
    rule = SYSTEMS[vae.record.system].model_validate(data.attributes["parameters"]) if known else None
    theory, tables = decode(vae, data, rule, params.load().seed)
    theory = theory.read_off(vae.record.origin)
    write_tables(REPORTS / "theory" / name, tables)
    theory.write(THEORIES / name)


if __name__ == "__main__":
    run(main)
