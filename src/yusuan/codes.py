"""Dated code trees: the members of one axis, what is known about each, and how sure it is.

Codes are strings only here; whether one stands below another is asked of the tree. Code lists were observed in
published documents, not copied from an official booklet, so a code that is absent is not thereby wrong.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources.abc import Traversable
from types import MappingProxyType

CERTAINTIES: tuple[str, ...] = ("confirmed", "verified", "observed", "single-source", "assumed", "unnamed", "document")
"""How sure a code is, best first; ``document`` means only the document at hand names it."""

SURE = frozenset({"confirmed", "verified", "observed"})
"""Certainties on which a finding of severity error may rest."""


class CodeError(ValueError):
    """A code that no tree and no code scheme can place."""


@dataclass(frozen=True, slots=True)
class Member:
    """One code of an axis with what is known about it."""

    code: str
    name: str
    parent: str | None = None
    certainty: str = "document"
    years: frozenset[int] = frozenset()
    until: int | None = None
    former_names: tuple[tuple[str, frozenset[int]], ...] = ()
    source: str = ""

    def names(self) -> Iterator[str]:
        """The present name and every former one."""
        yield self.name
        for name, _ in self.former_names:
            yield name


@dataclass(frozen=True)
class Tree:
    """The members of one axis; ``widths`` is its code scheme (lengths of 类/款/项), empty when codes carry none."""

    axis: str
    members: Mapping[str, Member]
    widths: tuple[int, ...] = ()

    @cached_property
    def children(self) -> Mapping[str | None, tuple[str, ...]]:
        """Known children of each member; ``None`` holds the roots."""
        found: dict[str | None, list[str]] = {}
        for member in self.members.values():
            found.setdefault(member.parent, []).append(member.code)
        return MappingProxyType({parent: tuple(codes) for parent, codes in found.items()})

    def __contains__(self, code: object) -> bool:
        return code in self.members

    def __getitem__(self, code: str) -> Member:
        return self.members[code]

    @cached_property
    def _paths(self) -> dict[str, tuple[str, ...]]:
        return {}

    def path(self, code: str) -> tuple[str, ...]:
        """The member and its ancestors, root first (remembered); a code that the tree does not hold stands alone."""
        if code not in self.members:
            return (code,)
        known = self._paths.get(code)
        if known is None:
            known = self._paths[code] = self._climb(code)
        return known

    def _climb(self, code: str) -> tuple[str, ...]:
        found: list[str] = []
        step: str | None = code
        while step is not None:
            found.append(step)
            member = self.members.get(step)
            step = member.parent if member else None
        return tuple(reversed(found))

    def level(self, code: str) -> int:
        """1 for a root (类), 2 for its child (款), 3 (项)…"""
        return len(self.path(code))

    def within(self, code: str, ancestor: str) -> bool:
        """Whether ``code`` is ``ancestor`` or stands below it."""
        return ancestor in self.path(code)

    def below(self, code: str) -> frozenset[str]:
        """The member and everything known below it."""
        found, stack = {code}, [code]
        while stack:
            for child in self.children.get(stack.pop(), ()):
                found.add(child)
                stack.append(child)
        return frozenset(found)

    def parent_by_scheme(self, code: str) -> str | None:
        """The parent that the code scheme gives an unknown code; ``None`` for a root.

        Raises ``CodeError`` when the code does not fit the scheme.
        """
        if not self.widths:
            return None
        if not code.isdigit() or len(code) not in self.widths:
            raise CodeError(code)
        index = self.widths.index(len(code))
        return code[: self.widths[index - 1]] if index else None

    def with_members(self, extra: Iterable[tuple[str, str]]) -> Tree:
        """This tree and the (code, name) pairs it lacks, placed by the code scheme, certainty ``document``."""
        members = dict(self.members)
        for code, name in extra:
            step: str | None = code
            while step is not None and step not in members:
                parent = self.parent_by_scheme(step)
                members[step] = Member(step, name if step == code else "", parent)
                step = parent
        return self if len(members) == len(self.members) else Tree(self.axis, MappingProxyType(members), self.widths)

    def with_placed(self, extra: Iterable[Member]) -> Tree:
        """This tree and members that name their own parents (agencies, projects)."""
        members = dict(self.members)
        for member in extra:
            members.setdefault(member.code, member)
        return Tree(self.axis, MappingProxyType(members), self.widths)

    def at(self, year: int) -> Tree:
        """The tree without members withdrawn before ``year``."""
        kept = {c: m for c, m in self.members.items() if m.until is None or m.until >= year}
        return Tree(self.axis, MappingProxyType(kept), self.widths)

    def antichain(self, codes: Iterable[str]) -> frozenset[str]:
        """The codes without those that stand below another of them."""
        wanted = set(codes)
        return frozenset(c for c in wanted if not wanted.intersection(self.path(c)[:-1]))

    def meet(self, left: frozenset[str], right: frozenset[str]) -> frozenset[str]:
        """Members admitted by both sets (each an antichain)."""
        found = {a for a in left for b in right if self.within(a, b)}
        found |= {b for b in right for a in left if self.within(b, a)}
        return self.antichain(found)

    def covers(self, outer: frozenset[str], inner: frozenset[str]) -> bool:
        """Whether every member of ``inner`` stands at or below one of ``outer``."""
        return all(any(self.within(code, top) for top in outer) for code in inner)


def _years(text: str) -> frozenset[int]:
    return frozenset(int(year) for year in text.split("/") if year)


def read_tree(axis: str, file: Traversable, widths: tuple[int, ...] = ()) -> Tree:
    """Load a code list (CSV: code, name, parent, certainty, years, until, former_names, source)."""
    members: dict[str, Member] = {}
    with file.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            former: list[tuple[str, frozenset[int]]] = []
            for piece in filter(None, row["former_names"].split("|")):
                name, _, years = piece.partition("@")
                former.append((name, _years(years)))
            members[row["code"]] = Member(
                row["code"], row["name"], row["parent"] or None, row["certainty"], _years(row["years"]),
                int(row["until"]) if row["until"] else None, tuple(former), row["source"],
            )  # fmt: skip
    for member in members.values():
        if member.parent is not None and member.parent not in members:
            raise CodeError(f"{axis}: {member.code} has the unknown parent {member.parent}")
    return Tree(axis, MappingProxyType(members), widths)
