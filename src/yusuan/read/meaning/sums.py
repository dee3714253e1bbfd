"""Which rows and columns of a table are sums of which: what labels, codes and indents suggest, tested on the figures.

Each sum has several readings (其中 is a part or only an example, a department stands beside or above its agencies).
The reading that the figures bear out is taken; where none is, the one that the words say, and it is marked as unsure
unless the words leave no other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from yusuan.read.meaning.heads import Heading
from yusuan.read.meaning.lines import Entry
from yusuan.sheet import Total

Amounts = Mapping[tuple[int, int], int]
"""(row, column) → 分 of the printed figures of a table."""


@dataclass(frozen=True)
class Tried:
    """A reading of a sum: ``total`` and ``parts`` are rows (or columns); ``firm`` when words leave no other."""

    total: int
    parts: tuple[int, ...]
    firm: bool
    unnamed: bool = False
    """Whether the total is a row whose label is not understood."""


def row_totals(entries: Sequence[Entry], columns: Sequence[int], amounts: Amounts, quantum: int) -> Iterator[Total]:
    """Sums of rows in every column of a panel."""
    chosen = []
    told = {r for r, _ in amounts}
    for rivals in _row_rivals(entries, amounts, columns):
        if rivals[0].total not in told and rivals[0].unnamed:
            continue
        best = _choose(rivals, columns, amounts, quantum, by_row=True)
        if best is not None:
            chosen.append(best)
    held = sum(h for _, h, _ in chosen)
    failed = sum(f for _, _, f in chosen)
    for tried, own_held, own_failed in chosen:
        borne = held > 2 * failed if tried.firm else own_held > own_failed
        for c in columns:
            yield Total((tried.total, c), tuple((p, c) for p in tried.parts), "row_sum", sure=borne and tried.firm)


def column_totals(
    headings: Sequence[Heading], first: int, rows: Sequence[int], amounts: Amounts, quantum: int
) -> Iterator[Total]:
    """Sums of columns in every row of a panel; ``first`` is the number of the panel's first column."""
    for rivals in _column_rivals(headings, first):
        best = _choose(rivals, rows, amounts, quantum, by_row=False)
        if best is None:
            continue
        tried, held, failed = best
        sure = held > 2 * failed and held > 1
        for r in rows:
            yield Total((r, tried.total), tuple((r, p) for p in tried.parts), "column_sum", sure=sure)


def _choose(
    rivals: Sequence[Tried], lines: Sequence[int], amounts: Amounts, quantum: int, *, by_row: bool
) -> tuple[Tried, int, int] | None:
    best: tuple[Tried, int, int] | None = None
    for tried in rivals:
        held, failed = _tested(tried, lines, amounts, quantum, by_row=by_row)
        if held and not failed:
            return tried, held, failed
        if held > failed and (best is None or held - failed > best[1] - best[2]):
            best = tried, held, failed
    if best is not None:
        return best
    first = rivals[0]
    held, failed = _tested(first, lines, amounts, quantum, by_row=by_row)
    return (first, held, failed) if first.firm or not failed else None


def _tested(tried: Tried, lines: Sequence[int], amounts: Amounts, quantum: int, *, by_row: bool) -> tuple[int, int]:
    held = failed = 0
    for line in lines:
        at = (lambda k: (k, line)) if by_row else (lambda k: (line, k))  # noqa: B023
        total = amounts.get(at(tried.total))
        parts = [amount for p in tried.parts if (amount := amounts.get(at(p))) is not None]
        if not total and not any(parts):
            continue
        off = abs((total or 0) - sum(parts))
        if off <= quantum * (len(parts) + 1) // 2:
            held += 1
        else:
            failed += 1
    return held, failed


def _row_rivals(entries: Sequence[Entry], amounts: Amounts, columns: Sequence[int]) -> Iterator[list[Tried]]:
    for entry in entries:
        if entry.below:
            rivals = list(_below(entry))
            if rivals:
                yield [*rivals, *_nested(entry, entry.below, amounts, columns)]
    roots = [e for e in entries if e.under is None]
    for rivals in _walk(roots):
        plain = [e for e in roots if e.row in rivals[0].parts]
        total = next(e for e in roots if e.row == rivals[0].total)
        level = [e for top in plain for e in (top, *top.below)]
        flat = len(level) > len(plain) and all(e.role not in ("coded", "agency") for e in level)
        if flat:
            rivals.append(_tried(total, level, firm=False))
        yield [*rivals, *_nested(total, plain, amounts, columns)]


