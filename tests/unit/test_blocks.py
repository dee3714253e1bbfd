"""Programmes solved block by block, against the same programme in one."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yusuan.blocks import Block, solve_blocks
from yusuan.solver import ANY, Entries, Model, UndecidedError

NEAR = 1e-6
NEVER = float("inf")

Limits = tuple[float, float]


LARGE = (1.0, 1e7 / 3)
"""Amounts of some units, and of some millions as forms print them."""


@st.composite
def limits(draw: st.DrawFn, size: float) -> Limits:
    low, width = draw(st.integers(-3, 12)), draw(st.sampled_from((0, 0, 2, None)))
    return low * size, ANY if width is None else (low + width) * size


@st.composite
def blocks(draw: st.DrawFn, ties: int, size: float) -> Block:
    width = draw(st.integers(0, 4))
    if not width:
        return Block([], [], [], [], {})
    entries = st.lists(st.tuples(st.integers(0, width - 1), st.sampled_from((1.0, 1.0, -1.0))), min_size=1, max_size=3)
    rows = draw(st.lists(entries.map(lambda row: list(dict(row).items())), max_size=3))
    bounds = [draw(limits(size)) for _ in rows]
    tied = {k: list(dict(draw(entries)).items()) for k in range(ties) if draw(st.booleans())}
    columns = [(0.0, draw(st.sampled_from((50.0, 5.0))) * size) for _ in range(width)]
    cost = [float(draw(st.integers(0, 2))) for _ in range(width)]
    return Block(columns, bounds, rows, cost, tied)


@st.composite
def programmes(draw: st.DrawFn) -> tuple[list[Block], list[Limits]]:
    size = draw(st.sampled_from(LARGE))
    ties = [draw(limits(size)) for _ in range(draw(st.integers(0, 3)))]
    return draw(st.lists(blocks(len(ties), size), min_size=1, max_size=4)), ties


def whole(blocks: Sequence[Block], ties: Sequence[Limits]) -> bool:
    """Whether all of it has a solution, in one programme."""
    columns: list[Limits] = []
    bounds: list[Limits] = list(ties)
    tied: list[list[tuple[int, float]]] = [[] for _ in ties]
    rows: list[Entries] = []
    for block in blocks:
        first = len(columns)
        columns += block.columns
        bounds += block.bounds
        rows += [[(first + j, a) for j, a in row] for row in block.rows]
        for k, entries in block.ties.items():
            tied[k] += [(first + j, a) for j, a in entries]
    return Model.of(columns, bounds, [*tied, *rows]).solve([0.0] * len(columns)) is not None


def within(value: float, limit: Limits) -> bool:
    near = NEAR * (1 + abs(value))
    return limit[0] - near <= value <= limit[1] + near


@given(programmes())
def test_blocks_are_solved_when_the_whole_is_and_only_then(programme: tuple[list[Block], list[Limits]]) -> None:
    blocks, ties = programme
    found = solve_blocks(blocks, ties, NEVER)
    assert (found is not None) == whole(blocks, ties)
    if found is None:
        return
    sums = [0.0] * len(ties)
    for block, values in zip(blocks, found, strict=True):
        assert all(within(value, column) for value, column in zip(values, block.columns, strict=True))
        for row, limit in zip(block.rows, block.bounds, strict=True):
            assert within(sum(a * values[j] for j, a in row), limit)
        for k, entries in block.ties.items():
            sums[k] += sum(a * values[j] for j, a in entries)
    assert all(within(value, tie) for value, tie in zip(sums, ties, strict=True))


def test_late_is_said_and_not_taken_for_impossible() -> None:
    block = Block([(0.0, ANY)], [(1.0, 1.0)], [[(0, 1.0)]], [0.0], {})
    with pytest.raises(UndecidedError):
        solve_blocks([block], [], monotonic() - 1)
