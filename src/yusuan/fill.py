"""Fill the forms: every cell is the sum of the facts inside its Point.

One agency or one department is filled here in plain Python; many agencies at once in ``fill_many`` from the same
declarations. Amounts stay exact; how they are rounded for print is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from yusuan.amount import Scale, round_half
from yusuan.axes import NODE_AXES, Point, Space
from yusuan.forms import Form, Line, Standard, dated, head_paths
from yusuan.ledger import Fact, Ledger
from yusuan.membership import Membership
from yusuan.sheet import Agency, Cell, Column, Disclosure, Row, Sheet, Total

SLICE_AXES = ("fund_type_code", "vintage", "kind", "pro_type", "dep_bgt_eco_code", "gov_bgt_eco_code")
"""Axes that choose a column (rows choose agency, function and project)."""

PLACE_AXES = (*SLICE_AXES, "exp_func_code")
"""Axes of a fact's place; statement forms choose functions by their lines."""


@dataclass(frozen=True)
class Blank:
    """What a form is before any amount is known: its places for money, and which facts each admits.

    ``spots`` are the cells of a statement form as (row, block), in the order of ``points``; a form of columns has one
    point per money column.
    """

    form: Form
    points: tuple[Point, ...]
    member: Membership
    columns: tuple[Column, ...]
    texts: tuple[Column, ...]
    rows: tuple[Row, ...] = ()
    spots: tuple[tuple[int, int], ...] = ()


def blank_of(form: Form, space: Space) -> Blank:
    """The blank form on the trees of ``space``."""
    if form.blocks:
        return _blank_statement(form, space)
    points = tuple(leaf.point for leaf in form.money())
    made = [(leaf, Column(path, leaf.role, leaf.point)) for leaf, path in head_paths(form.heads, dates=True)]
    return Blank(
        form, points, Membership.of(points, space, SLICE_AXES),
        tuple(column for leaf, column in made if leaf.role == "money"),
        tuple(Column(column.labels, "text", None) for leaf, column in made if leaf.role == "text"),
    )  # fmt: skip


def _blank_statement(form: Form, space: Space) -> Blank:
    places = {place: spot for spot, place in line_places(form).items()}
    points = tuple(line.point for block in form.blocks for line in block.lines)
    spots = tuple(places[b, line.index] for b, block in enumerate(form.blocks) for line in block.lines)
    labels = printed_labels(form)
    rows = []
    for r in range(max(row for row, _ in labels) + 1):
        mine = tuple(labels.get((r, b), "") for b in range(len(form.blocks)))
        rows.append(Row("", next((label for label in mine if label), ""), 1, "statement", None, mine))
    columns = tuple(Column(block.labels(), "money", None) for block in form.blocks)
    member = Membership.of(points, space, PLACE_AXES)
    return Blank(form, points, member, columns, (), tuple(rows), spots)


@cache
def blanks(standard: Standard) -> Mapping[str, Blank]:
    """The blank forms of a standard by number (remembered)."""
    return {number: blank_of(form, standard.space) for number, form in standard.forms.items()}


def place_of(fact: Fact, pro_type: str) -> tuple[str, ...]:
    """The fact's codes on ``PLACE_AXES``."""
    return (
        fact.fund_type_code, fact.vintage, fact.kind, pro_type, fact.dep_bgt_eco_code, fact.gov_bgt_eco_code,
        fact.exp_func_code,
    )  # fmt: skip


def type_of(fact: Fact, ledger: Ledger) -> str:
    """Special fund or other money; a fact without a project counts as other."""
    project = ledger.projects.get(fact.pro_code)
    return project.pro_type if project else "other"


@dataclass(frozen=True)
class Job:
    """One disclosure to fill: the agency it is of, its units (itself when it is a 单位), and their facts.

    ``space`` holds the functions that only the ledger names; ``places`` are the facts' codes on ``PLACE_AXES``.
    """

    ledger: Ledger
    standard: Standard
    space: Space
    agency: Agency
    parent: Agency | None
    units: tuple[Agency, ...]
    facts: tuple[Fact, ...]
    places: tuple[tuple[str, ...], ...]


