"""A frame as a sheet: every figure with the slice of the ledger that title, head path and row label give it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from yusuan.amount import AmountError, Scale, looks_like_amount, parse_amount, printed_decimals
from yusuan.axes import Point, Space
from yusuan.lexicon import lexicon, squeeze
from yusuan.read.grid import GridCell, GridRow
from yusuan.read.meaning.frames import Frame
from yusuan.read.meaning.gathered import Gathered
from yusuan.read.meaning.heads import Heading, Parts, Scope, headings_of, scope_of
from yusuan.read.meaning.lines import Entry, Reader
from yusuan.read.meaning.panels import Panel, body_rows, panels_of, printed_columns
from yusuan.read.meaning.sums import column_totals, row_totals
from yusuan.sheet import Cell, Column, Row, Sheet, Stray, Total


@dataclass
class Draft:
    """One table while it is understood: its panels with their rows and columns, and the figures by place."""

    frame: Frame
    scope: Scope
    scale: Scale
    body: list[GridRow]
    panels: list[Panel]
    entries: list[list[Entry]] = field(default_factory=list)
    headings: list[list[Heading]] = field(default_factory=list)
    texts: dict[tuple[int, int], GridCell] = field(default_factory=dict)
    amounts: dict[tuple[int, int], int] = field(default_factory=dict)
    unread: list[Stray] = field(default_factory=list)
    totals: tuple[Total, ...] = ()
    reaching: tuple[Total, ...] = ()
    """Sums over several panels."""
    private: str = ""

    @property
    def columns(self) -> list[tuple[int, Heading]]:
        """(panel, heading) of every money column, left to right."""
        return [(p, h) for p, headings in enumerate(self.headings) for h in headings]


def draft_of(frame: Frame, gathered: Gathered, year: int | None, main: str, *, targets: bool = False) -> Draft | None:
    """The draft of a frame; ``None`` when it holds no column of amounts under a stub. ``targets``: a frame without a
    title that goes on where one of targets ended."""
    columns = printed_columns(frame)
    panels = panels_of(columns)
    if not panels:
        return None
    body = body_rows(frame)
    scope = scope_of(frame.title)
    if targets and not frame.title:
        scope = replace(scope, targets=True)
    draft = Draft(frame, scope, _scale(frame, panels, body), body, panels)
    for panel in panels:
        side = _side(panel, scope)
        draft.entries.append(Reader(panel, frame.title, side, gathered).read(body))
        draft.headings.append(headings_of(panel.money, scope, gathered.space, year, main))
    _figures(draft)
    _reaching(draft)
    if not scope.targets:
        draft.totals = tuple(t for t in _totals(draft) if t.sure or not scope.apart or _borne_out(t, draft))
    if scope.apart or scope.targets:
        draft.private = "apart"
    return draft


def _borne_out(total: Total, draft: Draft) -> bool:
    return draft.amounts.get(total.cell, 0) == sum(draft.amounts.get(part, 0) for part in total.parts)


def _side(panel: Panel, scope: Scope) -> str:
    if scope.side:
        return scope.side
    tops = [squeeze(column.path[0]) for column in (*panel.stubs, *panel.money) if column.path]
    for top in tops:
        if "收入" in top and "支出" not in top:
            return "income"
        if "支出" in top and "收入" not in top:
            return "spending"
    return ""


def _scale(frame: Frame, panels: Sequence[Panel], body: Sequence[GridRow]) -> Scale:
    decimals = Counter(
        printed_decimals(cell.text)
        for panel in panels
        for column in panel.money
        for row in body
        if (cell := column.cell(row)) is not None and looks_like_amount(cell.text)
    )
    unit = frame.unit or "万元"
    usual = max(decimals, default=2) if decimals else 2
    return Scale(unit, min(usual, 6))


def _figures(draft: Draft) -> None:
    number = 0
    for panel in draft.panels:
        for column in panel.money:
            for r, row in enumerate(draft.body):
                cell = column.cell(row)
                if cell is None:
                    continue
                draft.texts[r, number] = cell
                try:
                    amount = parse_amount(cell.text, draft.scale.unit)
                except AmountError:
                    draft.unread.append(Stray("not_amount", cell.text, cell.source))
                    continue
                if amount is not None:
                    draft.amounts[r, number] = amount
            number += 1


def _reaching(draft: Draft) -> None:
    """A label whose cell reaches into a later panel has its amount there, and is the sum of the panels it covers."""
    firsts = [0]
    for panel in draft.panels:
        firsts.append(firsts[-1] + len(panel.money))
    totals: list[Total] = []
    for p, entries in enumerate(draft.entries):
        for entry in [e for e in entries if e.under is None and not e.below]:
            over = [
                q
                for q in range(p, len(draft.panels))
                if draft.panels[q].stubs[:1] and draft.panels[q].stubs[0].start <= entry.reach
            ]
            last = max(over, default=p)
            if last == p or len(draft.panels[last].money) != len(draft.panels[p].money):
                continue
            entries.remove(entry)
            parts = [
                (q, e)
                for q in range(p, last + 1)
                for e in draft.entries[q]
                if e.under is None and e.row < entry.row and e.role not in ("total", "apart")
            ]
            draft.entries[last].append(entry)
            if entry.role == "total":
                for c in range(len(draft.panels[last].money)):
                    at = (entry.row, firsts[last] + c)
                    totals += _over_panels(at, [(q, (e.row, firsts[q] + c)) for q, e in parts], draft)
            entry.role = "apart"
    draft.reaching = tuple(totals)


def _over_panels(at: tuple[int, int], parts: list[tuple[int, tuple[int, int]]], draft: Draft) -> Iterator[Total]:
    """A total under several panels is their sum, or the sum of each: as the figures have it."""
    amount = draft.amounts.get(at, 0)
    together = tuple(place for _, place in parts)
    if sum(draft.amounts.get(place, 0) for place in together) == amount:
        yield Total(at, together, "row_sum")
        return
    each = [tuple(place for p, place in parts if p == q) for q in dict.fromkeys(p for p, _ in parts)]
    held = [places for places in each if sum(draft.amounts.get(place, 0) for place in places) == amount]
    for places in each if held else [together]:
        yield Total(at, places, "row_sum", sure=bool(held))


def _totals(draft: Draft) -> Iterator[Total]:
    yield from draft.reaching
    first = 0
    for panel, entries, headings in zip(draft.panels, draft.entries, draft.headings):
        columns = range(first, first + len(panel.money))
        yield from row_totals([e for e in entries if e.role != "apart"], columns, draft.amounts, draft.scale.quantum)
        rows = [entry.row for entry in entries] or list(range(len(draft.body)))
        yield from column_totals(headings, first, rows, draft.amounts, draft.scale.quantum)
        first += len(panel.money)


def sheet_of(draft: Draft, number: str | None, extra: Parts, gathered: Gathered) -> Sheet:
    """The sheet of a draft; ``extra`` narrows the scope of the whole table (this year's money only)."""
    rows = [_row(draft, r) for r in range(len(draft.body))]
    slices = Slices(draft, extra, gathered)
    columns = tuple(
        Column(h.printed.path or ("",), "money", slices.column(p, h) if len(draft.panels) == 1 else None)
        for p, h in draft.columns
    )
    cells: dict[tuple[int, int], Cell] = {}
    strays = [] if draft.scope.targets else list(draft.unread)
    by_row = [{entry.row: entry for entry in entries} for entries in draft.entries]
    for c, (p, heading) in enumerate(draft.columns):
        for r in range(len(draft.body)):
            entry = by_row[p].get(r)
            printed = draft.texts.get((r, c))
            if (entry is None and printed is None) or (draft.scope.targets and (r, c) not in draft.amounts):
                continue
            point = slices.cell(p, heading, entry)
            text = printed.text if printed else ""
            source = printed.source if printed else None
            cells[r, c] = Cell(r, c, text, draft.amounts.get((r, c)), point, source)
    strays = [s for s in strays if not lexicon().is_withheld(s.text)]
    texts, words = _words(draft)
    frame = draft.frame
    return Sheet(
        number, frame.title or frame.name, draft.scale, tuple(rows), columns, MappingProxyType(cells), texts,
        MappingProxyType(words), tuple(frame.notes), frame.reporter, tuple(frame.pages), frame.source, (),
        tuple(strays), frame.unit_label if frame.unit else "", tuple(dict.fromkeys(frame.titles)), draft.totals,
    )  # fmt: skip


def _words(draft: Draft) -> tuple[tuple[Column, ...], dict[tuple[int, int], Cell]]:
    texts, words = [], {}
    for panel in draft.panels:
        for column in panel.texts:
            texts.append(
                Column(column.path or ("",), column.role if column.role in ("change", "ratio") else "text", None)
            )
            for r, row in enumerate(draft.body):
                cell = column.cell(row)
                if cell is not None:
                    words[r, len(texts) - 1] = Cell(r, len(texts) - 1, cell.text, None, None, cell.source)
    return tuple(texts), words


def _row(draft: Draft, r: int) -> Row:
    entries = [next((e for e in entries if e.row == r), None) for entries in draft.entries]
    first = next((e for e in entries if e is not None), None)
    labels = tuple(e.name if e else "" for p, e in enumerate(entries) for _ in draft.panels[p].money)
    if first is None:
        source = next((cell.source for _, cell in draft.body[r].filled()), None)
        return Row("", "", 0, "blank", None, labels, source)
    level = sum(1 for _ in first.chain())
    role = _role(first) if len(draft.panels) == 1 else "statement"
    point = Point(MappingProxyType(dict(first.parts))) if first.parts else None
    return Row(first.code, first.name, 0 if role == "total" else level, role, point, labels, first.source)


def _role(entry: Entry) -> str:
    if entry.role in ("total", "agency"):
        return entry.role
    if entry.role == "project":
        return "project"
    if entry.role == "coded":
        return "function" if entry.parts and "exp_func_code" in entry.parts else "economic"
    return "statement"


class Slices:
    """The slices of a draft's rows and columns, and where they meet."""

    def __init__(self, draft: Draft, extra: Parts, gathered: Gathered) -> None:
        self.draft, self.space = draft, gathered.space
        self.scope: dict[str, frozenset[str]] = {**draft.scope.parts, **extra}
        if draft.private:
            self._apart(gathered)
        self.sides = [_side(panel, draft.scope) for panel in draft.panels]
        self.current = [_has_carryover(entries) for entries in draft.entries]
        self.columns: dict[tuple[int, int], dict[str, frozenset[str]] | None] = {}
        self.rows: dict[tuple[int, int], tuple[dict[str, frozenset[str]], bool] | None] = {}

    def _apart(self, gathered: Gathered) -> None:
        for account in {h.account for _, h in self.draft.columns}:
            gathered.member("account", f"{self.draft.private}.{account}", account, None)
        self.space = gathered.space

    def column(self, panel: int, heading: Heading) -> Point | None:
        """The slice of a whole column."""
        parts = self._column(panel, heading)
        return None if parts is None else Point(MappingProxyType(parts))

    def _column(self, panel: int, heading: Heading) -> dict[str, frozenset[str]] | None:
        key = (panel, id(heading))
        if key not in self.columns:
            self.columns[key] = self._column_parts(panel, heading)
        return self.columns[key]

    def _column_parts(self, panel: int, heading: Heading) -> dict[str, frozenset[str]] | None:
        if heading.parts is None or self.draft.scope.targets:
            return None
        scope = dict(self.scope)
        if "kind" not in scope:
            scope["kind"] = frozenset({"spending" if self.sides[panel] == "spending" else "budget"})
        elif scope["kind"] == frozenset({"budget"}) and self.sides[panel] == "spending":
            scope["kind"] = frozenset({"spending"})
        account = heading.account
        scope["account"] = frozenset({f"{self.draft.private}.{account}" if self.draft.private else account})
        own = dict(heading.parts)
        if "kind" in own and own["kind"] == frozenset({"budget"}):
            del own["kind"]
        return _met(scope, own, self.space)

    def cell(self, panel: int, heading: Heading, entry: Entry | None) -> Point | None:
        """The slice of a cell: column and row together, ``None`` when one is not understood or they share nothing."""
        column = self._column(panel, heading)
        if column is None or entry is None:
            return None
        row = self._row(panel, entry)
        if row is None:
            return None
        parts, overrides = row
        base = dict(column)
        if overrides and "kind" in parts:
            own = heading.parts.get("kind") if heading.parts else None
            if own is None or own == frozenset({"budget"}):
                del base["kind"]
        met = _met(base, parts, self.space)
        return None if met is None else Point(MappingProxyType(met))

    def _row(self, panel: int, entry: Entry) -> tuple[dict[str, frozenset[str]], bool] | None:
        key = (panel, id(entry))
        if key not in self.rows:
            self.rows[key] = self._row_parts(panel, entry)
        return self.rows[key]

    def _row_parts(self, panel: int, entry: Entry) -> tuple[dict[str, frozenset[str]], bool] | None:
        if entry.parts is None:
            return None
        found: dict[str, frozenset[str]] = {}
        for step in entry.chain():
            for axis, codes in (step.parts or {}).items():
                found.setdefault(axis, codes)
        overrides = "kind" in found
        if self.current[panel] and "fund_type_code" in found and "vintage" not in found:
            found["vintage"] = frozenset({"current"})
        return found, overrides


def _has_carryover(entries: Sequence[Entry]) -> bool:
    return any((e.parts or {}).get("vintage") == frozenset({"carryover"}) for e in entries)


def _met(left: Parts, right: Parts, space: Space) -> dict[str, frozenset[str]] | None:
    found = dict(left)
    for axis, codes in right.items():
        mine = found.get(axis)
        both = codes if mine is None else space[axis].meet(mine, codes)
        if not both:
            return None
        found[axis] = both
    return found
