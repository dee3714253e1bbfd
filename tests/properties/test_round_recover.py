"""Fill, round, recover: what must come back whatever the ledger."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from support.ledgers import ledgers, standard
from yusuan.axes import Point
from yusuan.fill import fill
from yusuan.ledger import Fact, Ledger
from yusuan.recover import recover
from yusuan.relations import Relation, derive_relations
from yusuan.rounding import round_together
from yusuan.sheet import Disclosure

BOTH = ("institution", "organ")
few = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def printed(disclosure: Disclosure) -> dict[tuple[str | None, Point], int]:
    """Printed amounts by form and meaning, zeros left out."""
    cells = ((sheet.form, cell) for sheet in disclosure.sheets for cell in sheet.cells.values())
    return {(form, cell.point): cell.amount for form, cell in cells if cell.point is not None and cell.amount}


def reporter(ledger: Ledger) -> str:
    """The department, or the only unit."""
    return next(iter(ledger.departments()), None) or next(iter(ledger.agencies))


def in_steps(ledger: Ledger, quantum: int) -> Ledger:
    """The ledger with amounts in whole last digits."""
    facts = [fact._replace(amount=fact.amount // quantum * quantum) for fact in ledger.facts()]
    return Ledger.of(ledger.fiscal_year, ledger.agencies.values(), facts, projects=ledger.projects.values())


def holds(relation: Relation, amounts: dict[tuple[int, int, int], int]) -> bool:
    """Whether the amounts meet the relation."""
    left, right = (sum(amounts.get(p, 0) for p in side) for side in (relation.left, relation.right))
    return left <= right if relation.bound else left == right


def held_inside(ledger: Ledger, fact: Fact) -> int:
    """What the ledger holds in the slice that a recovered fact names (an inner economic code admits those below)."""
    total = 0
    for known in ledger.facts():
        same = all(getattr(known, axis) == getattr(fact, axis) for axis in Fact._fields[:-1] if "eco" not in axis)
        for axis in ("dep_bgt_eco_code", "gov_bgt_eco_code"):
            code, tree = getattr(known, axis), standard().space[axis]
            same = same and (code == getattr(fact, axis) or (bool(code) and getattr(fact, axis) in tree.path(code)))
        total += known.amount if same else 0
    return total


@few
@given(ledgers(lone=True))
def test_forms_in_whole_steps_come_back_exactly(ledger: Ledger) -> None:
    ledger = in_steps(ledger, standard().scale.quantum)
    disclosure = fill(ledger, standard(), reporter(ledger))
    found = recover(disclosure, standard())
    assert found.ledger is not None and not found.rounded
    assert printed(fill(found.ledger, standard(), reporter(ledger))) == printed(disclosure)
    for item in found.facts:
        if item.mark == "determined":
            assert held_inside(ledger, item.fact) == item.fact.amount


@few
@given(ledgers(units=3, gaps=True, loose=True))
def test_a_department_with_gaps_and_odd_pairs_comes_back(ledger: Ledger) -> None:
    ledger = in_steps(ledger, standard().scale.quantum)
    disclosure = fill(ledger, standard(), reporter(ledger))
    found = recover(disclosure, standard())
    assert found.ledger is not None and not found.rounded
    assert printed(fill(found.ledger, standard(), reporter(ledger))) == printed(disclosure)


@few
@given(ledgers(lone=True))
def test_rounding_keeps_every_sum_and_one_ledger(ledger: Ledger) -> None:
    exact = fill(ledger, standard(), reporter(ledger))
    relations = derive_relations(exact, standard(), BOTH)
    rounding = round_together(exact, relations, standard())
    quantum = standard().scale.quantum
    amounts = {}
    for number, (sheet, before) in enumerate(zip(rounding.disclosure.sheets, exact.sheets)):
        for place, cell in sheet.cells.items():
            amounts[number, *place] = cell.amount or 0
            assert cell.exact == before.cells[place].exact
            assert abs((cell.amount or 0) - (cell.exact or 0)) < quantum
            assert (cell.text == "") == (cell.exact == 0)
    assert not rounding.unmet
    assert all(holds(r, amounts) for r in relations if r.sure and not r.assumes)
    assert rounding.one_ledger
    found = recover(rounding.disclosure, standard())
    assert found.ledger is not None and not found.rounded
    assert printed(fill(found.ledger, standard(), reporter(ledger))) == printed(rounding.disclosure)


@few
@given(ledgers(lone=True))
def test_figures_rounded_one_by_one_come_back(ledger: Ledger) -> None:
    disclosure = fill(ledger, standard(), reporter(ledger))
    found = recover(disclosure, standard())
    assert found.ledger is not None
    assert printed(fill(found.ledger, standard(), reporter(ledger))) == printed(disclosure)
