"""What the sources of a command are: documents, or a corpus of them."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from yusuan.commands.common import open_document
from yusuan.commands.watch import MEGABYTES, SECONDS
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


def is_ledger(path: Path) -> bool:
    """Whether a source is a ledger: a folder or columns, or a file with the tables of one."""
    from yusuan.ledgerbook import joined
    from yusuan.read.ledger_source import Faults, csv_files, kind_of, open_tables

    kind = kind_of(path)
    if kind is None:
        return bool(csv_files(path)) or not any(path.iterdir())
    if kind == "parquet":
        return True
    if kind not in ("xlsx", "text"):
        return False
    faults = Faults()
    try:
        if open_tables(path, kind, faults):
            return True
    except InputError:
        return False
    keys = {key for key, _ in faults.problems}
    if kind == "xlsx":
        return "ledger_no_sheet" not in keys
    missing = next((str(v["elements"]).split(", ") for k, v in faults.problems if k == "ledger_columns_missing"), [])
    return 0 < len(missing) < len(joined().required)


def document_at(stack: ExitStack, path: Path, standard: Standard | None, lang: str) -> Opened:
    """The one document that a file, a folder or an archive holds."""
    if not path.is_dir() and not is_packed(path):
        return open_document(str(path), standard, lang)
    from yusuan.commands.corpus import the_one

    limits = {"seconds": SECONDS, "memory": MEGABYTES}
    asked = argparse.Namespace(sources=[str(path)], each_file=False, output=None, lang=lang, **limits)
    found = the_one(stack, asked, standard)
    if found is None:
        raise InputError("cli_not_one_document", file=str(path))
    return found


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
