"""The record beside the weights: which VAE of which data, how it was trained, and what it is made of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar

from pydantic import ConfigDict, JsonValue, model_validator

from latentfield.records.provenance import Code, Origin
from latentfield.vae.architecture import Architecture
from latentfield.vae.files import CONFIG
from latentfield.vae.schedule import Shared


class TrainedRecord(Origin):
    """`config.json`. Records of earlier versions are read too: what is unknown in them is passed over, and a VAE without a name is
    called like its data.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="ignore")

    architecture: Architecture
    settings: dict[str, JsonValue]
    """What the training was asked for: the entry of `params.yaml`, or the settings of the fit."""
    training: Shared | None = None
    """What all trainings of the project share; a fit has nothing of the kind."""
    seed: int
    validation: dict[str, float]
    """Metrics of the best epoch on validation data (`accounting.Account`), nats."""
    code: Code
    digest: str | None = None
    """Of the words, of a fit."""

    @model_validator(mode="before")
    @classmethod
    def _named(cls, content: JsonValue) -> JsonValue:
        if isinstance(content, dict) and "system" in content:
            return {"name": content["system"]} | content
        return content

    @property
    def split(self) -> str | None:
        """Which words of a recording were held out; None for a sampled system."""
        split = self.settings.get("split")
        return None if split is None else str(split)

    @property
    def origin(self) -> Origin:
        """Which VAE of which data it is."""
        return Origin(**{name: getattr(self, name) for name in Origin.model_fields})

    def save(self, folder: Path) -> None:
        """Write it beside the weights."""
        (folder / CONFIG).write_text(json.dumps(self.plain(), indent=2, sort_keys=True) + "\n")
