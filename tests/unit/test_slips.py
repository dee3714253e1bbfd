"""Typical slips: what a slip does to a figure is recognised; a move of figures is taken back."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from support.printed import QUANTUM, at, one_row
from yusuan.amount import Scale
from yusuan.slips import moves_of, slip_of

SUSPECT = Counter({(0, 0, 0): 2})


@pytest.mark.parametrize(
    ("printed", "right", "slip"),
    [
        ("", "117.39", "lost"),
        ("117.39", "", "invented"),
        ("-117.39", "117.39", "sign"),
        ("117.93", "117.39", "exchanged"),
        ("171.39", "117.39", "exchanged"),
        ("11.39", "117.39", "dropped"),
        ("1117.39", "117.39", "doubled"),
        ("1157.39", "117.39", "inserted"),
        ("117.89", "117.39", "misread"),
        ("1173.90", "117.39", "decimal_point"),
        ("1.30", "130.00", "decimal_point"),
        ("1173900.00", "117.39", "unit"),
        ("117.40", "117.39", "last_digit"),
        ("100.00", "99.99", "last_digit"),
        ("300.00", "117.39", None),
        ("-117.93", "117.39", None),
    ],
)
def test_a_slip_has_a_name(printed: str, right: str, slip: str | None) -> None:
    amount = {text: round(float(text or 0) * 100) * QUANTUM for text in (printed, right)}
    assert slip_of(amount[printed] if printed else None, amount[right], QUANTUM) == slip


def test_a_copy_of_the_neighbour_goes_before_digits() -> None:
    assert slip_of(1793 * QUANTUM, 1739 * QUANTUM, QUANTUM, [55, 1793 * QUANTUM]) == "copied"
    assert slip_of(1793 * QUANTUM, 1739 * QUANTUM, QUANTUM, [55]) == "exchanged"


def test_a_figure_finer_than_the_form_prints_is_no_slip_of_digits() -> None:
    assert slip_of(17390 * QUANTUM + 1, 1739 * QUANTUM, QUANTUM) is None


@given(st.from_regex(r"[1-9][0-9]{0,8}[1-9]", fullmatch=True), st.data())
def test_slips_of_digits_are_told_from_one_another(right: str, data: st.DataObject) -> None:
    i = data.draw(st.integers(0, len(right) - 2))
    for slip, printed in (
        ("exchanged", right[:i] + right[i + 1] + right[i] + right[i + 2 :]),
        ("dropped", right[:i] + right[i + 1 :]),
        ("doubled", right[: i + 1] + right[i:]),
    ):
        if printed != right and not printed.startswith("0"):
            assert slip_of(int(printed) * QUANTUM, int(right) * QUANTUM, QUANTUM) == slip


@given(st.lists(st.integers(0, 9), min_size=3, max_size=6), st.integers(0, 3), st.booleans())
def test_a_shifted_row_is_taken_back(right: list[int], start: int, turned: bool) -> None:
    """Figures moved on from some place, and nothing fell off the end: some move gives them as they were."""
    right[-1] = 0
    assume(sum(map(bool, right[start:])) > 1)
    shifted = [*right[:start], 0, *right[start:-1]]
    if turned:
        right, shifted = right[::-1], shifted[::-1]
    back = []
    for move in moves_of(one_row([n or None for n in shifted]), Counter(dict.fromkeys(at(*range(len(right))), 2))):
        if move.slip == "row_shifted":
            amounts = [n * QUANTUM for n in shifted]
            for (_, _, c), amount in move.right.items():
                amounts[c] = amount
            back.append(amounts)
    assert [n * QUANTUM for n in right] in back


def test_a_form_in_the_other_unit() -> None:
    """万元 read as 元 comes back within half a last digit of 万元, 元 read as 万元 exactly."""
    coarse = one_row([3, 11739, None], Scale("元", 2))
    (up,) = (m for m in moves_of(coarse, SUSPECT) if m.slip == "form_unit")
    assert dict(up.right) == {(0, 0, 0): 30_000, (0, 0, 1): 117_390_000}
    assert up.digits == 10_000
    fine = one_row([30_000, 11_7390_000], Scale("万元", 2))
    moves = [m for m in moves_of(fine, SUSPECT) if m.slip == "form_unit"]
    assert {(m.right[0, 0, 0] // QUANTUM, m.digits) for m in moves} == {(3, 1), (300_000_000, 10_000)}
