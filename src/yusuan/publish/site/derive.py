"""Where a figure comes from: the slice it means, the facts of the ledger in it, the relations it takes part in, the
forms that print it again.

Everything is derived from the Points of the cells. One script file for each form, loaded when somebody asks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from yusuan.agreements import disclosure_relations
from yusuan.amount import Scale
from yusuan.axes import Point, Space
from yusuan.figures import Figures
from yusuan.fill import PLACE_AXES, job_of
from yusuan.forms import Standard
from yusuan.ledger import Fact, Ledger
from yusuan.membership import Membership
from yusuan.publish.page import grouped
from yusuan.publish.site.summary import space_of
from yusuan.publish.site.text import clean
from yusuan.relations import Relation
from yusuan.sheet import Cell, Disclosure, Place
from yusuan.tested import regimes_of

AXES = (
    "agency_code", "account", "kind", "vintage", "fund_type_code", "exp_func_code", "dep_bgt_eco_code",
    "gov_bgt_eco_code", "group", "pro_type", "pro_code",
)  # fmt: skip
FACT_AXES = (*PLACE_AXES, "agency_code", "pro_code")
"""Axes on which a fact has a code."""
MOST_FACTS = 40
"""Facts that are listed of one figure, the largest first; the rest is counted."""
MOST_RELATIONS = 12
"""Relations told of one figure, equalities first; the rest is counted."""
MOST_CODES = 6
"""Codes of an axis that are named; of a longer list the rest is counted."""
MOST_TERMS = 60
"""Terms of a relation that are listed; the rest is counted."""


YUAN = Scale("元", 2)
"""Facts are told as the ledger keeps them."""


@dataclass
class Pool:
    """The cells that the derivations of one form name, each written once."""

    disclosure: Disclosure
    known: dict[Place, int] = field(default_factory=dict)
    listed: list[list[object]] = field(default_factory=list)

    def number(self, place: Place) -> int:
        """Index of a cell in the list, which gives sheet, row, column, label, printed text."""
        if place not in self.known:
            self.known[place] = len(self.listed)
            cell = self.disclosure.sheets[place[0]].cells.get(place[1:])
            self.listed.append([*place, cell_label(self.disclosure, place), shown(cell, self.disclosure, place)])
        return self.known[place]


@dataclass(frozen=True)
class Facts:
    """The facts of a ledger behind a disclosure: each in words with its amount (分), and those that a slice admits."""

    told: tuple[tuple[str, int], ...]
    inside: Mapping[Point, tuple[int, ...]]

    @classmethod
    def of(cls, disclosure: Disclosure, standard: Standard, ledger: Ledger) -> Facts:
        """The facts of the disclosed agency, or of the units of the disclosed department."""
        assert disclosure.agency is not None
        job = job_of(ledger, standard, disclosure.agency.code)
        space = job.space
        agencies = {unit.code: unit.name for unit in (*job.units, *filter(None, (job.agency, job.parent)))}
        projects = {fact.pro_code: ledger.projects[fact.pro_code].name for fact in job.facts if fact.pro_code}
        for axis, names in (("agency_code", agencies), ("pro_code", projects)):
            space = space.with_tree(space[axis].with_members(names.items()))
        points = [*dict.fromkeys(cell.point for sheet in disclosure.sheets for cell in sheet.cells.values()
                                 if cell.point is not None and cell.text.strip())]  # fmt: skip
        member = Membership.of(points, space, FACT_AXES)
        inside: dict[Point, list[int]] = {}
        told = []
        for number, (fact, place) in enumerate(zip(job.facts, job.places)):
            for index in member.admitting((*place, fact.agency_code, fact.pro_code)):
                inside.setdefault(points[index], []).append(number)
            units = [agencies[fact.agency_code]] if len(job.units) > 1 else []
            told.append((" · ".join((*units, *_fact_words(fact, space))), fact.amount))
        largest = {point: tuple(sorted(found, key=lambda n: (-abs(told[n][1]), n))) for point, found in inside.items()}
        return cls(tuple(told), largest)


    def listed(self, printed: Mapping[str, Cell], told: dict[str, dict[str, object]]) -> list[list[str]]:
        """The facts (words, yuan) of the figures of one form, each once; every figure in ``told`` gets their numbers
        and how many more there are."""
        numbers: dict[int, int] = {}
        for key, cell in printed.items():
            found = self.inside.get(cell.point, ()) if cell.point is not None else ()
            listed = [numbers.setdefault(n, len(numbers)) for n in found[:MOST_FACTS]]
            told[key] |= {"facts": listed, "facts_more": len(found) - len(listed)}
        return [[self.told[n][0], grouped(self.told[n][1], YUAN)] for n in numbers]


def _fact_words(fact: Fact, space: Space) -> Iterator[str]:
    """What a fact is for and paid from, in words."""
    for axis in ("exp_func_code", "dep_bgt_eco_code", "gov_bgt_eco_code", "fund_type_code", "vintage", "kind"):
        code = getattr(fact, axis)
        if code and code in space[axis]:
            name = space[axis][code].name
            yield clean(f"{code} {name}" if code.isdigit() and space[axis].widths else name)
    if fact.pro_code:
        yield clean(space["pro_code"][fact.pro_code].name or fact.pro_code)


@dataclass(frozen=True)
class Derivations:
    """Everything that the figures of a disclosure are part of."""

    disclosure: Disclosure
    space: Space
    relations: Mapping[Place, tuple[Relation, ...]]
    same: Mapping[Place, tuple[Place, ...]]
    facts: Facts | None = None

    @classmethod
    def of(cls, disclosure: Disclosure, standard: Standard | None, ledger: Ledger | None = None) -> Derivations:
        """The derivations of a disclosure; without a standard only figures of one meaning are brought together,
        without a ledger no facts are told."""
        relations: dict[Place, list[Relation]] = {}
        same: dict[Place, dict[Place, None]] = {}
        if standard is not None:
            regimes = regimes_of(Figures(disclosure), standard)
            for relation in disclosure_relations(disclosure, standard, regimes):
                for place in dict.fromkeys((*relation.left, *relation.right)):
                    relations.setdefault(place, []).append(relation)
        for places in _meanings(disclosure):
            for place in places:
                same.setdefault(place, {}).update((p, None) for p in places if p != place)
        for place, found in relations.items():
            for relation in found:
                if relation.basis in ("same_slice", "same_row") and len(relation.left) == len(relation.right) == 1:
                    other = relation.right[0] if relation.left[0] == place else relation.left[0]
                    same.setdefault(place, {}).setdefault(other)
        return cls(
            disclosure,
            space_of(standard),
            {place: tuple(found) for place, found in relations.items()},
            {place: tuple(found) for place, found in same.items()},
            Facts.of(disclosure, standard, ledger) if standard is not None and ledger is not None else None,
        )

    def script(self, index: int) -> bytes:
        """The script file of one form: ``yusuan.derived(index, {places, cells})``."""
        pool, cells = Pool(self.disclosure), self.disclosure.sheets[index].cells
        printed = {place: cell for place, cell in sorted(cells.items()) if cell.text.strip()}
        told = {f"{r}-{c}": self._cell((index, r, c), cell, pool) for (r, c), cell in printed.items()}
        data: dict[str, object] = {"places": pool.listed, "cells": told}
        if self.facts is not None:
            data["facts"] = self.facts.listed({f"{r}-{c}": cell for (r, c), cell in printed.items()}, told)
        return script("derived", index, data)

    def _cell(self, place: Place, cell: Cell, pool: Pool) -> dict[str, object]:
        relations = sorted(self.relations.get(place, ()), key=lambda relation: relation.bound)
        told = [r for r in relations if not _repeats(r)]
        return {
            "name": pool.number(place),
            "slice": slice_words(cell.point, self.space, self.disclosure) if cell.point is not None else [],
            "relations": [
                [relation.basis, int(relation.bound), _side(relation.left, pool), _side(relation.right, pool)]
                for relation in islice(told, MOST_RELATIONS)
            ],
            "more": max(0, len(told) - MOST_RELATIONS),
            "same": [pool.number(p) for p in self.same.get(place, ())],
        }


def _repeats(relation: Relation) -> bool:
    """Whether it only says that a figure stands twice, which is told apart from sums."""
    return relation.basis in ("same_slice", "same_row") and len(relation.left) == len(relation.right) == 1


def _side(places: tuple[Place, ...], pool: Pool) -> list[int]:
    """Cells of a side; a negative number counts those that are left out."""
    listed = [pool.number(place) for place in places[:MOST_TERMS]]
    return [*listed, MOST_TERMS - len(places)] if len(places) > MOST_TERMS else listed


def _meanings(disclosure: Disclosure) -> Iterator[list[Place]]:
    """Cells that print the same slice, where more than one does."""
    found: dict[Point, list[Place]] = {}
    whole = {disclosure.agency.code} if disclosure.agency else set()
    for s, sheet in enumerate(disclosure.sheets):
        for (r, c), cell in sorted(sheet.cells.items()):
            if cell.point is not None and cell.text.strip():
                codes = cell.point.get("agency_code")
                point = cell.point.without("agency_code") if codes is None or codes <= whole else cell.point
                found.setdefault(point, []).append((s, r, c))
    return (places for places in found.values() if len(places) > 1)


def slice_words(point: Point, space: Space, disclosure: Disclosure) -> list[list[object]]:
    """A slice as [axis, members in words, how many more], axes in a fixed order."""
    told: list[list[object]] = []
    for axis in AXES:
        codes = point.get(axis)
        if codes is None:
            continue
        names = [_member(axis, code, space, disclosure) for code in sorted(codes)[:MOST_CODES]]
        told.append([axis, names, max(0, len(codes) - MOST_CODES)])
    return told


def _member(axis: str, code: str, space: Space, disclosure: Disclosure) -> str:
    if axis == "agency_code":
        agency = disclosure.agency
        known = {agency.parent_code: agency.parent_name, agency.code: agency.name} if agency is not None else {}
        return clean(" ".join(part for part in (code, known.get(code, "")) if part))
    tree = space[axis]
    if code not in tree:
        return clean(code)
    return f"{code} {tree[code].name}" if code.isdigit() and tree.widths else tree[code].name


def cell_label(disclosure: Disclosure, place: Place) -> str:
    """Row and column of a cell in words."""
    ref = Figures(disclosure).ref(place)
    row = clean(ref.row_name or ref.row_code)
    return " · ".join(part for part in (row, clean("—".join(ref.column[-2:]))) if part)


def shown(cell: Cell | None, disclosure: Disclosure, place: Place) -> str:
    """What a cell prints, with separators; a blank is empty."""
    if cell is None or not cell.text.strip():
        return ""
    if cell.amount is None:
        return clean(cell.text)
    return grouped(cell.amount, disclosure.sheets[place[0]].scale)


def script(name: str, *values: object) -> bytes:
    """A script file that hands its values to a function of the site, whatever they hold."""
    texts = [json.dumps(value, ensure_ascii=False, separators=(",", ":")) for value in values]
    told = clean(",".join(texts)).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return f"yusuan.{name}({told});\n".encode("utf-8", "backslashreplace")
