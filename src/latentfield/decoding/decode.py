"""The theory of each system, read off the VAE that was trained on it.

    Hopfield network     `hopfield`: patterns
    Curie-Weiss model    `curie_weiss`: beta J from the decoder's field
    Maier-Saupe nematic  `maier_saupe`: Q from the latents, the molecular field from the decoder
    recording            `generalized_hopfield`: field, patterns and cumulant generating function of a linear decoder

Other systems, and recordings with another decoder, have no theory that this package can write down: their record says so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latentfield.decoding import curie_weiss, hopfield, maier_saupe
from latentfield.decoding.generalized_hopfield import cumulants, gauge
from latentfield.decoding.generalized_hopfield import model as generalized
from latentfield.decoding.generalized_hopfield.model import GeneralizedHopfield
from latentfield.decoding.theory import Theory
from latentfield.records.decoded import CouplingTheory, GeneralizedHopfieldTheory, LinearHead, NoTheory, TensorTheory
from latentfield.records.measured import Measure
from latentfield.records.tables import Tables
from latentfield.samples.store import SampleSet
from latentfield.statistics.estimate import clustered_mean
from latentfield.systems.base import System
from latentfield.systems.curie_weiss import CurieWeiss
from latentfield.systems.hopfield import Hopfield
from latentfield.systems.maier_saupe import MaierSaupe
from latentfield.vae.model import VAE
from latentfield.words.statistics import scores

TERMS = 500_000_000
"""Terms of the sums over the nodes of a theory that a table may take."""
LEARNED, SHOWN = 24_000, 2_500
"""Configurations that the network of the order tensor learns from, and held-out ones kept for its figure."""


def decode(model: VAE, data: SampleSet, rule: System | None, seed: int) -> tuple[Theory, Tables]:
    """The theory of a VAE and the tables of its figures; `rule` is the sampled system, None for a recording."""
    if rule is not None and rule.name in WAYS:
        return WAYS[rule.name](model, data, rule, seed)
    if rule is None and model.decoder.linear_head() is not None:
        return _recording(model, data, seed)
    what = f"the {rule.title}" if rule else f'a recording with the decoder "{model.architecture.decoder}"'
    return Theory(NoTheory(reason=f"there is no theory to read off a decoder of {what}"), {}), {}


def _curie_weiss(model: VAE, data: SampleSet, rule: CurieWeiss, seed: int) -> tuple[Theory, Tables]:
    held = data.split()["test"]
    rows = curie_weiss.couplings(model, held.x, held.temperature)
    chosen = np.unique(held.temperature)[:: max(1, len(rows) // 3)]
    fields = curie_weiss.fields(model, held.x, held.temperature, chosen)
    worst = max(rows, key=lambda row: abs(row["error"]))
    record = CouplingTheory(worst_error=worst["error"], worst_temperature=worst["temperature"], couplings=rows)
    arrays = {name: np.array([row[name] for row in rows]) for name in ("temperature", "beta_j", "se")}
    return Theory(record, arrays), {"couplings": rows, "fields": fields}


def _nematic(model: VAE, data: SampleSet, rule: MaierSaupe, seed: int) -> tuple[Theory, Tables]:
    parts, rng = data.split(), np.random.default_rng(seed)
    rows = rng.permutation(len(parts["train"].x))[:LEARNED]
    x, t = parts["train"].x[rows], parts["train"].temperature[rows]
    network = maier_saupe.fit(maier_saupe.latents(model, x, t), maier_saupe.order_tensor(x), seed)
    x, t = parts["test"].x, parts["test"].temperature
    tensor, found = maier_saupe.order_tensor(x), network.predict(maier_saupe.latents(model, x, t))
    field = maier_saupe.bingham(model, x, t, seed)
    r2, line = maier_saupe.scores(tensor, found, t), maier_saupe.mean_field(tensor, field, t)
    nematic = [row["worst"] for row in r2 if row["temperature"] < rule.transition]
    points = [
        {"temperature": float(t[i])}
        | {f"{name}_{k}": float(v) for name, q in zip(("q", "found", "field"), (tensor, found, field), strict=True)
           for k, v in enumerate(q[i], start=1)}
        for i in rng.permutation(len(x))[:SHOWN]
    ]  # fmt: skip
    record = TensorTheory(worst_r2_nematic=min(nematic, default=None), r2=r2, mean_field=line)
    arrays = {name: np.array([row[name] for row in line]) for name in ("temperature", "slope", "slope_se")}
    return Theory(record, arrays), {"points": points, "r2": r2, "mean_field": line}


WAYS: dict[str, Callable[[VAE, SampleSet, Any, int], tuple[Theory, Tables]]] = {
    CurieWeiss.name: _curie_weiss,
    Hopfield.name: hopfield.decode,
    MaierSaupe.name: _nematic,
}
"""How a theory is read off a VAE of each system that has one, by the system's name."""


def _linear_head(model: VAE) -> tuple[Theory, Tables]:
    """Field and patterns alone, in the coordinates of training."""
    field, patterns = generalized.linear_head(model, 1.0)
    reason = (
        f"K(h) is summed on a grid for at most {generalized.GRID_LATENTS} latents, got {len(patterns)}; field and patterns are "
        "in the coordinates of training"
    )
    return Theory(LinearHead(reason=reason), {"field": field, "patterns": patterns}), {}


def _recording(model: VAE, data: SampleSet, seed: int) -> tuple[Theory, Tables]:
    if model.architecture.latents > generalized.GRID_LATENTS:
        return _linear_head(model)
    split = model.record.split
    parts = data.split(split)
    theory = gauge.fixed(generalized.decode(model, training=parts["train"].x, seed=seed))
    found, tables = of_words(theory, parts["train"].x, parts["test"].x, None, seed)
    return found._replace(record=found.record.model_copy(update={"split": split})), tables


def of_words(
    theory: GeneralizedHopfield,
    train: NDArray[np.int8],
    test: NDArray[np.int8],
    unit: NDArray[np.int64] | None,
    seed: int,
) -> tuple[Theory, Tables]:
    """A generalised Hopfield model in the gauge of `gauge`, with the tables of its figure: K about the mean pull of test words.

    Words are (n, sites); `unit` (n,) says which test words belong together.
    """
    pulls = theory.overlaps(test)
    origin, reach = cumulants.frame(pulls)
    tables = generalized.against_recording(theory, train, test, unit, seed)
    nats = clustered_mean(-theory.log_prob(test), unit)
    cumulant = cumulants.along_axes([theory], reach, origin)
    record = GeneralizedHopfieldTheory(
        log_z=theory.log_z,
        error=theory.error,
        nats_per_word=Measure.of(nats),
        words=len(test),
        pattern_norms=np.linalg.norm(theory.patterns, axis=1).tolist(),
        mean_pull=origin.tolist(),
        cumulants=cumulants.standardised(theory, origin),
        samples=scores(tables),
    )
    arrays = {"patterns": theory.patterns, "field": theory.field, "origin": origin}
    arrays |= {f"cumulant_{name}": np.array([row[name] for row in cumulant]) for name in cumulant[0]}
    tables |= {"cumulant": cumulant, "density": cumulants.densities(theory, origin)}
    if len(theory.patterns) > 1 and len(theory.tilted.points) * cumulants.PLANE**2 <= TERMS:
        tables["plane"] = cumulants.plane([theory], reach, origin)
    shown = np.random.default_rng(seed).permutation(len(pulls))[:SHOWN]
    tables["pulls"] = [{f"h{k}": float(h) for k, h in enumerate(pulls[i] - origin, start=1)} for i in shown]
    return Theory(record, arrays), tables
