"""Which governmental economic code a departmental one pays through, by the regime of the agency.

A budget is classified twice by economic nature, and the two must tell one story: 财预〔2017〕98号 sets a
departmental code (30101 基本工资) against a governmental one, 501–504 for 机关 and 参公 agencies, 505–506 for 事业
ones. The table is data and partly unverified; only its verified rows may contradict a code that somebody wrote down.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from yusuan.axes import Space, national_space
from yusuan.codes import CodeError, Tree

ROWS_OF_REGIME: Mapping[str, frozenset[str]] = {
    "organ": frozenset({"organ", "any"}),
    "assimilated": frozenset({"organ", "any"}),
    "institution": frozenset({"institution", "any"}),
}
"""Regime of an agency → the rows of the table that speak of it."""


@dataclass(frozen=True, slots=True)
class Link:
    """One row of the correspondence table; ``sure`` when the row is verified."""

    gov: str
    dep: str
    regime: str
    sure: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """Governmental codes that a departmental one can pay through, and whether verified rows say so.

    No codes: the table is silent. One code: it can be derived; a 类 when several of its 款 are possible.
    """

    codes: frozenset[str] = frozenset()
    sure: bool = False

    @property
    def only(self) -> str | None:
        """The one possible code, or ``None``."""
        return next(iter(self.codes)) if len(self.codes) == 1 else None


SILENT = Answer()


@dataclass(frozen=True)
class Correspondence:
    """The correspondence table on the code trees of a year."""

    links: tuple[Link, ...]
    dep: Tree
    gov: Tree
    known: dict[tuple[str, str | None], Answer] = field(default_factory=dict, repr=False, compare=False)

    def governmental(self, dep: str, regime: str | None) -> Answer:
        """What ``dep`` pays through in an agency of ``regime`` (organ, assimilated, institution, ``None`` unknown).

        A row for the code itself or for its 类 answers directly; a 类 without a row of its own is answered by the
        rows of its 款, by the 类 they share when they differ.
        """
        key = (dep, regime)
        if key not in self.known:
            self.known[key] = self._answer(dep, regime)
        return self.known[key]

    def contradiction(self, dep: str, gov: str, regime: str | None) -> frozenset[str]:
        """What ``gov`` should be instead; empty when nothing sure speaks against it."""
        path = _path(self.dep, dep)
        for step in reversed(path):
            answer = self.governmental(step, regime)
            if answer.sure and not self._agrees(gov, answer.codes):
                return answer.codes
        return frozenset()

    def _agrees(self, gov: str, codes: frozenset[str]) -> bool:
        """Whether ``gov`` is one of the codes, stands above or below one, or is a 款 the table never speaks of."""
        path = _path(self.gov, gov)
        if any(code in path or gov in _path(self.gov, code) for code in codes):
            return True
        silent = all(link.gov != gov for link in self.links)
        return silent and any(path[0] == _path(self.gov, code)[0] for code in codes)

    def _answer(self, dep: str, regime: str | None) -> Answer:
        if regime is None:
            organ, institution = self.governmental(dep, "organ"), self.governmental(dep, "institution")
            if not (organ.codes and institution.codes):
                return SILENT
            return Answer(organ.codes | institution.codes, organ.sure and institution.sure)
        rows = [link for link in self.links if link.regime in ROWS_OF_REGIME[regime]]
        path = _path(self.dep, dep)
        direct = [link for link in rows if link.dep in path]
        if direct:
            return Answer(frozenset(link.gov for link in direct), all(link.sure for link in direct))
        below = [link for link in rows if dep in _path(self.dep, link.dep)]
        found = frozenset(link.gov for link in below)
        if len(found) > 1:
            found = frozenset(_path(self.gov, code)[0] for code in found)
        return Answer(found, len(found) == 1 and any(link.sure for link in below))


def _path(tree: Tree, code: str) -> tuple[str, ...]:
    """The code and its ancestors, root first; by the code scheme when the tree does not hold it."""
    if code in tree:
        return tree.path(code)
    try:
        parent = tree.parent_by_scheme(code)
    except CodeError:
        return (code,)
    return (code,) if parent is None else (*_path(tree, parent), code)


@cache
def read_links() -> tuple[Link, ...]:
    """The bundled correspondence table."""
    file = files("yusuan") / "standards" / "codes" / "correspondence.csv"
    with file.open(encoding="utf-8") as lines:
        return tuple(_links(csv.DictReader(lines)))


def _links(rows: Iterable[Mapping[str, str]]) -> Iterable[Link]:
    for row in rows:
        yield Link(row["gov_bgt_eco_code"], row["dep_bgt_eco_code"], row["regime"], row["certainty"] == "verified")


def correspondence(space: Space | None = None) -> Correspondence:
    """The bundled table on the trees of ``space`` (default: the national trees)."""
    trees = space or national_space()
    return Correspondence(read_links(), trees["dep_bgt_eco_code"], trees["gov_bgt_eco_code"])
