"""Words of comparison: with which account, in which direction, and the same as what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from yusuan.prose import Figure, prose_words


@dataclass(frozen=True, slots=True)
class Against:
    """The account that a text compares with, at ``start``–``end`` of it."""

    account: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Same:
    """与上年持平 and its like: the account, whether only nearly the same, the direction, its place."""

    account: str
    near: bool
    start: int
    end: int
    direction: int = 0


@dataclass(frozen=True, slots=True)
class Turn:
    """A comparison under way: with which account, from which base, of which statement (its ``place``-th)."""

    account: str
    base: Figure | None = None
    start: int = 0
    index: int | None = None
    place: int = 0


def last_match(pattern: str, text: str) -> re.Match[str] | None:
    """The last place of a text where the pattern stands."""
    found = None
    for match in re.finditer(pattern, text):
        found = match
    return found


@cache
def _against() -> list[tuple[str, re.Pattern[str]]]:
    words = prose_words()["against"]
    found = []
    for account in ("prior_final", "prior_budget", "prior"):
        for pattern in words[account]:
            found.append(
                (account, re.compile(f"{words['words']}(?:{pattern})(?:支出|收入|安排|的)*(?:数|额)?(?:相比|对比)?"))
            )
    return found


def against_of(text: str, kind: str, year: int) -> Against | None:
    """The last comparison that a text names; the account of a bare 上年 depends on the kind of the document."""
    best: Against | None = None
    for account, pattern in _against():
        for match in pattern.finditer(text):
            told = re.search(r"(?:19|20)\d\d", match.group())
            if told and year and int(told.group()) >= year:
                continue
            bare = "prior_final" if kind == "final" else "prior_budget"
            name = bare if account == "prior" else account
            found = Against(name, match.start(), match.end())
            if best is None or found.start > best.start or (found.start == best.start and found.end > best.end):
                best = found
    return best


@cache
def _directions() -> tuple[re.Pattern[str], dict[str, int]]:
    words = prose_words()["direction"]
    table = dict.fromkeys(words["either"], 0) | dict.fromkeys(words["up"], 1) | dict.fromkeys(words["down"], -1)
    every = sorted(table, key=len, reverse=True)
    tail = r"(?:了|额|额为|各|约|为|共|合计|数|的?比例为?|幅度?为?|率为?)*"
    return re.compile(rf"({'|'.join(map(re.escape, every))}){tail}$"), table


def direction_of(lead: str) -> int | None:
    """+1, -1 or 0 (增加（减少）) when the text ends with a word of change; ``None`` when it does not."""
    pattern, table = _directions()
    found = pattern.search(lead.rstrip("：，, "))
    if found is None:
        return None
    return table[found.group(1)]


@cache
def _same() -> re.Pattern[str]:
    words = prose_words()["direction"]
    near = "|".join(map(re.escape, words["near"]))
    same = "|".join(sorted(map(re.escape, words["same"]), key=len, reverse=True))
    return re.compile(rf"(?:比|较|与|同|和)(?P<what>[^，；。、：]{{1,24}}?)(?:相比)?，?(?:(?P<near>{near})|(?:{same}))")


def same_of(text: str, kind: str, year: int) -> Iterator[Same]:
    """Every 与…持平 of a text whose other side is an earlier account."""
    for match in _same().finditer(text):
        found = against_of(match.group()[0] + match.group("what"), kind, year)
        if found is not None:
            yield Same(found.account, bool(match.group("near")), match.start(), match.end())


_COMPLETION = re.compile(
    r"(?:支出)?决算数?(?:(?P<up>大于|高于|超过|多于)|(?P<down>小于|低于|少于)|(?P<equal>等于)|与)(?:年初|全年)?(?:支出)?预算数?"
    r"(?P<same>(?P<near>基本|大致)?(?:持平|一致|相同|相等))?"
)


def completion_turn(text: str) -> Iterator[Same]:
    """Every 决算数大于（小于、等于）预算数 of a text."""
    for match in _COMPLETION.finditer(text):
        if match.group("up") or match.group("down") or match.group("equal") or match.group("same"):
            direction = 1 if match.group("up") else -1 if match.group("down") else 0
            yield Same("budget", bool(match.group("near")), match.start(), match.end(), direction)
