"""Fill the forms: every cell is the sum of the facts inside its Point.

One agency or one department is filled here in plain Python; many agencies at once in ``fill_many`` from the same
declarations. Amounts stay exact; how they are rounded for print is decided elsewhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from yusuan.amount import Scale, round_half
from yusuan.axes import Point, Space
from yusuan.ledger import Fact, Ledger, agency_space
from yusuan.sheet import Agency, Cell, Column, Disclosure, Row, Sheet
from yusuan.standard import Form, Standard

SLICE_AXES = ("fund_type_code", "vintage", "kind", "pro_type", "dep_bgt_eco_code", "gov_bgt_eco_code")
"""Axes that choose a column (rows choose agency, function and project)."""


@dataclass
class Membership:
    """Which columns of a form admit a fact; remembered by the fact's place on the column axes."""

    form: Form
    space: Space
    known: dict[tuple[str, ...], tuple[int, ...]] = field(default_factory=dict)
    lines: dict[tuple[str, ...], tuple[tuple[int, int], ...]] = field(default_factory=dict)

    def admits(self, point: Point, place: Mapping[str, str]) -> bool:
        """Whether a fact at ``place`` is inside ``point``; an axis the fact leaves empty is inside nothing there."""
        for axis, codes in point.parts.items():
            code = place.get(axis, "")
            if not code or code not in self.space[axis]:
                return False
            if not codes.intersection(self.space[axis].path(code)):
                return False
        return True

    def columns(self, key: tuple[str, ...]) -> tuple[int, ...]:
        """Indices of the money columns that admit a fact at ``key`` (values of ``SLICE_AXES``)."""
        found = self.known.get(key)
        if found is None:
            place = dict(zip(SLICE_AXES, key))
            found = tuple(i for i, head in enumerate(self.form.money()) if self.admits(head.point, place))
            self.known[key] = found
        return found

    def statement(self, key: tuple[str, ...], function: str) -> tuple[tuple[int, int], ...]:
        """(block, line) pairs that admit the fact."""
        full = (*key, function)
        found = self.lines.get(full)
        if found is None:
            place = {**dict(zip(SLICE_AXES, key)), "exp_func_code": function}
            found = tuple(
                (b, line.index)
                for b, block in enumerate(self.form.blocks)
                for line in block.lines
                if self.admits(line.point, place)
            )
            self.lines[full] = found
        return found


def slice_key(fact: Fact, pro_type: str) -> tuple[str, ...]:
    """The fact's place on the column axes, in the order of ``SLICE_AXES``."""
    return (fact.fund_type_code, fact.vintage, fact.kind, pro_type, fact.dep_bgt_eco_code, fact.gov_bgt_eco_code)


def type_of(fact: Fact, ledger: Ledger) -> str:
    """Special fund or other money; a fact without a project counts as other."""
    project = ledger.projects.get(fact.pro_code)
    return project.pro_type if project else "other"


@dataclass(frozen=True)
class Job:
    """One disclosure to fill: the agency it is of, its units (itself when it is a 单位), and their facts."""

    ledger: Ledger
    standard: Standard
    space: Space
    agency: Agency
    parent: Agency | None
    units: tuple[Agency, ...]
    facts: tuple[Fact, ...]


def job_of(ledger: Ledger, standard: Standard, code: str) -> Job:
    """The disclosure of agency ``code``: of a 部门 with all its units, or of one 单位. Raises ``KeyError``."""
    departments = ledger.departments()
    projects = [(p.code, p.name) for p in ledger.projects.values()]
    space = agency_space(standard.space, ledger.agencies.values(), projects)
    functions = {(f, "") for f in ledger.columns["exp_func_code"] if isinstance(f, str) and f}
    space = space.with_tree(space["exp_func_code"].with_members(functions))
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
    return Job(ledger, standard, space, agency, parent, units, facts)


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
    member = Membership(form, job.space)
    if form.blocks:
        rows, columns, cells = _statement(job, form, member)
        words: dict[tuple[int, int], Cell] = {}
    else:
        rows, columns, cells = _grid(job, form, member)
        words = _words(job, form, rows)
    empty = not any(cell.amount for cell in cells.values()) and not words
    notes = (*form.notes, form.empty) if empty else form.notes
    texts = tuple(
        Column(path, "text", None) for path, leaf in zip(form.paths(), form.leaves()) if leaf.role == "text"
    )
    return Sheet(
        form.number, form.title, job.standard.scale, rows, columns, MappingProxyType(cells), texts, MappingProxyType(words),
        notes, job.agency.name, unit_label=form.unit_label,
    )  # fmt: skip


