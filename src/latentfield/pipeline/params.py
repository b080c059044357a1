"""`params.yaml`: every number a stage reads, checked as a whole before any work begins.

One block per stage; one entry per system in the block `sample`, one per VAE in the block `train`, under any name, with the data
set it is trained on. A mistake is one message that names the key path, what was got and what is allowed.

Keys that nothing reads are mistakes, so that a misspelt one never leaves a default in place. All mistakes of single values are told
at once; whether networks fit their data is asked when there is none, and the first that does not fit ends the check.

Temperatures and couplings are in units of J, nats are per configuration, or per word of a recording.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    JsonValue,
    NonNegativeInt,
    PositiveInt,
    Tag,
    ValidationError,
    create_model,
    model_validator,
)
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from latentfield.errors import LatentfieldError, sentence
from latentfield.recordings import retina
from latentfield.samples.splits import SPLITS, Scheme
from latentfield.studies.capacity.plan import Sweep
from latentfield.studies.latent_number.plan import LatentStudy
from latentfield.studies.pattern_load.plan import LoadStudy
from latentfield.systems.base import System
from latentfield.systems.table import SYSTEMS
from latentfield.vae.architecture import NetworkSettings
from latentfield.vae.parts.names import DECODERS, ENCODERS
from latentfield.vae.schedule import Pace, Shared

FILE = Path("params.yaml")
"""In the working directory: the root of a checkout."""
PARTS: dict[str, Mapping[str, int]] = {"encoder": ENCODERS, "decoder": DECODERS}
"""The parts of a VAE that may ask for a lattice, by their keys in the block `train`, each with the table of its forms.

A form whose `stride` is above 1 halves a square lattice until its edge has shrunk by that factor.
"""


EXACT = {"exact", "curved"}
"""Forms that belong to exact fits."""


class _Block(BaseModel):
    """A block of the file: read once and never changed, in which an unknown key is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Train(NetworkSettings, Pace):
    """How one VAE is built and trained: the networks of `NetworkSettings`, the epochs and rates of `Pace`, and what follows.

    An entry of the block `train`; its name becomes that of the VAE's folder in `models/`, of its records, figures and section of
    the report, and of its registered model. Several entries may be trained on the same data.
    """

    data: str
    """Name of the data set: a system of the block `sample`, or the recording."""
    latents: PositiveInt
    """Number d of latent variables z, components of the order parameter that the VAE can have."""
    threads: PositiveInt = 1
    """See `vae.schedule.Schedule`."""
    split: Scheme | None = None
    """Which words of a recording are held out; sampled systems hold out their last blocks and take none.

    For a recording it must be given: "random" holds out single words, of a movie whose every moment is then still in the training
    words, "repeats" whole repeats, "movie" a stretch of time in all of them (`samples.splits`).
    """


class Exact(_Block):
    """How one law of few latents is fitted exactly, at all temperatures together (`marginal.of_samples`).

    An entry of the block `train` like the others, with the encoder "exact": nothing is trained, and no posterior approximated.
    """

    data: str
    """As in `Train`: a system of spins, or the recording."""
    latents: Annotated[PositiveInt, Field(le=3)]
    """Number d of latent variables z, over which sums are carried out."""
    encoder: Literal["exact"]
    decoder: Literal["linear", "mean_field"] = "linear"
    """"mean_field" is linear without a field of its own on a site: for systems that are blind to the sign of all spins."""
    rounds: PositiveInt = 100
    """Of expectation and maximisation on some of the configurations, before a few on all."""
    closing: PositiveInt = 4
    """How often nodes are added at the end, at most."""
    split: Scheme | None = None
    """As in `Train`."""


def _kind(entry: Any) -> str:
    told = entry.get("encoder") if isinstance(entry, Mapping) else getattr(entry, "encoder", None)
    return "<exact>" if told == "exact" else "<VAE>"


Entry = Annotated[Annotated[Train, Tag("<VAE>")] | Annotated[Exact, Tag("<exact>")], Discriminator(_kind)]
"""An entry of the block `train`; the encoder says which kind it is of."""


class Evaluate(_Block):
    """Sizes of the estimates made on a trained VAE.

    They set the errors of what is measured and the time that it takes, not what is trained: after a change only the stages
    `evaluate`, and what comes after them, run again.
    """

    posterior_draws: PositiveInt
    """Draws of z per held-out configuration in the estimate of -ELBO."""
    model_samples: PositiveInt
    """Configurations drawn from the VAE at each temperature, to be compared with the data; of a sampled system alone."""
    importance_samples: PositiveInt
    """Draws of z per word in the importance-weighted likelihood of a recording.

    The number K of the bound E ln (1/K) sum_k p(x|z_k) p(z_k) / q(z_k|x), which rises to ln P(x) with K (`words.likelihood`); time
    grows in proportion.
    """
    ratio_steps: PositiveInt = 1000
    """Batches on which the network of the density ratio, and that of its null run, are trained at most.

    Training stops earlier where held-out rows no longer gain. A network that was trained too little tends to find too small a
    total correlation.
    """
    word_ratio_steps: PositiveInt = 3000
    """The same for a recording."""
    mixtures: Annotated[tuple[PositiveInt, ...], Field(min_length=1)] = (8, 100, 400)
    """Components of the mixtures of words tried for a recording; the best on validation words stands in the ladder.

    Fewer are taken where the training words are too few for so many. The study `latents` reads this key and the next one, too.
    """
    pairwise_steps: PositiveInt = 1500
    """Steps of the fit of the pairwise maximum-entropy model of a recording."""
    exact_rounds: PositiveInt = 100
    """Rounds, on some of the words, of the exact fits of few latents beside the VAE of a recording (`words.exact`)."""


