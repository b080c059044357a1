"""The one error a user is meant to read, and pydantic's findings in its words: where, what was got, what is allowed.

Anything else that a command lets escape, a KeyError or a ValueError say, is a mistake of this package and has its traceback.
"""

from __future__ import annotations

from typing import Any, get_args, get_origin

from pydantic import BaseModel, Tag
from pydantic_core import ErrorDetails


class LatentfieldError(Exception):
    """A mistake in the input or the surroundings that the user can mend; commands print it and exit with code 2.

    Its text is the whole message: where the mistake is, what was got and what is allowed. It may have several lines, one for each
    mistake of a file or of a set of settings. `TrackingUnavailable`, of an MLflow that does not answer, is its one subclass.
    """


def sentence(mistake: ErrorDetails, model: type[BaseModel]) -> str:
    """One of a ValidationError's `errors()` about `model`, in one line that begins with the dotted key, "train.ising.epochs: ...".

    An unknown key is answered with the keys that its block has, a missing one is named, the message of one of our own validators
    stands as it was written, and all else is what was got and pydantic's finding. A mistake of the whole model has no key.
    """
    key = ".".join(str(part) for part in mistake["loc"] if not _is_kind(part))
    if mistake["type"] == "extra_forbidden":
        allowed = ", ".join(_keys_beside(mistake["loc"], model))
        return f"{key}: unknown key (got {mistake['input']!r}); allowed here: {allowed}"
    if mistake["type"] == "missing":
        return f"{key}: missing; it must be given"
    if mistake["type"] == "value_error":
        message = str(mistake["ctx"]["error"])
        return f"{key}: {message}" if key else message
    return f"{key}: got {mistake['input']!r}; {mistake['msg'][0].lower()}{mistake['msg'][1:]}"


def _keys_beside(location: tuple[int | str, ...], model: Any) -> list[str]:
    """Keys of the block that an unknown key stands in; blocks on the way to it are models, or `dict[str, model]`."""
    for part in location[:-1]:
        if _is_kind(part):
            model = next(get_args(one)[0] for one in get_args(get_args(model)[0]) if Tag(str(part)) in get_args(one))
        else:
            # A block of named entries has no fields of its own; its entries are all alike, or of a few kinds.
            model = get_args(model)[1] if get_origin(model) is dict else model.model_fields[part].annotation
    return list(model.model_fields)


def _is_kind(part: int | str) -> bool:
    """Whether a part of a location is not a key, but the tag of one of several kinds that a block may be of, "<exact>" say."""
    return str(part).startswith("<")
