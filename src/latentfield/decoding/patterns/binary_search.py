"""All sign vectors of a span V, by relaxed reflections from many starts at once.

Two projections are cheap: onto V, Pi x, and onto sign vectors, sign x. Alternating them halts at any sign vector with
sign(Pi s) = s, of which there are exponentially many. The relaxed reflections (Elser, Rankenburg and Thibault 2007,
https://doi.org/10.1073/pnas.0606359104)

    x <- x + beta [ sign(2 Pi x - x) - Pi x ]

rest only where both sets meet, and wander on elsewhere; in the language of networks, 2 Pi - 1 takes away the coupling of a
site with itself that traps the alternation. The search reads off sign(Pi x), lets alternating projections end, and keeps s if

    |Pi s|^2 / N > t,    (P/N) ln(P/(N t)) + (1 - P/N) ln((1 - P/N)/(1 - t)) = 2 ln 2 + 2 ln(1/delta) / N :

by the union bound over 2^N sign vectors, a span drawn at random holds a share t of any of them with probability < delta.
Vectors that lie for the most part in the span of k known ones, beyond the k/N of independent vectors, are theirs: the same
pattern seen through noise, or a mixture. The span of samples frozen in few states holds those states too: they are sign vectors as
true as patterns are, and the search cannot tell them apart.

Whatever is found helps twice. Pi x keeps only the part DAMPING of its components along known patterns, and new starts have
none: the next pattern is as easy as if the span had nearly one dimension less (to cut them off altogether would cut off the
accidental overlaps of the patterns still sought). And V is estimated anew, as the known patterns and the leading singular vectors
of what they do not explain of the matrix: a direction of V in which the matrix hardly exceeds its noise becomes sharp again.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from rich.progress import track
from scipy.optimize import brentq

from latentfield.arrays import FloatArray
from latentfield.decoding.patterns.joint_decoding import decode_jointly
from latentfield.decoding.patterns.subspace import leading_span
from latentfield.decoding.patterns.unmixing import Unmixed, describe
from latentfield.errors import LatentfieldError

RELAXATION = np.float32(0.5)
DAMPING = 0.5
PATIENCE = 200
"""Looks after which a start that has found nothing is replaced."""
BETWEEN_LOOKS = 10
ALTERNATIONS = 20
CHANCE = 1e-3

Signs = NDArray[np.float32]


def significant_share(sites: int, dimension: int, chance: float = CHANCE) -> float:
    """The share t of a sign vector that a random span of this dimension holds with a probability below `chance`."""
    load, excess = dimension / sites, 2 * np.log(2) - 2 * np.log(chance) / sites
    if dimension == sites:
        raise LatentfieldError(f"{dimension} patterns on as many sites span everything: every sign vector would do")

    def log_odds(t: float) -> float:
        return load * np.log(load / t) + (1 - load) * np.log((1 - load) / (1 - t)) - excess

    return float(brentq(log_odds, load, 1 - 1e-15))


def search(matrix: NDArray, patterns: int, seed: int = 0, steps: int = 20_000, starts: int = 1024) -> Unmixed:
    """The sign vectors of the span of the `patterns` leading left singular vectors of a matrix (N, d), at most `patterns`.

    Ends when all are found or every one of the `starts` has made `steps` steps; what is not found by then counts as missing and is
    not made up. Where all are found, they are decoded once more together against noise (`joint_decoding`).
    """
    basis, values = leading_span(matrix, patterns)
    hunt = Hunt(basis * values, starts, np.random.default_rng(seed))
    for _ in track(range(steps // BETWEEN_LOOKS), "sign vectors of the span", transient=True):
        hunt.advance()
        if hunt.complete:
            break
    found = hunt.found.astype(float)
    if hunt.complete:
        return describe(decode_jointly(found, basis * values), patterns, converged=True)
    return describe(found @ basis @ basis.T, patterns, converged=False, signs=found)


class Hunt:
    """The moving vectors x of all starts, and the patterns found so far."""

    def __init__(self, matrix: FloatArray, starts: int, rng: np.random.Generator) -> None:
        self.matrix, self.rng = matrix, rng
        self.sites, self.dimension = matrix.shape
        self.threshold = significant_share(*matrix.shape)
        self.found: Signs = np.empty((0, self.sites), np.float32)
        self.known = self.found.T
        self._span()
        self.x, self.age = self._fresh(starts), np.zeros(starts, int)

    @property
    def complete(self) -> bool:
        """Whether there is nothing left to find."""
        return len(self.found) == self.dimension

    def advance(self) -> None:
        """Some steps of every start, then a look at what they have come to."""
        transposed = np.ascontiguousarray(self.damped.T)
        for _ in range(BETWEEN_LOOKS):
            projection = (self.x @ self.damped) @ transposed
            self.x += RELAXATION * (np.sign(2 * projection - self.x) - projection)
        spins = np.sign(((self.x @ self.damped) @ transposed @ self.basis) @ self.basis.T)
        hits = self._share(spins) > self.threshold
        self._keep(spins[hits])
        self.age += 1
        over = hits | (self.age > PATIENCE)
        if over.any() and not self.complete:
            self.x[over], self.age[over] = self._fresh(int(over.sum())), 0

    def _keep(self, spins: Signs) -> None:
        before = len(self.found)
        for s in self._settle(spins):
            if not self.complete and ((s @ self.known) ** 2).sum() < (self.sites + len(self.found)) / 2:
                self.found = np.vstack([self.found, s])
                self.known, _ = np.linalg.qr(self.found.T)
        if before < len(self.found) < self.dimension:
            self._span()

    def _settle(self, spins: Signs) -> Signs:
        """Where alternating projections end, those that lie in the span only, the closest to it first."""
        for _ in range(ALTERNATIONS):
            spins = np.copysign(np.float32(1), (spins @ self.basis) @ self.basis.T)
        share = self._share(spins)
        order = np.argsort(-share, kind="stable")
        return spins[order[share[order] > self.threshold]]

    def _span(self) -> None:
        known, _ = np.linalg.qr(self.found.T.astype(float))
        rest, _ = leading_span(self.matrix - known @ (known.T @ self.matrix), self.dimension - known.shape[1])
        known, self.free = known.astype(np.float32), rest.astype(np.float32)
        self.basis = np.hstack([known, self.free])
        self.damped = np.hstack([known * np.float32(np.sqrt(DAMPING)), self.free])

    def _share(self, spins: Signs) -> NDArray[np.float32]:
        return ((spins @ self.basis) ** 2).sum(1) / np.float32(self.sites)

    def _fresh(self, count: int) -> Signs:
        y = self.rng.standard_normal((count, self.free.shape[1]), dtype=np.float32) @ self.free.T
        return y / np.sqrt((y**2).mean(1, keepdims=True))
