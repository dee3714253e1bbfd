"""Read a ledger: workbook, folder of CSV files, one CSV file or Parquet, checked row by row against the code trees.

Whatever is wrong is named by sheet and row, everything at once. The governmental economic code is derived from the
departmental one and the regime of the agency when it is left out, and contradicted when it cannot be right.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from yusuan.axes import Space
from yusuan.codes import CodeError, Tree
from yusuan.ledger import AGENCY_TEXTS, FACT_COLUMNS, PROJECT_TEXTS, Fact, Ledger, Project
from yusuan.ledgerbook import CODED_AXES, JOINED, with_codes
from yusuan.read.ledger_source import Faults, Table, Wrong, kind_of, open_tables, plain
from yusuan.read.ledger_values import Values, amount_of, blank, code_of, values_for, year_of
from yusuan.sheet import Agency
from yusuan.words import InputError


def read_ledger(path: Path, space: Space) -> Ledger:
    """The ledger at ``path``; raises ``InputError`` with every problem, each named by sheet and row.

    Amounts of a file are in the unit its heading names (元 unless it says otherwise). What the file is, is told from
    its content, not from its name.
    """
    kind = kind_of(path)
    if kind == "parquet":
        from yusuan.read.ledger_columns import read_parquet

        return read_parquet(path, space)
    faults = Faults()
    tables = open_tables(path, kind, faults)
    faults.stop()
    space = declared_space(tables, space, faults)
    if kind == "text":
        facts, agencies, projects = _unjoin(tables["facts"])
        tables = {"facts": facts, "agencies": agencies, "projects": projects}
    return _whole(tables["facts"], read_references(tables, values_for(space), faults), faults)


def ledger_space(path: Path, space: Space) -> Space:
    """``space`` with the codes that the ledger at ``path`` declares for itself (its table of additional codes)."""
    kind = kind_of(path)
    if kind not in (None, "xlsx"):
        return space
    faults = Faults()
    found = declared_space(open_tables(path, kind, faults), space, faults)
    faults.stop()
    return found


@dataclass
class References:
    """Agencies, projects and targets: what the facts refer to."""

    values: Values
    fiscal_year: int | None = None
    agencies: dict[str, Agency] = field(default_factory=dict)
    projects: dict[str, Project] = field(default_factory=dict)
    goals: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def regime(self, agency: str) -> str | None:
        """The regime of an agency, ``None`` when unknown."""
        return self.agencies[agency].regime if agency in self.agencies else None


def declared_space(tables: Mapping[str, Table], space: Space, faults: Faults) -> Space:
    """``space`` with the codes of the table of additional codes."""
    table = tables.get("codes")
    if table is None:
        return space
    values = values_for(space)
    for number, row in table.rows:
        cells = table.cells(row)
        axis, code, name = values.member("axis", cells["axis"]), plain(cells["code"]), plain(cells["name"])
        missing = [element for element in ("axis", "code", "name") if not plain(cells[element])]
        for element in missing:
            faults.add(table.name, number, blank(element))
        if isinstance(axis, Wrong):
            faults.add(table.name, number, axis)
        elif not missing:
            try:
                space = with_codes(space, [(axis, code.replace(" ", ""), name)])
            except CodeError:
                faults.add(table.name, number, Wrong("ledger_code_scheme", {"text": code}))
    return space


def read_references(tables: Mapping[str, Table], values: Values, faults: Faults) -> References:
    """Agencies, projects and whole-agency targets."""
    refs = References(values)
    _agencies(tables["agencies"], refs, faults)
    if "projects" in tables:
        _projects(tables["projects"], refs, faults)
    if "goals" in tables:
        _goals(tables["goals"], refs, faults)
    return refs


def _agencies(table: Table, refs: References, faults: Faults) -> None:
    rows: dict[str, int] = {}
    for number, row in table.rows:
        cells = table.cells(row)
        code, year = code_of(cells["agency_code"]), year_of(cells["fiscal_year"])
        parent, regime = code_of(cells.get("parent_code")), refs.values.member("regime", cells.get("regime"))
        wrong = [value for value in (code, year, parent, regime) if isinstance(value, Wrong)]
        if isinstance(year, int):
            refs.fiscal_year = refs.fiscal_year or year
            if year != refs.fiscal_year:
                wrong.append(Wrong("ledger_years_differ", {"year": year, "first": refs.fiscal_year}))
        if not plain(cells["agency_name"]):
            wrong.append(blank("agency_name"))
        wrong += _unique(code, "agency_code", rows, number)
        wrong += _misfit(refs.values.space["agency_code"], code, parent)
        for each in wrong:
            faults.add(table.name, number, each)
        if isinstance(code, str) and code and not isinstance(parent, Wrong):
            name, above = plain(cells["agency_name"]), plain(cells.get("parent_name"))
            known = regime if isinstance(regime, str) and regime else None
            refs.agencies.setdefault(code, Agency(code, name, parent or None, above, known))
    for code, number in rows.items():
        if _circular(code, refs.agencies):
            faults.add(table.name, number, Wrong("ledger_parent_circle", {"code": code}))


def _misfit(tree: Tree, code: object, parent: object) -> list[Wrong]:
    """Complaint when an agency code does not fit the scheme of 部门 and 单位 codes, or its parent is not its 部门.

    Rows of the forms are told apart by these codes, and they name the folders that are written.
    """
    for each in (code, parent):
        if (
            isinstance(each, str)
            and each
            and (not each.isascii() or not each.isdigit() or len(each) not in tree.widths)
        ):
            return [Wrong("ledger_agency_code", {"code": each[:40], "widths": "/".join(map(str, tree.widths))})]
    if isinstance(code, str) and isinstance(parent, str) and code and parent and tree.parent_by_scheme(code) != parent:
        return [
            Wrong(
                "ledger_agency_parent", {"code": code, "parent": parent, "expected": tree.parent_by_scheme(code) or ""}
            )
        ]
    return []


def _unique(code: str | Wrong, element: str, rows: dict[str, int], number: int) -> list[Wrong]:
    """Complaint when the code is blank or was used by an earlier row."""
    if isinstance(code, Wrong):
        return []
    if not code:
        return [blank(element)]
    first = rows.setdefault(code, number)
    return [] if first == number else [Wrong("ledger_code_twice", {"code": code, "first": first})]


def _circular(code: str, agencies: Mapping[str, Agency]) -> bool:
    seen, step = {code}, agencies[code].parent_code if code in agencies else None
    while step is not None and step in agencies:
        if step in seen:
            return step == code
        seen.add(step)
        step = agencies[step].parent_code
    return step == code


def _texts(cells: Mapping[str, object], elements: Iterable[str]) -> dict[str, str]:
    found = {element: cells.get(element) for element in elements}
    return {e: cell if isinstance(cell, str) else plain(cell) for e, cell in found.items() if plain(cell)}


def _projects(table: Table, refs: References, faults: Faults) -> None:
    rows: dict[str, int] = {}
    for number, row in table.rows:
        cells = table.cells(row)
        code, agency = code_of(cells["pro_code"]), code_of(cells["agency_code"])
        kind = refs.values.member("pro_type", cells["pro_type"])
        wrong = [value for value in (code, agency, kind) if isinstance(value, Wrong)]
        wrong += _unique(code, "pro_code", rows, number)
        wrong += [blank(e) for e in ("agency_code", "pro_name", "pro_type") if not plain(cells[e])]
        if isinstance(agency, str) and agency and not _owner(agency, refs):
            wrong.append(Wrong("ledger_agency_unknown", {"code": agency}))
        for each in wrong:
            faults.add(table.name, number, each)
        if isinstance(code, str) and code and isinstance(agency, str) and isinstance(kind, str):
            name = plain(cells["pro_name"])
            refs.projects.setdefault(code, Project(code, agency, name, kind, _texts(cells, PROJECT_TEXTS)))


def _owner(code: str, refs: References) -> bool:
    """Whether the code is that of an agency or of the 部门 above one."""
    return code in refs.agencies or any(agency.parent_code == code for agency in refs.agencies.values())


def _goals(table: Table, refs: References, faults: Faults) -> None:
    rows: dict[str, int] = {}
    for number, row in table.rows:
        cells = table.cells(row)
        code = code_of(cells["agency_code"])
        wrong = [code] if isinstance(code, Wrong) else []
        wrong += _unique(code, "agency_code", rows, number)
        if isinstance(code, str) and code:
            if not _owner(code, refs):
                wrong.append(Wrong("ledger_agency_unknown", {"code": code}))
            refs.goals.setdefault(code, _texts(cells, AGENCY_TEXTS))
        for each in wrong:
            faults.add(table.name, number, each)


def _whole(table: Table, refs: References, faults: Faults) -> Ledger:
    columns: dict[str, list[str] | list[int]] = {name: [] for name in FACT_COLUMNS}
    keep = [column.append for column in columns.values()]
    marks: list[str] = []
    rows: dict[tuple[object, ...], int] = {}
    some = False
    for number, row in table.rows:
        some = True
        cells = table.cells(row)
        fact, wrong = read_fact(cells, table.unit, refs)
        mark = refs.values.member("mark", cells.get("mark"))
        if isinstance(mark, Wrong):
            wrong.append(mark)
        if not wrong:
            first = rows.setdefault(fact[:-1], number)
            if first != number:
                wrong.append(Wrong("ledger_fact_twice", {"first": first}))
        for each in wrong:
            faults.add(table.name, number, each)
        marks.append(mark if isinstance(mark, str) and mark else "given")
        for append, value in zip(keep, fact):
            append(value)  # type: ignore[arg-type]
    if not some:
        faults.add_table("ledger_no_facts", sheet=table.name)
    faults.stop()
    return finish(refs, columns, marks)


def finish(refs: References, columns: Mapping[str, list[str] | list[int]], marks: Iterable[str]) -> Ledger:
    """The ledger of checked columns; marks are kept when some fact was not given."""
    assert refs.fiscal_year is not None
    kept = tuple(marks)
    kept = () if all(mark == "given" for mark in kept) else kept
    return Ledger(refs.fiscal_year, refs.agencies, columns, refs.projects, refs.goals, kept)


def read_fact(cells: Mapping[str, object], unit: str, refs: References) -> tuple[Fact, list[Wrong]]:
    """One fact and everything wrong with it."""
    values = refs.values
    found: dict[str, str | int | Wrong] = {
        element: values.member(element, cells.get(element))
        for element in (*CODED_AXES, "fund_type_code", "vintage", "kind")
    }
    found["agency_code"], found["pro_code"] = code_of(cells["agency_code"]), code_of(cells.get("pro_code"))
    found["amount"] = amount_of(cells["amount"], unit)
    wrong = [value for value in found.values() if isinstance(value, Wrong)]
    good = {element: value if isinstance(value, str) else "" for element, value in found.items() if element != "amount"}
    written = {element: plain(cells.get(element)) for element in good}
    needed = ("agency_code", "exp_func_code", "dep_bgt_eco_code", "fund_type_code", "vintage", "kind")
    wrong += values.needed(good["kind"], {element: written[element] for element in needed})
    wrong += unknown_refs(good["agency_code"], good["pro_code"], refs)
    gov = values.governmental(good["dep_bgt_eco_code"], good["gov_bgt_eco_code"], refs.regime(good["agency_code"]))
    if isinstance(gov, Wrong):
        if not isinstance(found["gov_bgt_eco_code"], Wrong) and good["agency_code"] in refs.agencies:
            wrong.append(gov)
    else:
        good["gov_bgt_eco_code"] = gov
    amount = found["amount"] if isinstance(found["amount"], int) else 0
    return Fact(**good, amount=amount), wrong


def unknown_refs(agency: str, project: str, refs: References) -> list[Wrong]:
    """Complaints about an agency or project that no table tells of."""
    found = []
    if agency and agency not in refs.agencies:
        found.append(Wrong("ledger_agency_unknown", {"code": agency}))
    if project and project not in refs.projects:
        found.append(Wrong("ledger_project_unknown", {"code": project}))
    return found


def _unjoin(table: Table) -> tuple[Table, Table, Table]:
    """Facts, agencies and projects of a single table that holds all three."""
    if "fiscal_year" not in table.columns:
        raise InputError("ledger_year_missing", sheet=table.name)
    rows = list(table.rows)
    facts = Table("facts", table.name, {e: i for e, i in table.columns.items() if e not in JOINED}, table.unit, rows)
    distinct = [(number, table.cells(row)) for number, row in rows]
    return facts, *unjoined(table.name, distinct)


def unjoined(name: str, rows: Iterable[tuple[int, Mapping[str, object]]]) -> tuple[Table, Table]:
    """Tables of agencies and projects from rows that repeat them; the code serves where a name is not given."""
    agencies: dict[tuple[str, ...], tuple[int, list[object]]] = {}
    projects: dict[tuple[str, ...], tuple[int, list[object]]] = {}
    heads = ("fiscal_year", "agency_code", "agency_name", "parent_code", "parent_name", "regime")
    own = ("pro_code", "agency_code", "pro_name", "pro_type")
    for number, cells in rows:
        one = [plain(cells.get(element)) for element in heads]
        one[2] = one[2] or one[1]
        if one[1]:
            agencies.setdefault(tuple(one), (number, list(one)))
        two = [plain(cells.get(element)) for element in own]
        if two[0]:
            two[2], two[3] = two[2] or two[0], two[3] or "other"
            # a special fund may be spent by several agencies; the first one named holds the project
            key = (two[0], two[2], two[3])
            projects.setdefault(key, (number, list(two)))
    return (
        Table("agencies", name, {e: i for i, e in enumerate(heads)}, "元", list(agencies.values())),
        Table("projects", name, {e: i for i, e in enumerate(own)}, "元", list(projects.values())),
    )
