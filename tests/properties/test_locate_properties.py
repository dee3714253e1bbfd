"""Location on small made-up forms, against every set of cells there is; on forms of made-up ledgers, by what is put in.

The judge tries all sets of one cell, of two, of three: a set explains the contradictions when a programme with those
cells free has a solution.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, product
from random import Random

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from support.ledgers import ledgers, standard
from support.printed import QUANTUM, money, one_row, put, relation
from yusuan import tested
from yusuan.figures import Figures
from yusuan.fill import fill
from yusuan.ledger import Ledger
from yusuan.locate import Located, locate, locate_tested, mend
from yusuan.prove import prove
from yusuan.relations import Relation
from yusuan.solver import ANY, Model

WIDTH = 6
LARGEST = 3
"""Cells of the largest sets that the judge tries."""

SIDE = st.lists(st.integers(0, WIDTH - 1), min_size=1, max_size=3, unique=True)
RELATIONS = st.lists(
    st.builds(relation, SIDE, SIDE, bound=st.sampled_from((False, False, True))).filter(lambda r: r.left != r.right),
    min_size=1,
    max_size=4,
)
AMOUNTS = st.lists(st.none() | st.integers(0, 12), min_size=WIDTH, max_size=WIDTH)


def box(steps: int | None, *, rounded: bool) -> tuple[float, float]:
    """What can stand behind a figure, in last digits (a figure that is half a digit more is rounded up)."""
    if steps is None or not rounded:
        return float(steps or 0), float(steps or 0)
    half = QUANTUM // 2
    return max(0.0, steps - half / QUANTUM), steps + (half - 1) / QUANTUM


class Judge:
    """Whether all relations hold when some cells may be anything."""

    def __init__(self, amounts: Sequence[int | None], relations: Sequence[Relation], *, rounded: bool) -> None:
        self.boxes = [box(steps, rounded=rounded) for steps in amounts]
        rows = []
        for one in relations:
            row: dict[int, float] = {}
            for sign, side in ((1.0, one.left), (-1.0, one.right)):
                for _, _, c in side:
                    row[c] = row.get(c, 0.0) + sign
            rows.append(list(row.items()))
        self.rows = rows
        self.bounds = [(-ANY if one.bound else 0.0, 0.0) for one in relations]
        self.whole = () if rounded else tuple(range(WIDTH))

    def model(self, free: frozenset[int]) -> Model:
        boxes = [(0.0, ANY) if c in free else limits for c, limits in enumerate(self.boxes)]
        return Model.of(boxes, self.bounds, self.rows)

    def explains(self, free: frozenset[int]) -> bool:
        return self.model(free).solve([0.0] * WIDTH, whole=self.whole) is not None

    def smallest(self) -> set[frozenset[int]]:
        """All smallest sets that explain everything; none when they are larger than what is tried."""
        for size in range(LARGEST + 1):
            found = {free for cells in combinations(range(WIDTH), size) if self.explains(free := frozenset(cells))}
            if found:
                return found
        return set()


def located(amounts: Sequence[int | None], relations: Sequence[Relation], *, rounded: bool, most: int) -> Located:
    figures = Figures(one_row(amounts))
    outcomes = tested.test_relations(figures, relations, standard())
    return locate_tested(figures, replace(outcomes, adds_up=not rounded), most=most)


def explained(found: Located) -> set[frozenset[int]]:
    """Every way to explain all groups."""
    ways = [[{c.place[2] for c in e.changes} for e in group.explanations] for group in found.groups]
    return {frozenset().union(*way) for way in product(*ways)}


def moved(found: Located) -> bool:
    return any(e.move for group in found.groups for e in group.explanations)


@settings(max_examples=80)
@given(AMOUNTS, RELATIONS)
def test_every_smallest_explanation_and_no_other(amounts: list[int | None], relations: list[Relation]) -> None:
    found = located(amounts, relations, rounded=False, most=60)
    judge = Judge(amounts, relations, rounded=False)
    smallest = judge.smallest()
    assume(smallest and not moved(found))
    assert all(group.proved and group.complete for group in found.groups)
    assert explained(found) == smallest
    assert (found.verdict == "consistent") == (smallest == {frozenset()})
    for group in found.groups:
        assert group.unique == (len(group.explanations) == 1)
        assert group.bound == group.size == len(group.explanations[0].changes)


@settings(max_examples=60)
@given(AMOUNTS, RELATIONS)
def test_values_are_all_that_a_changed_cell_can_be(amounts: list[int | None], relations: list[Relation]) -> None:
    found = located(amounts, relations, rounded=False, most=60)
    judge = Judge(amounts, relations, rounded=False)
    assume(len(found.groups) == 1 and not moved(found))
    for explanation in found.groups[0].explanations:
        free = frozenset(change.place[2] for change in explanation.changes)
        for change in explanation.changes:
            cost = [0.0] * WIDTH
            cost[change.place[2]] = 1.0
            least = judge.model(free).solve(cost)
            assert least is not None and change.low == round(least.values[change.place[2]] * QUANTUM)
            if change.high is not None:
                most = judge.model(free).solve([-c for c in cost])
                assert most is not None and change.high == round(most.values[change.place[2]] * QUANTUM)
            assert change.proposed == (change.low if change.low == change.high else None)
            assert change.printed == (None if (n := amounts[change.place[2]]) is None else n * QUANTUM)


@settings(max_examples=50)
@given(AMOUNTS, RELATIONS)
def test_so_it_is_where_figures_are_rounded(amounts: list[int | None], relations: list[Relation]) -> None:
    found = located(amounts, relations, rounded=True, most=60)
    assume(not found.adds_up)
    smallest = Judge(amounts, relations, rounded=True).smallest()
    assume(smallest and not moved(found))
    if not found.groups:
        assert smallest == {frozenset()}
        return
    assert explained(found) == smallest
    assert all(group.proved and group.complete for group in found.groups)


@given(AMOUNTS, RELATIONS, st.integers(1, 3))
def test_no_more_are_listed_than_asked_for(amounts: list[int | None], relations: list[Relation], most: int) -> None:
    """And what is listed is told from all there are."""
    whole, found = (located(amounts, relations, rounded=False, most=n) for n in (60, most))
    assume(not moved(whole))
    every = explained(whole)
    assert explained(found) <= every
    for group in found.groups:
        assert 1 <= len(group.explanations) <= most
    assert all(group.complete for group in found.groups) == (len(explained(found)) == len(every))
    if all(group.unique for group in found.groups):
        assert len(every) == 1


def reporter(ledger: Ledger) -> str:
    return next(iter(ledger.departments()), None) or next(iter(ledger.agencies))


def stepped(ledger: Ledger) -> Ledger:
    """The ledger with amounts in whole last digits."""
    facts = [fact._replace(amount=fact.amount // QUANTUM * QUANTUM) for fact in ledger.facts()]
    return Ledger.of(ledger.fiscal_year, ledger.agencies.values(), facts, projects=ledger.projects.values())


@settings(max_examples=6)
@given(ledgers(units=2, facts=6), st.randoms(use_true_random=False), st.integers(1, 3))
def test_what_is_located_in_filled_forms_mends_them(ledger: Ledger, drawn: Random, count: int) -> None:
    """No explanation is larger than the truth; one that is put in leaves nothing to explain."""
    disclosure = fill(stepped(ledger), standard(), reporter(ledger))
    figures = money(disclosure)
    assume(len(figures) >= count)
    places = drawn.sample(sorted(figures), count)
    wrong = put(disclosure, {place: figures[place] + drawn.choice((1, 10, 999)) * 7 * QUANTUM for place in places})
    found = locate(wrong, standard())
    assume(found.verdict == "inconsistent")
    assert found.proved and sum(group.size for group in found.groups) <= count
    mended = mend(wrong, found)
    if mended is not None:
        assert prove(mended, standard()).verdict == "consistent"
    if all(group.unique and not group.explanations[0].move for group in found.groups):
        changes = {c.place: c.proposed for group in found.groups for c in group.explanations[0].changes}
        if len(changes) == count:
            assert changes == {place: figures[place] for place in places}


@settings(max_examples=6)
@given(ledgers(units=2, facts=5))
def test_forms_of_a_ledger_are_consistent_and_rounded_ones_never_wrong(ledger: Ledger) -> None:
    exact = fill(stepped(ledger), standard(), reporter(ledger))
    assume(money(exact))
    assert locate(exact, standard()).verdict == "consistent"
    rounded = fill(ledger, standard(), reporter(ledger))
    assert locate(rounded, standard()).verdict in ("consistent", "rounding")
