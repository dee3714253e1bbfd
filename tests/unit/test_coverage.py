"""Coverage: what it says of a figure is what happens when the figure is changed."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from publish_example import example

from yusuan import tested
from yusuan.amount import Scale
from yusuan.cli import main
from yusuan.coverage import Coverage, cover, coverage_of
from yusuan.figures import Figures
from yusuan.forms import Standard
from yusuan.publish.page import page_html
from yusuan.read.document import read_disclosure
from yusuan.relations import Relation, derive_relations
from yusuan.sheet import Cell, Column, Disclosure, Place, Row, Sheet
from yusuan.tested import Outcome, regimes_of

WIDTH = 7


def made_up(amounts: Sequence[int | None]) -> Disclosure:
    """A disclosure of one sheet with one row of cells."""
    cells = {(0, c): Cell(0, c, "" if a is None else str(a), a) for c, a in enumerate(amounts)}
    columns = tuple(Column((f"{c}",), "money", None) for c in range(len(amounts)))
    sheet = Sheet(None, "表", Scale(), (Row("", "合计", 0, "total", None),), columns, MappingProxyType(cells))
    return Disclosure("", "", None, 2025, "budget", "unit", None, (sheet,))


def at(*columns: int) -> tuple[Place, ...]:
    return tuple((0, 0, c) for c in columns)


def relation(left: Iterable[int], right: Iterable[int], *, bound: bool = False, **more: Any) -> Relation:
    return Relation(at(*left), at(*right), bound, "parts", **more)


def terms(one: Relation) -> list[Fraction]:
    found = [Fraction(0)] * WIDTH
    for sign, side in ((1, one.left), (-1, one.right)):
        for _, _, c in side:
            found[c] += sign
    return found


def rank(rows: Iterable[Sequence[Fraction]]) -> int:
    """Rank by plain fractions."""
    left, found = [list(row) for row in rows], 0
    while left:
        row = left.pop()
        lead = next((j for j, a in enumerate(row) if a), None)
        if lead is None:
            continue
        found += 1
        left = [[a - other[lead] / row[lead] * b for a, b in zip(other, row)] for other in left]
    return found


SIDE = st.lists(st.integers(0, WIDTH - 1), min_size=1, max_size=3, unique=True)
RELATIONS = st.lists(
    st.builds(relation, SIDE, SIDE, bound=st.booleans(), assumes=st.sampled_from(((), ("01",))), sure=st.booleans()),
    max_size=10,
)


@given(RELATIONS, st.lists(st.none() | st.integers(0, 9), min_size=WIDTH, max_size=WIDTH))
def test_counts_pairs_and_redundance_by_definition(relations: list[Relation], amounts: list[int | None]) -> None:
    coverage = coverage_of(made_up(amounts), relations)
    rows = [terms(r) for r in relations if r.sure and not r.bound]
    firm = [terms(r) for r in relations if r.sure and not r.bound and not r.assumes]
    cells = {c.place[2]: c for c in (*coverage.figures, *coverage.blanks)}
    assert sorted(cells) == list(range(WIDTH))
    assert [c.place[2] for c in coverage.figures] == [c for c, a in enumerate(amounts) if a is not None]
    for c, cell in cells.items():
        assert cell.equalities == rank(row for row in rows if row[c])
        assert cell.firm == rank(row for row in firm if row[c])
        bounds = {tuple(terms(r)) for r in relations if r.sure and r.bound and terms(r)[c]}
        assert cell.bounds == len(bounds)
    for level, groups in ((rows, coverage.groups), (firm, coverage.firm_groups)):
        seen = [c for c in range(WIDTH) if any(row[c] for row in level)]
        proportional = {p for p in combinations(seen, 2) if rank([row[p[0]], row[p[1]]] for row in level) == 1}
        assert {pair for g in groups for pair in combinations([c for _, _, c in g.places], 2)} == proportional
    figures = {c.place[2] for c in coverage.figures}
    grouped = [[c for _, _, c in g.places] for g in coverage.groups]
    told = sum(figures.issuperset(pair) for group in grouped for pair in combinations(group, 2))
    assert coverage.tally.pairs == told
    assert coverage.tally.pairs + coverage.blank.pairs == sum(len(g) * (len(g) - 1) // 2 for g in grouped)
    kept = list(coverage.equalities)
    for follower in coverage.redundant:
        kept.remove(follower)
    assert len(kept) == rank(rows) == rank(terms(r) for r in kept)
    assert rank(terms(r) for r in kept if not r.assumes) == rank(firm)


def test_a_pair_tells_by_how_much_one_makes_up_for_the_other() -> None:
    """Two parts of one total hide each other's changes when one gains what the other loses; a part and its total
    when both gain."""
    coverage = coverage_of(made_up([3, 1, 2]), [relation([0], [1, 2])])
    (group,) = coverage.groups
    amounts = dict(zip(group.places, group.terms))
    assert amounts[0, 0, 1] == amounts[0, 0, 2] == -amounts[0, 0, 0]
    assert coverage.tally.pairs == 3


def test_the_same_relation_twice_counts_once() -> None:
    twice = [relation([0], [1, 2]), relation([1, 2], [0])]
    coverage = coverage_of(made_up([3, 1, 2]), twice)
    assert [c.equalities for c in coverage.figures] == [1, 1, 1]
    assert coverage.redundant == (twice[1],)


def test_a_relation_that_assumes_more_makes_no_other_redundant() -> None:
    assuming, firm = relation([0], [1], assumes=("01",)), relation([1, 2], [0, 2])
    coverage = coverage_of(made_up([1, 1, 1]), [assuming, firm])
    assert coverage.redundant == (assuming,)


@pytest.fixture(scope="module")
def standard() -> Standard:
    return example()[1]


@pytest.fixture(scope="module")
def disclosure(example_file: Path) -> Disclosure:
    return read_disclosure(example_file)


@pytest.fixture(scope="module")
def coverage(disclosure: Disclosure, standard: Standard) -> Coverage:
    return cover(disclosure, standard)


def changed(disclosure: Disclosure, steps: Mapping[Place, int]) -> Disclosure:
    """The disclosure with some amounts moved (分)."""
    sheets = list(disclosure.sheets)
    for (s, r, c), step in steps.items():
        cells = dict(sheets[s].cells)
        cells[r, c] = replace(cells[r, c], amount=(cells[r, c].amount or 0) + step)
        sheets[s] = replace(sheets[s], cells=MappingProxyType(cells))
    return replace(disclosure, sheets=tuple(sheets))


def failing(disclosure: Disclosure, standard: Standard, steps: Mapping[Place, int]) -> list[Outcome]:
    """The sure equalities that fail once the amounts are moved."""
    moved = Figures(changed(disclosure, steps))
    relations = derive_relations(disclosure, standard, regimes_of(moved, standard))
    found = tested.test_relations(moved, relations, standard).outcomes
    return [o for o in found if o.verdict == "fails" and o.relation.sure and not o.relation.bound]


def test_a_change_breaks_at_least_as_many_equalities_as_cover_it(
    disclosure: Disclosure, standard: Standard, coverage: Coverage
) -> None:
    for cell in random.Random(3).sample(coverage.figures, 25):
        broken = failing(disclosure, standard, {cell.place: 10**9})
        assert len(broken) >= cell.equalities > 0
        assert sum(not o.relation.assumes for o in broken) >= cell.firm


def test_what_makes_up_for_each_other_is_seen_by_no_firm_equality(
    disclosure: Disclosure, standard: Standard, coverage: Coverage
) -> None:
    assert coverage.firm.pairs > 0
    for group in random.Random(3).sample(coverage.hiding(coverage.firm_groups), 8):
        (a, b), (m, n) = group.places[:2], group.terms[:2]
        for steps, unseen in (({a: n * 10**9, b: -m * 10**9}, True), ({a: n * 10**9, b: m * 10**9}, False)):
            broken = failing(disclosure, standard, steps)
            assert (not [o for o in broken if not o.relation.assumes]) is unseen


def test_a_cell_that_cannot_be_read_vouches_for_nothing(
    disclosure: Disclosure, standard: Standard, coverage: Coverage
) -> None:
    """The relations of an unread cell tell nothing of the other cells in them."""
    most = max(coverage.figures, key=lambda c: c.equalities)
    (s, r, c), sheets = most.place, list(disclosure.sheets)
    cells = {**sheets[s].cells, (r, c): replace(sheets[s].cells[r, c], text="见附件", amount=None)}
    sheets[s] = replace(sheets[s], cells=MappingProxyType(cells))
    after = cover(replace(disclosure, sheets=tuple(sheets)), standard)
    assert after.tally.cells == coverage.tally.cells - 1
    assert len(after.equalities) <= len(coverage.equalities) - most.equalities
    before = {cell.place: cell.equalities for cell in coverage.figures}
    assert all(cell.equalities <= before[cell.place] for cell in after.figures)
    assert sum(cell.equalities < before[cell.place] for cell in after.figures) > 1


def test_a_form_that_was_not_recognised_is_unseen(
    disclosure: Disclosure, standard: Standard, coverage: Coverage
) -> None:
    sheets = list(disclosure.sheets)
    number = next(cell.place[0] for cell in coverage.figures)
    sheets[number] = replace(sheets[number], form=None)
    after = cover(replace(disclosure, sheets=tuple(sheets)), standard)
    printed = {cell.place for cell in coverage.figures if cell.place[0] == number}
    assert printed and set(after.unseen) == printed


def test_without_figures_there_is_nothing_to_cover() -> None:
    found = coverage_of(made_up([None, None]), [])
    assert (found.figures, found.groups, found.redundant, found.unseen) == ((), (), (), ())
    assert found.blank.unseen == 2


def test_the_report_gives_it_whole(example_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", str(example_file), "--format", "json"])
    report = json.loads(capsys.readouterr().out)
    counts, whole = report["summary"]["coverage"], report["coverage"]
    cells = [cell["equalities"] for cell in whole["cells"]]
    assert (counts["figures"], counts["unseen"]) == (len(cells), len(whole["unseen"]))
    assert (counts["twice"], counts["once"]) == (sum(n > 1 for n in cells), cells.count(1))
    assert counts["redundant"] == len(whole["redundant"]) > 0
    assert counts["firm"]["unseen"] == len(whole["firm"]["unseen"])
    shown = [[cell["amount"] is not None for cell in pair["cells"]] for pair in whole["firm"]["pairs"]]
    assert counts["firm"]["pairs"] == sum(sum(group) * (sum(group) - 1) // 2 for group in shown)
    assert counts["figures"] + counts["blanks"]["cells"] == report["summary"]["cells"]
    main(["check", str(example_file)])
    lines = capsys.readouterr().out.splitlines()
    (line,) = [line for line in lines if line.startswith("覆盖")]
    assert f"{counts['figures']} 个数字中 {counts['twice']} 个" in line


def test_the_page_links_to_what_is_unseen(disclosure: Disclosure, standard: Standard, coverage: Coverage) -> None:
    page = page_html(disclosure, standard, None, coverage=coverage, lang="en")
    section = page.split('<section id="coverage"')[1].split("</section>")[0]
    for place in coverage.firm_unseen:
        assert '<a href="#s{}r{}c{}">'.format(*place) in section
    assert f"of {coverage.tally.cells} figures {coverage.tally.twice} are" in section
    assert 'id="coverage"' not in page_html(disclosure, standard, None)
