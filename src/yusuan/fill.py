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
from yusuan.axes import Point, Space
from yusuan.forms import Form, Standard
from yusuan.ledger import Fact, Ledger
from yusuan.membership import Membership
from yusuan.sheet import Agency, Cell, Column, Disclosure, Row, Sheet

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
    made = [(leaf, Column(path, leaf.role, leaf.point)) for path, leaf in zip(form.paths(), form.leaves())]
    return Blank(
        form, points, Membership.of(points, space, SLICE_AXES),
        tuple(column for leaf, column in made if leaf.role == "money"),
        tuple(Column(column.labels, "text", None) for leaf, column in made if leaf.role == "text"),
    )  # fmt: skip


def _blank_statement(form: Form, space: Space) -> Blank:
    places = {place: spot for spot, place in line_places(form).items()}
    points = tuple(line.point for block in form.blocks for line in block.lines)
    spots = tuple(places[b, line.index] for b, block in enumerate(form.blocks) for line in block.lines)
    labels = {places[b, line.index]: line.label for b, block in enumerate(form.blocks) for line in block.lines}
    rows = []
    for r in range(max(row for row, _ in spots) + 1):
        mine = tuple(labels.get((r, b), "") for b in range(len(form.blocks)))
        rows.append(Row("", next((label for label in mine if label), ""), 1, "statement", None, mine))
    columns = tuple(Column((block.band, *block.heads), "money", None) for block in form.blocks)
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
    contents = tuple((form.number, form.title) for form in standard.forms.values())
    return Disclosure("", "", agency, ledger.fiscal_year, standard.kind, scope, standard.id, sheets, contents)


def fill_form(job: Job, form: Form) -> Sheet:
    """One form."""
    known = job.standard.forms.get(form.number) is form and job.space is job.standard.space
    blank = blanks(job.standard)[form.number] if known else blank_of(form, job.space)
    rows, cells = _statement(job, blank) if form.blocks else _grid(job, blank)
    words = {} if form.blocks else _words(job, form, rows)
    empty = not any(cell.amount for cell in cells.values()) and not words
    notes = (*form.notes, form.empty) if empty else form.notes
    return Sheet(
        form.number, form.title, job.standard.scale, rows, blank.columns, MappingProxyType(cells), blank.texts,
        MappingProxyType(words), notes, job.agency.name, unit_label=form.unit_label,
    )  # fmt: skip


def printed(scale: Scale, row: int, column: int, amount: int, point: Point | None) -> Cell:
    """A cell as it prints; a zero prints blank, as the forms do."""
    if not amount:
        return Cell(row, column, "", None, point, exact=0)
    shown = round_half(amount, scale.quantum) * scale.quantum
    return Cell(row, column, scale.format(amount), shown, point, exact=amount)


def cell_point(column: Point, row: Point | None) -> Point:
    """The slice of a cell: what its column admits and, on the row's axes, what its row admits."""
    return column if row is None else Point({**column.parts, **row.parts})


Cells = dict[tuple[int, int], Cell]


def _statement(job: Job, blank: Blank) -> tuple[tuple[Row, ...], Cells]:
    sums = [0] * len(blank.points)
    for fact, place in zip(job.facts, job.places):
        for index in blank.member.admitting(place):
            sums[index] += fact.amount
    scale, cells = job.standard.scale, {}
    for index in sorted(range(len(sums)), key=blank.spots.__getitem__):
        row, column = blank.spots[index]
        cells[row, column] = printed(scale, row, column, sums[index], blank.points[index])
    return blank.rows, cells


def line_places(form: Form) -> dict[tuple[int, int], tuple[int, int]]:
    """(row, block) → (block, line index): closing totals of all blocks stand side by side at the foot."""
    feet = []
    for block in form.blocks:
        after = [line.index for line in block.lines if line.children and line.index > line.children[0].index]
        feet.append(len(block.lines) - min(after, default=len(block.lines)))
    height = max(len(block.lines) - foot for block, foot in zip(form.blocks, feet)) + max(feet)
    found = {}
    for b, (block, foot) in enumerate(zip(form.blocks, feet)):
        split = len(block.lines) - foot
        for line in block.lines:
            row = line.index if line.index < split else height - foot + line.index - split
            found[row, b] = (b, line.index)
    return found


