"""A decoded theory in a few lines of words and numbers, for pages and terminals.

Every kind of theory (`records.decoded`) has its lines: what was found, and how it compares with what is known. Scores against the
truth are those of sampled systems, whose patterns and couplings are known; no recovery has seen them. Arrays are not shown.
"""

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
"""(quantity, value), both as text."""


def lines(record: Decoded) -> Lines:
    """(quantity, value) for each line, from the record of a theory.

    A record of any kind has at least one line; where nothing could be read off it says so, and why.
    """
    return list(KINDS[record.kind](record))


def _none(record: NoTheory) -> Iterable[tuple[str, str]]:
    yield "theory", f"none: {record.reason}"


def _patterns(record: PatternTheory) -> Iterable[tuple[str, str]]:
    """Stored patterns, read off at the temperature nearest to the transition.

    Confidence is the probability that all bits of a pattern are right, and knows no truth. The truth enters three lines: fraction
    of its patterns that came back in every bit, with the smallest |overlap| of one with its partner (0 without partner);
    |J' − J| / |J| of the couplings, 1 where nothing was found; and the smallest cos² of the angles between the decoder's span and
    that of the true patterns.

    The network that stores the patterns found, law Q, is then held against held-out data without the truth: −ln Q in nats per
    configuration, less its entropy (⟨E⟩_data − ⟨E⟩_Q) / T, which is 0 within its error if the data follow Q.
    """
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
    """βJ of a Curie-Weiss model: at how many temperatures, and the relative error of largest size, with its sign.

    The estimate has no bias for an exact VAE (`decoding.curie_weiss`), so that the error is that of decoder and posterior.
    """
    yield "βJ from the decoder, at temperatures", str(len(record.couplings))
    yield "largest relative error", f"{100 * record.worst_error:+.2f} % at T = {record.worst_temperature:.4g} J"


def _order_tensor(record: TensorTheory) -> Iterable[tuple[str, str]]:
    """Whether the latents of a nematic hold the order tensor Q, and the decoder the molecular field.

    R² is that of the worst of the five coordinates of Q, from the latents by a small network, on held-out configurations; above the
    transition Q is noise of order 1/√N, which is harder to hold. The slope of the decoder's Bingham matrix on (3/2) βJ Q is 1 for
    an exact VAE; its range is that over temperatures.
    """
    if record.worst_r2_nematic is not None:
        yield "Q from the latents, smallest R² below the transition", f"{record.worst_r2_nematic:.5f}"
    yield "the same at all temperatures", f"{min(row.worst for row in record.r2):.5f}"
    slopes = [row.slope for row in record.mean_field]
    yield "Bingham field on (3/2) βJ Q, slope", f"{min(slopes):.4f} to {max(slopes):.4f}"
    yield "R² of that line, smallest", f"{min(row.r2 for row in record.mean_field):.4f}"


def _generalized_hopfield(record: GeneralizedHopfieldTheory) -> Iterable[tuple[str, str]]:
    """Patterns and cumulants of a recording's linear decoder, and what the theory says of held-out words without the VAE.

    ln Z and ln P are sums over the latents, with a numerical error in nats that is shown. Skewness and excess kurtosis are those of
    each latent under p~(z) exp(h·z), h the mean pull of the words: standardised derivatives of K, both 0 where p~ is Gaussian and
    the theory an ordinary Hopfield model (`decoding.generalized_hopfield`). The rms z of words drawn from the theory would be about
    1 if it held exactly.
    """
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
    """Why there is nothing beside field and patterns: more latents than a grid takes; in a fit, also an unresolved density."""
    yield "theory", f"field and patterns: {record.reason}"


KINDS: dict[str, Callable[..., Iterable[tuple[str, str]]]] = {
    "none": _none,
    "linear_head": _linear_head,
    "patterns": _patterns,
    "mean_field": _mean_field,
    "order_tensor": _order_tensor,
    "generalized_hopfield": _generalized_hopfield,
}
"""The lines of each kind of theory, by the `kind` of its record."""


def _mean(quantity: Measure) -> str:
    return estimate(quantity.value, quantity.se)
