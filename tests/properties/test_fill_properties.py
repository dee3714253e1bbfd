"""What every filled disclosure must satisfy, whatever the ledger."""

from __future__ import annotations

import random

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from support.ledgers import broken, ledgers, regimes_of, standard
from yusuan.fill import fill
from yusuan.ledger import Fact, Ledger
from yusuan.relations import Relation, derive_relations
from yusuan.sheet import Disclosure

Figures = dict[tuple[object, ...], int]

WITHIN = ("column_sum", "row_sum", "same_row")


def codes_of(ledger: Ledger) -> list[str]:
    """Every agency that discloses: the units, and the department."""
    return [*ledger.agencies, *ledger.departments()]


def figures(disclosure: Disclosure) -> Figures:
    """Exact amounts by form, row and column, zeros left out."""
    found: Figures = {}
    for sheet in disclosure.sheets:
        for cell in sheet.cells.values():
            row = sheet.rows[cell.row]
            place = (cell.row,) if row.role == "statement" else (row.role, row.code, row.point)
            if cell.exact:
                found[(sheet.form, *place, cell.column)] = cell.exact
    return found


def with_facts(ledger: Ledger, facts: list[Fact]) -> Ledger:
    """The ledger with other facts."""
    return Ledger.of(ledger.fiscal_year, ledger.agencies.values(), facts, projects=ledger.projects.values())


def relations_of(ledger: Ledger, disclosure: Disclosure) -> list[Relation]:
    return derive_relations(disclosure, standard(), regimes_of(ledger))


@given(ledgers(gaps=True), st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_order_of_facts_is_irrelevant(ledger: Ledger, rng: random.Random) -> None:
    facts = list(ledger.facts())
    rng.shuffle(facts)
    for code in codes_of(ledger):
        assert fill(with_facts(ledger, facts), standard(), code) == fill(ledger, standard(), code)


@given(ledgers(gaps=True), st.integers(0, 40))
@settings(max_examples=40)
def test_sums_are_additive(ledger: Ledger, split: int) -> None:
    facts = list(ledger.facts())
    for code in codes_of(ledger):
        parts = [figures(fill(with_facts(ledger, half), standard(), code)) for half in (facts[:split], facts[split:])]
        added = {key: parts[0].get(key, 0) + parts[1].get(key, 0) for key in parts[0] | parts[1]}
        assert figures(fill(ledger, standard(), code)) == added


@given(st.one_of(ledgers(), ledgers(units=5, facts=8), ledgers(lone=True, facts=30)))
@settings(max_examples=150)
def test_every_relation_holds_where_every_form_has_a_place(ledger: Ledger) -> None:
    for code in codes_of(ledger):
        disclosure = fill(ledger, standard(), code)
        assert broken(disclosure, relations_of(ledger, disclosure)) == []


@given(ledgers(loose=True))
@settings(max_examples=80)
def test_sure_relations_hold_whatever_the_unverified_correspondence(ledger: Ledger) -> None:
    for code in codes_of(ledger):
        disclosure = fill(ledger, standard(), code)
        assert broken(disclosure, [r for r in relations_of(ledger, disclosure) if r.sure]) == []


@given(st.one_of(ledgers(gaps=True, loose=True), ledgers(gaps=True, loose=True, lone=True, facts=30)))
@settings(max_examples=150)
def test_gaps_of_a_template_break_only_what_rests_on_them(ledger: Ledger) -> None:
    """A fact that a form has no place for breaks that form's own sums and what is derived from them, nothing else."""
    for code in codes_of(ledger):
        disclosure = fill(ledger, standard(), code)
        firm = [r for r in relations_of(ledger, disclosure) if r.sure and not r.assumes and r.basis != "column_sum"]
        assert broken(disclosure, firm) == []


@given(ledgers(lone=True))
@settings(max_examples=20)
def test_one_more_fen_is_seen(ledger: Ledger) -> None:
    """The relations are no empty promise: a wrong cell breaks one."""
    code = next(iter(ledger.agencies))
    disclosure = fill(ledger, standard(), code)
    relations = relations_of(ledger, disclosure)
    filled = [cell for cell in disclosure.sheets[0].cells.values() if cell.exact]
    assume(filled)
    object.__setattr__(filled[0], "exact", (filled[0].exact or 0) + 1)
    assert broken(disclosure, relations)
