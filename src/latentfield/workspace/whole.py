"""Files that are whole or absent, whenever a process is killed."""

from __future__ import annotations

import os
from pathlib import Path


def write(file: Path, text: str) -> None:
    """Write a file beside its place and move it there; folders above it are made. Two that write the same file get one of both."""
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f"{file.name}.{os.getpid()}.partial")
    partial.write_text(text)
    os.replace(partial, file)
