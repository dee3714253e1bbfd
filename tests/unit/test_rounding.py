"""Rounding a compiled disclosure so that its sums hold."""

from __future__ import annotations

from itertools import product
from types import MappingProxyType

import pytest

from yusuan.amount import Scale, round_half
from yusuan.fill import fill
from yusuan.ledger import Fact, Ledger
from yusuan.relations import Relation, derive_relations
from yusuan.rounding import Rounding, round_disclosure, round_together
from yusuan.sheet import Agency, Cell, Column, Disclosure, Row, Sheet
from yusuan.standard import load_standard

STANDARD = load_standard("hunan/2025")
BOTH = ("institution", "organ")
QUANTUM = 10_000
UNIT = "104012"


def line(*exact: int) -> Disclosure:
    """A sheet of one row with these exact amounts."""
    cells = {(0, c): Cell(0, c, "", None, None, exact=amount) for c, amount in enumerate(exact)}
    columns = tuple(Column((f"c{c}",), "money", None) for c in range(len(exact)))
    sheet = Sheet("01", "表", Scale(), (Row("", "行", 0, "total", None),), columns, MappingProxyType(cells))
    return Disclosure("", "", None, 2025, "budget", "unit", None, (sheet,))


def relation(left: tuple[int, ...], right: tuple[int, ...], *, bound: bool = False) -> Relation:
    sides = [tuple((0, 0, c) for c in side) for side in (left, right)]
    return Relation(sides[0], sides[1], bound, "column_sum")


def steps(rounding: Rounding) -> list[int]:
    cells = rounding.disclosure.sheets[0].cells
    return [(cells[0, c].amount or 0) // QUANTUM for c in range(len(cells))]


def thirds() -> Ledger:
    """Three functions of 0.004 万元 each."""
    agency = Agency(UNIT, "示例单位", None, "", "institution")
    facts = [
        Fact(UNIT, function, "30101", "50501", "1111", "current", "basic", "", 4_000)
        for function in ("2060301", "2060302", "2060303")
    ]
    return Ledger.of(2025, [agency], facts)


def test_whole_steps_are_left_alone() -> None:
    found = round_together(line(10_000, 20_000, 30_000, 0), [relation((2,), (0, 1))])
    assert steps(found) == [1, 2, 3, 0] and not found.moved
    texts = [cell.text for cell in found.disclosure.sheets[0].cells.values()]
    assert texts == ["0.01", "0.02", "0.03", ""]


def test_ordinary_rounding_is_kept_where_it_holds() -> None:
    found = round_together(line(12_000, 14_000, 26_000), [relation((0,), (2,), bound=True)])
    assert steps(found) == [1, 1, 3] and not found.moved


def test_a_sum_of_thirds() -> None:
    found = round_together(line(4_000, 4_000, 4_000, 12_000), [relation((3,), (0, 1, 2))])
    assert sum(steps(found)[:3]) == steps(found)[3] == 1
    assert len(found.moved) == 1 and not found.unmet and found.gap == 0


def test_exact_amounts_and_blanks_stay() -> None:
    disclosure = round_disclosure(line(4_000, 4_000, 0, 8_000), [relation((3,), (0, 1, 2))])
    cells = disclosure.sheets[0].cells
    assert [cells[0, c].exact for c in range(4)] == [4_000, 4_000, 0, 8_000]
    assert cells[0, 2].text == "" and cells[0, 2].amount is None
    assert sum(cells[0, c].amount or 0 for c in range(3)) == cells[0, 3].amount


@pytest.mark.parametrize("seed", range(12))
def test_no_rounding_moves_fewer_cells(seed: int) -> None:
    """Against every choice there is, on a 2 × 2 table with its sums."""
    a, b, c, d = ((seed * 7 + 3) * k % 97 * 311 + 1 for k in (5, 11, 17, 23))
    exact = (a, b, a + b, c, d, c + d, a + c, b + d, a + b + c + d)
    sums = [((2,), (0, 1)), ((5,), (3, 4)), ((8,), (6, 7)), ((6,), (0, 3)), ((7,), (1, 4)), ((8,), (2, 5))]
    found = round_together(line(*exact), [relation(left, right) for left, right in sums])
    nearest = [round_half(x, QUANTUM) for x in exact]
    floors = [x // QUANTUM for x in exact]
    least = min(
        sum(n != m for n, m in zip(choice, nearest))
        for choice in product(*((f, f + (x % QUANTUM > 0)) for f, x in zip(floors, exact)))
        if all(sum(choice[i] for i in left) == sum(choice[i] for i in right) for left, right in sums)
    )
    assert len(found.moved) == least and not found.unmet


def test_sums_that_rule_each_other_out_are_named() -> None:
    """a = b and a + b = one step: neither half can be printed."""
    binding = [relation((0,), (1,)), relation((2,), (0, 1))]
    found = round_together(line(5_000, 5_000, 10_000), binding)
    assert found.unmet == (binding[1],)
    for lang in ("zh", "en"):
        assert "1" in found.sentences(lang)[0]


def test_relations_of_other_amounts_do_not_bind() -> None:
    """A relation that the exact amounts break is not about rounding."""
    found = round_together(line(12_000, 26_000), [relation((0,), (1,))])
    assert steps(found) == [1, 3] and not found.unmet


def test_compiled_forms_add_up() -> None:
    exact = fill(thirds(), STANDARD, UNIT)
    relations = derive_relations(exact, STANDARD, BOTH)
    alone = {(i, *p): c.amount or 0 for i, s in enumerate(exact.sheets) for p, c in s.cells.items()}
    assert any(not r.bound and sum(map(alone.get, r.left)) != sum(map(alone.get, r.right)) for r in relations)  # type: ignore[arg-type]
    found = round_together(exact, relations, STANDARD)
    shown = {(i, *p): c.amount or 0 for i, s in enumerate(found.disclosure.sheets) for p, c in s.cells.items()}
    for r in relations:
        left, right = (sum(shown.get(p, 0) for p in side) for side in (r.left, r.right))
        assert left <= right if r.bound else left == right
    assert found.one_ledger and found.moved and not found.unmet
    assert not found.sentences()


def test_cells_of_one_meaning_print_alike() -> None:
    found = round_together(fill(thirds(), STANDARD, UNIT), [], STANDARD)
    seen: dict[object, int | None] = {}
    for sheet in found.disclosure.sheets:
        for cell in sheet.cells.values():
            if cell.point is not None and cell.exact:
                assert seen.setdefault(cell.point, cell.amount) == cell.amount
    assert len(seen) > 20
