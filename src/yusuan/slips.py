"""Typical slips: how a printed figure could have come from the right one, and moves of whole rows and columns.

A slip explains a change, it never proves one: which cells must change is decided by the relations alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from yusuan.sheet import Disclosure, Place

UNIT_SLIP = 10_000
"""万元 in 元."""


def slip_of(printed: int | None, right: int, quantum: int, neighbours: Iterable[int] = ()) -> str | None:
    """The slip (a message key without its prefix) that turns the right amount into the printed one; ``None`` when
    none is known. Amounts in 分, ``quantum`` 分 of the last printed digit."""
    if not printed:
        return "lost"
    if printed in neighbours:
        return "copied"
    if not right:
        return "invented"
    if printed == -right:
        return "sign"
    if printed == right or printed % quantum or right % quantum or (printed < 0) != (right < 0):
        return None
    return _digits(str(abs(printed) // quantum), str(abs(right) // quantum))


def _digits(printed: str, right: str) -> str | None:
    longer, shorter = (printed, right) if len(printed) > len(right) else (right, printed)
    zeros = len(longer) - len(shorter)
    if zeros and longer == shorter + "0" * zeros:
        return "unit" if 10**zeros == UNIT_SLIP else "decimal_point"
    if abs(int(printed) - int(right)) == 1:
        return "last_digit"
    if not zeros:
        different = [i for i, (a, b) in enumerate(zip(printed, right)) if a != b]
        first, last = different[0], different[-1]
        if len(different) == 1:
            return "misread"
        if last == first + 1 and printed[first : last + 1] == right[first : last + 1][::-1]:
            return "exchanged"
        return None
    gone = next((i for i in range(len(longer)) if longer[:i] + longer[i + 1 :] == shorter), None)
    if zeros != 1 or gone is None:
        return None
    if longer is right:
        return "dropped"
    return "doubled" if longer[gone] in longer[max(0, gone - 1) : gone] + longer[gone + 1 : gone + 2] else "inserted"


@dataclass(frozen=True, slots=True)
class Move:
    """Figures of a form that went astray together: the slip, and the right amount (分) of every cell it changes, told
    to so many last digits of the form."""

    slip: str
    right: Mapping[Place, int]
    digits: int = 1


def moves_of(disclosure: Disclosure, suspects: Mapping[Place, int]) -> Iterator[Move]:
    """Moves that could explain contradictions around the suspected cells (how many each is in): a form in another unit
    of measure, figures of a row or column one place off from some place on, two rows or columns exchanged."""
    rows: dict[int, set[int]] = {}
    columns: dict[int, set[int]] = {}
    for s, r, c in suspects:
        rows.setdefault(s, set()).add(r)
        columns.setdefault(s, set()).add(c)
    for s in rows:
        sheet = disclosure.sheets[s]
        amounts = {place: cell.amount or 0 for place, cell in sheet.cells.items()}
        left = {(r, c) for (t, r, c), count in suspects.items() if t == s and count > 1 and not amounts.get((r, c))}
        yield from _scaled(s, amounts)
        by_row = {r: {c: v for (other, c), v in amounts.items() if other == r} for r in sorted(rows[s])}
        by_column = {c: {r: v for (r, other), v in amounts.items() if other == c} for c in sorted(columns[s])}
        for r, line in by_row.items():
            yield from (_move("row_shifted", {(s, r, c): v for c, v in moved.items()}, amounts)
                        for moved in _shifted(line, {c for other, c in left if other == r}))  # fmt: skip
        for c, line in by_column.items():
            yield from (_move("column_shifted", {(s, r, c): v for r, v in moved.items()}, amounts)
                        for moved in _shifted(line, {r for r, other in left if other == c}))  # fmt: skip
        for a, b in _pairs(by_row):
            yield _move("rows_exchanged", {
                **{(s, a, c): v for c, v in by_row[b].items()}, **{(s, b, c): v for c, v in by_row[a].items()},
            }, amounts)  # fmt: skip
        for a, b in _pairs(by_column):
            yield _move("columns_exchanged", {
                **{(s, r, a): v for r, v in by_column[b].items()}, **{(s, r, b): v for r, v in by_column[a].items()},
            }, amounts)  # fmt: skip


WIDEST = 12
"""Rows (or columns) of a form with contradictions, beyond which exchanges are not tried."""


def _pairs(lines: Mapping[int, Mapping[int, int]]) -> Iterator[tuple[int, int]]:
    numbers = [n for n, line in lines.items() if any(line.values())]
    if len(numbers) <= WIDEST:
        yield from (
            (a, b) for i, a in enumerate(numbers) for b in numbers[i + 1 :] if lines[a].keys() == lines[b].keys()
        )


def _scaled(s: int, amounts: Mapping[tuple[int, int], int]) -> Iterator[Move]:
    money = {(s, *place): v for place, v in amounts.items() if v}
    if len(money) > 1:
        yield Move("form_unit", {place: v * UNIT_SLIP for place, v in money.items()}, UNIT_SLIP)
        if all(v % UNIT_SLIP == 0 for v in money.values()):
            yield Move("form_unit", {place: v // UNIT_SLIP for place, v in money.items()})


def _shifted(line: Mapping[int, int], left: Collection[int]) -> Iterator[dict[int, int]]:
    """The line as it was before its figures moved on by one from a place that this ``left`` empty, either way; what
    fell off the end is lost."""
    forward = sorted(line)
    for order in (forward, forward[::-1]):
        for i, n in enumerate(order):
            after = [line[m] for m in order[i + 1 :]]
            if n in left and sum(map(bool, after)) > 1:
                yield dict(zip(order[i:], [*after, 0]))


def _move(slip: str, right: Mapping[Place, int], amounts: Mapping[tuple[int, int], int]) -> Move:
    return Move(slip, {p: v for p, v in right.items() if v != amounts.get((p[1], p[2]), 0)})
