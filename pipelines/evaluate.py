"""Stage `evaluate`: measure one trained VAE. Usage: python pipelines/evaluate.py NAME, an entry of `train` in params.yaml"""

from latentfield.measures.density_ratio import Settings
from latentfield.measures.evaluate import evaluate as evaluate_system
from latentfield.pipeline import params
from latentfield.pipeline.stage import MODELS, REPORTS, SAMPLES, run
from latentfield.records.measured import MeasuredRecording, MeasuredSystem, SystemMeasures, Trained, WordMeasures
from latentfield.records.tables import Tables, write_tables
from latentfield.samples.store import SampleSet
from latentfield.systems.table import SYSTEMS
from latentfield.vae import model
from latentfield.words.evaluate import evaluate as evaluate_words
from latentfield.words.ladder import Sizes

KINDS = {"system": MeasuredSystem, "recording": MeasuredRecording}


def main(name: str) -> None:
    """Write reports/metrics/NAME.json and the curves in reports/curves/NAME."""
    vae = model.load(MODELS / name)
    data = SampleSet(SAMPLES / f"{vae.record.system}.zarr")
    measures, tables = _measure(vae, data, params.load())
    record = KINDS[measures.kind](**dict(_trained(vae, data)), **dict(measures))
    write_tables(REPORTS / "curves" / name, tables)
    record.write(REPORTS / "metrics" / f"{name}.json")


def _trained(vae: model.VAE, data: SampleSet) -> Trained:
    record = vae.record
    return Trained(
        **dict(record.origin),
        seed=record.seed,
        code=record.code,
        validation=record.validation,
        prior=vae.architecture.prior.kind,
        sites=data.shape,
        samples=data.n_samples,
        latents=vae.architecture.latents,
    )


def _measure(
    vae: model.VAE, data: SampleSet, parameters: params.Params
) -> tuple[SystemMeasures | WordMeasures, Tables]:
    sizes, system = parameters.evaluate, vae.record.system
    if system not in SYSTEMS:
        ratio = Settings(steps=sizes.word_ratio_steps, seed=parameters.seed)
        split = vae.record.split
        ladder = Sizes(sizes.importance_samples, sizes.mixtures, sizes.pairwise_steps, exact_rounds=sizes.exact_rounds)
        return evaluate_words(vae, data, split, sizes.posterior_draws, ladder, ratio)
    ratio = Settings(steps=sizes.ratio_steps, seed=parameters.seed)
    rule = SYSTEMS[system].model_validate(data.attributes["parameters"])
    return evaluate_system(vae, data, rule, sizes.posterior_draws, sizes.model_samples, ratio)


if __name__ == "__main__":
    run(main)
