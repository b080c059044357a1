"""A page of every record that is kept as JSON: its fields, and its schema to validate a file with."""

from __future__ import annotations

import json
from importlib import import_module
from importlib.util import find_spec

import mkdocs_gen_files
from pydantic import BaseModel

HEAD = """\
# Records

What is measured, fitted and decoded is kept as JSON, each file a record with a schema (JSON Schema, draft 2020-12).
"""


def section(model: type[BaseModel]) -> str:
    """What a record is, a table of its fields, and its schema."""
    schema = model.model_json_schema()
    required = schema.get("required", ())
    rows = [
        f"| `{name}` | {_kind(field)} | {'yes' if name in required else 'no'} | {_cell(field.get('description', ''))} |"
        for name, field in schema.get("properties", {}).items()
    ]
    table = "\n".join(["| field | type | required | meaning |", "|---|---|---|---|", *rows])
    code = f'??? note "JSON schema"\n\n    ```json\n{_indented(json.dumps(schema, indent=2, ensure_ascii=False))}\n    ```\n'
    return f"## {model.__name__}\n\n{schema.get('description', '')}\n\n{table}\n\n{code}"


def _kind(field: dict[str, object]) -> str:
    """Type of a field in a word: a link to the record it is, or JSON's name."""
    if reference := field.get("$ref"):
        return str(reference).rpartition("/")[2]
    if several := field.get("anyOf") or field.get("oneOf") or field.get("allOf"):
        return " or ".join(_kind(one) for one in several)
    if field.get("type") == "array" and "items" in field:
        return f"list of {_kind(field['items'])}"
    if field.get("type") == "object" and isinstance(inner := field.get("additionalProperties"), dict):
        return f"by name: {_kind(inner)}"
    return str(field.get("type", field.get("const", "any")))


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


if find_spec("latentfield.records.schema"):
    models = import_module("latentfield.records.schema").SCHEMAS
    with mkdocs_gen_files.open("records.md", "w") as file:
        file.write("\n".join([HEAD, *map(section, models)]))
