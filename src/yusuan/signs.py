"""Which amounts may be negative, and how far printed figures are trusted: data of ``standards/location.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from yusuan.axes import Point, Space
from yusuan.codes import CodeError
from yusuan.shapes import ShapeError, Table, listed, tabled, text, whole
from yusuan.sheet import Disclosure, Place

_FILE = "location.toml"
_STRINGS = listed(text, "strings", least=1)
_SHAPE = Table(
    {
        "trust": Table({name: whole(0, 1000) for name in ("figure", "printed_again", "total", "blank", "most")},
                       required=("figure", "printed_again", "total", "blank", "most")),
        "negative": listed(Table({"kind": text, "point": tabled(_STRINGS, "lists of codes"), "basis": text},
                                 required=("kind", "point", "basis")), "sign rules"),
    },
    required=("trust", "negative"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SignRule:
    """Amounts of a kind of document (budget, final) inside the slice may be negative; ``basis`` says by what law."""

    kind: str
    point: Point
    basis: str


@cache
def _table() -> Mapping[str, Any]:
    raw = tomllib.loads((files("yusuan") / "standards" / _FILE).read_text(encoding="utf-8"))
    _SHAPE(raw, _FILE)
    return raw


def trust() -> Mapping[str, int]:
    """Weights of printed figures by what speaks for them."""
    found: Mapping[str, int] = _table()["trust"]
    return found


def sign_rules(space: Space, raw: Mapping[str, Any] | None = None) -> tuple[SignRule, ...]:
    """The sign rules; raises ``ShapeError`` for a slice that the space does not have."""
    found = []
    for number, entry in enumerate((raw or _table())["negative"], 1):
        try:
            found.append(SignRule(entry["kind"], space.point(entry["point"]), entry["basis"]))
        except CodeError as error:
            raise ShapeError(f"{_FILE}: negative: entry {number}: {error}") from None
    return tuple(found)


def signed_places(disclosure: Disclosure, space: Space) -> frozenset[Place]:
    """The cells that may print a negative amount: those whose slice meets that of a sign rule."""
    rules = [rule for rule in sign_rules(space) if rule.kind == disclosure.kind]
    return frozenset(_signed(disclosure, space, rules)) if rules else frozenset()


def _signed(disclosure: Disclosure, space: Space, rules: list[SignRule]) -> Iterator[Place]:
    known: dict[Point, bool] = {}
    axes = {axis for rule in rules for axis in rule.point.parts}
    for s, sheet in enumerate(disclosure.sheets):
        for (r, c), cell in sheet.cells.items():
            if cell.point is not None:
                point = Point({a: m for a, m in cell.point.parts.items() if a in axes})
                if point not in known:
                    known[point] = any(not space.disjoint(point, rule.point) for rule in rules)
                if known[point]:
                    yield s, r, c