_FIELDS: dict[str, Any] = {name: (system, ...) for name, system in SYSTEMS.items()}
_Sample = create_model("Sample", __base__=_Block, **_FIELDS)
"""The block `sample`: each system of `systems.table` under its name, with the fields of its class; none may be left out."""
_Name = Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$")]
"""A name that serves as folder, stage and registered model."""


class Params(_Block):
    """The whole file.

    Every block must be there; defaults are those of the keys inside. A block is named after the stage that reads it, but for
    `training`, which all trainings share, and `latents` and `load`, studies that take longer than the pipeline and run when they
    are asked for.
    """

    profile: str
    """Name of the profile whose values stand in the file, for records and tags; the values themselves are not compared with it."""
    seed: NonNegativeInt
    """Of every random number of every stage, but for stored patterns, random couplings and the recording's split.

    These belong to the data, and have seeds of their own: `pattern_seed`, `coupling_seed`, `split_seed`.
    """
    sample: _Sample
    """Sampled systems: size, temperatures and Markov chains of each."""
    recording: retina.Recording
    """The retina: seed of the split, and whether the file may be downloaded."""
    train: dict[_Name, Entry] = Field(min_length=1)
    """VAEs by name, one stage `train@NAME`, `evaluate@NAME` and `decode@NAME` each; at least one."""
    training: Shared
    """Weight decay and precision of all trainings."""
    evaluate: Evaluate
    """Draws, samples and steps of the estimates made on every VAE."""
    latents: LatentStudy
    """The study of the number of latents of the recording; it trains with the entry `retina`."""
    load: LoadStudy
    """The study of Hopfield patterns against the load P/N and the number of samples; it draws its own."""
    sweep: Sweep
    """The capacity study: `default` is a stage of the pipeline, `full` is for `latentfield study --full`."""

    def vae(self, name: str) -> Train:
        """The same of one that is trained; raises LatentfieldError for an exact fit."""
        entry = self.entry(name)
        if not isinstance(entry, Train):
            raise LatentfieldError(f"train.{name}.encoder: got 'exact', but a VAE is needed here")
        return entry

    def entry(self, name: str) -> Train | Exact:
        """The entry of the block `train` under a name; raises LatentfieldError if there is none.

        The message lists the entries that there are.
        """
        if name not in self.train:
            raise LatentfieldError(f"train has no entry {name!r}; it has {', '.join(self.train)}")
        return self.train[name]

    @model_validator(mode="after")
    def _networks_fit(self) -> Params:
        """Each VAE has a data set and networks that take its configurations; the first that has not is the message."""
        for name, train in self.train.items():
            if train.data == retina.NAME:
                _check_recording(name, train)
            elif train.data in SYSTEMS:
                _check_system(name, train, getattr(self.sample, train.data))
            else:
                allowed = ", ".join((*SYSTEMS, retina.NAME))
                raise ValueError(f"train.{name}.data: got {train.data!r}; allowed: {allowed}")
        return self


def _check_recording(name: str, train: Train | Exact) -> None:
    """Cells have no lattice for a network to halve, and no blocks to hold out: a split must say which words are."""
    for part, table in PARTS.items():
        got = getattr(train, part)
        if table[got] > 1:
            allowed = ", ".join(repr(kind) for kind, stride in table.items() if stride == 1 and kind not in EXACT)
            raise ValueError(f"train.{name}.{part}: a recording has no lattice for {got!r}; allowed: {allowed}")
    if train.split is None:
        raise ValueError(f"train.{name}.split: missing; allowed: {', '.join(SPLITS)}")


def _check_system(name: str, train: Train | Exact, system: System) -> None:
    """The edge of the lattice is a multiple of the stride of both networks; the message names the nearest edges that are."""
    if train.split is not None:
        raise ValueError(
            f"train.{name}.split: got {train.split!r}, but only recordings are split by words; leave it out"
        )
    if isinstance(train, Exact) and system.sites != "spins":
        raise ValueError(f"train.{name}.encoder: got 'exact', which is for spins; {train.data} has {system.sites}")
    size = system.shape[0]
    for part, table in PARTS.items():
        got = getattr(train, part)
        if left := size % table[got]:
            raise ValueError(
                f"sample.{train.data}.size: got {size}, but train.{name} uses {got!r}, which needs a multiple of "
                f"{table[got]} ({size - left} or {size - left + table[got]})"
            )


def load(path: Path = FILE) -> Params:
    """Read and check a parameter file; raises LatentfieldError with one line per mistake.

    Whatever reads one block has all of them checked: a mistake anywhere in the file stops every stage that reads parameters.
    """
    return check(read(path), path)


def read(path: Path) -> dict[str, JsonValue]:
    """The file as plain data (YAML 1.2, as DVC reads it).

    Nothing of its content is checked but that it is a block of keys, none of them twice. Raises LatentfieldError where there is no
    such file, it cannot be read, or is not YAML.
    """
    try:
        content = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise LatentfieldError(f"no {path} here; run this in the root of a latentfield project") from error
    except OSError as error:
        raise LatentfieldError(f"cannot read {path}: {error.strerror}") from error
    except (YAMLError, UnicodeDecodeError) as error:
        raise LatentfieldError(f"{path} is not YAML: {error}") from error
    if not isinstance(content, dict):
        raise LatentfieldError(f"{path} should hold blocks of keys, found {type(content).__name__}")
    return content


def check(content: dict[str, JsonValue], path: Path) -> Params:
    """Parameters from plain data; `path` is only for the messages.

    Raises LatentfieldError with a line for each mistake: `path`, the keys that lead there, what was got, what is allowed.
    """
    try:
        return Params.model_validate(content)
    except ValidationError as error:
        lines = [f"{path}: {sentence(mistake, Params)}" for mistake in error.errors()]
        raise LatentfieldError("\n".join(lines)) from error
