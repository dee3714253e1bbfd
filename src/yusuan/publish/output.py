"""Writing a finished document: whole or not at all, and never over an existing file unless that is wanted."""

from __future__ import annotations

import os
import re
from pathlib import Path

from yusuan.words import InputError

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f]")


def plain(text: str) -> str:
    """Text without control characters, which no reader of a document can show."""
    return _CONTROL.sub("", text)


def risky(text: str) -> bool:
    """Whether a spreadsheet takes the text for a formula when somebody edits its cell."""
    return text.startswith(("=", "+", "-", "@", "\t"))


def refuse_existing(path: Path, *, force: bool) -> None:
    """Raise ``InputError`` when ``path`` exists and may not be replaced."""
    if os.path.lexists(path) and not force:
        raise InputError("file_exists", file=str(path))


def deliver(path: Path, data: bytes, *, force: bool = False) -> None:
    """Write ``data`` beside ``path`` and put it in place in one step; only an ordinary file is ever replaced."""
    refuse_existing(path, force=force)
    if path.exists() and not path.is_file():
        raise InputError("file_not_ordinary", file=str(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(data)
        if force:
            part.replace(path)
        else:
            _place(part, path)
    finally:
        part.unlink(missing_ok=True)


def _place(part: Path, path: Path) -> None:
    """Give a file its name unless another process took that name meanwhile."""
    try:
        path.hardlink_to(part)
    except FileExistsError:
        raise InputError("file_exists", file=str(path)) from None
    except (OSError, NotImplementedError):
        refuse_existing(path, force=False)
        part.replace(path)
