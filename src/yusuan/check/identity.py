"""Whether all forms speak of one agency, one year and one unit of measure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from yusuan.finding import CellRef, Finding
from yusuan.forms import Standard
from yusuan.lexicon import squeeze
from yusuan.sheet import Disclosure, Sheet


def identity_findings(disclosure: Disclosure, standard: Standard) -> Iterator[Finding]:
    """Findings on who reports, for which year, in which unit."""
    yield from _names(disclosure)
    yield from _year(disclosure, standard)
    yield from _units(disclosure)
    yield from _codes(disclosure)


def _form(sheet: Sheet, text: str) -> CellRef:
    return CellRef(sheet.form, sheet.title, "", "", (), text, None, sheet.source)


def _names(disclosure: Disclosure) -> Iterator[Finding]:
    names = Counter(squeeze(sheet.agency_name) for sheet in disclosure.sheets if sheet.agency_name)
    own = squeeze(disclosure.facts.get("agency_name", "")) or (names.most_common(1)[0][0] if names else "")
    for sheet in disclosure.sheets:
        if sheet.agency_name and squeeze(sheet.agency_name) != own:
            values = {"name": sheet.agency_name, "expected": own}
            yield Finding(
                "agency_differs", "error", "fails", (_form(sheet, sheet.agency_name),), values, form=sheet.form
            )
    silent = [sheet.form for sheet in disclosure.sheets if not sheet.agency_name]
    if silent and len(silent) < len(disclosure.sheets):
        yield Finding("agency_unsaid", "info", "cannot_tell", (), {"forms": silent})
    if disclosure.agency is None:
        yield Finding("agency_unknown", "warning", "cannot_tell", (), {})


def _year(disclosure: Disclosure, standard: Standard) -> Iterator[Finding]:
    if disclosure.fiscal_year is None:
        yield Finding("year_unknown", "warning", "cannot_tell", (), {"expected": standard.fiscal_year})
    elif disclosure.fiscal_year != standard.fiscal_year:
        values = {"year": disclosure.fiscal_year, "standard": standard.id}
        yield Finding("year_differs", "info", "cannot_tell", (), values)


def _units(disclosure: Disclosure) -> Iterator[Finding]:
    units = Counter(sheet.scale.unit for sheet in disclosure.sheets if sheet.unit_label)
    if not units:
        yield Finding("unit_unsaid", "warning", "cannot_tell", (), {"forms": [s.form for s in disclosure.sheets]})
        return
    usual = units.most_common(1)[0][0]
    unsaid = [sheet.form for sheet in disclosure.sheets if not sheet.unit_label]
    if unsaid:
        yield Finding("unit_unsaid", "warning", "cannot_tell", (), {"forms": unsaid})
    for sheet in disclosure.sheets:
        if sheet.unit_label and sheet.scale.unit != usual:
            values = {"unit": sheet.scale.unit, "usual": usual}
            yield Finding("unit_differs", "info", "fails", (_form(sheet, sheet.scale.unit),), values, form=sheet.form)


def _codes(disclosure: Disclosure) -> Iterator[Finding]:
    """One agency code, one name, in every form that prints them."""
    names: dict[str, Counter[str]] = {}
    for sheet in disclosure.sheets:
        for row in sheet.rows:
            if row.role == "agency" and row.code and row.name and row.code != row.name:
                names.setdefault(row.code, Counter())[row.name] += 1
    for code, found in names.items():
        if len(found) > 1:
            usual = found.most_common(1)[0][0]
            for sheet in disclosure.sheets:
                for row in sheet.rows:
                    if row.role == "agency" and row.code == code and row.name not in ("", usual, code):
                        cell = CellRef(sheet.form, sheet.title, code, row.name, (), row.name, None, row.line)
                        values = {"code": code, "name": row.name, "expected": usual}
                        yield Finding("agency_name_differs", "warning", "fails", (cell,), values, form=sheet.form)
