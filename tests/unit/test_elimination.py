"""Elimination against plain fractions: which equations follow from others, which columns are determined."""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yusuan.elimination import PRIME, Equation, fixed_columns, following


def rank(equations: Sequence[Equation], width: int) -> int:
    """Rank over the fractions, one column after the other."""
    rows = [[Fraction(e.get(j, 0)) for j in range(width)] for e in equations]
    found = 0
    for j in range(width):
        pivot = next((i for i in range(found, len(rows)) if rows[i][j]), None)
        if pivot is None:
            continue
        rows[found], rows[pivot] = rows[pivot], rows[found]
        for i in range(found + 1, len(rows)):
            factor = rows[i][j] / rows[found][j]
            rows[i] = [a - factor * b for a, b in zip(rows[i], rows[found])]
        found += 1
    return found


WIDTH = 7
NUMBERS = st.integers(-3, 3).filter(bool)
EQUATIONS = st.lists(st.dictionaries(st.integers(0, WIDTH - 1), NUMBERS), max_size=9)


@given(EQUATIONS)
def test_an_equation_follows_when_it_adds_nothing_to_the_rank(equations: list[dict[int, int]]) -> None:
    ranks = [rank(equations[:n], WIDTH) for n in range(len(equations) + 1)]
    expected = [i for i, (before, after) in enumerate(pairwise(ranks)) if before == after]
    assert following(equations) == expected


@given(st.lists(st.frozensets(st.integers(0, WIDTH - 1), min_size=1), max_size=9))
def test_a_column_is_fixed_when_it_follows_alone(rows: list[frozenset[int]]) -> None:
    equations = [dict.fromkeys(row, 1) for row in rows]
    whole = rank(equations, WIDTH)
    assert fixed_columns(rows) == {j for j in range(WIDTH) if rank([*equations, {j: 1}], WIDTH) == whole}


def test_elimination_finds_what_is_determined() -> None:
    assert fixed_columns([frozenset({0}), frozenset({0, 1}), frozenset({2, 3})]) == {0, 1}
    assert fixed_columns([frozenset({0, 1}), frozenset({1, 2}), frozenset({0, 2})]) == {0, 1, 2}
    assert fixed_columns([frozenset({0, 1}), frozenset({1, 2}), frozenset({2, 3}), frozenset({0, 3})]) == frozenset()
    assert fixed_columns([]) == frozenset()


@pytest.mark.parametrize("order", range(3))
def test_numbers_grow_past_the_prime_without_harm(order: int) -> None:
    """Each equation multiplies: after forty of them the coefficients are far beyond the prime."""
    chain = [{j: 1, j + 1: -47} for j in range(40)]
    random.Random(order).shuffle(chain)
    assert PRIME < 47**40
    assert following([*chain, {0: 1, 40: -pow(47, 40, PRIME)}]) == [40]
    assert following([*chain, {0: 1, 40: 1}]) == []


def test_what_is_added_up_twice_follows() -> None:
    """Columns and rows of a square: the last of the sums is the sum of the others."""
    columns = [{(r * 10 + c): 1 for r in range(4)} | {(4 * 10 + c): -1} for c in range(4)]
    rows = [{(r * 10 + c): 1 for c in range(4)} | {(r * 10 + 4): -1} for r in range(5)]
    last = {(r * 10 + 4): 1 for r in range(4)} | {44: -1}
    assert following([*columns, *rows, last]) == [9]
