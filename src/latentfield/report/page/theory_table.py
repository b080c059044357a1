"""A decoded theory in a few lines of words and numbers, for pages and terminals."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from latentfield.records.decoded import (
    CouplingTheory,
    Decoded,
    GeneralizedHopfieldTheory,
    LinearHead,
    NoTheory,
    PatternTheory,
    TensorTheory,
)
from latentfield.records.measured import Measure
from latentfield.report.page.tables import estimate

Lines = list[tuple[str, str]]


def lines(record: Decoded) -> Lines:
    """(quantity, value) for each line, from the record of a theory."""
    return list(KINDS[record.kind](record))


def _none(record: NoTheory) -> Iterable[tuple[str, str]]:
    yield "theory", f"none: {record.reason}"


def _patterns(record: PatternTheory) -> Iterable[tuple[str, str]]:
    yield "read off at", f"T = {record.temperature:.4g} J, Jacobian averaged over the prior"
    yield "patterns found", f"{record.found} of {record.asked} asked for"
    yield "confidence of each", ", ".join(f"{value:.3g}" for value in record.confidence)
    scores = record.scores
    yield "exact, against the truth", f"{100 * scores.exact:.0f} %, smallest overlap {scores.minimum_overlap:.4g}"
    yield "couplings, relative error", f"{scores.coupling_error:.2g}"
    yield "span, smallest cos² of an angle to the truth's", f"{min(record.subspace_cos2):.4f}"
    network = record.network
    if network:
        yield "network of these patterns, −ln Q of held-out data", f"{_mean(network.cross_entropy)} nats"
        yield "the same less the network's entropy", f"{_mean(network.excess)} nats"
        yield (
            "energy and largest overlap against the data, z",
            (f"{network.energy.z:.1f}, {network.max_overlap.z:.1f}"),
        )


def _mean_field(record: CouplingTheory) -> Iterable[tuple[str, str]]:
    yield "βJ from the decoder, at temperatures", str(len(record.couplings))
    yield "largest relative error", f"{100 * record.worst_error:+.2f} % at T = {record.worst_temperature:.4g} J"


def _order_tensor(record: TensorTheory) -> Iterable[tuple[str, str]]:
    if record.worst_r2_nematic is not None:
        yield "Q from the latents, smallest R² below the transition", f"{record.worst_r2_nematic:.5f}"
    yield "the same at all temperatures", f"{min(row.worst for row in record.r2):.5f}"
    slopes = [row.slope for row in record.mean_field]
    yield "Bingham field on (3/2) βJ Q, slope", f"{min(slopes):.4f} to {max(slopes):.4f}"
    yield "R² of that line, smallest", f"{min(row.r2 for row in record.mean_field):.4f}"


def _generalized_hopfield(record: GeneralizedHopfieldTheory) -> Iterable[tuple[str, str]]:
    yield "patterns, norms", ", ".join(f"{norm:.3f}" for norm in record.pattern_norms)
    yield "ln Z", f"{record.log_z:.6f} nats (error {record.error:.1g})"
    yield f"−ln P of {record.words} held-out words", f"{_mean(record.nats_per_word)} nats per word"
    for row in record.cumulants:
        yield (
            f"latent {row.axis + 1} at the mean pull of the words",
            (f"skewness {row.skewness:.2f}, excess kurtosis {row.kurtosis:.2f}"),
        )
    yield (
        "samples against held-out words, rms z",
        ", ".join(f"{name} {score.rms_z:.1f}" for name, score in record.samples.items()),
    )


def _linear_head(record: LinearHead) -> Iterable[tuple[str, str]]:
    yield "theory", f"field and patterns: {record.reason}"


KINDS: dict[str, Callable[..., Iterable[tuple[str, str]]]] = {
    "none": _none,
    "linear_head": _linear_head,
    "patterns": _patterns,
    "mean_field": _mean_field,
    "order_tensor": _order_tensor,
    "generalized_hopfield": _generalized_hopfield,
}


def _mean(quantity: Measure) -> str:
    return estimate(quantity.value, quantity.se)