def _nested(total: Entry, below: Sequence[Entry], amounts: Amounts, columns: Sequence[int]) -> Iterator[Tried]:
    """Where neither codes nor indents tell levels: rows that the rows after them add up to stand above these."""
    if len(below) < 3 or any(e.role in ("coded", "total") for e in below) or not columns:
        return
    values = [amounts.get((e.row, columns[0]), 0) for e in below]
    known: dict[int, int] = {}

    def after(start: int) -> int:
        """The row after a row and all that it is the sum of."""
        if start not in known:
            known[start] = start + 1
            left, at = values[start], start + 1
            while at < len(values) and left > 0 and values[at] <= left:
                left, at = left - values[at], after(at)
            if not left and at > start + 1:
                known[start] = at
        return known[start]

    tops, at = [], 0
    while at < len(below):
        tops.append(below[at])
        at = after(at)
    if len(tops) < len(below):
        yield _tried(total, tops, firm=False)


def _below(entry: Entry) -> Iterator[Tried]:
    """A row as the sum of those under it."""
    plain = [e for e in entry.below if not e.of_which]
    coded = [e for e in plain if e.role == "coded"]
    units = [e for e in plain if e.role == "agency"]
    known = all(e.parts is not None for e in plain)
    if entry.role == "agency" and coded and units:
        yield _tried(entry, coded, firm=False)
        yield _tried(entry, units, firm=False)
    elif plain:
        sorts = {e.role for e in plain}
        firm = sorts <= {"coded", "agency"} if entry.role in ("coded", "agency") else known and entry.rank in (1, 2)
        yield _tried(entry, plain, firm=firm)
    if len(plain) < len(entry.below):
        yield _tried(entry, entry.below, firm=False)


def _tried(total: Entry, parts: Sequence[Entry], *, firm: bool) -> Tried:
    return Tried(total.row, tuple(e.row for e in parts), firm, total.parts is None)


def _walk(roots: Sequence[Entry]) -> Iterator[list[Tried]]:
    """Totals among the rows that stand under none: the sum of what stands before them, or after a leading one."""
    since: list[Entry] = []
    latest: Entry | None = None
    for number, entry in enumerate(roots):
        if entry.role != "total":
            since.append(entry)
            continue
        if not since and latest is None:
            after = []
            for other in roots[number + 1 :]:
                if other.role == "total":
                    break
                after.append(other)
            if after:
                yield list(_leading(entry, after))
            continue
        before = [latest, *since] if latest is not None else since
        known = all(e.parts is not None for e in before)
        rivals = [_tried(entry, before, firm=known)]
        if latest is not None and since:
            rivals.append(_tried(entry, since, firm=False))
        if len(since) > 1 and latest is None:
            rivals.append(_tried(entry, since[:1], firm=False))
        if since or latest is not None:
            yield rivals
        since, latest = [], entry


def _leading(total: Entry, after: Sequence[Entry]) -> Iterator[Tried]:
    """A total that stands first: the sum of all that follow, or of the first that stands above the others."""
    coded = all(e.role in ("coded", "agency") for e in after)
    yield _tried(total, after, firm=coded or all(e.parts is not None for e in after))
    if len(after) > 1:
        yield _tried(total, after[:1], firm=False)
        yield _tried(total, [e for e in after if not e.of_which], firm=False)


def _column_rivals(headings: Sequence[Heading], first: int) -> Iterator[list[Tried]]:
    for number, heading in enumerate(headings):
        if not heading.total:
            continue
        group = heading.printed.path[:-1]
        siblings = [
            i for i, h in enumerate(headings)
            if i != number and h.printed.path[: len(group)] == group and h.account == heading.account
        ]  # fmt: skip
        parts = _tops(headings, siblings, len(group), number)
        if not parts:
            continue
        without = [i for i in parts if not headings[i].of_which]
        after = _until_total(headings, [i for i in parts if i > number])
        before = [i for i in parts if i < number]
        seen: list[tuple[int, ...]] = []
        rivals = []
        known = [i for i in parts if headings[i].parts is not None]
        for mine in (parts, without, known, after, before, [i for i in after if not headings[i].of_which]):
            key = tuple(first + i for i in mine)
            if len(key) > 1 and key not in seen:
                seen.append(key)
                rivals.append(Tried(first + number, key, firm=False))
        if rivals:
            yield rivals


def _tops(headings: Sequence[Heading], siblings: Sequence[int], depth: int, number: int) -> list[int]:
    """Siblings of a total, a group of columns by its own total where it prints one."""
    groups: dict[str, list[int]] = {}
    for i in siblings:
        path = headings[i].printed.path
        groups.setdefault(path[depth] if depth < len(path) else "", []).append(i)
    found: list[int] = []
    for members in groups.values():
        totals = [i for i in members if headings[i].total and len(headings[i].printed.path) > depth + 1]
        shallow = [i for i in totals if len(headings[i].printed.path) == depth + 2]
        found += shallow[:1] if shallow else [i for i in members if not headings[i].total or len(members) == 1]
    return sorted(found)


def _until_total(headings: Sequence[Heading], parts: Sequence[int]) -> list[int]:
    found: list[int] = []
    for i in parts:
        if headings[i].total and len(headings[i].printed.path) == 1:
            break
        found.append(i)
    return found
