"""Stage `decode`: read the theory off a trained VAE. Usage: python pipelines/decode.py NAME, an entry of `train` in params.yaml"""

from latentfield import params
from latentfield.decoding.reading import decode
from latentfield.report.decoded import draw
from latentfield.report.tables import write_csv
from latentfield.stages import MODELS, REPORTS, SAMPLES, THEORIES, run
from latentfield.store import SampleSet
from latentfield.systems.table import SYSTEMS
from latentfield.vae import model

ORIGIN = ("name", "system", "profile", "recording", "data", "run")


def main(name: str) -> None:
    """Write theory/NAME, and its tables and figures in reports/theory/NAME."""
    vae = model.load(MODELS / name)
    data = SampleSet(SAMPLES / f"{vae.record['system']}.zarr")
    known = vae.record["system"] in SYSTEMS
    rule = SYSTEMS[vae.record["system"]].model_validate(data.attributes["parameters"]) if known else None
    theory, tables = decode(vae, data, rule, params.load().seed)
    origin = {key: vae.record[key] for key in ORIGIN}
    theory = theory._replace(record=origin | theory.record)
    folder = REPORTS / "theory" / name
    folder.mkdir(parents=True, exist_ok=True)
    for table, rows in tables.items():
        if not rows:
            continue
        write_csv(folder / f"{table}.csv", rows)
    draw(theory, tables, folder)
    theory.write(THEORIES / name)


if __name__ == "__main__":
    run(main)
