"""A disclosure as values: sheets of cells, each with its text, amount, meaning, place and source.

``Point`` is what a cell means, ``Slot`` where it stands in the form, ``Source`` where it was found in a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from yusuan.amount import Scale
from yusuan.axes import Point

Place = tuple[int, int, int]
"""(sheet, row, column) of a money cell in a disclosure."""


@dataclass(frozen=True, slots=True)
class Source:
    """Address of a cell in a file; what does not apply is ``None``.

    ``box`` is (left, top, right, bottom) in points from the upper left corner of the page as shown; ``confidence``
    (0–1) is given for text that was recognised from a picture, and only for such text.
    """

    file: str
    page: int | None = None
    box: tuple[float, float, float, float] | None = None
    sheet: str | None = None
    a1: str | None = None
    line: int | None = None
    column: int | None = None
    confidence: float | None = None

    def as_json(self) -> dict[str, object]:
        """The address without what does not apply."""
        found = {
            name: getattr(self, name) for name in ("file", "page", "box", "sheet", "a1", "line", "column", "confidence")
        }
        return {name: value for name, value in found.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Repair:
    """A departure from the printed place or text, with its reason; ``settled`` is false when rivals tie."""

    kind: str
    origin: str
    values: Mapping[str, object] = field(default_factory=dict)
    settled: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """A body row: its code and label as understood, its depth, and the slice it admits (``None``: not understood).

    ``role`` is one of total, agency, function, project, statement, blank. ``labels`` holds every label of a statement
    row, block by block; elsewhere it has one entry.
    """

    code: str
    name: str
    level: int
    role: str
    point: Point | None
    labels: tuple[str, ...] = ()
    line: Source | None = None
    hidden: bool = False
    repair: Repair | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A body column: labels from the top of the head to the leaf, role (money, text) and the slice it admits."""

    labels: tuple[str, ...]
    role: str
    point: Point | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One printed cell: text as printed, 分 or ``None`` for blank, meaning, source and any repair.

    ``row`` and ``column`` index ``Sheet.rows`` and ``Sheet.columns`` (money) or ``Sheet.texts`` (text).
    ``exact`` keeps the unrounded 分 of a compiled cell.
    """

    row: int
    column: int
    text: str
    amount: int | None = None
    point: Point | None = None
    source: Source | None = None
    repair: Repair | None = None
    exact: int | None = None


@dataclass(frozen=True, slots=True)
class Stray:
    """A number or text that stands where the form has no label, or a row or column that was not understood."""

    kind: str
    text: str
    source: Source | None
    amount: int | None = None


@dataclass(frozen=True, slots=True)
class Total:
    """What a table itself says to be a sum: the cell (row, column) and its parts. ``sure`` when the words leave no
    other reading or the other figures of the table bear it out."""

    cell: tuple[int, int]
    parts: tuple[tuple[int, int], ...]
    basis: str
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Sheet:
    """One form as read or compiled. ``form`` is its number in the standard, ``None`` when no form was recognised."""

    form: str | None
    title: str
    scale: Scale
    rows: tuple[Row, ...]
    columns: tuple[Column, ...]
    cells: Mapping[tuple[int, int], Cell]
    texts: tuple[Column, ...] = ()
    words: Mapping[tuple[int, int], Cell] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    agency_name: str = ""
    pages: tuple[int, ...] = ()
    source: Source | None = None
    repairs: tuple[Repair, ...] = ()
    strays: tuple[Stray, ...] = ()
    unit_label: str = ""
    printed_titles: tuple[str, ...] = ()
    totals: tuple[Total, ...] = ()
    """Sums that the table states, where no form set declares them."""


@dataclass(frozen=True, slots=True)
class Agency:
    """A budget agency: 部门 or 单位 code, name, code of its parent; regime is organ (机关), assimilated (参公),
    institution (事业) or ``None`` when unknown."""

    code: str
    name: str
    parent_code: str | None = None
    parent_name: str = ""
    regime: str | None = None


@dataclass(frozen=True, slots=True)
class Disclosure:
    """A whole published set of forms of one agency and year."""

    file: str
    sha256: str
    agency: Agency | None
    fiscal_year: int | None
    kind: str
    scope: str
    standard: str | None
    sheets: tuple[Sheet, ...]
    contents: tuple[tuple[str, str], ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    strays: tuple[Stray, ...] = ()
