"""What the sources of a command are: documents, or a corpus of them."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from yusuan.commands.common import open_document
from yusuan.forms import Standard
from yusuan.read.guard import guard_file
from yusuan.words import InputError

if TYPE_CHECKING:
    from yusuan.read.opening import Opened


def opened_documents(stack: ExitStack, options: argparse.Namespace, standard: Standard | None) -> list[Opened] | None:
    """The documents that the sources name, read; ``None`` when they are a corpus: folders or archives that hold many
    documents, or rows are asked for. What an archive is unpacked to lasts as long as ``stack``.
    """
    if str(options.output or "").endswith(".parquet"):
        return None
    if not any(Path(source).is_dir() or is_packed(Path(source)) for source in options.sources):
        return [open_document(source, standard, options.lang) for source in options.sources]
    # what many documents take is loaded only where there are many
    from yusuan.commands.corpus import the_one

    one = the_one(stack, options, standard)
    return None if one is None else [one]


def is_packed(path: Path) -> bool:
    """Whether a file is an archive of files."""
    if not path.is_file():
        return False
    try:
        with path.open("rb") as stream:
            if stream.read(2) != b"PK":
                return False
        return guard_file(path) == "zip"
    except (OSError, InputError):
        return False