def printed(scale: Scale, row: int, column: int, amount: int, point: Point | None) -> Cell:
    """A cell as it prints; a zero prints blank, as the forms do."""
    text = scale.format(amount) if amount else ""
    shown = round_half(amount, scale.quantum) * scale.quantum if amount else None
    return Cell(row, column, text, shown, point, exact=amount)


def cell_point(column: Point, row: Point | None) -> Point:
    """The slice of a cell: what its column admits and, on the row's axes, what its row admits."""
    return column if row is None else Point({**column.parts, **row.parts})


def _statement(job: Job, form: Form, member: Membership) -> tuple[tuple[Row, ...], tuple[Column, ...], dict[tuple[int, int], Cell]]:
    sums: dict[tuple[int, int], int] = defaultdict(int)
    for fact in job.facts:
        for place in member.statement(slice_key(fact, type_of(fact, job.ledger)), fact.exp_func_code):
            sums[place] += fact.amount
    places = line_places(form)
    height = max(row for row, _ in places) + 1
    at = {spot: (block, line) for spot, (block, line) in places.items()}
    rows, cells = [], {}
    columns = tuple(Column((block.band, *block.heads), "money", None) for block in form.blocks)
    for r in range(height):
        labels = []
        for b, block in enumerate(form.blocks):
            spot = at.get((r, b))
            if spot is None:
                labels.append("")
                continue
            line = block.lines[spot[1]]
            labels.append(line.label)
            cells[r, b] = printed(job.standard.scale, r, b, sums[spot], line.point)
        rows.append(Row("", next((x for x in labels if x), ""), 1, "statement", None, tuple(labels)))
    return tuple(rows), columns, cells


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


def _grid(job: Job, form: Form, member: Membership) -> tuple[tuple[Row, ...], tuple[Column, ...], dict[tuple[int, int], Cell]]:
    assert form.rows is not None
    sums: dict[tuple[str, str, str], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    tree = job.space["exp_func_code"]
    for fact in job.facts:
        columns = member.columns(slice_key(fact, type_of(fact, job.ledger)))
        if not columns:
            continue
        keys = [("", "", ""), (fact.agency_code, "", "")]
        if "exp_func_code" in form.rows.axes:
            path = tree.path(fact.exp_func_code)
            keys += [(fact.agency_code, step, "") for step in (path if form.rows.depth == "all" else path[-1:])]
        if "pro_code" in form.rows.axes:
            keys.append((fact.agency_code, "", fact.pro_code))
        for key in keys:
            bucket = sums[key]
            for column in columns:
                bucket[column] += fact.amount
    listed = list(_rows(job, form, sums))
    heads = [
        (path, leaf) for path, leaf in zip(form.paths(), form.leaves()) if leaf.role == "money"
    ]
    cells: dict[tuple[int, int], Cell] = {}
    for r, (key, row) in enumerate(listed):
        bucket = sums.get(key, {})
        for c, (_, leaf) in enumerate(heads):
            cells[r, c] = printed(job.standard.scale, r, c, bucket.get(c, 0), cell_point(leaf.point, row.point))
    return tuple(row for _, row in listed), tuple(Column(path, "money", leaf.point) for path, leaf in heads), cells


def _rows(
    job: Job, form: Form, sums: Mapping[tuple[str, str, str], Mapping[int, int]]
) -> Iterable[tuple[tuple[str, str, str], Row]]:
    assert form.rows is not None
    tree = job.space["exp_func_code"]
    nothing = not any(any(bucket.values()) for bucket in sums.values())
    deep = bool(form.rows.depth) or "pro_code" in form.rows.axes
    if form.rows.total:
        yield ("", "", ""), Row("", form.rows.total_label, 0, "total", None, (form.rows.total_label,))
    if nothing and deep:
        return
    everything = ("", "", "")
    department = job.parent if job.parent is not None else job.agency if len(job.units) > 1 else None
    if department is not None and form.rows.total and form.rows.departments:
        point = Point({"agency_code": frozenset({department.code})})
        yield everything, Row(department.code, department.name, 0, "agency", point, (department.name,))
    for unit in job.units:
        point = Point({"agency_code": frozenset({unit.code})})
        if deep and not any(sums.get((unit.code, "", ""), {}).values()):
            continue
        yield (unit.code, "", ""), Row(unit.code, unit.name, 0, "agency", point, (unit.name,))
        for agency, function, project in sorted(sums):
            if agency != unit.code or not (function or project) or not any(sums[agency, function, project].values()):
                continue
            if function:
                place = Point({**point.parts, "exp_func_code": frozenset({function})})
                name = tree[function].name
                yield (agency, function, ""), Row(function, name, tree.level(function), "function", place, (name,))
            else:
                place = Point({**point.parts, "pro_code": frozenset({project})})
                name = job.ledger.projects[project].name
                yield (agency, "", project), Row("", name, 1, "project", place, (name,))


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
