"""From a table and a reading of its columns to a sheet: every figure in its row and column, strays listed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType

from yusuan.amount import BLANKS, AmountError, Scale, fold, looks_like_amount, parse_amount, printed_decimals
from yusuan.axes import Point, Space
from yusuan.forms import Form, Standard
from yusuan.lexicon import bare, lexicon, squeeze
from yusuan.read.columns import STUB_ROLES, Places, first_column
from yusuan.read.grid import GridCell
from yusuan.read.rows import Known, RowReader
from yusuan.read.tables import Table
from yusuan.sheet import Cell, Column, Repair, Row, Sheet, Stray


@dataclass
class Draft:
    """A table whose rows are understood and whose figures still stand in printed columns."""

    table: Table
    form: Form
    scale: Scale
    rows: list[Row]
    figures: dict[tuple[int, int], GridCell]
    """(row, printed column) → cell, stub columns left out."""
    start: int
    places: Places = field(default_factory=dict)
    literal: Places = field(default_factory=dict)
    """The reading that the printed labels give; figures that stand elsewhere in ``places`` were realigned."""
    repairs: list[Repair] = field(default_factory=list)
    strays: list[Stray] = field(default_factory=list)
    texts: dict[int, dict[int, tuple[int, Repair | None]]] = field(default_factory=dict)
    """Row → printed column → (leaf, repair) of text cells."""
    parsed: dict[tuple[int, int], int] | None = None

    def amounts(self) -> dict[tuple[int, int], int]:
        """(row, printed column) → 分 of everything that is an amount."""
        if self.parsed is None:
            self.parsed = {}
            for place, cell in self.figures.items():
                if self.rows[place[0]].role == "blank":
                    continue
                try:
                    amount = parse_amount(cell.text, self.scale.unit)
                except AmountError:
                    continue
                if amount is not None:
                    self.parsed[place] = amount
        return self.parsed

    def money_columns(self) -> dict[int, int]:
        """Leaf → money column."""
        return {i: n for n, i in enumerate(i for i, leaf in enumerate(self.form.leaves()) if leaf.role == "money")}

    @property
    def used(self) -> list[int]:
        """Printed columns that hold figures which look like money."""
        money = {
            c for (_, c), cell in self.figures.items() if looks_like_amount(cell.text) and fold(cell.text) not in BLANKS
        }
        return sorted(money)


def scale_of(table: Table, standard: Standard) -> Scale:
    """The printed unit and the most decimals that the table shows."""
    unit = table.unit or standard.scale.unit
    shown = [
        printed_decimals(cell.text)
        for row in table.body
        for cell in row.cells.values()
        if "." in cell.text and looks_like_amount(cell.text)
    ]
    return Scale(unit, max(shown, default=standard.scale.decimals))


def draft_grid(table: Table, form: Form, standard: Standard, space: Space, known: Known) -> Draft:
    """Rows and figures of a form with a column head."""
    start = first_column(table)
    leaves = form.leaves()
    stub = [i for i, leaf in enumerate(leaves) if leaf.role in STUB_ROLES]
    reader = RowReader(form, space, known, start, agency=known.code)
    rows, figures = [], {}
    for r, row in enumerate(table.body):
        following = table.body[r + 1] if r + 1 < len(table.body) else None
        rows.append(reader.read(row, following))
        for column, cell in row.filled():
            if column - start not in stub:
                figures[r, column - start] = cell
    draft = Draft(table, form, scale_of(table, standard), rows, figures, start)
    draft.strays += [_stray(draft, cell) for cell in table.loose]
    return draft


def finish_grid(draft: Draft) -> Sheet:
    """The sheet in the draft's reading of the columns."""
    leaves = draft.form.leaves()
    money = draft.money_columns()
    texts = {i: n for n, i in enumerate(i for i, leaf in enumerate(leaves) if leaf.role == "text")}
    paths = draft.form.paths()
    columns = tuple(Column(paths[i], "money", leaves[i].point) for i in money)
    cells = _empty_cells(draft, columns)
    words: dict[tuple[int, int], Cell] = {}
    strays = list(draft.strays)
    for (r, printed), cell in draft.figures.items():
        leaf = draft.places.get(printed)
        placed = draft.texts.get(r, {}).get(printed)
        if placed is not None:
            words[r, texts[placed[0]]] = Cell(r, texts[placed[0]], cell.text, source=cell.source, repair=placed[1])
        elif leaf in money and leaf is not None and draft.rows[r].role != "blank":
            c = money[leaf]
            made = _money(draft, r, c, cell, cells[r, c].point, strays)
            moved = draft.literal.get(printed, leaf) != leaf or printed not in draft.literal
            cells[r, c] = replace(made, repair=_realigned(draft, printed, leaf)) if moved else made
        elif leaf in texts and leaf is not None:
            words[r, texts[leaf]] = Cell(r, texts[leaf], cell.text, source=cell.source)
        else:
            strays.append(_stray(draft, cell))
    return _sheet(draft, columns, cells, strays, words)


def _empty_cells(draft: Draft, columns: tuple[Column, ...]) -> dict[tuple[int, int], Cell]:
    found = {}
    for r, row in enumerate(draft.rows):
        if row.role == "blank":
            continue
        for c, column in enumerate(columns):
            assert column.point is not None
            point = Point({**column.point.parts, **row.point.parts}) if row.point else column.point
            found[r, c] = Cell(r, c, "", None, point)
    return found


