"""Every artefact read back with readers that know nothing of its writer, and held cell by cell to the record."""

from __future__ import annotations

import json
import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from yusuan.forms import Standard
from yusuan.read.tidy import READERS
from yusuan.release import tabular
from yusuan.release.record import Difference, Table, count_of, paired, record_of, tables_of, unequal
from yusuan.release.rows import Line, lines_of, misprinted
from yusuan.release.saying import passages_of, text_of, unsaid
from yusuan.words import InputError

READ = {"pdf": "pypdfium2", "docx": "zip+lxml", "xlsx": "zip+lxml", "html": "lxml", "json": "json", "csv": "csv"}
"""Kind of an artefact → what it is read back with."""

TIDY = "data/cells."
"""How the tables of cells of the open data begin."""

_BUTTON = re.compile(rb"</?button\b[^>]*>")
_FIGURE = re.compile(r"-?\d[\d,]*(?:\.\d+)?")


TABLES, EXPLANATION = "tables", "explanation"
"""What an artefact holds of a disclosure."""


@dataclass(frozen=True)
class Compared:
    """An artefact read back: how (``cells``: place by place, by what the form set says; ``rows``: row by row, every
    figure in its column, where there is no form set or its words are ambiguous; ``text``: the explanation alone;
    ``figures``: every printed figure is there as often as it is printed), how many places were compared and equal,
    the paragraphs of the explanation that it gives back, the differences."""

    file: str
    reader: str
    way: str
    cells: int
    equal: int
    differences: tuple[Difference, ...] = ()
    passages: int = 0
    holds: tuple[str, ...] = (TABLES,)
    problem: tuple[str, Mapping[str, object]] | None = None
    """Why it could not be read at all: key and values of a sentence."""

    @property
    def good(self) -> bool:
        """Whether everything was found again."""
        return self.cells == self.equal and not self.differences and self.problem is None

    def as_json(self) -> dict[str, object]:
        """As a manifest holds it."""
        return {
            "file": self.file, "reader": self.reader, "way": self.way, "cells": self.cells, "equal": self.equal,
            "passages": self.passages, "holds": list(self.holds),
        }  # fmt: skip


def compared(
    folder: Path, name: str, names: Iterable[str], record: Mapping[str, Any], standard: Standard | None, *,
    loose: bool = False, holds: Sequence[str] = (TABLES,),
) -> Compared:  # fmt: skip
    """Read the files among ``names`` that the pattern ``name`` means, as one document, and hold them to the record;
    ``loose`` admits counting the figures of a document whose tables the reader takes apart otherwise; ``holds`` says
    what the document is to give back."""
    tables = tables_of(record)
    paths = [folder / each for each in sorted(names) if fnmatchcase(each, name)]
    if name.startswith(TIDY):
        return _tidy(paths, name, tables)
    reader = READ.get(Path(name).suffix[1:], "")
    passages = passages_of(record) if EXPLANATION in holds else []
    try:
        again, lines, text = _again(paths, name, standard, tables=TABLES in holds)
    except InputError as error:
        return Compared(name, reader, "cells", count_of(tables), 0, (), 0, tuple(holds), error.problems[0])
    unread = tuple(unsaid(passages, text))
    said = len(passages) - len(unread)
    if TABLES not in holds:
        return Compared(name, reader, "text", 0, 0, unread, said, tuple(holds))
    way, differing, total = "cells", tuple(_wrong(tables, tables_of(again or {"sheets": []}))), count_of(tables)
    if again is None or differing:
        by_rows = tuple(misprinted(tables, lines))
        if again is None or not by_rows:
            way, differing = "rows", by_rows
    if differing and loose:
        found = counted(paths[0], name, reader, tables)
        return replace(found, differences=(*found.differences, *unread), passages=said, holds=tuple(holds))
    equal = max(0, total - len(differing))
    return Compared(name, reader, way, total, equal, (*differing, *unread), said, tuple(holds))


def _tidy(paths: Sequence[Path], name: str, tables: Sequence[Table]) -> Compared:
    reader = READERS.get(Path(name).suffix[1:], "")
    try:
        if not paths:
            raise FileNotFoundError(name)
        count, wrong = tabular.differences(paths[0], tables)
    except (OSError, ValueError, ArithmeticError, KeyError, TypeError) as error:
        return Compared(name, reader, "cells", 0, 0, (Difference(name, "", "", None, str(error)),))
    return Compared(name, reader, "cells", count, max(0, count - len(wrong)), wrong)


def _again(
    paths: Sequence[Path], name: str, standard: Standard | None, *, tables: bool
) -> tuple[dict[str, Any] | None, list[Line], str]:  # fmt: skip
    """The record that files give by a form set, ``None`` without one; the rows of their tables; what they say."""
    if not paths:
        raise InputError("release_missing", file=name)
    if paths[0].suffix == ".json":
        found = json.loads(paths[0].read_bytes())
        assert isinstance(found, dict)
        return found, [], ""
    # readers are loaded only for what there is to read
    from yusuan.read.material import read_material
    from yusuan.read.opening import joined, opened_of
    from yusuan.read.prose import read_prose

    materials = []
    for path in paths:
        with _readable(path) as shown:
            materials.append(read_material(shown))
    if standard is None or not tables:
        return None, lines_of(materials), text_of(read_prose(joined(materials, name).lines))
    opened = opened_of(materials, paths, name, "", standard)
    return record_of(opened.disclosure), lines_of(materials), text_of(opened.prose)


@contextmanager
def _readable(path: Path) -> Iterator[Path]:
    """A page without the marks of its buttons: a figure that can be pressed is read like any other."""
    if path.suffix != ".html":
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="yusuan-") as folder:
        shown = Path(folder) / path.name
        shown.write_bytes(_BUTTON.sub(b"", path.read_bytes()))
        yield shown


def _wrong(tables: Sequence[Table], again: Sequence[Table]) -> Iterator[Difference]:
    for table, other in paired(tables, again):
        if table is not None and other is not None:
            yield from unequal(table, other)
        elif table is not None:
            yield Difference(" ".join(filter(None, (table.form, table.title))), "", "", table.title, None)
        elif other is not None and any(amount is not None for _, amount in other.cells.values()):
            yield Difference(other.form or other.title, "", "", None, other.title)


def counted(path: Path, name: str, reader: str, tables: Sequence[Table]) -> Compared:
    """Every figure of the forms is in the text of a document at least as often as the forms print it."""
    wanted = Counter(_plain(text) for table in tables for text, amount in table.cells.values() if amount is not None)
    there = Counter(_plain(found) for text in page_texts(path) for found in _FIGURE.findall(text))
    missing = wanted - there
    places = tuple(Difference(name, "", "", figure, None) for figure in sorted(missing))
    total = sum(wanted.values())
    return Compared(name, reader, "figures", total, total - sum(missing.values()), places)


def _plain(figure: str) -> str:
    return figure.replace(",", "").strip()


def page_texts(path: Path) -> Iterator[str]:
    """The text of every page of a PDF."""
    import pypdfium2

    document = pypdfium2.PdfDocument(path)
    try:
        for page in document:
            text = page.get_textpage()
            yield text.get_text_range()
            text.close()
            page.close()
    finally:
        document.close()