Key = tuple[str, str, str]
"""Agency, function, project of a row; empty where the row takes all."""

TOTAL: Key = ("", "", "")


def _grid(job: Job, blank: Blank) -> tuple[tuple[Row, ...], Cells]:
    sums = _row_sums(job, blank)
    zeros = [0] * len(blank.points)
    scale, cells = job.standard.scale, {}
    rows = []
    for r, (key, row) in enumerate(_rows(job, blank.form, sums)):
        rows.append(row)
        amounts = sums.get(key, zeros)
        for c, point in enumerate(blank.points):
            cells[r, c] = printed(scale, r, c, amounts[c], cell_point(point, row.point))
    return tuple(rows), cells


def _row_sums(job: Job, blank: Blank) -> dict[Key, list[int]]:
    """Amounts of every possible row, one per money column."""
    assert blank.form.rows is not None
    sums: dict[Key, list[int]] = {}
    paths: dict[str, tuple[str, ...]] = {}
    width, axes, whole = len(blank.points), blank.form.rows.axes, blank.form.rows.depth == "all"
    for fact, place in zip(job.facts, job.places):
        columns = blank.member.admitting(place)
        if not columns:
            continue
        keys = [TOTAL, (fact.agency_code, "", "")]
        if "exp_func_code" in axes and (function := fact.exp_func_code):
            if function not in paths:
                paths[function] = job.space["exp_func_code"].path(function) if whole else (function,)
            keys += [(fact.agency_code, step, "") for step in paths[function]]
        if "pro_code" in axes and fact.pro_code:
            keys.append((fact.agency_code, "", fact.pro_code))
        for key in keys:
            amounts = sums.get(key)
            if amounts is None:
                amounts = sums[key] = [0] * width
            for column in columns:
                amounts[column] += fact.amount
    return {key: amounts for key, amounts in sums.items() if any(amounts)}


def _rows(job: Job, form: Form, sums: Mapping[Key, list[int]]) -> Iterator[tuple[Key, Row]]:
    """The rows that a form lists: those with money, and agencies wherever a form lists nothing else."""
    assert form.rows is not None
    deep = bool(form.rows.depth) or "pro_code" in form.rows.axes
    if form.rows.total:
        yield TOTAL, Row("", form.rows.total_label, 0, "total", None, (form.rows.total_label,))
    if deep and not sums:
        return
    inside: dict[str, list[Key]] = {}
    for key in sorted(sums):
        inside.setdefault(key[0], []).append(key)
    department = job.parent if job.parent is not None else job.agency if len(job.units) > 1 else None
    if department is not None and form.rows.total and form.rows.departments:
        point = Point({"agency_code": frozenset({department.code})})
        yield TOTAL, Row(department.code, department.name, 0, "agency", point, (department.name,))
    for unit in job.units:
        if deep and unit.code not in inside:
            continue
        point = Point({"agency_code": frozenset({unit.code})})
        yield (unit.code, "", ""), Row(unit.code, unit.name, 0, "agency", point, (unit.name,))
        for key in inside.get(unit.code, ()):
            if key[1] or key[2]:
                yield key, _detail_row(job, point, key)


def _detail_row(job: Job, agency: Point, key: Key) -> Row:
    _, function, project = key
    if function:
        tree = job.space["exp_func_code"]
        point = Point({**agency.parts, "exp_func_code": frozenset({function})})
        name = tree[function].name
        return Row(function, name, tree.level(function), "function", point, (name,))
    point = Point({**agency.parts, "pro_code": frozenset({project})})
    name = job.ledger.projects[project].name
    return Row("", name, 1, "project", point, (name,))


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
