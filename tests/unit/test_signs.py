"""Signs: a budget's figures are zero or more; of final accounts the law lets some be negative, as data says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from support.ledgers import standard
from support.printed import QUANTUM, at, money, one_row, put, relation
from yusuan import tested
from yusuan.axes import Point, Space, national_space
from yusuan.figures import Figures
from yusuan.locate import locate, locate_tested
from yusuan.prove import prove
from yusuan.read.document import read_disclosure
from yusuan.shapes import ShapeError
from yusuan.sheet import Disclosure, Place
from yusuan.signs import sign_rules, signed_places


@pytest.fixture(scope="module")
def disclosure(example_file: Path) -> Disclosure:
    return read_disclosure(example_file)


def carried(disclosure: Disclosure) -> dict[Place, int]:
    """Cells with money of nothing but the last year's."""
    found = {}
    for (s, r, c), amount in money(disclosure).items():
        point = disclosure.sheets[s].cells[r, c].point
        if point is not None and point.parts.get("vintage") == frozenset({"carryover"}):
            found[s, r, c] = amount
    return found


def test_a_negative_figure_of_a_budget_refutes_it_alone(disclosure: Disclosure) -> None:
    place, amount = next(iter(carried(disclosure).items()))
    wrong = put(disclosure, {place: -amount})
    proof = prove(wrong, standard())
    assert (proof.verdict, proof.conflict, proof.reason) == ("inconsistent", (place,), "prove_negative")
    located = locate(wrong, standard())
    (group,) = located.groups
    (change,) = group.explanations[0].changes
    assert group.unique
    assert (change.place, change.proposed, change.cause) == (place, amount, "sign")


def test_a_carry_over_of_final_accounts_may_be_negative(disclosure: Disclosure) -> None:
    final = replace(disclosure, kind="final")
    signed = signed_places(final, standard().space)
    assert carried(disclosure).keys() <= signed
    assert signed_places(disclosure, standard().space) == frozenset()
    spent = {"vintage": frozenset({"current"}), "kind": frozenset({"project"})}
    points = {place: final.sheets[place[0]].cells[place[1:]].point for place in money(final)}
    current = [place for place, point in points.items() if point is not None and point.parts.items() >= spent.items()]
    assert current
    assert signed.isdisjoint(current)


def test_a_cell_that_may_be_negative_can_make_up_a_difference() -> None:
    """2 = ☐ + 5: the blank is -3 where it may be, else the 2 or the 5 is wrong."""
    figures, sums = Figures(one_row([2, None, 5])), [relation([0], [1, 2])]
    outcomes = replace(tested.test_relations(figures, sums, standard()), adds_up=True)
    for signed, columns in ((frozenset(), {0, 2}), (frozenset(at(1)), {0, 1, 2})):
        (group,) = locate_tested(figures, replace(outcomes, signed=signed)).groups
        found = {e.changes[0].place[2]: e.changes[0].proposed for e in group.explanations}
        assert found.keys() == columns
        assert found.get(1, -3 * QUANTUM) == -3 * QUANTUM
    negative = Figures(one_row([2, -3, 5]))
    outcomes = tested.test_relations(negative, sums, standard())
    assert locate_tested(negative, replace(outcomes, signed=frozenset(at(1)))).verdict == "consistent"
    (group,) = locate_tested(negative, outcomes).groups
    assert {1} < {c.place[2] for c in group.explanations[0].changes}


RULE = {"kind": "final", "point": {"vintage": ["carryover"]}, "basis": "会计制度"}


@pytest.fixture(scope="module")
def space() -> Space:
    return national_space()


def test_sign_rules_are_data(space: Space) -> None:
    (rule,) = sign_rules(space, {"negative": [RULE]})
    assert (rule.kind, rule.point) == ("final", Point({"vintage": frozenset({"carryover"})}))
    assert all(rule.basis for rule in sign_rules(space))


@pytest.mark.parametrize("point", [{"vintage": ["nextyear"]}, {"colour": ["red"]}])
def test_a_rule_on_what_does_not_exist_is_named(space: Space, point: dict[str, list[str]]) -> None:
    with pytest.raises(ShapeError, match=r"location\.toml: negative: entry 2: .*(nextyear|colour)"):
        sign_rules(space, {"negative": [RULE, RULE | {"point": point}]})
