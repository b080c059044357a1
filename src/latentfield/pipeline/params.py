"""`params.yaml`: every number a stage reads, checked as a whole before any work begins.

One block per stage; one entry per system in the block `sample`, one per VAE in the block `train`, under any name, with the data
set it is trained on. A mistake is one message that names the key path, what was got and what is allowed.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    NonNegativeInt,
    PositiveInt,
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
from latentfield.vae.parts.decoders import Decoder
from latentfield.vae.parts.encoders import Encoder
from latentfield.vae.parts.table import DECODERS, ENCODERS
from latentfield.vae.schedule import Pace, Shared

FILE = Path("params.yaml")
PARTS: dict[str, Mapping[str, type[Encoder | Decoder]]] = {"encoder": ENCODERS, "decoder": DECODERS}


class _Block(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Train(NetworkSettings, Pace):
    """How one VAE is built and trained."""

    data: str
    """Name of the data set: a system of the block `sample`, or the recording."""
    latents: PositiveInt
    threads: PositiveInt = 1
    """See `vae.schedule.Schedule`."""
    split: Scheme | None = None
    """Which words of a recording are held out; sampled systems hold out their last blocks and take none."""


class Evaluate(_Block):
    """Sizes of the estimates made on a trained VAE."""

    posterior_draws: PositiveInt
    """Draws of z per held-out configuration in the estimate of -ELBO."""
    model_samples: PositiveInt
    """Configurations drawn from the VAE at each temperature."""
    importance_samples: PositiveInt
    """Draws of z per word in the importance-weighted likelihood of a recording."""
    ratio_steps: PositiveInt = 1000
    """Batches on which the network of the density ratio, and that of its null run, are trained at most."""
    word_ratio_steps: PositiveInt = 3000
    """The same for a recording."""
    mixtures: Annotated[tuple[PositiveInt, ...], Field(min_length=1)] = (8, 100, 400)
    """Components of the mixtures of words tried for a recording; the best on validation words stands in the ladder."""
    pairwise_steps: PositiveInt = 1500
    """Steps of the fit of the pairwise maximum-entropy model of a recording."""


_FIELDS: dict[str, Any] = {name: (system, ...) for name, system in SYSTEMS.items()}
_Sample = create_model("Sample", __base__=_Block, **_FIELDS)
_Name = Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$")]


class Params(_Block):
    """The whole file."""

    profile: str
    seed: NonNegativeInt
    sample: _Sample
    recording: retina.Recording
    train: dict[_Name, Train] = Field(min_length=1)
    training: Shared
    evaluate: Evaluate
    latents: LatentStudy
    load: LoadStudy
    sweep: Sweep

    def entry(self, name: str) -> Train:
        """The entry of the block `train` under a name; raises LatentfieldError if there is none."""
        if name not in self.train:
            raise LatentfieldError(f"train has no entry {name!r}; it has {', '.join(self.train)}")
        return self.train[name]

    @model_validator(mode="after")
    def _networks_fit(self) -> Params:
        for name, train in self.train.items():
            if train.data == retina.NAME:
                _check_recording(name, train)
            elif train.data in SYSTEMS:
                _check_system(name, train, getattr(self.sample, train.data))
            else:
                allowed = ", ".join((*SYSTEMS, retina.NAME))
                raise ValueError(f"train.{name}.data: got {train.data!r}; allowed: {allowed}")
        return self


def _check_recording(name: str, train: Train) -> None:
    for part, table in PARTS.items():
        got = getattr(train, part)
        if table[got].stride > 1:
            allowed = ", ".join(repr(kind) for kind, made in table.items() if made.stride == 1)
            raise ValueError(f"train.{name}.{part}: a recording has no lattice for {got!r}; allowed: {allowed}")
    if train.split is None:
        raise ValueError(f"train.{name}.split: missing; allowed: {', '.join(SPLITS)}")


def _check_system(name: str, train: Train, system: System) -> None:
    if train.split is not None:
        raise ValueError(
            f"train.{name}.split: got {train.split!r}, but only recordings are split by words; leave it out"
        )
    size = system.shape[0]
    for part, table in PARTS.items():
        got = getattr(train, part)
        if left := size % table[got].stride:
            raise ValueError(
                f"sample.{train.data}.size: got {size}, but train.{name} uses {got!r}, which needs a multiple of "
                f"{table[got].stride} ({size - left} or {size - left + table[got].stride})"
            )


def load(path: Path = FILE) -> Params:
    """Read and check a parameter file; raises LatentfieldError with one line per mistake."""
    return check(read(path), path)


def read(path: Path) -> dict[str, JsonValue]:
    """The file as plain data (YAML 1.2, as DVC reads it)."""
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
    """Parameters from plain data; `path` is only for the messages."""
    try:
        return Params.model_validate(content)
    except ValidationError as error:
        lines = [f"{path}: {sentence(mistake, Params)}" for mistake in error.errors()]
        raise LatentfieldError("\n".join(lines)) from error
