"""The theory of a Hopfield network as a trained VAE knows it: its patterns, how far to trust them, and how others would do.

Recovery asks for as many patterns as the VAE has latents and sees no truth. The table of methods holds it against patterns from
samples alone, without a VAE, and against the paper's FastICA. Their scores use the planted patterns; nothing else does.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from latentfield.decoding.patterns import recovery
from latentfield.decoding.patterns.network_check import check, recalled
from latentfield.decoding.patterns.scoring import score
from latentfield.decoding.patterns.subspace import cosines_squared, leading_eigenvectors, leading_span
from latentfield.decoding.patterns.unmixing import Unmixed
from latentfield.decoding.theory import Theory
from latentfield.records.decoded import Compared, MethodScores, NetworkCheck, PatternScores, PatternTheory
from latentfield.records.measured import Measure
from latentfield.records.tables import Tables
from latentfield.samples.store import SampleSet
from latentfield.systems.hopfield import Hopfield
from latentfield.vae.model import VAE

COUPLED = 6_000
"""Configurations that the couplings of the inverse Ising baseline are fitted to."""
STEPS = 2_000
"""Steps of every search: a span that holds no patterns is given up within seconds."""
DISORDERED = 1.2
"""Lowest temperature of the samples of the linear baseline that sees disordered ones only, in units of T_c."""


def decode(model: VAE, data: SampleSet, rule: Hopfield, seed: int) -> tuple[Theory, Tables]:
    """Patterns at the temperature of the sample set nearest to the transition, and the tables "overlaps" and "sources"."""
    grid = data.temperatures
    g = int(np.abs(grid - rule.transition).argmin())
    temperature, truth = float(grid[g]), data["patterns"]
    found = {name: way() for name, way in _ways(model, data, temperature, rule.transition, seed).items()}
    methods = [MethodScores(method=name, **dict(_scored(unmixed, truth))) for name, unmixed in found.items()]
    ours = found["decoder, search"]
    jacobian = recovery.logit_jacobian(model, temperature, seed=seed)
    record = PatternTheory(
        temperature=temperature,
        asked=len(ours.patterns) + ours.missing,
        found=len(ours.patterns),
        confidence=ours.confidence.tolist(),
        subspace_cos2=cosines_squared(leading_span(jacobian, len(truth))[0], truth.T.astype(float)).tolist(),
        scores=_scored(ours, truth),
        methods=methods,
        network=_checked(ours, temperature, data["samples"][g, data.held_out], rule, seed),
    )
    scored = score(ours.patterns, truth)
    arrays = {"patterns": ours.patterns, "sources": ours.sources, "bit_confidence": ours.bit_confidence}
    overlaps = [
        {"true": mu + 1, "recovered": nu + 1, "overlap": float(q)} for (mu, nu), q in np.ndenumerate(scored.overlaps)
    ]
    sources = [{"recovered": nu + 1, "site": i, "source": float(y)} for (nu, i), y in np.ndenumerate(ours.sources)]
    tables: Tables = {"overlaps": overlaps, "sources": sources}
    return Theory(record, arrays | {"jacobian": jacobian}), tables


def _ways(
    model: VAE, data: SampleSet, temperature: float, transition: float, seed: int
) -> dict[str, Callable[[], Unmixed]]:
    """Every way to patterns, by name."""
    part = data.split()["train"]
    rng, count = np.random.default_rng(seed), model.architecture.latents
    disordered = part.x[part.temperature > DISORDERED * transition]
    some = rng.permutation(len(part.x))[:COUPLED]
    mixed, hot = (leading_eigenvectors(x, count) for x in (part.x, disordered))

    def couplings() -> Unmixed:
        return recovery.from_couplings(part.x[some], part.temperature[some], count, seed=seed, steps=STEPS)

    return {
        "decoder, search": lambda: recovery.decode(model, temperature, count, seed=seed, steps=STEPS),
        "decoder, FastICA": lambda: recovery.decode(model, temperature, count, "fast_ica", seed),
        "second moments, search": lambda: recovery.recover(mixed, count, seed=seed, steps=STEPS),
        "second moments, FastICA": lambda: recovery.recover(mixed, count, "fast_ica", seed),
        "second moments above 1.2 T_c, search": lambda: recovery.recover(hot, count, seed=seed, steps=STEPS),
        f"pseudo-likelihood of {COUPLED:,}, search": couplings,
    }


def _scored(found: Unmixed, truth: NDArray) -> PatternScores:
    result = score(found.patterns, truth)
    return PatternScores(
        found=len(found.patterns),
        exact=result.exact,
        mean_overlap=result.mean_overlap,
        minimum_overlap=result.minimum_overlap,
        coupling_error=result.coupling_error,
        binarity=found.score,
    )


def _checked(found: Unmixed, temperature: float, held: NDArray, rule: Hopfield, seed: int) -> NetworkCheck | None:
    """The recovered network beside held-out configurations (n, *shape); None where no pattern was found.

    `divergence` alone uses the true law, where its ln Z is known.
    """
    if not len(found.patterns):
        return None
    chains = held.reshape(-1, rule.draws, *rule.shape)
    exact = rule.exact(temperature)
    law = (lambda x: rule.log_weight(x, temperature) - exact["log_z"], 0.0) if exact else None
    result = check(recalled(found.patterns, temperature), temperature, chains, seed, law)
    pairs = {"energy": result.energy, "max_overlap": result.max_overlap}
    z = {"energy": result.energy_z, "max_overlap": result.max_overlap_z}
    nats = ("log_z", "cross_entropy", "gain", "excess", "divergence")
    return NetworkCheck(
        **{
            name: Compared(data=Measure.of(ours), network=Measure.of(theirs), z=z[name])
            for name, (ours, theirs) in pairs.items()
        },
        **{name: Measure.of(value) for name in nats if (value := getattr(result, name)) is not None},
    )