def job_of(ledger: Ledger, standard: Standard, code: str) -> Job:
    """The disclosure of agency ``code``: of a 部门 with all its units, or of one 单位. Raises ``KeyError``."""
    departments = ledger.departments()
    if code in departments:
        agency, parent = ledger.department(code), None
        units = tuple(ledger.agencies[c] for c in departments[code])
        if code in ledger.agencies:
            units = (ledger.agencies[code], *units)
    else:
        agency = ledger.agencies[code]
        parent = ledger.department(agency.parent_code) if agency.parent_code else None
        units = (agency,)
    wanted = {unit.code for unit in units}
    facts = tuple(fact for fact in ledger.facts() if fact.agency_code in wanted)
    space = with_functions(standard.space, (fact.exp_func_code for fact in facts))
    places = tuple(place_of(fact, type_of(fact, ledger)) for fact in facts)
    return Job(ledger, standard, space, agency, parent, units, facts, places)


def with_functions(space: Space, codes: Iterable[str]) -> Space:
    """``space`` with the functions of a ledger that it lacks, placed by the code scheme; itself when it lacks none."""
    tree = space["exp_func_code"]
    full = tree.with_members((code, "") for code in set(codes) if code)
    return space if full is tree else space.with_tree(full)


def fill(ledger: Ledger, standard: Standard, code: str) -> Disclosure:
    """All forms of the standard for one agency; exact amounts, printed as if each cell were rounded alone."""
    job = job_of(ledger, standard, code)
    sheets = tuple(fill_form(job, form) for form in standard.forms.values())
    scope = "department" if job.parent is None and len(job.units) > 1 else "unit"
    agency = job.agency
    if job.parent is not None and not agency.parent_name:
        agency = Agency(agency.code, agency.name, agency.parent_code, job.parent.name, agency.regime)
    contents = tuple((form.number, dated(form.title, ledger.fiscal_year)) for form in standard.forms.values())
    return Disclosure("", "", agency, ledger.fiscal_year, standard.kind, scope, standard.id, sheets, contents)


def fill_form(job: Job, form: Form) -> Sheet:
    """One form."""
    known = job.standard.forms.get(form.number) is form and job.space is job.standard.space
    blank = blanks(job.standard)[form.number] if known else blank_of(form, job.space)
    rows, cells = _statement(job, blank) if form.blocks else _grid(job, blank)
    words = {} if form.blocks else _words(job, form, rows)
    year = job.ledger.fiscal_year
    empty = form.empty and not any(cell.amount for cell in cells.values()) and not words
    notes = tuple(dated(note, year) for note in ((*form.notes, form.empty) if empty else form.notes))
    return Sheet(
        form.number, dated(form.title, year), form.scale or job.standard.scale, rows,
        tuple(Column(tuple(dated(label, year) for label in c.labels), c.role, c.point) for c in blank.columns),
        MappingProxyType(cells), blank.texts, MappingProxyType(words), notes, job.agency.name,
        unit_label=form.unit_label, totals=() if form.blocks else tuple(_stated(blank, rows, job.space)),
    )  # fmt: skip


def printed(scale: Scale, row: int, column: int, amount: int, point: Point | None) -> Cell:
    """A cell as it prints; a zero prints blank, as the forms do."""
    if not amount:
        return Cell(row, column, "", None, point, exact=0)
    shown = round_half(amount, scale.quantum) * scale.quantum
    return Cell(row, column, scale.format(amount), shown, point, exact=amount)


def cell_point(column: Point, row: Point | None, space: Space) -> Point | None:
    """The slice of a cell: what both its column and its row admit; ``None`` when they share nothing."""
    if row is None or not row.parts:
        return column
    if column.parts.keys() & row.parts.keys():
        return space.meet(column, row)
    return Point({**column.parts, **row.parts})


Cells = dict[tuple[int, int], Cell]


def _statement(job: Job, blank: Blank) -> tuple[tuple[Row, ...], Cells]:
    sums = [0] * len(blank.points)
    for fact, place in zip(job.facts, job.places):
        for index in blank.member.admitting(place):
            sums[index] += fact.amount
    scale, cells = blank.form.scale or job.standard.scale, {}
    for index in sorted(range(len(sums)), key=blank.spots.__getitem__):
        row, column = blank.spots[index]
        cells[row, column] = printed(scale, row, column, sums[index], blank.points[index])
    return blank.rows, cells


def line_places(form: Form) -> dict[tuple[int, int], tuple[int, int]]:
    """(row, block) → (block, line index) of every line with an amount."""
    return {spot: (spot[1], line.index) for spot, line in _places(form) if isinstance(line, Line)}


