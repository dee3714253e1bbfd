"""Every relation that a reader of the forms writes down by hand follows from the derived ones.

``relations.toml`` is the list, written from the meaning of the forms. An equality must be a linear combination of
derived equalities, a bound must follow from derived equalities and bounds; blank cells are zero, no amount is negative.
"""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import highspy
import pytest

from yusuan.figures import Figures
from yusuan.read.document import read_disclosure
from yusuan.relations import Relation, derive_relations
from yusuan.sheet import Disclosure
from yusuan.standard import load_standard
from yusuan.tested import regimes_of

RAW = tomllib.loads((Path(__file__).parent / "relations.toml").read_text(encoding="utf-8"))
PRIMES = (2**61 - 1, 2**89 - 1)

Place = tuple[int, int, int]
Row = dict[Place, int]
"""A linear form that is zero (an equality) or not above zero (a bound)."""


@dataclass(frozen=True)
class Hand:
    """A hand-written relation, its names filled in."""

    id: str
    text: str
    row: Row
    bound: bool
    meaning: bool


def filled(entry: Mapping[str, Any]) -> Iterator[str]:
    """The texts of an entry with each combination of names."""
    each = {
        name: RAW["rows" if name == "r" else "columns"][value] if isinstance(value, str) else value
        for name, value in entry.get("each", {}).items()
    }
    for names in itertools.product(*each.values()):
        for text in entry["says"]:
            yield text.format(**dict(zip(each, names)))


def cell(name: str, sheets: Mapping[str, int]) -> Place:
    """A named cell by the order of rows and columns in the printed form."""
    form, rest = name.split(".", 1)
    if form in RAW["lines"]:
        blocks = enumerate(RAW["lines"][form])
        ((r, b),) = [(r, b) for b, lines in blocks for r, line in enumerate(lines) if line == rest]
        return sheets[form], r, b
    row, column = rest.split(".")
    return sheets[form], RAW["rows"][form].index(row), RAW["columns"][form].index(column)


def linear(text: str, sheets: Mapping[str, int]) -> Row:
    """Σ left − Σ right of a written relation."""
    found: Row = {}
    for side, sign in zip(text.split(" <= " if "<=" in text else " = "), (1, -1)):
        for term in side.replace(" - ", " + -").split(" + "):
            if term.strip() != "0":
                place = cell(term.lstrip("-"), sheets)
                found[place] = found.get(place, 0) + (-sign if term.startswith("-") else sign)
    return found


@dataclass
class Span:
    """Linear forms modulo a prime, reduced as they come."""

    prime: int
    pivots: dict[Place, Row] = field(default_factory=dict)

    def reduced(self, row: Row) -> Row:
        found = {p: v % self.prime for p, v in row.items() if v % self.prime}
        while (pivot := next((p for p in found if p in self.pivots), None)) is not None:
            factor = found[pivot]
            for p, v in self.pivots[pivot].items():
                if value := (found.get(p, 0) - factor * v) % self.prime:
                    found[p] = value
                else:
                    found.pop(p, None)
        return found

    def add(self, row: Row) -> None:
        found = self.reduced(row)
        if found:
            pivot = min(found)
            inverse = pow(found[pivot], -1, self.prime)
            fresh = {p: v * inverse % self.prime for p, v in found.items()}
            for other in self.pivots.values():
                if factor := other.get(pivot):
                    for p, v in fresh.items():
                        if value := (other.get(p, 0) - factor * v) % self.prime:
                            other[p] = value
                        else:
                            other.pop(p, None)
            self.pivots[pivot] = fresh


