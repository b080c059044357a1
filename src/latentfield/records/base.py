"""What every record is: frozen plain data with a JSON schema, in which an unknown key is a mistake."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Self, TypeVar

from pydantic import BaseModel, ConfigDict, JsonValue, TypeAdapter, ValidationError

from latentfield.errors import LatentfieldError
from latentfield.workspace import whole

R = TypeVar("R")
Kept = TypeVar("Kept", bound="Record")


class Record(BaseModel):
    """Plain data that are written as JSON and read back."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants")

    def plain(self) -> dict[str, JsonValue]:
        """As JSON has it; what is not known is left out."""
        return self.model_dump(mode="json", exclude_none=True)

    def write(self, path: Path) -> None:
        """Write the record beside its place, and move it there."""
        whole.write(path, json.dumps(self.plain(), indent=2) + "\n")

    @classmethod
    def read(cls, path: Path) -> Self:
        """The record in a file; raises LatentfieldError, with the key, where it is another kind of record or none."""
        return cls.parsed(read_json(path), str(path))

    @classmethod
    def parsed(cls, content: JsonValue, place: str) -> Self:
        """The record that plain data are; `place` is where they come from, for messages."""
        return checked(TypeAdapter(cls), content, place)


def checked(adapter: TypeAdapter[R], content: JsonValue, place: str) -> R:
    """Plain data as one of the records that an adapter knows; raises LatentfieldError with a line for each mistake in them."""
    try:
        return adapter.validate_python(renamed(content))
    except ValidationError as error:
        mistakes = (f"{place}: {'.'.join(map(str, m['loc']))}: {m['msg']}" for m in error.errors())
        raise LatentfieldError("\n".join(mistakes)) from error


def kept(file: Path, kind: type[Kept], work: Callable[[], Kept]) -> Kept:
    """The record in a file, or that of the work, which is then kept there: work that was killed is done again."""
    if not file.exists():
        work().write(file)
    return kind.read(file)


def read_json(path: Path) -> JsonValue:
    """What a JSON file holds; raises LatentfieldError where there is none, or it is damaged."""
    try:
        return json.loads(path.read_text())
    except FileNotFoundError as error:
        raise LatentfieldError(f"there is no record {path}") from error
    except (OSError, ValueError) as error:
        raise LatentfieldError(f"the record {path} cannot be read: {error}") from error


def renamed(content: JsonValue) -> JsonValue:
    """The same data, in which every estimate is {value, se}: records registered with the first versions said {mean, se}."""
    if isinstance(content, list):
        return [renamed(part) for part in content]
    if not isinstance(content, dict):
        return content
    old = {"mean", "se"} <= content.keys() and "value" not in content
    return {("value" if old and key == "mean" else key): renamed(part) for key, part in content.items()}
