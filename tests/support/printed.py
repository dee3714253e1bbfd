"""Disclosures for tests: figures put into read ones, and one form of a single row with relations of one's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from yusuan.amount import Scale
from yusuan.figures import Figures
from yusuan.relations import Relation
from yusuan.sheet import Cell, Column, Disclosure, Place, Row, Sheet

QUANTUM = Scale().quantum
"""分 of the last printed digit of a form in 万元."""


def put(disclosure: Disclosure, amounts: Mapping[Place, int | None]) -> Disclosure:
    """The disclosure with other amounts printed in some cells (``None``: blank)."""
    sheets = list(disclosure.sheets)
    for (s, r, c), amount in amounts.items():
        sheet = sheets[s]
        text = "" if amount is None else sheet.scale.format(amount)
        cell = replace(sheet.cells[r, c], amount=amount, text=text, exact=None)
        sheets[s] = replace(sheet, cells=MappingProxyType({**sheet.cells, (r, c): cell}))
    return replace(disclosure, sheets=tuple(sheets))


def money(disclosure: Disclosure) -> dict[Place, int]:
    """The printed amounts that are not zero."""
    return {place: amount for place, amount in Figures(disclosure).amounts.items() if amount}


def one_row(amounts: Sequence[int | None], scale: Scale | None = None) -> Disclosure:
    """A disclosure of one form with one row of cells, amounts in last digits."""
    scale = scale or Scale()
    cells = {}
    for c, steps in enumerate(amounts):
        amount = None if steps is None else steps * scale.quantum
        cells[0, c] = Cell(0, c, "" if amount is None else scale.format(amount), amount)
    columns = tuple(Column((f"{c}",), "money", None) for c in range(len(amounts)))
    sheet = Sheet(None, "表", scale, (Row("", "合计", 0, "total", None),), columns, MappingProxyType(cells))
    return Disclosure("表.txt", "", None, 2025, "budget", "unit", None, (sheet,))


def at(*columns: int) -> tuple[Place, ...]:
    """Cells of that row."""
    return tuple((0, 0, c) for c in columns)


def relation(left: Iterable[int], right: Iterable[int], *, bound: bool = False) -> Relation:
    """A relation between its cells."""
    return Relation(at(*left), at(*right), bound, "parts")
