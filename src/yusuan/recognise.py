"""Which bundled form set a disclosure follows, told from the titles of its tables and the labels of their heads.

Titles differ in what they say beside the name of a form: year, 部门 or 预算单位, number, 预算, 情况. Without all
that a title names a form; where two sets have the same titles, the labels of the heads decide.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from yusuan.forms import Form, Standard, dated, head_paths, normal_title
from yusuan.lexicon import bare, squeeze
from yusuan.standard import list_standards, load_standard

SHARE = (2, 3)
"""Of a set's forms this part must be there."""

_NUMBER = re.compile(r"^(?:(?:部门|单位)?(?:预算|公开|表)+表?[0-9一二三四五六七八九十]*表?[:、.-]?)(?=.{3})")
_BRACKETS = re.compile(r"\([^()]*\)|（[^（）]*）")
_YEAR = re.compile(r"(?:19|20)\d\d年?度?")
_WHOSE = re.compile(r"^(?:省级|市级|区级|县级|州级|本级)?(?:预算单位|部门(?!预算支出)|单位|市本级)(?:预算)?(?=.{3})")
_ENDS = (("预算表", "表"), ("决算表", "决算表"), ("情况表", "表"), ("总体表", "总表"), ("预算总表", "总表"))


def folded_title(title: str) -> str:
    """The name of a form in a title: without number, year, owner and the words that only say that it is a budget."""
    plain = squeeze(title)
    plain = re.sub(
        r"^.{0,12}?[0-9]{1,2}表(?=.{3})|^(?:附?表|附件)[0-9一二三四五六七八九十-]{1,4}[:、.]?(?=.{3})", "", plain
    )
    plain = re.sub(r"^[0-9一二三四五六七八九十()]{1,5}[.、:](?=.{3})", "", plain)
    plain = normal_title(_BRACKETS.sub("", _YEAR.sub("", plain)))
    plain = _WHOSE.sub("", plain)
    for end, kept in _ENDS:
        if plain.endswith(end):
            plain = plain.removesuffix(end) + kept
    return plain.replace("财务收支", "收支").replace("预算支出", "支出").replace("经费支出表", "经费表")


def bracketed(title: str) -> frozenset[str]:
    """What a title says in brackets, which tells forms of one name apart."""
    return frozenset(bare(text).strip("()").removesuffix("科目") for text in _BRACKETS.findall(squeeze(title)))


def labels_of(form: Form) -> frozenset[str]:
    """The bare labels of a form's head, years left out."""
    found = {label for _, path in head_paths(form.heads) for label in path}
    for block in form.blocks:
        found.update((block.band, *block.heads, *(dated(label, None) for label in block.path)))
    return frozenset(bare(label) for label in found if label)


@dataclass(frozen=True)
class Known:
    """A form set by the folded titles and head labels of its forms."""

    standard: Standard
    titles: Mapping[str, tuple[str, ...]]
    brackets: Mapping[str, frozenset[str]]
    labels: Mapping[str, frozenset[str]]


@cache
def known_sets() -> tuple[Known, ...]:
    """Every bundled form set, loaded once."""
    made = []
    for name in list_standards():
        standard = load_standard(name)
        titles: dict[str, tuple[str, ...]] = {}
        for form in standard.forms.values():
            key = folded_title(dated(form.title, None))
            titles[key] = (*titles.get(key, ()), form.number)
        brackets = {number: bracketed(form.title) for number, form in standard.forms.items()}
        labels = {number: labels_of(form) for number, form in standard.forms.items()}
        made.append(Known(standard, MappingProxyType(titles), brackets, MappingProxyType(labels)))
    return tuple(made)


def best_standard(
    titles: Sequence[str], heads: Sequence[Sequence[str]], year: int | None = None, kind: str | None = None
) -> tuple[Standard, Mapping[int, str]] | None:
    """The form set that tables follow, and table number → form; ``None`` when no set has two thirds of its forms there.

    ``heads`` are the labels over each table's columns in any order, empty where unknown; ``kind`` is budget or final.
    Of sets that fit alike the one of the year nearest to ``year`` is taken.
    """
    folded = [folded_title(title) for title in titles]
    printed = [frozenset(bare(_YEAR.sub("", squeeze(label))) for label in head) - {""} for head in heads]
    printed += [frozenset()] * (len(folded) - len(printed))
    inside = [bracketed(title) for title in titles]
    best: tuple[tuple[float, ...], Standard, Mapping[int, str]] | None = None
    for known in known_sets():
        if kind is not None and known.standard.kind != kind:
            continue
        found, likeness = _matched(known, folded, inside, printed)
        if len(found) * SHARE[1] < len(known.standard.forms) * SHARE[0]:
            continue
        far = abs(known.standard.fiscal_year - year) if year is not None else 0
        share = len(found) / len(known.standard.forms)
        rank = (round(share * (0.5 + likeness), 3), len(found), -far, known.standard.fiscal_year)
        if best is None or rank > best[0]:
            best = rank, known.standard, found
    return None if best is None else (best[1], best[2])


def _matched(
    known: Known, folded: Sequence[str], inside: Sequence[frozenset[str]], printed: Sequence[frozenset[str]]
) -> tuple[Mapping[int, str], float]:
    """Table → form, each form once, and how alike the heads are on average (0–1, half where they are unknown)."""
    found: dict[int, str] = {}
    alike: dict[str, float] = {}
    for number, (title, labels) in enumerate(zip(folded, printed)):
        forms = known.titles.get(title, ())
        rated = [(inside[number] == known.brackets[f], _alike(labels, known.labels[f]), f) for f in forms]
        for _, score, form in sorted(rated, key=lambda entry: entry[:2], reverse=True):
            if form not in alike:
                found[number], alike[form] = form, score
                break
    return MappingProxyType(found), sum(alike.values()) / len(alike) if alike else 0.0


def _alike(printed: frozenset[str], labels: frozenset[str]) -> float:
    if not printed or not labels:
        return 0.5
    return len(printed & labels) / len(printed | labels)
