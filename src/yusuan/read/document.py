"""Read a published disclosure: any supported file → sheets with meaning, repairs told, doubts named."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType

from yusuan.axes import Space
from yusuan.codes import CodeError
from yusuan.forms import Standard, normal_title
from yusuan.lexicon import squeeze
from yusuan.read.align import align
from yusuan.read.columns import by_labels, head_faults, readings
from yusuan.read.grid import Grid, GridRow, file_name
from yusuan.read.guard import guard_file
from yusuan.read.rows import Known, agency_cells
from yusuan.read.sheets import Draft, draft_grid, finish_grid, finish_statement
from yusuan.read.tables import Table, find_tables
from yusuan.read.targets import place_texts
from yusuan.read.text import read_text
from yusuan.read.workbook import read_workbook
from yusuan.relations import derive_relations
from yusuan.sheet import Agency, Disclosure, Repair, Sheet, Stray
from yusuan.standard import list_standards, load_standard
from yusuan.words import InputError

FORMATS = {"text": read_text, "csv": read_text, "xlsx": read_workbook}
"""Kind of file, told from its content → reader of its grids."""

_CONTENTS = re.compile(r"(?:预算|公开|表)0*(\d+)表?$")


def read_disclosure(path: Path, standard: Standard | None = None) -> Disclosure:
    """The disclosure in a text or workbook by a form set; raises ``InputError`` when the file cannot be read or holds
    no known form."""
    kind = guard_file(path)
    if kind not in FORMATS:
        raise InputError("read_unsupported", file=file_name(path), kind=kind)
    grids = FORMATS[kind](path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    tried = [standard] if standard else [load_standard(name) for name in list_standards()]
    found = find_forms(grids, tried)
    if found is None or not found[1]:
        raise InputError("read_no_form", file=file_name(path), standard=tried[-1].id)
    return Assembly(file_name(path), digest, *found).disclosure()


def find_forms(grids: list[Grid], standards: Sequence[Standard]) -> tuple[Standard, list[Table], list[GridRow]] | None:
    """The form set of which most forms are found, its tables, and the rows outside them.

    Of sets that find as many the one whose column labels differ least from the printed ones, then the default."""
    results = [(s, *find_tables(grids, s)) for s in standards]
    most = max((len(tables) for _, tables, _ in results), default=0)
    rivals = [result for result in results if len(result[1]) == most]
    if len(rivals) < 2 or not most:
        return rivals[0] if rivals else None
    return min(rivals, key=lambda result: (_unlike(result[1]), not result[0].default))


def _unlike(tables: Sequence[Table]) -> int:
    """Columns of the forms without a printed label, in all."""
    found = [(by_labels(t, t.form), len(t.form.leaves())) for t in tables if t.form is not None]
    return sum(leaves - len(set(placed.values())) for placed, leaves in found)


class Assembly:
    """One disclosure while it is put together from its tables."""

    def __init__(self, file: str, digest: str, standard: Standard, tables: list[Table], outside: list[GridRow]) -> None:
        self.file, self.digest, self.standard = file, digest, standard
        self.tables, self.repeated = _once(tables)
        self.facts = cover_facts(outside)
        self.contents = contents_of(outside, standard)
        self.known = Known()
        self.space: Space = standard.space
        self.outside = outside

    def disclosure(self) -> Disclosure:
        """All sheets, columns settled by the relations."""
        self._agencies()
        sheets: list[Sheet] = []
        drafts: dict[int, Draft] = {}
        for number, table in enumerate(self.tables):
            assert table.form is not None
            if table.form.blocks:
                sheets.append(finish_statement(table, table.form, self.standard))
                continue
            draft = draft_grid(table, table.form, self.standard, self.space, self.known)
            draft.places = draft.literal = by_labels(table, table.form)
            draft.repairs += [Repair(f.kind, "", f.values) for f in head_faults(table, table.form)]
            drafts[number] = draft
            sheets.append(finish_grid(draft))
        self._settle(sheets, drafts)
        return self._made(sheets)

    def _settle(self, sheets: list[Sheet], drafts: dict[int, Draft]) -> None:
        rivals = {}
        for number, draft in drafts.items():
            options = readings(draft.table, draft.form, draft.used)
            if len(options) > 1:
                rivals[number] = options
        relations = derive_relations(self._made(sheets), self.standard, ("institution", "organ"))
        align(sheets, drafts, rivals, relations)
        for number, draft in drafts.items():
            if draft.form.texts():
                place_texts(draft)
                sheets[number] = finish_grid(draft)

    def _agencies(self) -> None:
        code = self.facts.get("agency_code")
        if code:
            self.known.agencies[code] = self.facts.get("agency_name", "")
        for table in self.tables:
            if table.form is not None and not table.form.blocks:
                start = min((c for row in table.head for c in row.cells), default=0)
                for found, name in agency_cells(table.form, table.body, start, self.space).items():
                    self.known.agencies.setdefault(found, name)
        if code is None and self.known.agencies:
            names = [t.reporter for t in self.tables if t.reporter]
            code = next((c for c, n in self.known.agencies.items() if names and n == names[0]), None)
        self.known.code = code

    def _department(self, code: str) -> str | None:
        """The 部门 of an agency, when the disclosure names it."""
        try:
            parent = self.standard.space["agency_code"].parent_by_scheme(code)
        except CodeError:
            return None
        return parent if parent in self.known.agencies else None

    def _made(self, sheets: list[Sheet]) -> Disclosure:
        code = self.known.code
        agency = None
        if code is not None:
            parent = self._department(code)
            name = self.facts.get("agency_name") or self.known.agencies.get(code, "")
            agency = Agency(code, name, parent, self.known.agencies.get(parent or "", ""))
        year = self.facts.get("fiscal_year")
        units = {c for c in self.known.agencies if agency is None or c != agency.parent_code}
        scope = "department" if agency and agency.parent_code is None and len(units) > 1 else "unit"
        strays = (*_strays(self.outside), *self.repeated)
        return Disclosure(
            self.file, self.digest, agency, int(year) if year else None, self.standard.kind, scope, self.standard.id,
            tuple(sheets), self.contents, MappingProxyType(self.facts), strays,
        )  # fmt: skip


def _once(tables: list[Table]) -> tuple[list[Table], list[Stray]]:
    """The first table of every form, and the repetitions, which take no part in anything."""
    kept: dict[str, Table] = {}
    repeated = []
    for table in tables:
        assert table.form is not None
        if kept.setdefault(table.form.number, table) is not table:
            source = next((cell.source for _, cell in table.row.filled()), None) if table.row else None
            repeated.append(Stray("form_repeated", table.form.title, source))
    return list(kept.values()), repeated


def cover_facts(rows: list[GridRow]) -> dict[str, str]:
    """Agency code, name and fiscal year from the cover."""
    found: dict[str, str] = {}
    for row in rows:
        texts = [squeeze(cell.text) for _, cell in row.filled()]
        line = "".join(texts)
        if match := re.match(r"^(?:单位|部门)代码:(\d+)", line):
            found.setdefault("agency_code", match.group(1))
        elif match := re.match(r"^(?:单位|部门)名称:(.+)", line):
            found.setdefault("agency_name", match.group(1))
        if len(texts) == 1 and re.match(r"^[一二三]、.*报表$", line):
            found.setdefault("contents_head", line)
        if match := re.search(r"(20\d\d)年", line):
            found.setdefault("fiscal_year", match.group(1))
    return found


def contents_of(rows: list[GridRow], standard: Standard) -> tuple[tuple[str, str], ...]:
    """(form number, title) pairs of the printed list of contents."""
    found: dict[str, str] = {}
    titles = {normal_title(form.title): form for form in standard.forms.values()}
    for row in rows:
        filled = row.filled()
        for (_, left), (_, right) in itertools.pairwise(filled):
            match = _CONTENTS.search(squeeze(left.text))
            title = re.sub(r"[.…]+$", "", "".join(right.text.split()))
            form = titles.get(normal_title(title))
            if match and form is not None:
                found.setdefault(form.number, title)
    return tuple(found.items())


def _strays(rows: list[GridRow]) -> list[Stray]:
    """Heads of tables that no form is, lists of contents left out."""
    wanted = ("收入", "支出", "预算数", "合计")
    found = []
    for row in rows:
        texts = [squeeze(cell.text) for _, cell in row.filled()]
        listed = any(_CONTENTS.search(text) for text in texts)
        if len(texts) >= 3 and not listed and sum(any(w in t for w in wanted) for t in texts) >= 2:
            found.append(Stray("unknown_table", " ".join(texts)[:80], row.filled()[0][1].source))
    return found