def printed_labels(form: Form) -> dict[tuple[int, int], str]:
    """(row, block) → label, of lines without an amount too."""
    return {spot: line.label if isinstance(line, Line) else line for spot, line in _places(form)}


def _places(form: Form) -> Iterator[tuple[tuple[int, int], Line | str]]:
    """Every printed line by (row, block): what closes the blocks stands side by side at the foot, the last lines of all
    in the last row."""
    printed = [list(block.printed()) for block in form.blocks]
    feet = []
    for lines in printed:
        closing = (i for i, line in enumerate(lines) if isinstance(line, Line) and _closes(line))
        feet.append(len(lines) - min(closing, default=len(lines)))
    height = max(len(lines) - foot for lines, foot in zip(printed, feet)) + max(feet)
    for b, (lines, foot) in enumerate(zip(printed, feet)):
        split = len(lines) - foot
        for place, line in enumerate(lines):
            below = height - max(feet) + place - split
            last = foot > 0 and place == len(lines) - 1
            yield (place if place < split else height - 1 if last else below, b), line


def _closes(line: Line) -> bool:
    return bool(line.children) and line.index > line.children[0].index


Key = tuple[str, tuple[str, ...]]
"""Agency and codes of a row on the other axes of its form; empty where the row takes all."""

TOTAL: Key = ("", ())


def _grid(job: Job, blank: Blank) -> tuple[tuple[Row, ...], Cells]:
    sums = _row_sums(job, blank)
    zeros = [0] * len(blank.points)
    scale, cells = blank.form.scale or job.standard.scale, {}
    rows = []
    for r, (key, row) in enumerate(_rows(job, blank.form, sums)):
        rows.append(row)
        amounts = sums.get(key, zeros)
        for c, point in enumerate(blank.points):
            cells[r, c] = printed(scale, r, c, amounts[c], cell_point(point, row.point, job.space))
    return tuple(rows), cells


def _row_sums(job: Job, blank: Blank) -> dict[Key, list[int]]:
    """Amounts of every possible row, one per money column."""
    assert blank.form.rows is not None
    sums: dict[Key, list[int]] = {}
    known: dict[tuple[str, ...], tuple[tuple[str, ...], ...]] = {}
    width, axes, depth = len(blank.points), blank.form.rows.axes, blank.form.rows.depth
    details = tuple(axis for axis in axes if axis != "agency_code")
    for fact, place in zip(job.facts, job.places):
        columns = blank.member.admitting(place)
        if not columns:
            continue
        agency = fact.agency_code if "agency_code" in axes else ""
        keys = [TOTAL, (agency, ())] if agency else [TOTAL]
        codes = tuple(str(getattr(fact, axis)) for axis in details)
        if all(codes) and details:
            if codes not in known:
                known[codes] = tuple(_steps(job.space, details, codes, depth))
            keys += [(agency, step) for step in known[codes]]
        for key in keys:
            amounts = sums.get(key)
            if amounts is None:
                amounts = sums[key] = [0] * width
            for column in columns:
                amounts[column] += fact.amount
    return {key: amounts for key, amounts in sums.items() if any(amounts)}


def _steps(space: Space, axes: tuple[str, ...], codes: tuple[str, ...], depth: str) -> Iterator[tuple[str, ...]]:
    """The rows of a fact: its codes and those above them, or the finest or uppermost alone."""
    if depth in ("all", "top") and len(axes) == 1:
        path = space[axes[0]].path(codes[0])
        yield from ((code,) for code in (path if depth == "all" else path[:1]))
    else:
        yield codes


def _rows(job: Job, form: Form, sums: Mapping[Key, list[int]]) -> Iterator[tuple[Key, Row]]:
    """The rows that a form lists: those with money, and agencies wherever a form lists nothing else."""
    assert form.rows is not None
    total = Row("", form.rows.total_label, 0, "total", None, (form.rows.total_label,))
    if form.rows.total and not form.rows.last:
        yield TOTAL, total
    yield from _body(job, form, sums)
    if form.rows.total and form.rows.last:
        yield TOTAL, total


