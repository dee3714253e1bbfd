"""Records for the comparison: a faulty disclosure as numbered amounts, and rules over them.

Two lists of rules: the relations that the program derives and holds to be firm (so that both sides answer the same
question), and the list written by hand for the published reference case, which fits documents of that shape only.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from textbook import Rule

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "cases" / "hunan-2025-104012"))

from test_relations_covered import RAW, filled, linear

from yusuan.figures import Figures
from yusuan.forms import Standard
from yusuan.relations import derive_relations
from yusuan.sheet import Disclosure, Place
from yusuan.tested import regimes_of, test_relations

FIRM = ("holds", "fails", "rounding")


@dataclass(frozen=True)
class Record:
    """Cells that rules speak of, their printed amounts in last printed digits (a blank is 0), and the rules."""

    places: tuple[Place, ...]
    values: tuple[int, ...]
    rules: tuple[Rule, ...]

    def named(self, cells: Iterable[int]) -> frozenset[Place]:
        """Cells by their place."""
        return frozenset(self.places[cell] for cell in cells)


Linear = tuple[Mapping[Place, int], bool]
"""Coefficients, and whether their sum is a bound."""


def derived(disclosure: Disclosure, standard: Standard) -> Iterator[Linear]:
    """The relations that the program holds the document to."""
    figures = Figures(disclosure)
    relations = derive_relations(disclosure, standard, regimes_of(figures, standard))
    for outcome in test_relations(figures, relations, standard).outcomes:
        relation = outcome.relation
        if relation.sure and outcome.verdict in FIRM:
            terms: dict[Place, int] = {}
            for sign, side in ((1, relation.left), (-1, relation.right)):
                for place in side:
                    terms[place] = terms.get(place, 0) + sign
            yield terms, relation.bound


def written(disclosure: Disclosure) -> list[Linear]:
    """The list written by hand, empty where the document has another shape than it was written for."""
    sheets = {sheet.form or "": s for s, sheet in enumerate(disclosure.sheets)}
    for form, rows in RAW["rows"].items():
        sheet = disclosure.sheets[sheets[form]] if form in sheets else None
        if sheet is None or (len(rows), len(RAW["columns"][form])) != (len(sheet.rows), len(sheet.columns)):
            return []
    texts = [text for entry in RAW["relation"] if entry.get("meaning", True) for text in filled(entry)]
    return [(linear(text, sheets), "<=" in text) for text in texts]


def record_of(disclosure: Disclosure, rules: Iterable[Linear]) -> Record:
    """The record of a document; amounts must be whole last digits of one unit of measure."""
    (quantum,) = {sheet.scale.quantum for sheet in disclosure.sheets}
    number: dict[Place, int] = {}
    made: dict[Rule, None] = {}
    for terms, bound in rules:
        kept = tuple(sorted((number.setdefault(place, len(number)), a) for place, a in terms.items() if a))
        if kept:
            sign = -1 if not bound and kept[0][1] < 0 else 1
            made[Rule(tuple((cell, sign * a) for cell, a in kept), bound)] = None
    amounts = Figures(disclosure).amounts
    values = [divmod(amounts.get(place, 0), quantum) for place in number]
    assert not any(rest for _, rest in values)
    return Record(tuple(number), tuple(value for value, _ in values), tuple(made))


def agree(amounts: Sequence[int], rules: Iterable[Rule]) -> bool:
    """Whether every rule holds."""
    sums = ((sum(a * amounts[cell] for cell, a in rule.terms), rule.bound) for rule in rules)
    return all(total <= 0 if bound else not total for total, bound in sums)
