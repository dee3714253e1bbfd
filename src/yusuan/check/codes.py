"""Whether codes exist, bear their names and stand on their level; as sure as the code list itself is."""

from __future__ import annotations

from collections.abc import Iterator

from yusuan.codes import Tree
from yusuan.finding import CellRef, Finding, Severity
from yusuan.forms import Standard
from yusuan.lexicon import bare, names_of
from yusuan.sheet import Disclosure, Row, Sheet


def code_findings(disclosure: Disclosure, standard: Standard) -> Iterator[Finding]:
    """Findings on functional codes of body rows."""
    tree = standard.space["exp_func_code"]
    unknown: dict[str, CellRef] = {}
    for sheet in disclosure.sheets:
        form = standard.forms.get(sheet.form or "")
        if form is None or form.rows is None or "exp_func_code" not in form.rows.axes:
            continue
        for row in sheet.rows:
            if row.role != "function":
                continue
            cell = CellRef(sheet.form, sheet.title, row.code, row.name, (), row.code, None, row.line)
            if row.code not in tree:
                unknown.setdefault(row.code, cell)
                continue
            yield from _name(tree, sheet, row, cell)
            if form.rows.depth == "leaf" and row.level != len(tree.widths):
                values = {"code": row.code, "level": row.level, "expected": len(tree.widths)}
                yield Finding("code_level", "error", "fails", (cell,), values, basis="预算法 art. 46", form=sheet.form)
        if form.rows.depth == "all":
            yield from _parents(tree, sheet)
    for code, cell in unknown.items():
        values = {"code": code, "name": cell.row_name}
        yield Finding("code_unknown", "info", "cannot_tell", (cell,), values, form=cell.form)


def name_findings(sheet: Sheet, standard: Standard) -> Iterator[Finding]:
    """Findings on functional codes that do not bear the printed name, in a table that no form set declares.

    Names of years before those in which a code was observed are not judged: names change.
    """
    tree = standard.space["exp_func_code"]
    for row in sheet.rows:
        if row.role == "function" and row.code in tree:
            if standard.fiscal_year < min(tree[row.code].years, default=0):
                continue
            cell = CellRef(sheet.form, sheet.title, row.code, row.name, (), row.code, None, row.line)
            yield from _name(tree, sheet, row, cell)


def _name(tree: Tree, sheet: Sheet, row: Row, cell: CellRef) -> Iterator[Finding]:
    member = tree[row.code]
    known = {bare(name) for name in member.names() if name}
    if not known or not row.name or bare(row.name) in known:
        return
    owners = names_of(tree).get(bare(row.name), [])
    severity: Severity = "error" if member.certainty == "confirmed" and owners else "warning"
    values = {
        "code": row.code, "name": row.name, "expected": member.name, "certainty": member.certainty,
        "owners": owners[:3], "source": member.source,
    }  # fmt: skip
    yield Finding("code_name", severity, "fails", (cell,), values, basis="政府收支分类科目", form=sheet.form)


def _parents(tree: Tree, sheet: Sheet) -> Iterator[Finding]:
    """A form that lists all levels lists the 类 and 款 above each 项."""
    listed = {row.code for row in sheet.rows if row.role == "function"}
    missing: dict[str, str] = {}
    for row in sheet.rows:
        if row.role == "function" and row.code in tree:
            for step in tree.path(row.code)[:-1]:
                if step not in listed:
                    missing.setdefault(step, row.code)
    if missing:
        cell = CellRef(sheet.form, sheet.title, "", "", (), "", None, sheet.source)
        values = {"codes": [f"{code} {tree[code].name}".strip() for code in missing]}
        yield Finding("code_parent_missing", "warning", "fails", (cell,), values, form=sheet.form)
