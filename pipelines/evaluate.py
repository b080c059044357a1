"""Stage `evaluate`: measure one trained VAE. Usage: python pipelines/evaluate.py SYSTEM"""

import json
from typing import Any

from latentfield import params
from latentfield.measures import lattice, retina
from latentfield.report.figures import draw
from latentfield.report.tables import write_csv
from latentfield.stages import MODELS, REPORTS, SAMPLES, run
from latentfield.store import SampleSet
from latentfield.systems.table import SYSTEMS
from latentfield.vae import model


def main(system: str) -> None:
    """Write reports/metrics/SYSTEM.json, the curves in reports/curves/SYSTEM and the figures in reports/figures/SYSTEM."""
    parameters = params.load()
    vae, data = model.load(MODELS / system), SampleSet(SAMPLES / f"{system}.zarr")
    record, tables = _measure(system, vae, data, parameters)
    origin = {
        name: vae.record[name]
        for name in ("system", "profile", "recording", "data", "run", "seed", "code", "validation")
    }
    record = origin | {"sites": data.shape, "samples": data.n_samples, "latents": vae.config["latents"]} | record
    for name, rows in tables.items():
        write_csv(REPORTS / "curves" / system / f"{name}.csv", rows)
    draw(record, tables, REPORTS / "figures" / system)
    path = REPORTS / "metrics" / f"{system}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record, indent=2) + "\n")


def _measure(
    system: str, vae: model.VAE, data: SampleSet, parameters: params.Params
) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
    sizes, seed = parameters.evaluate, parameters.seed
    if system not in SYSTEMS:
        split = vae.record["settings"]["split"]
        return retina.evaluate(vae, data, split, sizes.posterior_draws, sizes.importance_samples, seed)
    rule = SYSTEMS[system].model_validate(data.attributes["parameters"])
    record, rows = lattice.evaluate(vae, data, rule, sizes.posterior_draws, sizes.model_samples, seed)
    return record | {"order_parameter": rule.order_parameter}, {"observables": rows}


if __name__ == "__main__":
    run(main)
