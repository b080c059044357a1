"""How many patterns, from how many samples, at which temperatures: trained decoders beside the linear and the pairwise
baseline.

Every point (`plan.Point`) draws from the same chains as its neighbours and compares four spans, all from the same
configurations, told the number of patterns and nothing else:

    covariance          leading eigenvectors of the second moments
    pseudo_likelihood   leading eigenvectors of the couplings of inverse Ising
    latent_network      the weights of P latent fields, fitted by the same likelihood without an encoder (`patterns.latent_network`)
    vae                 the Jacobian of a VAE with mean-field encoder and decoder and a Gaussian prior, trained from high T to low

by cos^2 of the principal angles with the span of the patterns, then unmixes each by search and by FastICA. At some
loads VAEs with other decoders are trained on the most samples as well (`training`). A finished point is one file,
written beside its place and then moved there, in a folder that belongs to its parameters: a killed study loses one
point of each process. Where all searches recover everything, more samples of the same load and range are not tried.

Chains are drawn from a stream of their own for each load, trainings and searches have the seed of the study: all but
the seconds is the same in another run on the machine. Points share chains, so that their differences from one number of
samples to the next are not independent. One set of patterns and one training per point: there is no error bar over
disorder or seeds.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from functools import cache, partial
from itertools import groupby
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from latentfield.decoding.patterns.latent_network import decoded_network
from latentfield.decoding.patterns.recovery import recover
from latentfield.decoding.patterns.scoring import score
from latentfield.decoding.patterns.subspace import (
    cosines_squared,
    coupling_eigenvectors,
    leading_eigenvectors,
    leading_span,
)
from latentfield.errors import LatentfieldError
from latentfield.records.base import kept
from latentfield.samples.store import Split
from latentfield.studies.pattern_load.convergence import convergence
from latentfield.studies.pattern_load.plan import LoadStudy, Point, glass_temperature
from latentfield.studies.pattern_load.record import (
    ChainsRecord,
    Convergence,
    DecoderRecord,
    PointRecord,
    SpanRecord,
    Unmixing,
)
from latentfield.studies.pattern_load.training import train
from latentfield.systems.base import stream
from latentfield.vae.parts.names import DecoderName
from latentfield.words.inverse_ising import pseudo_likelihood
from latentfield.workspace.pool import apart

HELD_OUT = 10
"""One sample in this many is held out to choose the epoch; it counts among the samples, and the baselines see it too."""
PENALTY = 60.0
"""Of the couplings, for all samples together: few cold configurations alone would send some of them to infinity. The
penalty of `pseudo_likelihood`, per sample, is this over their number."""
TOLERANCE = 5e-4
"""Of the gradient of that fit. Cold samples reach 1e-4 in twice the steps, and then know the span a little less well."""


class Data:
    """Configurations of one load at all temperatures of the study: (temperatures, chains, draws, size, size).

    Drawn anew whenever it is made, and never written: a study that goes on draws those of unfinished loads again, the
    same as before. `seconds` is the time of the drawing.
    """

    def __init__(self, study: LoadStudy, patterns: int, seed: int) -> None:
        self.system, started = study.system(patterns), time.perf_counter()
        self.temperatures = self.system.temperatures.values
        self.x = self.system.sample_block(self.temperatures, stream(seed, "load", patterns))
        self.seconds = time.perf_counter() - started

    @property
    def report(self) -> list[Convergence]:
        """How far each temperature's chains agree."""
        return [convergence(self.system, x, float(t)) for x, t in zip(self.x, self.temperatures, strict=True)]

    def split(self, study: LoadStudy, point: Point) -> dict[str, Split]:
        """The first draws of every chain in the point's range, equally many at every temperature; the last ones held out.

        Validation has the latest draws of the same chains, not chains of its own, `1/HELD_OUT` of each temperature:
        where chains are slow it resembles the training part. Raises LatentfieldError where the range holds no
        temperature.
        """
        chosen = study.within(point.patterns, point.temperatures)
        if not len(chosen):
            raise LatentfieldError(
                f"{point.name}: no temperature of the study lies in the range {point.temperatures!r}"
            )
        per = max(HELD_OUT, point.samples // len(chosen))
        x = self.x[np.isin(self.temperatures, chosen)]
        x = x.swapaxes(1, 2).reshape(len(chosen), -1, *self.system.shape)[:, :per]
        t = np.broadcast_to(chosen.astype(np.float32)[:, None], x.shape[:2])
        cut = per - per // HELD_OUT
        parts = {"train": slice(cut), "validation": slice(cut, None)}
        return {name: Split(x[:, s].reshape(-1, *self.system.shape), t[:, s].ravel()) for name, s in parts.items()}


def ahead(study: LoadStudy, seed: int, folder: Path, workers: int) -> None:
    """Measure everything in so many processes, each of which leaves it in `folder`, where the functions below find it.

    Pieces are a load and range, a load's other decoders, or its chains; the largest loads and the coldest ranges are begun first.
    """
    series = [list(points) for _, points in groupby(study.points(), key=lambda p: (p.patterns, p.temperatures))]
    series.sort(key=lambda points: (points[0].temperatures, -points[0].patterns))
    pieces: list[Callable[[], object]] = [partial(_alone, decoder, study, p, name, seed, folder)
        for p in sorted(study.decoder_patterns, reverse=True) for name in study.decoders[::-1]]  # fmt: skip
    pieces += [partial(_alone, one_series, study, points, seed, folder) for points in series]
    pieces += [partial(_alone, chains, study, p, seed, folder) for p in study.patterns]
    apart(pieces, workers, "load study")


def _alone(piece: Callable[..., object], *given: object) -> None:
    torch.set_num_threads(1)
    piece(*given)


def run(study: LoadStudy, seed: int, folder: Path) -> list[PointRecord]:
    """All points in order; finished ones are read from `folder`, the others measured and written there.

    By load, then range, then number of samples, fewest first; a load and range ends early at the point that is
    `solved`.
    """
    pairs = groupby(study.points(), key=lambda point: (point.patterns, point.temperatures))
    return [record for _, points in pairs for record in one_series(study, list(points), seed, folder)]


def one_series(study: LoadStudy, points: list[Point], seed: int, folder: Path) -> list[PointRecord]:
    """The points of one load and range, until one is solved. Chains are drawn once, if any of them is missing."""
    records: list[PointRecord] = []
    draw = cache(lambda: Data(study, points[0].patterns, seed))
    for point in points:
        file = folder / f"{point.name}.json"
        records.append(kept(file, PointRecord, partial(_measured, study, point, draw, seed)))
        if records[-1].solved:
            break
    return records


def sampling(study: LoadStudy, seed: int, folder: Path) -> dict[str, tuple[Convergence, ...]]:
    """Convergence of the chains at every temperature, for each load.

    Keys are the pattern numbers, rows the temperatures in increasing order. Each load is one file in `folder`; where it
    is missing the chains are drawn again.
    """
    return {str(p): chains(study, p, seed, folder).temperatures for p in study.patterns}


def chains(study: LoadStudy, patterns: int, seed: int, folder: Path) -> ChainsRecord:
    """Those of one load."""

    def found() -> ChainsRecord:
        return ChainsRecord(temperatures=Data(study, patterns, seed).report)

    return kept(folder / f"sampling-p{patterns:03d}.json", ChainsRecord, found)


def decoders(study: LoadStudy, seed: int, folder: Path) -> list[DecoderRecord]:
    """Every decoder of the comparison at its loads, with most samples of all temperatures.

    Every pair is one file in `folder`, POINT-DECODER.json. No decoder is left out, whatever others found; baselines
    from the same samples are in the point of the same name, where `run` came as far.
    """
    return [decoder(study, p, name, seed, folder) for p in study.decoder_patterns for name in study.decoders]


def decoder(study: LoadStudy, patterns: int, name: DecoderName, seed: int, folder: Path) -> DecoderRecord:
    """One of them."""
    point = study.largest(patterns)

    def found() -> DecoderRecord:
        data = Data(study, patterns, seed)
        split = data.split(study, point)
        span = _judge(study, lambda: train(study, point, split, seed, name), data.system.xi, seed)
        return DecoderRecord(**dict(point), **dict(span), alpha=patterns / data.system.n_sites, decoder=name)

    return kept(folder / f"{point.name}-{name}.json", DecoderRecord, found)


def _measured(study: LoadStudy, point: Point, draw: Callable[[], Data], seed: int) -> PointRecord:
    return measure(study, point, draw(), seed)


def measure(study: LoadStudy, point: Point, data: Data, seed: int) -> PointRecord:
    """Every method's span and patterns at one point, with its seconds on this machine.

    All but the VAE use the validation part as well as the rest. All but the covariance are told the temperatures, which it
    pools. Raises LatentfieldError if the pseudo-likelihood does not converge, or if a matrix has a rank
    below the number of patterns.
    """
    split = data.split(study, point)
    x, t = (np.concatenate([part[k] for part in split.values()]) for k in (0, 1))
    spans: dict[str, Callable[[], NDArray]] = {
        "covariance": lambda: leading_eigenvectors(x, point.patterns),
        "pseudo_likelihood": lambda: coupling_eigenvectors(
            pseudo_likelihood(x, t, penalty=PENALTY / len(x), steps=2000, tolerance=TOLERANCE), point.patterns
        ),
        "latent_network": lambda: decoded_network(x, t, point.patterns, seed, study.search_steps),
        "vae": lambda: train(study, point, split, seed),
    }
    sites = data.system.n_sites
    return PointRecord(
        **dict(point),
        alpha=point.patterns / sites,
        sites=sites,
        used=len(x),
        glass_temperature=glass_temperature(point.patterns, sites),
        lowest=float(t.min()),
        highest=float(t.max()),
        methods={name: _judge(study, span, data.system.xi, seed) for name, span in spans.items()},
    )


def _judge(study: LoadStudy, span: Callable[[], NDArray], xi: NDArray, seed: int) -> SpanRecord:
    """The span that a function finds, (N, d), d >= P, with the seconds it took, and the patterns unmixed from it.

    The planted patterns `xi` (P, N) enter the angles and scores, not the search.
    """
    started = time.perf_counter()
    matrix = span()
    seconds, patterns = time.perf_counter() - started, len(xi)
    cosines = cosines_squared(leading_span(matrix, patterns)[0], xi.T)
    ways = {"search": {"steps": study.search_steps}, "fast_ica": {"restarts": study.ica_restarts}}
    found = {name: _unmixed(matrix, xi, name, seed, options) for name, options in ways.items()}
    return SpanRecord(seconds=seconds, cos2_mean=float(cosines.mean()), cos2_min=float(cosines.min()), **found)


def _unmixed(matrix: NDArray, xi: NDArray, method: str, seed: int, options: dict[str, int]) -> Unmixing:
    """One way of unmixing a matrix, scored against the planted patterns by the assignment of largest |overlaps|."""
    started = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        found = recover(matrix, len(xi), method, seed, **options)
    result = score(found.patterns, xi)
    return Unmixing(
        exact=result.exact,
        mean_overlap=result.mean_overlap,
        found=len(found.patterns),
        binarity=found.score,
        seconds=time.perf_counter() - started,
    )
