"""The files beside the pages of an agency, as readers look for them: documents, tables of data by format, others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from yusuan.publish.site.values import Download
from yusuan.words import catalogue, say

DOCUMENTS = ("pdf", "docx", "xlsx")
FORMAT_NAMES = {"csv": "CSV", "json": "JSON", "parquet": "Parquet"}
"""Suffixes of documents and of tables of data, in the order in which they are offered."""


@dataclass(frozen=True, slots=True)
class Offered:
    """What a page offers: documents with their names in words, tables with their files by format, other files."""

    documents: tuple[tuple[str, Download], ...]
    formats: tuple[str, ...]
    tables: tuple[tuple[str, str, tuple[Download | None, ...]], ...]
    """Name, description, the file of each of ``formats``."""
    others: tuple[tuple[str, Download], ...]


def offered(files: Sequence[Download], lang: str) -> Offered:
    """The files in groups; one that no group knows is a document under its own label."""
    tables: dict[str, dict[str, Download]] = {}
    documents, others = [], []
    for file in files:
        path = PurePosixPath(file.label)
        stem, suffix = path.stem, path.suffix[1:]
        if str(path.parent) != "data":
            documents.append((_words(f"site_document_{suffix}", file.label, lang), file))
        elif suffix in FORMAT_NAMES and f"site_table_{stem}" in catalogue():
            tables.setdefault(stem, {})[suffix] = file
        else:
            others.append((_words(f"site_data_{stem}", path.name, lang), file))
    formats = tuple(each for each in FORMAT_NAMES if any(each in found for found in tables.values()))
    rows = tuple(
        (say(f"site_table_{stem}", lang), say(f"site_table_{stem}_what", lang), tuple(map(found.get, formats)))
        for stem, found in tables.items()
    )
    documents.sort(key=lambda entry: _rank(entry[1]))
    return Offered(tuple(documents), formats, rows, tuple(others))


def _rank(file: Download) -> int:
    suffix = PurePosixPath(file.label).suffix[1:]
    return DOCUMENTS.index(suffix) if suffix in DOCUMENTS else len(DOCUMENTS)


def _words(key: str, otherwise: str, lang: str) -> str:
    return say(key, lang) if key in catalogue() else otherwise
