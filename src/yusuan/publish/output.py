"""Writing a finished document: whole or not at all, and never over an existing file unless that is wanted."""

from __future__ import annotations

import os
from pathlib import Path

from yusuan.words import InputError


def refuse_existing(path: Path, *, force: bool) -> None:
    """Raise ``InputError`` when ``path`` exists and may not be replaced."""
    if path.exists() and not force:
        raise InputError("file_exists", file=str(path))


def deliver(path: Path, data: bytes, *, force: bool = False) -> None:
    """Write ``data`` beside ``path`` and put it in place in one step."""
    refuse_existing(path, force=force)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
