"""Printed totals as live sums: which cells of a sheet are exactly the sum of other printed cells of the same sheet.

Only what the relations derive from the meaning of the cells, or what a table states itself, and only where the figures
as printed add up; a total depends on its parts and never, through whatever chain, on itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from yusuan.agreements import disclosure_relations
from yusuan.figures import Figures
from yusuan.forms import Standard
from yusuan.publish.layout import Layout
from yusuan.sheet import Disclosure, Place, Sheet
from yusuan.tested import regimes_of

Spot = tuple[int, int]
"""(row, column) of a money cell in its sheet, or of a cell in a worksheet."""

Sums = Mapping[Spot, tuple[Spot, ...]]
"""Total → its parts, in printed order."""

BASES = ("row_sum", "column_sum")
"""Relations that sum parts into a total, the first preferred: a row of totals is summed down its columns."""

_NUMBER = re.compile(r"-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?")
"""A figure that a number format can show: commas between all thousands or none."""

LONGEST, MOST = 8000, 250
"""Characters of a formula and arguments of a function that every spreadsheet program takes."""


def sums_of(disclosure: Disclosure, standard: Standard | None) -> tuple[Sums, ...]:
    """The live sums of every sheet, in order of the sheets; without a form set only those that tables state."""
    found: list[dict[Spot, list[tuple[Spot, ...]]]] = [{} for _ in disclosure.sheets]
    for total, parts in _candidates(disclosure, standard):
        sheet = disclosure.sheets[total[0]]
        inside = tuple(sorted({part[1:] for part in parts if part[1:] in sheet.cells}))
        if len(set(parts)) == len(parts) and _adds_up(sheet, total[1:], inside):
            found[total[0]].setdefault(total[1:], []).append(inside)
    return tuple(_acyclic(sheet) for sheet in found)


def _candidates(disclosure: Disclosure, standard: Standard | None) -> Iterator[tuple[Place, tuple[Place, ...]]]:
    """Totals with their parts, the best reason first."""
    for s, sheet in enumerate(disclosure.sheets):
        for total in sheet.totals:
            if total.sure:
                yield (s, *total.cell), tuple((s, *part) for part in total.parts)
    if standard is None:
        return
    relations = disclosure_relations(disclosure, standard, regimes_of(Figures(disclosure), standard))
    for basis in BASES:
        for relation in relations:
            if relation.basis != basis or relation.bound or not relation.sure or len(relation.left) != 1:
                continue
            if all(place[0] == relation.left[0][0] for place in relation.right):
                yield relation.left[0], relation.right


def _adds_up(sheet: Sheet, total: Spot, parts: Sequence[Spot]) -> bool:
    """Whether the printed figures give the printed total; a part in words keeps the total a plain figure."""
    cell = sheet.cells.get(total)
    if cell is None or cell.amount is None or not parts or total in parts:
        return False
    cells = [sheet.cells[part] for part in parts]
    if any(part.amount is None and part.text.strip() for part in cells):
        return False
    known = [part.amount for part in cells if part.amount is not None]
    return bool(known) and sum(known) == cell.amount


def _acyclic(candidates: Mapping[Spot, Sequence[tuple[Spot, ...]]]) -> Sums:
    """For each total its first candidate that leads back to no cell that depends on it."""
    chosen: dict[Spot, tuple[Spot, ...]] = {}
    for total, rivals in sorted(candidates.items()):
        for parts in rivals:
            if not _reaches(chosen, parts, total):
                chosen[total] = parts
                break
    return chosen


def _reaches(sums: Sums, starts: Iterable[Spot], goal: Spot) -> bool:
    seen: set[Spot] = set()
    waiting = list(starts)
    while waiting:
        spot = waiting.pop()
        if spot == goal:
            return True
        if spot not in seen:
            seen.add(spot)
            waiting += sums.get(spot, ())
    return False


def formulas(layout: Layout, sums: Sums, down: int = 1) -> dict[Spot, str]:
    """Formulas by (row, column) of the layout; ``down`` says how many rows the worksheet has above the layout."""
    at = {
        box.place: (box.row, box.column)
        for box in layout.boxes
        if box.kind == "amount" and box.place is not None and (not box.text or number_shown(box.text))
    }
    found = {}
    for total, parts in sums.items():
        if total in at and all(part in at for part in parts):
            text = formula([(at[part][0] + down, at[part][1]) for part in parts])
            if text:
                found[at[total]] = text
    return found


def number_shown(text: str) -> str:
    """The number format that shows a figure as it is printed; empty for what no format shows so."""
    found = _NUMBER.fullmatch(text)
    if found is None:
        return ""
    whole, decimals = "#,##0" if "," in text else "0", len(found[1] or "")
    return whole + "." + "0" * decimals if decimals else whole


def formula(spots: Sequence[Spot]) -> str:
    """The shortest natural formula for a sum (=C9, =C8+C12, =SUM(C8:C12)); empty when it would be too long."""
    pieces = [_range(run) for run in _runs(sorted(spots))]
    if len(pieces) == len(spots) or len(spots) == 2:
        text = "=" + "+".join(_a1(spot) for spot in sorted(spots))
    elif len(pieces) > MOST:
        return ""
    else:
        text = f"=SUM({','.join(pieces)})"
    return text if len(text) <= LONGEST else ""


def _runs(spots: Sequence[Spot]) -> Iterator[list[Spot]]:
    """Cells that lie in one unbroken column or row, together."""
    run: list[Spot] = []
    step = (0, 0)
    for spot in spots:
        way = (spot[0] - run[-1][0], spot[1] - run[-1][1]) if run else (0, 0)
        if run and way in ((1, 0), (0, 1)) and (len(run) == 1 or way == step):
            step = way
            run.append(spot)
            continue
        if run:
            yield run
        run = [spot]
    if run:
        yield run


def _range(run: Sequence[Spot]) -> str:
    return _a1(run[0]) if len(run) == 1 else f"{_a1(run[0])}:{_a1(run[-1])}"


def _a1(spot: Spot) -> str:
    row, column = spot
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"
