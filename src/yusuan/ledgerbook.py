"""How a ledger looks in a file: its tables, their headings and the words in their cells, for reading and writing alike.

A ledger file is meant for finance staff and for programs: sheets and headings are Chinese, and the national data
elements are accepted in their place. What the two directions must agree on is said here once.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType

from yusuan.amount import FEN
from yusuan.axes import Space
from yusuan.ledger import HEADINGS, REGIMES, SHEETS
from yusuan.words import catalogue, say

RECOVERED: tuple[str, ...] = ("mark", "least", "most")
"""What stands beside the facts of a recovered ledger: where each comes from, and the least and most it can be."""

MARKS: tuple[str, ...] = ("given", "derived", "determined", "assumed")
"""Where a fact comes from (``Ledger.marks``)."""

CODED_AXES: tuple[str, ...] = ("exp_func_code", "dep_bgt_eco_code", "gov_bgt_eco_code")
"""Axes whose trees a ledger may extend with codes of its own."""


@dataclass(frozen=True, slots=True)
class Form:
    """A table of the ledger: file name, sheet name, columns in order, and those that must be there."""

    key: str
    sheet: str
    columns: tuple[str, ...]
    required: frozenset[str]


@cache
def tables() -> Mapping[str, Form]:
    """Tables of a ledger by key; the key is also the name of the table's CSV file."""
    required = {
        "agencies": {"fiscal_year", "agency_code", "agency_name"},
        "facts": set(SHEETS["收支台账"]) - {"gov_bgt_eco_code", "pro_code"},
        "projects": {"pro_code", "agency_code", "pro_name", "pro_type"},
        "goals": {"agency_code"},
        "codes": {"axis", "code", "name"},
    }
    sheets = {**SHEETS, say("ledger_sheet_codes", "zh"): ("axis", "code", "name")}
    return MappingProxyType({
        key: Form(key, sheet, columns, frozenset(required[key]))
        for key, (sheet, columns) in zip(required, sheets.items())
    })  # fmt: skip


JOINED: tuple[str, ...] = (
    "fiscal_year", "agency_name", "parent_code", "parent_name", "regime", "pro_name", "pro_type",
)  # fmt: skip
"""Columns of agencies and projects that stand beside the facts when one file holds a whole ledger."""


@cache
def joined() -> Form:
    """The facts table of a single file: facts with the columns of their agencies and projects."""
    facts = tables()["facts"]
    return replace(facts, columns=(*facts.columns, *JOINED))


def heading(element: str) -> str:
    """The Chinese heading of a data element."""
    if element in HEADINGS:
        return HEADINGS[element]
    return say(f"ledger_heading_{element}", "zh")


def squash(text: str) -> str:
    """Text without spaces and with full-width forms folded, for comparing names."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).lower()


@cache
def _elements() -> Mapping[str, str]:
    extra = ("axis", "code", "name", *RECOVERED)
    found = {squash(heading(element)): element for element in (*HEADINGS, *extra)}
    return MappingProxyType({**found, **{element.lower(): element for element in (*HEADINGS, *extra)}})


@cache
def _money() -> Mapping[str, str]:
    bare = squash(HEADINGS["amount"]).partition("(")[0]
    return MappingProxyType({f"{bare}({unit})": unit for unit in FEN})


def element_of(text: str) -> tuple[str, str] | None:
    """(data element, unit of its money) that a heading stands for; ``None`` when it is not known."""
    plain = squash(text).rstrip("*")
    if plain in _money():
        return "amount", _money()[plain]
    element = _elements().get(plain)
    return None if element is None else (element, "元")


@cache
def _words(name: str) -> Mapping[str, str]:
    """Word or alias, squashed → member, for the closed lists of a ledger."""
    listed: dict[str, str] = {}
    if name == "regime":
        listed = {**{squash(word): key for key, word in REGIMES.items()}, **{key: key for key in REGIMES}}
    elif name == "mark":
        listed = {squash(say(f"ledger_mark_{key}", lang)): key for key in MARKS for lang in ("zh", "en")}
    elif name == "axis":
        listed = {squash(heading(axis)): axis for axis in CODED_AXES} | {axis: axis for axis in CODED_AXES}
    prefix = f"ledger_alias_{name}_"
    for key, texts in catalogue().items():
        if key.startswith(prefix):
            listed |= {squash(alias): key.removeprefix(prefix) for alias in texts["zh"].split("|")}
    return MappingProxyType(listed)


def member_of(name: str, text: str, space: Space) -> str | None:
    """The member of a closed list (regime, mark, axis) or of a named tree (fund, vintage, kind…) that a word means."""
    plain = squash(text)
    found = _words(name).get(plain)
    if found is not None or name not in space.trees:
        return found
    return _names(name, space).get(plain)


def choices(name: str, space: Space) -> tuple[str, ...]:
    """The words to choose from in a column: leaves of a named tree, or the words of a closed list."""
    if name == "regime":
        return tuple(REGIMES.values())
    if name == "axis":
        return tuple(heading(axis) for axis in CODED_AXES)
    tree = space[name]
    leaves = [code for code in tree.members if not tree.children.get(code)]
    if name in CODED_AXES:
        deepest = leaves if name == "exp_func_code" else tree.members
        return tuple(f"{code} {tree[code].name}".strip() for code in sorted(deepest) if _listed(space, name, code))
    return tuple(tree[code].name for code in leaves)


def _listed(space: Space, axis: str, code: str) -> bool:
    tree = space[axis]
    return axis != "exp_func_code" or tree.level(code) == len(tree.widths)


def _names(axis: str, space: Space) -> Mapping[str, str]:
    members = space[axis].members.values()
    former = {squash(name): member.code for member in members for name in member.names()}
    present = {squash(member.name): member.code for member in members}
    return {**former, **present, **{member.code.lower(): member.code for member in members}}


def mark_word(mark: str) -> str:
    """The Chinese word for where a fact comes from."""
    return say(f"ledger_mark_{mark}", "zh")


def example_mark() -> str:
    """What marks an example row in its first cell."""
    return say("ledger_example_mark", "zh").split("|")[0]


@cache
def _example() -> re.Pattern[str]:
    marks = "|".join(map(re.escape, say("ledger_example_mark", "zh").split("|")))
    return re.compile(rf"({marks})([:(\-—].*)?", re.DOTALL)


def is_example(text: str) -> bool:
    """Whether the first cell of a row marks it as an example (the mark alone, or followed by a colon or bracket)."""
    return bool(_example().fullmatch(squash(text)))


_RISKY = re.compile(r"'*[=+\-@\t\r]")
_QUOTED = re.compile(r"'+[=+\-@\t\r]")


def disarm(text: str) -> str:
    """Text for a CSV cell that no spreadsheet takes for a formula."""
    return f"'{text}" if _RISKY.match(text) else text


def rearm(text: str) -> str:
    """The text that ``disarm`` was given."""
    return text[1:] if _QUOTED.match(text) else text


def with_codes(space: Space, extra: list[tuple[str, str, str]]) -> Space:
    """``space`` with the (axis, code, name) triples a ledger declares; raises ``CodeError`` off the code scheme."""
    for axis, code, name in extra:
        space = space.with_tree(space[axis].with_members([(code, name)]))
    return space
