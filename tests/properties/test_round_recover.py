"""Fill, round, recover, withhold: what must come back, and what must not, whatever the ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.ledgers import ledgers, standard
from yusuan.atoms import Cutter, members_of
from yusuan.axes import Point
from yusuan.extremes import Extremes
from yusuan.figures import Figures
from yusuan.fill import fill
from yusuan.ledger import Fact, Ledger, Project
from yusuan.programme import programmes
from yusuan.recover import choose, project_of, recover
from yusuan.relations import Relation, derive_relations
from yusuan.rounding import round_together
from yusuan.secrecy import Withheld, exposed
from yusuan.sheet import Disclosure, Place

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


def stands_in(fact: Fact, ledger: Ledger) -> frozenset[tuple[str | None, Point]]:
    """The figures that a fact is part of."""
    alone = Ledger.of(ledger.fiscal_year, ledger.agencies.values(), [fact], projects=ledger.projects.values())
    return frozenset(printed(fill(alone, standard(), reporter(ledger))))


@few
@given(ledgers(lone=True), st.booleans())
def test_the_ledger_lies_within_the_ranges(ledger: Ledger, whole: bool) -> None:
    ledger = in_steps(ledger, standard().scale.quantum) if whole else ledger
    found = recover(fill(ledger, standard(), reporter(ledger)), standard())
    assert found.ledger is not None
    if found.rounded == whole:
        return
    held: Counter[frozenset[tuple[str | None, Point]]] = Counter()
    big = 10 * standard().scale.quantum
    for fact in ledger.facts():
        held[stands_in(fact._replace(amount=big), ledger)] += fact.amount
    for item in found.facts:
        amount = held[stands_in(item.fact._replace(amount=big), found.ledger)]
        assert item.range.least <= amount and (item.range.most is None or amount <= item.range.most)
        assert item.range.least <= item.fact.amount and (item.range.most is None or item.fact.amount <= item.range.most)
        if item.unique and not found.rounded:
            assert item.range.least == item.range.most == amount


def ledger_holding(amounts: Sequence[float], cutter: Cutter, atoms: Sequence[int], like: Ledger) -> Ledger:
    """The ledger with these amounts (分) in the atoms."""
    facts: list[Fact] = []
    projects: dict[str, Project] = {}
    for atom, amount in zip(atoms, amounts):
        if round(amount):
            place, _ = choose(cutter.locations(atom), cutter)
            code, kind = project_of(place, cutter.world)
            name = place.pro_code or code
            projects.setdefault(code, Project(code, place.agency_code, name, kind))
            facts.append(
                Fact(
                    place.agency_code, place.exp_func_code, place.dep_bgt_eco_code, place.gov_bgt_eco_code,
                    place.fund_type_code, place.vintage, place.kind, code, round(amount),
                )
            )  # fmt: skip
    projects.pop("", None)
    return Ledger.of(like.fiscal_year, like.agencies.values(), facts, projects=projects.values())


def exact_amounts(disclosure: Disclosure) -> dict[tuple[str | None, Point], int]:
    """Unrounded amounts by form and meaning, zeros left out."""
    cells = ((sheet.form, cell) for sheet in disclosure.sheets for cell in sheet.cells.values())
    return {(form, cell.point): cell.exact for form, cell in cells if cell.point is not None and cell.exact}


def key_of(disclosure: Disclosure, place: Place) -> tuple[str | None, Point | None]:
    """Form and meaning of a cell."""
    sheet = disclosure.sheets[place[0]]
    return sheet.form, sheet.cells[place[1:]].point


def two_ledgers(disclosure: Disclosure, ledger: Ledger, hidden: frozenset[Place], figure: Withheld) -> list[Disclosure]:
    """The forms of the ledgers that print what is not hidden and hold the least and the most of a figure."""
    for programme, cutter in programmes(disclosure, standard(), hidden):
        extremes = Extremes(programme)
        if extremes.model is not None:
            money = cutter.figures.money
            row = next(row for f, row in zip(money, members_of(programme.atoms, cutter.figures))
                       if figure.places[0] in f.places)  # fmt: skip
            ends = [extremes.end(row, sign, 10.0) for sign in (1, -1)]
            made = [ledger_holding(end.held, cutter, programme.atoms, ledger) for end in ends if end is not None]
            return [fill(one, standard(), reporter(ledger)) for one in made]
    raise AssertionError("no ledger")


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ledgers(lone=True, facts=8), st.data())
def test_what_the_proposal_hides_differs_between_ledgers_that_print_the_same(
    ledger: Ledger, data: st.DataObject
) -> None:
    ledger = in_steps(ledger, standard().scale.quantum)
    disclosure = fill(ledger, standard(), reporter(ledger))
    amounts = {place: amount for place, amount in Figures(disclosure).amounts.items() if amount}
    if not amounts:
        return
    withheld = frozenset(data.draw(st.lists(st.sampled_from(sorted(amounts)), min_size=1, max_size=3)))
    found = exposed(disclosure, standard(), withhold=withheld)
    assert found.tested and not found.contradictory
    for figure in found.figures:
        truth = {amounts[place] for place in figure.places}
        assert figure.amount is None or {figure.amount} == truth
        span = figure.range
        assert span is None or all(span.least <= amount <= (span.most or amount) for amount in truth)
    hidden = withheld | set(found.proposal)
    secret = {key_of(disclosure, place) for place in hidden}
    shown = {key: amount for key, amount in exact_amounts(disclosure).items() if key not in secret}
    for figure in found.figures:
        forms = [exact_amounts(one) for one in two_ledgers(disclosure, ledger, hidden, figure)]
        for one in forms:
            off = {key for key in {*one, *shown} - secret if abs(one.get(key, 0) - shown.get(key, 0)) > 1}
            assert not off
        key = key_of(disclosure, figure.places[0])
        assert key[1] is not None
        if len(forms) == 2:
            assert forms[1].get((key[0], key[1]), 0) - forms[0].get((key[0], key[1]), 0) > 1
