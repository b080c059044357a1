"""`params.yaml`: every number a stage reads, checked as a whole before any work begins.

One block per stage; one entry per system in the block `sample`, one per VAE in the block `train`, under any name, with the data
set it is trained on. A mistake is one message that names the key path, what was got and what is allowed.

Keys that nothing reads are mistakes, so that a misspelt one never leaves a default in place. All mistakes of single values are told
at once; whether networks fit their data is asked when there is none, and the first that does not fit ends the check.

Temperatures and couplings are in units of J, nats are per configuration, or per word of a recording.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import (
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
from latentfield.pipeline.entries import Block, Entry, Exact, Train, check_recording, check_system
from latentfield.recordings import retina
from latentfield.studies.capacity.plan import Sweep
from latentfield.studies.latent_number.plan import LatentStudy
from latentfield.studies.pattern_load.plan import LoadStudy
from latentfield.systems.table import SYSTEMS
from latentfield.vae.schedule import Shared

FILE = Path("params.yaml")
"""In the working directory: the root of a checkout."""


class Evaluate(Block):
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
_Sample = create_model("Sample", __base__=Block, **_FIELDS)
"""The block `sample`: each system of `systems.table` under its name, with the fields of its class; none may be left out."""
_Name = Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$")]
"""A name that serves as folder, stage and registered model."""


class Params(Block):
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
    """The study of the number of latents of the recording."""
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
                check_recording(name, train)
            elif train.data in SYSTEMS:
                check_system(name, train, getattr(self.sample, train.data))
            else:
                allowed = ", ".join((*SYSTEMS, retina.NAME))
                raise ValueError(f"train.{name}.data: got {train.data!r}; allowed: {allowed}")
        return self


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
