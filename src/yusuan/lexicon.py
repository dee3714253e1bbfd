"""What the words of a form mean: a label, in its context, is a slice of the ledger.

Names of codes come from the code trees, the rest from ``standards/lexicon.toml``. A label that means nothing here is
left without a Point; it is never guessed.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from yusuan.axes import Point, Space
from yusuan.codes import Tree

_NUMBERING = re.compile(
    r"^(?:[一二三四五六七八九十]+、|\([一二三四五六七八九十]+\)|[0-9]+[.、](?![0-9])|其中[::]|[加减][::])"
)
_DASHES = re.compile(r"[-‐‑‒–—―─]+")

MANY = 8192
"""Labels that are remembered: a set of forms prints some thousands, most of them many times."""


@lru_cache(maxsize=MANY)
def squeeze(text: str) -> str:
    """A label without spaces and line breaks, brackets, colons and dashes in one form (NFKC)."""
    plain = _DASHES.sub("-", unicodedata.normalize("NFKC", text))
    return "".join(plain.split())


@lru_cache(maxsize=MANY)
def bare(text: str) -> str:
    """A squeezed label without its numbering (一、 (一) 1.) and without a closing colon."""
    plain = squeeze(text)
    return _NUMBERING.sub("", plain).rstrip(":")


@dataclass(frozen=True)
class Lexicon:
    """Terms by bare label; total words name the sum of their neighbours; ``withheld`` words and ``signs``, once or
    repeated, stand for a figure that is not published."""

    terms: Mapping[str, Point]
    totals: frozenset[str]
    withheld: frozenset[str] = frozenset()
    signs: frozenset[str] = frozenset()

    def is_withheld(self, text: str) -> bool:
        """Whether the text stands where a figure is withheld (``***``, 涉密), in brackets or not."""
        plain = squeeze(text).strip("()")
        return plain in self.withheld or (plain[:1] in self.signs and len(set(plain)) == 1)

    def is_total(self, label: str) -> bool:
        """Whether the label is a total word (合计, 小计, 总计)."""
        return bare(label) in self.totals

    def meaning(self, label: str, space: Space, within: Point, *, economic: str | None = None) -> Point | None:
        """The slice that ``label`` names inside ``within``, or ``None`` when the word is not known there.

        ``economic`` is the economic classification that the form's title names; without one, code names are looked
        up among the functional 类.
        """
        name = bare(label)
        term = self.terms.get(name)
        for axis in (economic or "exp_func_code", "fund_type_code"):
            codes = named(space[axis], name, within.get(axis), roots_only=axis == "exp_func_code")
            if codes:
                found = space.meet(within, Point({axis: frozenset(codes[:1])}))
                if found is not None:
                    return found
            if term is not None:
                return space.meet(within, term)
        return None


def named(tree: Tree, name: str, within: frozenset[str] | None, *, roots_only: bool = False) -> tuple[str, ...]:
    """Codes of the tree that bear ``name``, those nearest below ``within`` first."""
    found = [code for code in names_of(tree).get(name, ()) if not roots_only or tree.level(code) == 1]
    if within is not None:
        found = [code for code in found if tree.covers(within, frozenset({code})) or code in within]
    return tuple(sorted(found, key=lambda code: (tree.level(code), code)))


_NAMES: dict[int, tuple[Tree, dict[str, list[str]]]] = {}


def names_of(tree: Tree) -> Mapping[str, list[str]]:
    """Bare name → codes, former names included."""
    known = _NAMES.get(id(tree))
    if known is None or known[0] is not tree:
        index: dict[str, list[str]] = {}
        for member in tree.members.values():
            for name in {bare(n) for n in member.names() if n}:
                index.setdefault(name, []).append(member.code)
        known = _NAMES[id(tree)] = (tree, index)
    return known[1]


@cache
def lexicon() -> Lexicon:
    """The bundled lexicon."""
    raw = tomllib.loads((files("yusuan") / "standards" / "lexicon.toml").read_text(encoding="utf-8"))
    terms: dict[str, Point] = {}
    for entry in raw["terms"]:
        point = Point({axis: frozenset(codes) for axis, codes in entry["point"].items()})
        for label in entry["labels"]:
            terms[bare(label)] = point
    withheld, signs = frozenset(map(squeeze, raw["withheld"]["words"])), frozenset(raw["withheld"]["signs"])
    return Lexicon(terms, frozenset(bare(word) for word in raw["totals"]), withheld, signs)
