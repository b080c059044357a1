"""What a fit of a recording concludes: `fit.json`; and what its finished pieces leave in files. Nats are per word."""

from __future__ import annotations

from typing import Literal

from latentfield.records.base import Record
from latentfield.records.measured import Converged, Dissected, Measure, MeasuredRecording
from latentfield.records.provenance import Code, Origin


class Source(Record):
    """Where the words come from."""

    file: str | None = None
    key: str | None = None
    """Of the array, where the file holds several."""
    layout: str | None = None


class FitOrigin(Origin):
    """What every VAE of a fit comes from."""

    code: Code
    digest: str
    """Of the words."""


class Left(Measure):
    """What a VAE, or independent sites, leave, as a network finds it."""

    saturated: bool


class Certified(Record):
    """The most nats per word that any other prior of an exact fit could gain, its decoder as it is (`marginal.certificate`)."""

    train: float
    test: float
    """On words that no fit has seen, where a few that are found unlikely make it loose."""


class Assessed(Dissected):
    """One model with latents of a fit on the test words; or independent sites, which carry nothing."""

    latents: int
    convergence: tuple[Converged, ...] = ()
    tc: Left | None = None
    """None of a model that stands beside those that the choice is made among."""
    elbo: float
    """On validation words."""
    certificate: Certified | None = None
    """Of an exact fit."""
    active: int | None = None
    """Of a VAE, latents that have not collapsed (`vae.accounting`)."""


class Held(Record):
    """A number of latents on held-out words."""

    d: int
    nats: float
    se: float
    gain_se: float
    """Of the difference from independent sites."""
    neg_elbo: float
    rate: float
    certificate: Certified | None = None
    """Of an exact fit; a VAE has none."""
    active: int | None = None
    """Of a VAE, latents that have not collapsed."""


class Rung(Held):
    """One of the numbers of latents that the choice is made among: also what they leave."""

    tc: float
    """Left by the latents, as a network finds it."""
    tc_saturated: bool
    tc_floor: float
    """Left by the latents, as the best model of the ladder proves it."""


class Carried(Measure):
    """The largest rate of any VAE tried."""

    latents: int


class Cut(Record):
    """The cut across which most information was found, and the bound of it."""

    sites: tuple[int, ...]
    """Of one side."""
    bound: Measure
    limit: float
    """What the bound cannot exceed."""
    by: str
    """What the weights of the search were."""


class StrongestCut(Cut):
    """The same beside the rates of the VAEs; sites by their numbers in the file."""

    rate: Carried
    shows_failure: bool
    """Whether the bound is above the rate, beyond errors."""


class Missed(Record):
    """Pairs of sites, or displacements on a lattice, on which the log ratio of data to decoder depends most."""

    lattice: bool
    pairs: tuple[tuple[int, int], ...]
    slopes: tuple[float, ...]
    explained: float
    null: float


class Conclusion(Record):
    """How many latents are enough, whether that is faithful, and what is missing (`fitting.choice`)."""

    latents: tuple[Rung, ...]
    curved: tuple[Held, ...] = ()
    """The same numbers of latents with a curved decoder, where they stand beside linear ones."""
    baselines: dict[str, float]
    """Nats of models without latents."""
    chosen: int
    faithful: bool
    missing: Measure
    missing_by: Literal["ladder", "network"]
    worth: Measure
    """Of all correlations: the best model against independent sites."""
    best: str
    """The best model of all: a number of latents, or a name."""
    cut: StrongestCut
    missed: Missed
    binary: bool
    """Whether the patterns are sign vectors, all sure."""
    verdict: str


class Fit(MeasuredRecording):
    """A fit: everything measured on the VAE that is shown, and what is concluded from all."""

    digest: str
    """Of the words."""
    shown: str
    """Name of that VAE, and of its folder."""
    dropped_sites: tuple[int, ...]
    duplicate_sites: tuple[tuple[int, int], ...]
    origin: Source
    fit: Conclusion
