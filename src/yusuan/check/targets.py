"""Performance targets: texts copied, not measurable, told differently in two forms, styled in two ways."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from yusuan.amount import fold
from yusuan.figures import text_ref
from yusuan.finding import CellRef, Finding
from yusuan.forms import Standard
from yusuan.indicators import clauses, parse_indicators
from yusuan.sheet import Disclosure, Sheet

NEAR = 0.72
"""Clauses at least this alike, and not equal, tell one thing in two ways."""

_WORDED = re.compile(r"大于等于|小于等于|等于")
_AROUND = re.compile(r"^(?:组织|举办|开展|赴)+|(?:大于等于|小于等于|等于|不少于|至少|[≥≤=])?\d+.{0,3}$")
"""Verbs before and amounts behind what a clause is about."""
_SIGNED = re.compile(r"[≥≤=＝]")


def target_findings(disclosure: Disclosure, standard: Standard) -> Iterator[Finding]:
    """Findings on the texts of the performance forms."""
    told: list[tuple[int, Sheet, dict[tuple[int, str], tuple[int, int]]]] = []
    for number, sheet in enumerate(disclosure.sheets):
        form = standard.forms.get(sheet.form or "")
        if form is None or not sheet.words:
            continue
        elements = [leaf.data for leaf in form.texts()]
        placed = {(r, elements[c]): (r, c) for (r, c) in sheet.words}
        told.append((number, sheet, placed))
        yield from _copies(number, sheet, placed)
        yield from _measurable(number, sheet, placed)
        yield from _bounds(number, sheet, placed)
        yield from _endings(number, sheet, placed)
    yield from _styles(told)
    for i, first in enumerate(told):
        for second in told[i + 1 :]:
            yield from _differences(first, second)


def _text(sheet: Sheet, place: tuple[int, int]) -> str:
    return fold(sheet.words[place].text)


def _copies(number: int, sheet: Sheet, placed: dict[tuple[int, str], tuple[int, int]]) -> Iterator[Finding]:
    for row in sorted({r for r, _ in placed}):
        mine = [(element, placed[row, element]) for r, element in placed if r == row]
        goals = [(e, p) for e, p in mine if "." not in e and len(_text(sheet, p)) >= 8]
        for i, (_, first) in enumerate(goals):
            for _, second in goals[i + 1 :]:
                if _text(sheet, first) == _text(sheet, second):
                    refs = (text_ref(sheet, number, *first), text_ref(sheet, number, *second))
                    yield Finding("target_copied", "warning", "fails", refs, _labels(refs), form=sheet.form)
        for _, indicator in ((e, p) for e, p in mine if "." in e):
            text = _text(sheet, indicator).rstrip("。")
            for _, goal in goals[:1]:
                whole = _text(sheet, goal).rstrip("。")
                if len(text) >= 8 and (text == whole or whole.startswith(text)):
                    refs = (text_ref(sheet, number, *goal), text_ref(sheet, number, *indicator))
                    yield Finding("target_indicator_copied", "warning", "fails", refs, _labels(refs), form=sheet.form)


def _labels(refs: tuple[CellRef, ...]) -> dict[str, object]:
    return {"row": refs[0].row_name, "first": refs[0].column[-1], "second": refs[1].column[-1]}


def _measurable(number: int, sheet: Sheet, placed: dict[tuple[int, str], tuple[int, int]]) -> Iterator[Finding]:
    for (_, element), place in placed.items():
        if "." not in element:
            continue
        parts = parse_indicators(_text(sheet, place))
        if parts and not any(part.value for part in parts):
            ref = text_ref(sheet, number, *place)
            yield Finding(
                "target_unmeasurable", "warning", "fails", (ref,), {"text": _short(ref.text)}, form=sheet.form
            )
        elif (measured := sum(part.value is not None for part in parts)) > 3:
            ref = text_ref(sheet, number, *place)
            yield Finding("target_crowded", "info", "fails", (ref,), {"count": measured}, form=sheet.form)


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:40] + "…"


def _bounds(number: int, sheet: Sheet, placed: dict[tuple[int, str], tuple[int, int]]) -> Iterator[Finding]:
    """A cost that must not exceed the budget is bounded from above, not fixed."""
    for (_, element), place in placed.items():
        text = _text(sheet, place)
        if element.startswith("cost") and "不超过" in text:
            fixed = [p for p in parse_indicators(text) if p.operator == "=" and p.stated and p.unit == "%"]
            if fixed:
                ref = text_ref(sheet, number, *place)
                yield Finding(
                    "target_cost_fixed", "warning", "fails", (ref,), {"clause": fixed[0].text}, form=sheet.form
                )


def _endings(number: int, sheet: Sheet, placed: dict[tuple[int, str], tuple[int, int]]) -> Iterator[Finding]:
    """Sentences (goals, and indicators that measure nothing) end."""
    for (_, element), place in placed.items():
        text = _text(sheet, place)
        if "." in element and any(part.value for part in parse_indicators(text)):
            continue
        if len(text) > 20 and not text.endswith(("。", ".", "；", ";", "！")):
            ref = text_ref(sheet, number, *place)
            yield Finding("target_unfinished", "info", "fails", (ref,), {"text": text[-12:]}, form=sheet.form)


def _styles(told: list[tuple[int, Sheet, dict[tuple[int, str], tuple[int, int]]]]) -> Iterator[Finding]:
    texts = [(sheet.form, _text(sheet, p)) for _, sheet, placed in told for (_, e), p in placed.items() if "." in e]
    worded = sorted({form for form, text in texts if form and _WORDED.search(text)})
    signed = sorted({form for form, text in texts if form and _SIGNED.search(text)})
    if worded and signed:
        yield Finding("target_style", "info", "fails", (), {"worded": worded, "signed": signed})
    rates = sorted({form for form, text in texts if form and "满意率" in text})
    degrees = sorted({form for form, text in texts if form and "满意度" in text})
    if rates and degrees:
        yield Finding("target_terms", "info", "fails", (), {"first": rates, "second": degrees})


def _differences(
    first: tuple[int, Sheet, dict[tuple[int, str], tuple[int, int]]],
    second: tuple[int, Sheet, dict[tuple[int, str], tuple[int, int]]],
) -> Iterator[Finding]:
    """Clauses of two forms that are nearly but not quite the same; goals compared with goals, outputs with outputs."""
    left, right = _clauses(first), _clauses(second)
    reported = set()
    for kind, clause in left:
        if (kind, clause) in right:
            continue
        for other_kind, other in right:
            if other_kind != kind or (kind, other) in left or (clause, other) in reported or not _close(clause, other):
                continue
            reported.add((clause, other))
            refs = (
                text_ref(first[1], first[0], *left[kind, clause]), text_ref(second[1], second[0], *right[kind, other]),
            )  # fmt: skip
            values = {"first": clause, "second": other, "words": _differing(clause, other)}
            yield Finding("target_told_differently", "warning", "fails", refs, values, form=first[1].form)


def _clauses(
    told: tuple[int, Sheet, dict[tuple[int, str], tuple[int, int]]],
) -> dict[tuple[str, str], tuple[int, int]]:
    """(kind of text, clause) → where it stands; kinds are goals, duties and the classes of indicators."""
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for (_, element), place in told[2].items():
        kind = re.split(r"[._]", element)[0]
        for clause in clauses(_text(told[1], place)):
            for piece in re.split(r"[、，,]", clause):
                plain = _AROUND.sub("", piece.strip())
                if len(plain) >= 5:
                    found.setdefault((kind, plain), place)
    return found


def _close(one: str, other: str) -> bool:
    if abs(len(one) - len(other)) > 4:
        return False
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.quick_ratio() >= NEAR and matcher.ratio() >= NEAR


def _differing(one: str, other: str) -> list[str]:
    found = []
    for tag, a, b, c, d in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if tag != "equal":
            found.append(f"{one[a:b] or '—'} / {other[c:d] or '—'}")
    return found
