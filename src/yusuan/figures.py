"""Look up printed figures by meaning, and name cells for findings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from yusuan.amount import BLANKS, fold
from yusuan.axes import Point
from yusuan.finding import CellRef
from yusuan.lexicon import lexicon, squeeze
from yusuan.plan import column_part
from yusuan.sheet import Cell, Disclosure, Place, Sheet


@dataclass(frozen=True)
class Figures:
    """The printed figures of a disclosure."""

    disclosure: Disclosure

    @cached_property
    def amounts(self) -> dict[Place, int]:
        """(sheet, row, column) → 分 of every printed figure."""
        return {
            (s, r, c): cell.amount
            for s, sheet in enumerate(self.disclosure.sheets)
            for (r, c), cell in sheet.cells.items()
            if cell.amount is not None
        }

    @cached_property
    def unread(self) -> frozenset[Place]:
        """Money cells that print what is no amount, or a formula without a value: nothing follows from them."""
        return frozenset(
            (s, r, c)
            for s, sheet in enumerate(self.disclosure.sheets)
            for (r, c), cell in sheet.cells.items()
            if cell.amount is None and _unread(cell)
        )

    @cached_property
    def withheld(self) -> frozenset[Place]:
        """Of these, the cells that say that their figure is withheld."""
        told, sheets = lexicon().is_withheld, self.disclosure.sheets
        return frozenset(place for place in self.unread if told(sheets[place[0]].cells[place[1], place[2]].text))

    @cached_property
    def columns(self) -> dict[Point, list[tuple[int, int]]]:
        """Column slice → (sheet, column) where a form prints it, statement lines left out."""
        found: dict[Point, list[tuple[int, int]]] = {}
        for s, sheet in enumerate(self.disclosure.sheets):
            for c, column in enumerate(sheet.columns):
                if column.point is not None:
                    found.setdefault(column_part(column.point), []).append((s, c))
        return found

    def total(self, point: Point) -> tuple[int, list[Place]] | None:
        """Amount of a column slice over the whole agency and where it stands; ``None`` when no form prints it, or what
        the first prints is no amount."""
        for s, c in self.columns.get(point, ()):
            row = next(
                (r for r, row in enumerate(self.disclosure.sheets[s].rows) if row.role in ("total", "agency")), None
            )
            if row is not None and (s, row, c) in self.unread:
                return None
            if row is not None:
                return self.amounts.get((s, row, c), 0), [(s, row, c)]
        return None

    def by_function(self, point: Point, codes: Iterable[str]) -> tuple[int, list[Place]] | None:
        """Amount of a column slice at the given functions, rows that are not listed counting zero; ``None`` when no
        form prints it, or one of the cells is no amount."""
        for s, c in self.columns.get(point, ()):
            sheet = self.disclosure.sheets[s]
            if not any(row.role == "function" for row in sheet.rows):
                continue
            wanted = set(codes)
            places = [(s, r, c) for r, row in enumerate(sheet.rows) if row.role == "function" and row.code in wanted]
            if not self.unread.isdisjoint(places):
                return None
            return sum(self.amounts.get(place, 0) for place in places), places
        return None

    def ref(self, place: Place) -> CellRef:
        """The cell at a place as findings name it."""
        s, r, c = place
        sheet = self.disclosure.sheets[s]
        row, column = sheet.rows[r], sheet.columns[c]
        cell = sheet.cells.get((r, c))
        statement = column.point is None
        name = row.labels[c] if statement and c < len(row.labels) else row.name
        return CellRef(
            sheet.form, sheet.title, row.code, squeeze(name), column.labels, cell.text if cell else "",
            cell.amount if cell else None, cell.source if cell and cell.source else row.line, place,
        )  # fmt: skip


def _unread(cell: Cell) -> bool:
    formula = cell.repair is not None and cell.repair.kind == "formula_without_value"
    return formula or fold(cell.text) not in BLANKS


def text_ref(sheet: Sheet, number: int, row: int, column: int) -> CellRef:
    """A text cell as findings name it."""
    cell = sheet.words[row, column]
    line = sheet.rows[row]
    return CellRef(
        sheet.form, sheet.title, line.code, line.name, sheet.texts[column].labels, cell.text, None, cell.source,
        (number, row, -1 - column),
    )  # fmt: skip
