"""Find the tables in a grid: title, who reports, unit of measure, head, body, notes; and which form each one is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from yusuan.amount import FEN, looks_like_amount
from yusuan.forms import Form, Standard, normal_title
from yusuan.lexicon import bare, squeeze
from yusuan.read.grid import Grid, GridCell, GridRow

_REPORTER = re.compile(r"^(?:填报单位|编制单位|填报部门|编制部门|公开部门)[::](.*)$")
_UNIT = re.compile(rf"^(金额单位|单位|计量单位)[::]?({'|'.join(sorted(FEN, key=len, reverse=True))})$")
_ODD_UNIT = re.compile(r"^(金额单位|单位|计量单位)[::](.{0,4}[元币])$")
_NOTE = re.compile(r"^(?:注\d*|备注|说明|附注)[::]")
_YEAR = re.compile(r"^20\d\d年(?:度)?")
_NUMBER_LABEL = re.compile(r"^(?:部门)?(?:预算|公开|附)(?:表)?0*(\d+)(?:号?表)?$|^表0*(\d+)$")


LONGEST_LABEL = 200
"""Characters of a cell that are compared with labels; no label is longer."""
LIKELY = 0.85
"""Share of a form's labels that tells it without its title."""


@dataclass
class Table:
    """One printed table: rows of the grid by their part, and the form that it is (``None``: unknown)."""

    title: str
    form: Form | None
    head: list[GridRow] = field(default_factory=list)
    body: list[GridRow] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    reporter: str = ""
    unit: str | None = None
    unit_label: str = ""
    odd_unit: str = ""
    """A unit of measure that is printed and not known."""
    grid: Grid | None = None
    row: GridRow | None = None
    titles: list[str] = field(default_factory=list)
    loose: list[GridCell] = field(default_factory=list)
    """Numbers that stand among the labels of the head."""

    @property
    def width(self) -> int:
        """Columns that the head or the body uses."""
        used = 1 + max((c for row in (*self.head, *self.body) for c in row.cells), default=-1)
        widths = {row.width for row in (*self.head, *self.body) if row.width > 1}
        return max(used, *widths) if len(widths) == 1 else used


def find_tables(grids: list[Grid], standard: Standard) -> tuple[list[Table], list[GridRow]]:
    """The tables of all grids in order, and the rows that stand before, between and outside them."""
    titles = {normal_title(form.title): form for form in standard.forms.values()}
    tables: list[Table] = []
    outside: list[GridRow] = []
    for grid in grids:
        current: Table | None = None
        for row in grid.rows:
            named = _title_in(row, titles)
            if named is not None and not (current is not None and current.form is named[1] and not current.head):
                current = Table(named[0], named[1], grid=grid, row=row, titles=[named[0]])
                tables.append(current)
            elif current is None:
                outside.append(row)
            elif _reports_again(current, row):
                current = Table("", None, grid=grid, row=row)
                tables.append(current)
                _take(current, row)
            else:
                _take(current, row)
        if not any(t.grid is grid for t in tables):
            tables += _untitled(grid, standard, outside)
    _recognise_untitled(tables, standard)
    kept = _best(tables)
    for table in tables:
        if not any(table is other for other in kept):
            outside += [row for row in (table.row, *table.body) if row is not None]
    for table in kept:
        _split_head(table)
    return kept, outside


def _reports_again(table: Table, row: GridRow) -> bool:
    """Whether a line that opens a form (填报单位) stands after the body of one: the next form has lost its title."""
    return len(table.body) > 3 and any(_REPORTER.match(squeeze(cell.text)) for _, cell in row.filled())


def _recognise_untitled(tables: list[Table], standard: Standard) -> None:
    """Tell tables without a title by their heads, among the forms that no title named."""
    for table in tables:
        if table.form is None:
            named = {t.form.number for t in tables if t.form is not None}
            likely = [(head_likeness(table.body[:4], f), f) for f in standard.forms.values() if f.number not in named]
            score, form = max(likely, key=lambda pair: pair[0], default=(0.0, None))
            if score >= LIKELY:
                table.form = form


def _title_in(row: GridRow, titles: dict[str, Form]) -> tuple[str, Form] | None:
    filled = row.filled()
    if not filled or len(filled) > 3:
        return None
    for _, cell in filled:
        plain = _YEAR.sub("", squeeze(cell.text))
        form = titles.get(normal_title(plain))
        if form is not None and all(other is cell or _NUMBER_LABEL.match(squeeze(other.text)) for _, other in filled):
            return cell.text.strip(), form
    return None


