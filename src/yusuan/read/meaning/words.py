"""The words of layouts that no form set declares: stubs, titles, labels, totals, comparisons, accounts."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from yusuan.amount import FEN
from yusuan.axes import Point, Space, national_space
from yusuan.codes import Member
from yusuan.lexicon import bare, squeeze


@dataclass(frozen=True)
class Term:
    """What a label means; ``column`` limits it to heads, ``statement`` to labelled lines."""

    point: Point
    column: bool = False
    statement: bool = False


@dataclass(frozen=True)
class TitleWord:
    """What a phrase in a title says of the whole table; ``apart``: its figures are sums of their own, not slices of the
    budget; ``targets``: it sets or reports targets, and amounts stand among its texts."""

    words: tuple[str, ...]
    point: Point | None
    apart: bool
    targets: bool


@dataclass(frozen=True)
class LayoutWords:
    """Everything of ``standards/layouts.toml``, labels bare."""

    stub: Mapping[str, str]
    """Label of a stub column → code, part, name, text, index, quantity."""
    axes: tuple[tuple[str, str], ...]
    titles: tuple[TitleWord, ...]
    terms: Mapping[str, Term]
    totals: frozenset[str]
    endings: tuple[str, ...]
    changes: frozenset[str]
    ratios: frozenset[str]
    accounts: Mapping[str, frozenset[str]]
    neutral: frozenset[str]
    members: tuple[tuple[str, Member], ...]

    def is_total(self, label: str) -> bool:
        """Whether a label names a sum."""
        name = plain(label)
        return name in self.totals or name.endswith(self.endings)

    def axis_of(self, label: str) -> str | None:
        """The classification that words over a stub name."""
        text = squeeze(label)
        for word, axis in self.axes:
            if word in text:
                return axis
        return None

    def role_of(self, label: str) -> str | None:
        """Role of a stub column, ``None`` for any other."""
        return self.stub.get(plain(label))


_FURTHER = re.compile(r"^(?:\(\d{1,2}\)|其中[::])+")
_UNIT = re.compile(r"\((?:(?:金额)?单位:?)?(?:亿元|百万元|万元|千元|元)\)$")


def plain(label: str) -> str:
    """A bare label without quotation marks, closing signs, further numbering and the unit in brackets."""
    name = bare(label).translate({ord(c): None for c in "“”\"'‘’「」*"})
    name = bare(_FURTHER.sub("", _UNIT.sub("", name)))
    return name or squeeze(label).rstrip(":") or squeeze(label)


@cache
def layout_words() -> LayoutWords:
    """The bundled words."""
    raw = tomllib.loads((files("yusuan") / "standards" / "layouts.toml").read_text(encoding="utf-8"))
    stub = {
        plain(label): role
        for role in ("text", "name", "part", "code", "index", "quantity")
        for label in raw["stub"][role]
    }
    stub["**"] = "index"
    axes = sorted(((word, e["axis"]) for e in raw["axes"] for word in e["words"]), key=lambda pair: -len(pair[0]))
    terms = {
        plain(label): Term(_point(e["point"]), e.get("column", False), e.get("statement", False))
        for e in raw["terms"]
        for label in e["labels"]
    }
    titles = tuple(
        TitleWord(
            tuple(e["words"]),
            _point(e["point"]) if "point" in e else None,
            e.get("apart", False),
            e.get("targets", False),
        )
        for e in raw["titles"]
    )
    members = tuple((e["axis"], Member(e["code"], e["name"], e.get("parent"), "observed")) for e in raw["members"])
    return LayoutWords(
        MappingProxyType(stub), tuple(axes), titles, MappingProxyType(terms),
        frozenset(plain(w) for w in raw["totals"]["words"]), tuple(raw["totals"]["endings"]),
        frozenset(plain(w) for w in raw["compare"]["change"]), frozenset(plain(w) for w in raw["compare"]["ratio"]),
        MappingProxyType({k: frozenset(plain(w) for w in v) for k, v in raw["accounts"].items()}),
        frozenset(plain(w) for w in raw["neutral"]["words"]), members,
    )  # fmt: skip


def _point(parts: Mapping[str, list[str]]) -> Point:
    return Point({axis: frozenset(codes) for axis, codes in parts.items()})


@cache
def layout_space() -> Space:
    """The national trees with the members that only such layouts print."""
    space = national_space()
    for axis, member in layout_words().members:
        space = space.with_tree(space[axis].with_placed([member]))
    return space


_YEAR = re.compile(r"(20\d\d)\s*年")


def year_in(text: str) -> int | None:
    """The first year that a text names."""
    found = _YEAR.search(squeeze(text))
    return int(found[1]) if found else None


def head_unit(heads: Iterable[str]) -> str | None:
    """The unit that heads of amounts say, 预算数（万元）; ``None`` when they say none or several.

    Prices of single things may have a unit of their own.
    """
    said = {found[1] for head in heads for found in _HEAD_UNIT.finditer(squeeze(head))}
    return said.pop() if len(said) == 1 else None


_HEAD_UNIT = re.compile(rf"(?:数|金额|合计|支出|收入)[(]({'|'.join(sorted(FEN, key=len, reverse=True))})[)]")
