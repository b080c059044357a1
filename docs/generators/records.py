"""A page of everything that is kept as JSON: the fields of each record, and the schemas to validate a file with."""

from __future__ import annotations

import json

import mkdocs_gen_files

from latentfield.pipeline.schemas import schemas

HEAD = """\
# Records

What is measured, fitted and decoded is kept as JSON. Each file, and what a command prints with `--json`, is a record with a schema
(JSON Schema, draft 2020-12). `latentfield.pipeline.schemas.schemas()` gives all of them.
"""
Schema = dict[str, object]


def section(name: str, schema: Schema) -> str:
    """A file: its record or, where there are several kinds, all of them by name; and its schema."""
    inside = json.dumps(schema, indent=2, ensure_ascii=False)
    code = f'??? note "JSON schema"\n\n    ```json\n{_indented(inside)}\n    ```\n'
    body = fields(schema) if "properties" in schema else f"Holds: {_kind(schema)}.\n"
    return f"## `{name}`\n\n{body}\n{code}"


def fields(schema: Schema) -> str:
    """What a record is, and a table of its fields."""
    required = schema.get("required", ())
    rows = [
        f"| `{name}` | {_kind(field)} | {'yes' if name in required else 'no'} | {_cell(field.get('description', ''))} |"
        for name, field in schema.get("properties", {}).items()
    ]
    table = "\n".join(["| field | type | required | meaning |", "|---|---|---|---|", *rows])
    return f"{schema.get('description', '')}\n\n{table}\n"


def _kind(field: dict[str, object]) -> str:
    """Type of a field in a word: a link to the record it is, or JSON's name."""
    if reference := field.get("$ref"):
        name = str(reference).rpartition("/")[2]
        return "anything" if name == "JsonValue" else f"[{name}](#{name.lower()})"
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


found = schemas()
parts = {name: one for schema in found.values() for name, one in schema.get("$defs", {}).items() if "properties" in one}
with mkdocs_gen_files.open("records.md", "w") as file:
    file.write("\n".join([HEAD, *(section(name, schema) for name, schema in found.items())]))
    file.write("\n## What they are made of\n\n")
    file.write("\n".join(f"### {name}\n\n{fields(parts[name])}" for name in sorted(parts)))
