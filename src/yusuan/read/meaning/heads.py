"""What money columns mean: the labels from the top of the head to the leaf, within the scope that the title gives."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from yusuan.axes import Space
from yusuan.lexicon import lexicon, names_of, squeeze
from yusuan.read.meaning.panels import Printed
from yusuan.read.meaning.words import layout_words, plain, year_in

Parts = Mapping[str, frozenset[str]]

_YEARED = re.compile(r"20\d\d年(?:度)?")


@dataclass(frozen=True)
class Scope:
    """What a title says: members on axes; ``apart`` when the figures are no slices of the budget that others print
    too; ``targets`` when they are amounts among texts; ``side`` of the table (income, spending or empty);
    ``economic`` is the classification that the title names."""

    parts: Parts
    apart: bool
    side: str
    economic: str | None
    targets: bool = False
    title: str = ""


@dataclass(frozen=True)
class Heading:
    """A money column: members it names (``None``: not understood), its account, whether it is a total of others."""

    printed: Printed
    parts: Parts | None
    account: str
    total: bool
    of_which: bool


def scope_of(title: str) -> Scope:
    """The scope of a table from its title."""
    words = layout_words()
    name = squeeze(title)
    parts: dict[str, frozenset[str]] = {}
    apart = not name
    targets = False
    for word in words.titles:
        if not any(w in name for w in word.words):
            continue
        apart, targets = apart or word.apart, targets or word.targets
        for axis, codes in word.point.parts.items() if word.point else ():
            parts.setdefault(axis, codes)
    both = "收支" in name or "收入支出" in name
    side = "" if both else "income" if "收入" in name else "spending" if "支出" in name else ""
    named = words.axis_of(title)
    economic = named if named in ("dep_bgt_eco_code", "gov_bgt_eco_code") else None
    return Scope(parts, apart, side, economic, targets, plain(title))


def headings_of(columns: Iterable[Printed], scope: Scope, space: Space, year: int | None, main: str) -> list[Heading]:
    """The meaning of each money column; ``year`` is the fiscal year, ``main`` the account of the document."""
    made = [_heading(column, scope, space, year, main) for column in columns]
    if any(h.parts is not None and h.parts.get("vintage") == frozenset({"carryover"}) for h in made):
        made = [_current(h) for h in made]
    return made


def _current(heading: Heading) -> Heading:
    """Beside a column of carry-over, a column of a fund is this year's money."""
    parts = heading.parts
    if parts is None or "vintage" in parts or "fund_type_code" not in parts:
        return heading
    marked = {**parts, "vintage": frozenset({"current"})}
    return Heading(heading.printed, marked, heading.account, heading.total, heading.of_which)


def _heading(column: Printed, scope: Scope, space: Space, year: int | None, main: str) -> Heading:
    words = layout_words()
    account = _account(column.path, year, main)
    parts: dict[str, frozenset[str]] = {}
    known = True
    of_which = any(squeeze(label).startswith("其中") for label in column.path)
    for depth, label in enumerate(column.path):
        name = plain(_YEARED.sub("", squeeze(label)))
        if not name or name in words.neutral or any(name in group for group in words.accounts.values()):
            continue
        term = words.terms.get(name)
        found = None if term is None or term.statement else dict(term.point.parts)
        if found is None and name in lexicon().terms:
            found = dict(lexicon().terms[name].parts)
        if found is None:
            found = _by_name(name, scope, space)
        if found is None and (words.is_total(name) or words.role_of(label)):
            continue
        if found is None and label_scope(name) is not None:
            found = label_scope(name)
        if found is None and depth < len(column.path) - 1 and name in scope.title:
            continue
        if found is None:
            if depth < len(column.path) - 1 and not _money_word(name):
                continue
            known = False
            break
        for axis, codes in found.items():
            both = space[axis].meet(parts[axis], codes) if axis in parts else codes
            parts[axis] = both or codes
    return Heading(column, parts if known else None, account, words.is_total(column.leaf), of_which)


def label_scope(name: str) -> dict[str, frozenset[str]] | None:
    """What a label says that speaks as titles do (本年财政拨款基本支出); ``None`` for any other."""
    if not re.search(r"(?:收入|支出|预算|预算数|决算数|支出情况)$", name):
        return None
    scope = scope_of(name)
    told = any(axis != "kind" for axis in scope.parts) or "基本支出" in name or "项目支出" in name
    return dict(scope.parts) if told and not scope.apart else None


def _money_word(name: str) -> bool:
    return bool(re.search(r"[\u4e00-\u9fff]{2}", name))


def _by_name(name: str, scope: Scope, space: Space) -> dict[str, frozenset[str]] | None:
    """A column that bears the name of a code of an economic classification."""
    order = [scope.economic] if scope.economic else ["gov_bgt_eco_code", "dep_bgt_eco_code"]
    for axis in order:
        assert axis is not None
        codes = sorted(names_of(space[axis]).get(name, ()), key=lambda code: (space[axis].level(code), code))
        if codes:
            return {axis: frozenset(codes[:1])}
    return None


def _account(path: tuple[str, ...], year: int | None, main: str) -> str:
    words = layout_words()
    found = main
    for label in path:
        name = plain(_YEARED.sub("", squeeze(label)))
        printed = year_in(label)
        last = (printed is not None and year is not None and printed < year) or any(
            squeeze(label).startswith(word)
            and not squeeze(label).startswith((f"{word}结转", f"{word}结余", f"{word}实户"))
            for word in words.accounts["last"]
        )
        if last:
            executed = name in words.accounts["executed"] or any(w in squeeze(label) for w in ("执行", "决算", "完成"))
            found = "prior_final" if executed else "prior_budget"
        elif name in words.accounts["adjusted"] or (main == "final" and name in ("预算数", "年初预算数")):
            found = "adjusted" if not found.startswith("prior") else found
        elif found.startswith("prior") and name in words.accounts["executed"]:
            found = "prior_final"
    return found