def _body(job: Job, form: Form, sums: Mapping[Key, list[int]]) -> Iterator[tuple[Key, Row]]:
    assert form.rows is not None
    details = tuple(axis for axis in form.rows.axes if axis != "agency_code")
    if details and not sums:
        return
    inside: dict[str, list[Key]] = {}
    for key in sorted(sums):
        if key[1]:
            inside.setdefault(key[0], []).append(key)
    if "agency_code" not in form.rows.axes:
        for key in inside.get("", ()):
            yield key, _detail_row(job, Point(), details, key[1])
        return
    department = job.parent if job.parent is not None else job.agency if len(job.units) > 1 else None
    if department is not None and form.rows.total and form.rows.departments:
        point = Point({"agency_code": frozenset({department.code})})
        yield TOTAL, Row(department.code, department.name, 0, "agency", point, (department.name,))
    for unit in job.units:
        if details and unit.code not in inside and (unit.code, ()) not in sums:
            continue
        point = Point({"agency_code": frozenset({unit.code})})
        yield (unit.code, ()), Row(unit.code, unit.name, 0, "agency", point, (unit.name,))
        for key in inside.get(unit.code, ()):
            yield key, _detail_row(job, point, details, key[1])


def _detail_row(job: Job, agency: Point, axes: tuple[str, ...], codes: tuple[str, ...]) -> Row:
    """A row below an agency, or below the total: a project, a function, or a code or more of the classifications."""
    point = Point({**agency.parts, **{axis: frozenset({code}) for axis, code in zip(axes, codes)}})
    if axes == ("pro_code",):
        name = job.ledger.projects[codes[0]].name
        return Row("", name, 1, "project", point, (name,))
    tree, code = job.space[axes[0]], codes[0]
    names = tuple(job.space[axis][found].name if found in job.space[axis] else "" for axis, found in zip(axes, codes))
    role = "function" if axes == ("exp_func_code",) else "economic"
    return Row(code, names[0], tree.level(code), role, point, names)


def _stated(blank: Blank, rows: tuple[Row, ...], space: Space) -> Iterator[Total]:
    """Sums over rows of an economic classification, which no column tells: each code of those listed below it, the
    total or agency above of the uppermost."""
    listed: dict[Point, list[int]] = {}
    for r, row in enumerate(rows):
        if row.role == "economic" and row.point is not None and not set(row.point.parts) & set(NODE_AXES[1:]):
            listed.setdefault(row.point.without(*_economic(row.point)), []).append(r)
    for owner, members in listed.items():
        axes = _economic(rows[members[0]].point)
        if len(axes) > 1:
            parents: dict[int | None, list[int]] = {None: members}
        else:
            parents = _parents(space, axes[0], rows, members)
        for above, parts in parents.items():
            heads = [above] if above is not None else [r for r, row in enumerate(rows) if _heads(row, owner)]
            for head in heads:
                for c in range(len(blank.points)):
                    yield Total((head, c), tuple((r, c) for r in parts), "row_sum")


def _economic(point: Point | None) -> tuple[str, ...]:
    return tuple(axis for axis in ("dep_bgt_eco_code", "gov_bgt_eco_code") if point is not None and point.get(axis))


def _heads(row: Row, owner: Point) -> bool:
    """Whether the row is the total or agency of rows that belong to ``owner``."""
    return row.role in ("total", "agency") and (row.point or Point()) == owner


def _parents(space: Space, axis: str, rows: tuple[Row, ...], members: list[int]) -> dict[int | None, list[int]]:
    """Listed row above (``None``: none) → rows directly below it."""
    by_code = {rows[r].code: r for r in members}
    found: dict[int | None, list[int]] = {}
    for r in members:
        above = next((by_code[s] for s in reversed(space[axis].path(rows[r].code)[:-1]) if s in by_code), None)
        found.setdefault(above, []).append(r)
    return found


def _words(job: Job, form: Form, rows: tuple[Row, ...]) -> dict[tuple[int, int], Cell]:
    found: dict[tuple[int, int], Cell] = {}
    for r, row in enumerate(rows):
        texts: Mapping[str, str] = {}
        if row.role == "project" and row.point is not None:
            (code,) = row.point.parts["pro_code"]
            texts = job.ledger.projects[code].texts
        elif row.role == "agency" and form.rows is not None and form.rows.axes == ("agency_code",):
            texts = job.ledger.goals.get(row.code, {})
        for c, leaf in enumerate(form.texts()):
            if texts.get(leaf.data):
                found[r, c] = Cell(r, c, texts[leaf.data])
    return found
