"""Stage `evaluate`: measure one trained VAE. Usage: python pipelines/evaluate.py NAME, an entry of `train` in params.yaml"""

import json
from typing import Any

from latentfield.measures.density_ratio import Settings
from latentfield.measures.evaluate import evaluate as evaluate_system
from latentfield.pipeline import params
from latentfield.pipeline.stage import MODELS, REPORTS, SAMPLES, run
from latentfield.records.provenance import Origin
from latentfield.records.tables import write_tables
from latentfield.samples.store import SampleSet
from latentfield.systems.table import SYSTEMS
from latentfield.vae import model
from latentfield.words.evaluate import evaluate as evaluate_words
from latentfield.words.ladder import Sizes

MEASURED_ON = {*Origin.model_fields, "seed", "code", "validation"}
"""What is said of the VAE, out of the record beside its weights."""


def main(name: str) -> None:
    """Write reports/metrics/NAME.json and the curves in reports/curves/NAME."""
    vae = model.load(MODELS / name)
    data = SampleSet(SAMPLES / f"{vae.record.system}.zarr")
    measured, tables = _measure(vae, data, params.load())
    record = vae.record.model_dump(mode="json", include=MEASURED_ON) | {"prior": vae.architecture.prior.kind}
    record |= {"sites": data.shape, "samples": data.n_samples, "latents": vae.architecture.latents} | measured
    write_tables(REPORTS / "curves" / name, tables)
    path = REPORTS / "metrics" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record, indent=2) + "\n")


def _measure(
    vae: model.VAE, data: SampleSet, parameters: params.Params
) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
    sizes, system = parameters.evaluate, vae.record.system
    if system not in SYSTEMS:
        ratio = Settings(steps=sizes.word_ratio_steps, seed=parameters.seed)
        split = vae.record.split
        ladder = Sizes(sizes.importance_samples, sizes.mixtures, sizes.pairwise_steps)
        return evaluate_words(vae, data, split, sizes.posterior_draws, ladder, ratio)
    ratio = Settings(steps=sizes.ratio_steps, seed=parameters.seed)
    rule = SYSTEMS[system].model_validate(data.attributes["parameters"])
    record, tables = evaluate_system(vae, data, rule, sizes.posterior_draws, sizes.model_samples, ratio)
    return record | {"order_parameter": rule.order_parameter}, tables


if __name__ == "__main__":
    run(main)