def _realigned(draft: Draft, printed: int, leaf: int) -> Repair:
    paths = draft.form.paths()
    under = draft.literal.get(printed)
    label = "/".join(paths[under][-2:]) if under is not None else ""
    return Repair(
        "realigned", label, {"column": printed + 1, "label": label or "—", "leaf": "/".join(paths[leaf][-2:])}
    )


def _money(draft: Draft, r: int, c: int, cell: GridCell, point: Point | None, strays: list[Stray]) -> Cell:
    repair = Repair("formula_without_value", "", {}) if cell.formula else None
    try:
        amount = parse_amount(cell.text, draft.scale.unit)
        exact = parse_amount(cell.value, draft.scale.unit) if cell.value is not None else None
    except AmountError:
        try:
            amount, exact = parse_amount(cell.text, draft.scale.unit), None
        except AmountError:
            if not lexicon().is_withheld(cell.text):
                strays.append(Stray("not_amount", cell.text, cell.source))
            return Cell(r, c, cell.text, None, point, cell.source, repair)
    return Cell(r, c, cell.text, amount, point, cell.source, repair, exact)


def _stray(draft: Draft, cell: GridCell) -> Stray:
    if looks_like_amount(cell.text):
        try:
            return Stray("orphan", cell.text, cell.source, parse_amount(cell.text, draft.scale.unit))
        except AmountError:
            return Stray("orphan", cell.text, cell.source)
    return Stray("orphan_text", cell.text, cell.source)


def _sheet(
    draft: Draft,
    columns: tuple[Column, ...],
    cells: dict[tuple[int, int], Cell],
    strays: list[Stray],
    words: dict[tuple[int, int], Cell],
) -> Sheet:
    form, table = draft.form, draft.table
    texts = tuple(Column(path, "text", None) for path, leaf in zip(form.paths(), form.leaves()) if leaf.role == "text")
    if table.odd_unit:
        strays = [*strays, Stray("unknown_unit", table.odd_unit, None)]
    lost = () if table.titles else (Repair("title_missing", "", {}),)
    source = next((c.source for _, c in table.row.filled()), None) if table.row else None
    return Sheet(
        form.number, form.title, draft.scale, tuple(draft.rows), columns, MappingProxyType(cells), texts,
        MappingProxyType(words), tuple(table.notes), table.reporter, (), source, (*lost, *draft.repairs), tuple(strays),
        table.unit_label if table.unit else "", tuple(table.titles),
    )  # fmt: skip


def finish_statement(table: Table, form: Form, standard: Standard) -> Sheet:
    """A form of labelled lines, blocks side by side; repeated labels are told apart by their order."""
    draft = Draft(table, form, scale_of(table, standard), [], {}, first_column(table))
    draft.strays += [_stray(draft, cell) for cell in table.loose]
    spots = block_columns(table, form, draft.start)
    columns = tuple(Column((block.band, *block.heads), "money", None) for block in form.blocks)
    cells: dict[tuple[int, int], Cell] = {}
    pointers = [0] * len(form.blocks)
    seen: list[set[int]] = [set() for _ in form.blocks]
    for r, row in enumerate(table.body):
        labels = []
        claimed = set()
        for b, block in enumerate(form.blocks):
            label_at, amount_at = spots[b]
            claimed |= {label_at, amount_at}
            label = row.text(label_at)
            labels.append(squeeze(label))
            cell = row.cells.get(amount_at)
            line = _line(form, b, label, pointers[b], seen[b])
            if line is None:
                if label.strip():
                    draft.strays.append(Stray("unknown_line", label, row.cells[label_at].source))
                if cell is not None:
                    draft.strays.append(_stray(draft, cell))
                continue
            pointers[b] = line + 1
            seen[b].add(line)
            point = block.lines[line].point
            cells[r, b] = _money(draft, r, b, cell, point, draft.strays) if cell else Cell(r, b, "", None, point)
        for column, cell in row.filled():
            if column not in claimed:
                draft.strays.append(_stray(draft, cell))
        source = next((cell.source for _, cell in row.filled()), None)
        name = next((label for label in labels if label), "")
        draft.rows.append(Row("", name, 1, "statement", None, tuple(labels), source, row.hidden))
    for b, block in enumerate(form.blocks):
        missing = [line.label for line in block.lines if line.index not in seen[b]]
        draft.strays += [Stray("missing_line", label, None) for label in missing]
    return _sheet(draft, columns, cells, draft.strays, {})


def _line(form: Form, block: int, label: str, pointer: int, seen: set[int]) -> int | None:
    name = bare(label)
    if not name:
        return None
    lines = form.blocks[block].lines
    ahead = [line.index for line in lines if bare(line.label) == name and line.index not in seen]
    later = [index for index in ahead if index >= pointer]
    return next(iter(later or ahead), None)


def block_columns(table: Table, form: Form, start: int) -> list[tuple[int, int]]:
    """(label column, amount column) of each block, told by the head; otherwise pair by pair."""
    found: list[tuple[int, int]] = []
    for row in table.head:
        for column, cell in row.filled():
            if len(found) < len(form.blocks) and bare(cell.text) == bare(form.blocks[len(found)].heads[0]):
                amount = next((c for c, other in row.filled() if c > column), column + 1)
                found.append((column, amount))
    if len(found) == len(form.blocks):
        return found
    return [(start + 2 * b, start + 2 * b + 1) for b in range(len(form.blocks))]
