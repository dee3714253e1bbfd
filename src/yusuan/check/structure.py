"""What a set of forms must have besides figures that agree: every form, its total row, its sentence when empty, its
notes, a head and body that fit, nothing without a label."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from yusuan.amount import looks_like_amount
from yusuan.axes import Point
from yusuan.figures import Figures, text_ref
from yusuan.finding import CellRef, Finding, Severity, Verdict
from yusuan.forms import Gap, Standard, normal_title
from yusuan.lexicon import lexicon, squeeze
from yusuan.sheet import Disclosure, Sheet, Stray

REPAIR_SEVERITY: Mapping[str, Severity] = {
    "columns_shifted": "warning", "head_moved": "warning", "labels_exchanged": "warning", "head_truncated": "warning",
    "title_missing": "warning", "phantom_columns": "warning",
    "head_displaced": "info", "head_different": "info", "label_differs": "info",
}  # fmt: skip

STRAY_SEVERITY: Mapping[str, Severity] = {
    "orphan": "warning", "not_amount": "error", "orphan_text": "info", "unknown_line": "warning",
    "missing_line": "warning", "form_repeated": "warning", "unknown_unit": "warning", "unknown_table": "info",
}  # fmt: skip


def structure_findings(figures: Figures, standard: Standard) -> Iterator[Finding]:
    """Findings on the make-up of the whole set."""
    disclosure = figures.disclosure
    yield from _missing_forms(disclosure, standard)
    yield from (_stray(stray, None, "") for stray in disclosure.strays)
    for number, sheet in enumerate(disclosure.sheets):
        if sheet.form is None or sheet.form not in standard.forms:
            continue
        yield from _rows(sheet, standard)
        yield from _emptiness(sheet, standard)
        yield from _notes(sheet, standard)
        yield from _repairs(sheet)
        yield from _row_repairs(sheet)
        yield from _strays(sheet)
        yield from _texts(sheet, number)
        yield from _cells(figures, sheet, number)
    yield from _gaps(disclosure, standard)
    yield from _whole(figures, standard)


def _form(sheet: Sheet) -> CellRef:
    return CellRef(sheet.form, sheet.title, "", "", (), "", None, sheet.source)


def _finding(rule: str, severity: Severity, sheet: Sheet, *, verdict: Verdict = "fails", **values: object) -> Finding:
    return Finding(rule, severity, verdict, (_form(sheet),), values, form=sheet.form)


def _missing_forms(disclosure: Disclosure, standard: Standard) -> Iterator[Finding]:
    present = {sheet.form for sheet in disclosure.sheets}
    missing = [form for number, form in standard.forms.items() if number not in present]
    if not missing:
        return
    listed = {number for number, _ in disclosure.contents}
    whole = len(present) * 2 > len(standard.forms) or bool(listed)
    unsure = any(stray.kind == "unknown_table" for stray in disclosure.strays) or not any(
        cell.amount for sheet in disclosure.sheets for cell in sheet.cells.values()
    )
    for form in missing:
        values = {"label": standard.form_label(form.number), "title": form.title, "listed": form.number in listed}
        severity: Severity = "info" if not whole else "warning" if unsure else "error"
        yield Finding(
            "form_missing",
            severity,
            "fails" if severity == "error" else "cannot_tell",
            (),
            values,
            basis="预算法 art. 14",
        )


def _rows(sheet: Sheet, standard: Standard) -> Iterator[Finding]:
    form = standard.forms[sheet.form or ""]
    roles = [row.role for row in sheet.rows]
    if form.rows is not None and form.rows.total and "total" not in roles:
        yield _finding("total_row_missing", "warning", sheet, label=form.rows.total_label)
    for row in sheet.rows:
        if row.role == "blank" and (row.name or row.code):
            yield _finding(
                "row_not_understood", "info", sheet, verdict="cannot_tell", label=f"{row.code} {row.name}".strip()
            )
        if row.hidden:
            yield _finding("row_hidden", "warning", sheet, label=f"{row.code} {row.name}".strip())
    seen: dict[object, int] = {}
    for row in sheet.rows:
        if row.role == "function":
            seen[row.point] = seen.get(row.point, 0) + 1
    for row in sheet.rows:
        if row.role == "function" and seen.pop(row.point, 0) > 1:
            yield _finding("row_repeated", "warning", sheet, label=f"{row.code} {row.name}")


def is_empty(sheet: Sheet) -> bool:
    """Whether a sheet prints no amount, withholds none and has no text of its own."""
    withheld = lexicon().is_withheld
    return not any(cell.amount or withheld(cell.text) for cell in sheet.cells.values()) and not sheet.words


def _emptiness(sheet: Sheet, standard: Standard) -> Iterator[Finding]:
    said = [note for note in sheet.notes if _says_empty(note)]
    if is_empty(sheet) and (has_unread(sheet) or _lost_columns(sheet)):
        yield _finding("form_unreadable", "warning", sheet, verdict="cannot_tell")
    elif is_empty(sheet) and not said:
        yield _finding("empty_without_sentence", "error", sheet, sentence=standard.forms[sheet.form or ""].empty)
    if not is_empty(sheet) and said:
        yield _finding("sentence_on_filled", "error", sheet, sentence=said[0])


def has_unread(sheet: Sheet) -> bool:
    """Whether a sheet prints digits where a figure should be, none of which could be read as an amount."""
    cells = (cell.text for cell in sheet.cells.values() if cell.amount is None)
    strays = (stray.text for stray in sheet.strays if stray.kind in UNREAD)
    return any(_DIGIT.search(text) for text in (*cells, *strays))


def _lost_columns(sheet: Sheet) -> bool:
    return any(_FIGURE.search(label) for row in sheet.rows for label in (row.name, *row.labels))


UNREAD = ("orphan", "not_amount")
"""Kinds of strays that are figures."""
_DIGIT = re.compile(r"[1-9]")
_FIGURE = re.compile(r"\d\.\d")
"""A figure inside a label: the columns of the line were lost."""


def _says_empty(note: str) -> bool:
    plain = squeeze(note)
    return "空表" in plain or ("无数据" in plain and "表" in plain)


def _notes(sheet: Sheet, standard: Standard) -> Iterator[Finding]:
    printed = {normal_title(note) for note in sheet.notes}
    for note in standard.forms[sheet.form or ""].notes:
        if normal_title(note) not in printed:
            yield _finding("note_missing", "info", sheet, note=note)


def _repairs(sheet: Sheet) -> Iterator[Finding]:
    for repair in sheet.repairs:
        severity = REPAIR_SEVERITY.get(repair.kind, "info")
        verdict: Verdict = "fails" if repair.settled else "cannot_tell"
        yield Finding(f"repair_{repair.kind}", severity, verdict, (_form(sheet),), repair.values, form=sheet.form)


def _row_repairs(sheet: Sheet) -> Iterator[Finding]:
    short = [row for row in sheet.rows if row.repair and row.repair.kind == "code_completed"]
    if short:
        cells = tuple(
            CellRef(sheet.form, sheet.title, row.code, row.name, (), row.repair.origin, None, row.line)
            for row in short
            if row.repair
        )
        settled = all(row.repair.settled for row in short if row.repair)
        codes = [f"{row.repair.origin} → {row.code} {row.name}" for row in short if row.repair]
        verdict: Verdict = "fails" if settled else "cannot_tell"
        yield Finding("code_short", "warning", verdict, cells, {"codes": codes}, form=sheet.form)


def _strays(sheet: Sheet) -> Iterator[Finding]:
    missing = [stray.text for stray in sheet.strays if stray.kind == "missing_line"]
    if missing:
        yield _finding("stray_missing_line", STRAY_SEVERITY["missing_line"], sheet, labels=missing)
    for stray in sheet.strays:
        if stray.kind != "missing_line":
            yield _stray(stray, sheet.form, sheet.title)


def _stray(stray: Stray, form: str | None, title: str) -> Finding:
    cell = CellRef(form, title, "", "", (), stray.text, stray.amount, stray.source)
    severity = STRAY_SEVERITY.get(stray.kind, "info")
    verdict: Verdict = "cannot_tell" if severity == "info" else "fails"
    return Finding(f"stray_{stray.kind}", severity, verdict, (cell,), {"text": stray.text}, form=form)


def _texts(sheet: Sheet, number: int) -> Iterator[Finding]:
    for (r, c), cell in sheet.words.items():
        ref = text_ref(sheet, number, r, c)
        if looks_like_amount(cell.text):
            yield Finding("number_for_text", "warning", "fails", (ref,), {"text": cell.text}, form=sheet.form)
        if cell.repair and cell.repair.kind == "label_unproven":
            yield Finding(
                "repair_label_unproven", "warning", "cannot_tell", (ref,), cell.repair.values, form=sheet.form
            )
    moved = [(r, c) for (r, c), cell in sheet.words.items() if cell.repair and cell.repair.kind == "label_by_wording"]
    if moved:
        refs = tuple(text_ref(sheet, number, r, c) for r, c in moved)
        labels = [sheet.texts[c].labels[-1] for _, c in moved]
        values = {"labels": list(dict.fromkeys(labels)), "count": len(moved)}
        yield Finding("repair_label_by_wording", "warning", "fails", refs, values, form=sheet.form)


def _cells(figures: Figures, sheet: Sheet, number: int) -> Iterator[Finding]:
    for (r, c), cell in sheet.cells.items():
        if cell.repair and cell.repair.kind == "formula_without_value":
            ref = figures.ref((number, r, c))
            yield Finding("formula_without_value", "warning", "cannot_tell", (ref,), {}, form=sheet.form)
        if cell.amount is not None and cell.amount < 0:
            yield Finding("negative_amount", "warning", "fails", (figures.ref((number, r, c)),), {}, form=sheet.form)


def _gaps(disclosure: Disclosure, standard: Standard) -> Iterator[Finding]:
    """Gaps of the template itself, each told once with the forms that show it."""
    told: dict[str, tuple[list[Sheet], list[Gap]]] = {}
    for sheet in disclosure.sheets:
        form = standard.forms.get(sheet.form or "")
        for gap in form.gaps if form else ():
            sheets, gaps = told.setdefault(gap.id, ([], []))
            if sheet not in sheets:
                sheets.append(sheet)
            if gap.text not in [known.text for known in gaps]:
                gaps.append(gap)
    for name, (sheets, gaps) in told.items():
        zh, en = "；".join(gap.text for gap in gaps), "; ".join(gap.en for gap in gaps)
        values = {"id": name, "zh": zh, "en": en, "forms": [sheet.form for sheet in sheets]}
        cells = tuple(_form(sheet) for sheet in sheets)
        yield Finding("template_gap", "info", "not_applicable", cells, values, basis=name, form=sheets[0].form)


def _whole(figures: Figures, standard: Standard) -> Iterator[Finding]:
    yield Finding("narrative_absent", "info", "cannot_tell", ())
    yield from _titles(figures.disclosure, standard)
    yield from _wording(figures.disclosure, standard)
    yield from _carry_over(figures, standard)
    yield from _not_itemised(figures)


def _titles(disclosure: Disclosure, standard: Standard) -> Iterator[Finding]:
    listed = dict(disclosure.contents)
    differing = []
    for sheet in disclosure.sheets:
        shown = sheet.printed_titles[0] if sheet.printed_titles else ""
        if sheet.form in listed and shown and squeeze_raw(listed[sheet.form]) != squeeze_raw(shown):
            differing.append(f"{standard.form_label(sheet.form)}：{listed[sheet.form]} / {shown}")
    if differing:
        yield Finding("title_differs", "info", "fails", (), {"titles": differing, "count": len(differing)})


def squeeze_raw(text: str) -> str:
    """A text without spaces, signs kept as printed."""
    return "".join(text.split())


def _wording(disclosure: Disclosure, standard: Standard) -> Iterator[Finding]:
    if disclosure.scope != "unit":
        return
    words = [sheet.title for sheet in disclosure.sheets if "部门整体" in sheet.title]
    words += [head for head in (disclosure.facts.get("contents_head", ""),) if "部门" in head]
    if words:
        yield Finding("wording_department", "info", "fails", (), {"words": words})
    prefixes = sorted(
        {squeeze(note).split(":")[0] for sheet in disclosure.sheets for note in sheet.notes if ":" in squeeze(note)}
    )
    labels = sorted({sheet.unit_label for sheet in disclosure.sheets if sheet.unit_label})
    if len({p.rstrip("0123456789") for p in prefixes}) > 2 or len(labels) > 1:
        yield Finding("wording_varies", "info", "fails", (), {"prefixes": prefixes, "labels": labels})


def _carry_over(figures: Figures, standard: Standard) -> Iterator[Finding]:
    """Carried-over money is in the expenditure forms but not in forms on this year's basis."""
    carried = figures.total(Point({"kind": frozenset({"budget"}), "vintage": frozenset({"carryover"})}))
    projects = figures.total(Point({"kind": frozenset({"project"})}))
    if carried is None or not carried[0]:
        return
    current = frozenset({"current"})
    forms = [
        sheet.form
        for sheet in figures.disclosure.sheets
        if (form := standard.forms.get(sheet.form or ""))
        and form.scope.get("vintage") == current
        and not is_empty(sheet)
    ]
    silent = [
        sheet.form for sheet in figures.disclosure.sheets
        if sheet.form in forms and not any("结转" in note for note in sheet.notes)
    ]  # fmt: skip
    if forms:
        share = f"{100 * carried[0] / projects[0]:.1f}" if projects and projects[0] else ""
        values = {"amount": carried[0], "forms": forms, "silent": silent, "share": share}
        cells = tuple(figures.ref(place) for place in carried[1])
        severity: Severity = "warning" if silent else "info"
        yield Finding(
            "carry_over_outside",
            severity,
            "fails" if silent else "not_applicable",
            cells,
            values,
            basis="实施条例 art. 50",
        )


def _not_itemised(figures: Figures) -> Iterator[Finding]:
    """Basic expenditure from other sources is printed by 类 only; the law asks for 款."""
    whole = figures.total(Point({"kind": frozenset({"basic"})}))
    public = figures.total(Point({"kind": frozenset({"basic"}), "fund_type_code": frozenset({"11"})}))
    if whole and public and whole[0] > public[0]:
        cells = tuple(figures.ref(place) for place in (*whole[1], *public[1]))
        values = {"amount": whole[0] - public[0], "share": f"{100 * (whole[0] - public[0]) / whole[0]:.1f}"}
        yield Finding("not_itemised", "info", "fails", cells, values, basis="预算法 art. 46")
