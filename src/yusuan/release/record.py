"""The record of a disclosure: every printed cell by form, row and column, the measure of all that is made of it.

It is written as ``disclosure.json`` into each release, so that a release can be compared again without its ledger.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any

from yusuan.read.canonical import disclosure_json
from yusuan.sheet import Disclosure
from yusuan.words import say

Where = tuple[int, str]
"""Row of a form and the labels of a column of texts."""


@dataclass(frozen=True)
class Table:
    """A form: its number or ``None``, title, rows and columns as printed, cells with text and 分, texts."""

    form: str | None
    title: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: Mapping[tuple[int, int], tuple[str, int | None]]
    texts: Mapping[Where, str]
    labels: tuple[tuple[str, ...], ...] = ()
    """Code and labels of each row, apart."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A place where two records differ; a text is ``None`` where a record has no such place."""

    form: str
    row: str
    column: str
    before: str | None
    after: str | None

    def as_json(self) -> dict[str, str | None]:
        """As a manifest holds it."""
        return {"form": self.form, "row": self.row, "column": self.column, "before": self.before, "after": self.after}


def record_of(disclosure: Disclosure) -> dict[str, Any]:
    """The disclosure in the published schema without where it was read, which says nothing of what is published."""
    found = _without_source(disclosure_json(disclosure))
    assert isinstance(found, dict)
    return found


def _without_source(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_source(each) for key, each in value.items() if key != "source"}
    if isinstance(value, list):
        return [_without_source(each) for each in value]
    return value


def json_bytes(value: object) -> bytes:
    """JSON as a release holds it: the same value, the same bytes."""
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "backslashreplace")


def digest_of(value: object) -> str:
    """SHA-256 of a JSON value, whatever the order of its keys."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def tables_of(record: Mapping[str, Any]) -> tuple[Table, ...]:
    """The forms of a record."""
    return tuple(
        Table(
            sheet["form"], sheet["title"],
            tuple(" ".join(filter(None, labels)) for labels in _labels(sheet)),
            tuple(" › ".join(labels) for labels in sheet["columns"]),
            {(cell["row"], cell["column"]): (cell["text"], cell["amount"]) for cell in sheet["cells"]},
            {(text["row"], " › ".join(text["column"])): text["text"] for text in sheet["texts"]},
            _labels(sheet),
        )
        for sheet in record["sheets"]
    )  # fmt: skip


def _labels(sheet: Mapping[str, Any]) -> tuple[tuple[str, ...], ...]:
    return tuple((row["code"], *row.get("labels", [row["name"]])) for row in sheet["rows"])


def same_figure(text: str) -> str:
    """A figure by which two printings are held equal: commas between thousands aside."""
    return same_words(text).replace(",", "")


def same_words(text: str) -> str:
    """Text by which two printings are held equal: widths of signs, white space and marks without a picture aside."""
    seen = "".join(unicodedata.normalize("NFKC", text).split())
    return "".join(sign for sign in seen if unicodedata.category(sign) != "Cf")


def paired(these: Sequence[Table], those: Sequence[Table]) -> Iterator[tuple[Table | None, Table | None]]:
    """The forms of two records that belong together, by number, by title where a form has none, then by order."""
    left = [*those]
    for table in these:
        found = next((other for other in left if _alike(table, other)), None)
        if found is not None:
            left.remove(found)
        yield table, found
    for table in left:
        yield None, table


def _alike(table: Table, other: Table) -> bool:
    if table.form is not None or other.form is not None:
        return table.form == other.form
    return same_words(table.title) == same_words(other.title)


def count_of(tables: Sequence[Table]) -> int:
    """How many cells and texts there are to compare."""
    return sum(len(table.cells) + len(table.texts) for table in tables)


def unequal(table: Table, other: Table) -> Iterator[Difference]:
    """Places of a form that another printing of it does not give back: rows, figures (text and 分), texts."""
    name = " ".join(filter(None, (table.form, table.title)))
    for row, (mine, its) in enumerate(zip_longest(table.rows, other.rows)):
        if mine is None or its is None or same_words(mine) != same_words(its):
            yield Difference(name, str(row + 1), "", mine, its)
    for (row, column), cell in table.cells.items():
        its_cell = other.cells.get((row, column))
        if its_cell is None or its_cell[1] != cell[1] or same_figure(its_cell[0]) != same_figure(cell[0]):
            where = table.rows[row] or str(row + 1), _label(table.columns, column)
            yield Difference(name, *where, cell[0], None if its_cell is None else its_cell[0])
    for place in other.cells.keys() - table.cells.keys():
        if other.cells[place][1] is not None:
            yield Difference(name, _label(table.rows, place[0]), _label(table.columns, place[1]), None,
                             other.cells[place][0])  # fmt: skip
    texts = {(row, same_words(column)): text for (row, column), text in other.texts.items()}
    for (row, labels), text in table.texts.items():
        again = texts.get((row, same_words(labels)))
        if again is None or same_words(again) != same_words(text):
            yield Difference(name, table.rows[row] or str(row + 1), labels, text, again)


def _label(labels: Sequence[str], index: int) -> str:
    return labels[index] if index < len(labels) and labels[index] else str(index + 1)


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    """What a later version of a disclosure prints otherwise: cell by cell, rows held together by their labels, then
    paragraph by paragraph of the explanation."""
    for old, new in paired(tables_of(before), tables_of(after)):
        one, other = _entries(old), _entries(new)
        table = new or old
        assert table is not None
        name = " ".join(filter(None, (table.form, table.title)))
        for row, column in dict.fromkeys((*one, *other)):
            was, now = one.get((row, column)), other.get((row, column))
            if was != now:
                yield Difference(name, row, column, was, now)


    yield from _said_otherwise(before["prose"], after["prose"])


def _said_otherwise(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> Iterator[Difference]:
    old, new = ([str(each["text"]) for each in prose] for prose in (before, after))
    name = say("release_explanation", "zh")
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        for one, other in zip_longest(range(a, b), range(c, d)) if kind != "equal" else ():
            where = before[one]["path"] if one is not None else after[other]["path"]
            was, now = None if one is None else old[one], None if other is None else new[other]
            yield Difference(name, " › ".join(where[-1:]), "", was, now)


def _entries(table: Table | None) -> dict[tuple[str, str], str]:
    """Row and column in words → printed text; a row or column whose words stand twice is numbered."""
    if table is None:
        return {}
    rows, columns = _numbered(table.rows), _numbered(table.columns)
    beside = [_numbered(_beside(table, column)) for column in range(len(columns))]
    found = {(beside[column][row], columns[column]): text for (row, column), (text, _) in sorted(table.cells.items())}
    found |= {(rows[row], labels): text for (row, labels), text in table.texts.items()}
    return {place: text for place, text in found.items() if text}


def _beside(table: Table, column: int) -> list[str]:
    """What stands beside the figures of a column: the row, of a statement the label in the column's own block."""
    sided = len(table.columns) > 1 and all(len(labels) == len(table.columns) + 1 for labels in table.labels)
    return [labels[column + 1] or row if sided else row for row, labels in zip(table.rows, table.labels)]


def _numbered(labels: Sequence[str]) -> tuple[str, ...]:
    seen: dict[str, int] = {}
    made = []
    for label in labels:
        seen[label] = seen.get(label, 0) + 1
        made.append(label if seen[label] == 1 else f"{label} ({seen[label]})")
    return tuple(made)