class Derived:
    """What the program derives for the disclosure."""

    def __init__(self, disclosure: Disclosure) -> None:
        self.disclosure = disclosure
        figures = Figures(disclosure)
        self.printed = figures.amounts
        standard = load_standard("hunan/2025")
        relations = derive_relations(disclosure, standard, regimes_of(figures, standard))
        self.equal = [difference(r) for r in relations if not r.bound]
        self.bounds = [difference(r) for r in relations if r.bound]
        self.sheets = {sheet.form or "": s for s, sheet in enumerate(disclosure.sheets)}
        self.spans = [Span(prime) for prime in PRIMES]
        for span in self.spans:
            for row in self.equal:
                span.add(self.without_blanks(row))

    def without_blanks(self, row: Row) -> Row:
        return {place: v for place, v in row.items() if place in self.printed}

    def covers(self, hand: Hand) -> bool:
        row = self.without_blanks(hand.row)
        return self.implies(row) if hand.bound else not any(span.reduced(row) for span in self.spans)

    def implies(self, row: Row) -> bool:
        """Whether the form can never exceed zero: its largest value over all that satisfies the derived relations."""
        if not row:
            return True
        index = {place: i for i, place in enumerate(self.printed)}
        model = highspy.Highs()  # type: ignore[no-untyped-call]
        model.setOptionValue("output_flag", False)
        for place in index:
            model.addVar(0.0, 1000.0)
            model.changeColCost(index[place], float(-row.get(place, 0)))
        for rows, low in ((self.equal, 0.0), (self.bounds, -highspy.kHighsInf)):
            for known in rows:
                kept = self.without_blanks(known)
                model.addRow(low, 0.0, len(kept), [index[p] for p in kept], [float(v) for v in kept.values()])
        model.run()
        assert model.getModelStatus() == highspy.HighsModelStatus.kOptimal
        return bool(model.getObjectiveValue() > -1e-6)


def difference(relation: Relation) -> Row:
    found: Row = {}
    for places, sign in ((relation.left, 1), (relation.right, -1)):
        for place in places:
            found[place] = found.get(place, 0) + sign
    return found


@pytest.fixture(scope="module")
def derived(seed_file: Path) -> Derived:
    return Derived(read_disclosure(seed_file))


@pytest.fixture(scope="module")
def written(derived: Derived) -> list[Hand]:
    return [
        Hand(entry["id"], text, linear(text, derived.sheets), "<=" in text, entry.get("meaning", True))
        for entry in RAW["relation"]
        for text in filled(entry)
    ]


def test_the_list_is_true_of_the_printed_figures(derived: Derived, written: list[Hand]) -> None:
    """The list itself is tested first, on the figures as printed."""
    for hand in written:
        value = sum(v * derived.printed.get(place, 0) for place, v in hand.row.items())
        assert value <= 0 if hand.bound else value == 0, (hand.id, hand.text)
    assert len(written) > 665


def test_the_list_names_every_place_of_the_forms(derived: Derived) -> None:
    for form, s in derived.sheets.items():
        sheet = derived.disclosure.sheets[s]
        if form in RAW["lines"]:
            assert len(RAW["lines"][form]) == len(sheet.columns)
            assert {len(lines) for lines in RAW["lines"][form]} == {len(sheet.rows)}
        elif form in RAW["rows"]:
            assert (len(RAW["rows"][form]), len(RAW["columns"][form])) == (len(sheet.rows), len(sheet.columns))
        else:
            assert not sheet.rows, form


def cases() -> Iterator[Any]:
    for entry in RAW["relation"]:
        if entry.get("meaning", True):
            reason = entry.get("uncovered")
            yield pytest.param(entry["id"], marks=[pytest.mark.xfail(reason=reason, strict=True)] if reason else [])


@pytest.mark.parametrize("id", list(cases()))
def test_every_written_relation_follows_from_the_derived(derived: Derived, written: list[Hand], id: str) -> None:  # noqa: A002
    assert [h.text for h in written if h.id == id and not derived.covers(h)] == []


def test_what_no_cell_means_is_not_derived(derived: Derived, written: list[Hand]) -> None:
    """The coincidences of this disclosure's figures are not passed off as relations."""
    coincidences = [h for h in written if not h.meaning]
    assert coincidences
    assert [h.text for h in coincidences if derived.covers(h)] == []