def _take(table: Table, row: GridRow) -> None:
    filled = row.filled()
    if not filled:
        return
    if all(_meta(table, cell) for _, cell in filled):
        return
    if len(filled) == 1 and _NOTE.match(squeeze(filled[0][1].text)):
        table.notes += [part.strip() for part in filled[0][1].text.split("\n") if part.strip()]
        return
    table.body.append(row)


def _meta(table: Table, cell: GridCell) -> bool:
    plain = squeeze(cell.text)
    if found := _REPORTER.match(plain):
        table.reporter = table.reporter or found.group(1)
        return True
    if found := _UNIT.match(plain):
        table.unit_label, table.unit = found.group(1), found.group(2)
        return True
    if found := _ODD_UNIT.match(plain):
        table.odd_unit = found.group(2)
        return True
    return bool(_NUMBER_LABEL.match(plain)) or plain.strip("←<") in ("返回目录", "目录")


def _untitled(grid: Grid, standard: Standard, outside: list[GridRow]) -> Iterator[Table]:
    """A worksheet without a known title: its name may be one, or its head may tell the form."""
    rows = [row for row in grid.rows if row.cells]
    form = _named_by(grid.name, rows, standard)
    if form is None:
        form, score = None, 0.0
        for other in standard.forms.values():
            here = head_likeness(rows[:8], other)
            if here > score:
                form, score = other, here
        if form is None or score < LIKELY or len(rows) < 3:
            return
    table = Table(grid.name, form, grid=grid, row=grid.rows[0] if grid.rows else None, titles=[grid.name])
    numbers = {row.number for row in grid.rows}
    outside[:] = [row for row in outside if not (row.number in numbers and any(r is row for r in grid.rows))]
    for row in grid.rows:
        _take(table, row)
    yield table


def _named_by(name: str, rows: list[GridRow], standard: Standard) -> Form | None:
    """The form whose title a worksheet's name is, or begins (names end at 31 characters); the head decides a tie."""
    mine = normal_title(re.sub(r"^[\d\s._-]+", "", name))
    forms = standard.forms.values()
    equal = [form for form in forms if mine and normal_title(form.title) == mine]
    begun = [form for form in forms if len(mine) >= 8 and normal_title(form.title).startswith(mine)]
    return max(equal or begun, key=lambda form: head_likeness(rows[:8], form), default=None)


def head_likeness(rows: list[GridRow], form: Form) -> float:
    """Share of the form's labels that the rows show."""
    wanted = labels_of(form)
    seen = {bare(cell.text[:LONGEST_LABEL]) for row in rows for cell in row.cells.values()}
    return len(wanted & seen) / max(1, len(wanted | {s for s in seen if s and not looks_like_amount(s)}))


def labels_of(form: Form) -> set[str]:
    """Every label of a form's head."""
    found = {bare(label) for path in form.paths() for label in path}
    for block in form.blocks:
        found |= {bare(block.band), bare(block.heads[0]), bare(block.heads[1])}
    return found


def _best(tables: list[Table]) -> list[Table]:
    """Titles without a table under them (a list of contents) go, when the form appears elsewhere or has no head."""
    return [table for table in tables if len(table.body) >= 1 and (table.body[0].cells and _looks_tabular(table))]


def _looks_tabular(table: Table) -> bool:
    if table.form is None:
        return False
    return head_likeness(table.body[:4], table.form) > 0.2 or len(table.body) > 4


def _split_head(table: Table) -> None:
    """Move the head rows out of the body."""
    if table.form is None:
        return
    depth = 2 if table.form.blocks else max(len(path) for path in table.form.paths())
    wanted = labels_of(table.form)
    while table.body and len(table.head) < depth:
        row = table.body[0]
        texts = [cell.text for _, cell in row.filled()]
        alike = sum(label_like(text, wanted) for text in texts)
        money = [column for column, cell in row.filled() if looks_like_amount(cell.text)]
        if money and alike < 2:
            break
        if not texts or alike * 2 < len(texts) or alike <= len(money) or (table.head and _is_total(texts)):
            break
        table.loose += [row.cells.pop(column) for column in money]
        table.head.append(table.body.pop(0))


def _is_total(texts: list[str]) -> bool:
    return len(texts) == 1 and bare(texts[0]) in ("合计", "总计")


def label_like(text: str, wanted: set[str]) -> bool:
    """Whether a text is one of the labels, small slips allowed."""
    plain = bare(text)
    return plain in wanted or any(SequenceMatcher(None, plain, w).ratio() > 0.8 for w in wanted if len(w) > 4)
