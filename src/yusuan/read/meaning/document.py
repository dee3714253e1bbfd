"""A whole disclosure by the lexicon alone: its tables as sheets, in the scopes that agree best with each other."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

from yusuan.agreements import between, evidence, index_of
from yusuan.amount import Scale
from yusuan.axes import Space
from yusuan.forms import Standard
from yusuan.lexicon import squeeze
from yusuan.read.grid import Material
from yusuan.read.meaning.frames import Frame, frames_of
from yusuan.read.meaning.gathered import Gathered
from yusuan.read.meaning.heads import Parts
from yusuan.read.meaning.sheets import Draft, draft_of, sheet_of
from yusuan.read.meaning.words import layout_space
from yusuan.sheet import Agency, Disclosure, Sheet, Stray

NARROWER: tuple[Parts, ...] = ({"vintage": frozenset({"current"})},)
"""Scopes that a title may mean without saying so, after the one that it says."""


@dataclass(frozen=True)
class Understood:
    """A disclosure as the lexicon reads it, with the space of codes that it uses (as a form set without forms)."""

    disclosure: Disclosure
    standard: Standard


def read_by_lexicon(material: Material, digest: str) -> Understood:
    """The tables of a material that speak of money; ``Disclosure.sheets`` is empty when there are none."""
    frames = frames_of(material)
    year, kind = year_and_kind(material, frames)
    space = layout_space().at(year) if year else layout_space()
    gathered = Gathered(space)
    drafts: list[Draft] = []
    strays: list[Stray] = []
    targets = False
    for frame in frames:
        draft = draft_of(frame, gathered, year, kind, targets=targets)
        targets = draft.scope.targets if draft is not None else targets and not frame.title
        if draft is None:
            strays.append(Stray("unknown_table", (frame.title or _first(frame))[:80], frame.source))
        else:
            draft.private += str(len(drafts)) if draft.private else ""
            drafts.append(draft)
    extras = narrowed(drafts, gathered)
    sheets = tuple(sheet_of(d, n, e, gathered) for d, n, e in zip(drafts, _numbers(drafts), extras))
    reporters = Counter(squeeze(s.agency_name) for s in sheets if s.agency_name)
    name = reporters.most_common(1)[0][0] if reporters else ""
    scope = "department" if "部门" in "".join(f.title for f in frames) else "unit"
    disclosure = Disclosure(
        material.file, digest, Agency("", name) if name else None, year, kind, scope, None, sheets, (),
        MappingProxyType({}), tuple(strays),
    )  # fmt: skip
    return Understood(disclosure, layout_standard(gathered.space, year, kind, _usual(sheets)))


def _first(frame: Frame) -> str:
    texts = [squeeze(cell.text) for row in (*frame.head, *frame.body)[:2] for _, cell in row.filled()]
    return " ".join(texts)


_NUMBERED = re.compile(r"(\d{1,2})(?:号?表)?$|表([一二三四五六七八九十]+)$")
_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九十")}


def _numbers(drafts: Sequence[Draft]) -> list[str]:
    """The printed number of each table where every printed number is unique; its place among the tables elsewhere."""
    printed = [_printed(draft.frame.number) for draft in drafts]
    counts = Counter(printed)
    return [
        f"{number:02}" if number is not None and counts[number] == 1 else f"#{place}"
        for place, number in enumerate(printed, 1)
    ]


def _printed(label: str) -> int | None:
    found = _NUMBERED.search(label)
    if found is None:
        return None
    if found[1]:
        return int(found[1])
    tens, mark, ones = found[2].rpartition("十")
    return (_DIGITS.get(tens, 1) if tens else 1) * 10 + _DIGITS.get(ones, 0) if mark else _DIGITS.get(found[2])


def _usual(sheets: Sequence[Sheet]) -> Scale:
    scales = Counter((s.scale.unit, s.scale.decimals) for s in sheets)
    return Scale(*scales.most_common(1)[0][0]) if scales else Scale()


def layout_standard(space: Space, year: int | None, kind: str, scale: Scale) -> Standard:
    """A form set without forms: the space of a disclosure that no form set declares."""
    return Standard("", "", "", "", year or 0, kind, scale, MappingProxyType({}), "", "", "{number}", space)


def narrowed(drafts: Sequence[Draft], gathered: Gathered) -> list[Parts]:
    """For each table the narrower scope, if any, in which it agrees with more of the others and contradicts fewer."""
    extras: list[Parts] = [{} for _ in drafts]
    sheets = [sheet_of(d, None, {}, gathered) for d in drafts]
    if not any(_carries_over(sheet) for sheet in sheets):
        return extras
    best = _score(sheets, gathered.space)
    for number, draft in enumerate(drafts):
        if draft.private or "vintage" in draft.scope.parts:
            continue
        for extra in NARROWER:
            trial = [*sheets]
            trial[number] = sheet_of(draft, None, extra, gathered)
            score = _score(trial, gathered.space)
            if score[0] < best[0] and score[1] >= best[1]:
                best, sheets, extras[number] = score, trial, extra
    return extras


def _carries_over(sheet: Sheet) -> bool:
    return any(
        cell.amount and cell.point and cell.point.parts.get("vintage") == frozenset({"carryover"})
        for cell in sheet.cells.values()
    )


def _score(sheets: Sequence[Sheet], space: Space) -> tuple[int, int]:
    index = index_of(sheets, space)
    held, failed = evidence(between(index), index.amounts, [s.scale.quantum for s in sheets])
    return sum(failed.values()), sum(held.values())


_YEAR_KIND = re.compile(r"(20\d\d)年(?:度)?[^。;;]{0,24}?(预算|决算)")


def year_and_kind(material: Material, frames: Sequence[Frame]) -> tuple[int | None, str]:
    """The fiscal year and whether the disclosure is a budget or final accounts, from titles and headings."""
    years: Counter[int] = Counter()
    kinds: Counter[str] = Counter()
    texts = [(line.text, 1) for line in material.lines[:80]] + [(title, 3) for f in frames for title in f.titles]
    for text, weight in texts:
        name = squeeze(text)
        if len(name) < 60:
            for found in _YEAR_KIND.finditer(name):
                years[int(found[1])] += weight
        if len(name) < 50:
            kinds["final"] += weight * ("决算" in name)
            kinds["budget"] += weight * ("预算" in name and "决算" not in name and "一般公共预算" not in name)
    final = kinds["final"] > kinds["budget"]
    return (years.most_common(1)[0][0] if years else None), "final" if final else "budget"
