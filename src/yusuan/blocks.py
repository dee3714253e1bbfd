"""Linear programmes of many blocks that few rows tie together, solved block by block.

Each block is solved alone for what the ties are worth at the moment (Dantzig and Wolfe 1960); a small programme mixes
the answers so far until the ties hold. When no block has a better answer, they get better too slowly, or the solver
gives up, all of it is solved in one: prices are too coarse for a proof that the ties cannot hold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from time import monotonic

from yusuan.solver import ANY, NIL, Entries, Model, UndecidedError

DEAR = 1000.0
"""What a unit missing in a tie costs, beside what a block's own columns do."""

ROUNDS = 20
"""Rounds of prices, beyond which they are taken not to settle."""


@dataclass(frozen=True, slots=True)
class Block:
    """(least, most) of its columns and rows, the entries of its rows, the cost of its columns, and what its columns
    add to each tie."""

    columns: Sequence[tuple[float, float]]
    bounds: Sequence[tuple[float, float]]
    rows: Sequence[Entries]
    cost: Sequence[float]
    ties: Mapping[int, Entries]


@dataclass(frozen=True, slots=True)
class Answer:
    """One solution of a block: values, their cost, and what they add to each tie."""

    values: tuple[float, ...]
    cost: float
    adds: Mapping[int, float]


def solve_blocks(
    blocks: Sequence[Block], ties: Sequence[tuple[float, float]], until: float
) -> list[tuple[float, ...]] | None:
    """Values for every block with which all rows hold and every tie lies between its least and most; ``None`` when
    there are none. Among several the cost is kept low, not least. Raises ``UndecidedError`` past ``until``
    (``time.monotonic``)."""
    models = [Model.of(block.columns, block.bounds, block.rows) for block in blocks]
    answers: list[list[Answer]] = [[] for _ in blocks]
    for block, model, mine in zip(blocks, models, answers):
        first = _answer(block, model, block.cost, until)
        if first is None:
            return None
        mine.append(first)
        model.stay_feasible()
    for _ in range(ROUNDS):
        try:
            missing, shares, worth, shut = _mixed(answers, ties, until)
            if missing < NIL:
                return [_sum(mine, part) for mine, part in zip(answers, shares)]
            better = False
            for block, model, mine, floor in zip(blocks, models, answers, shut):
                found = _priced(block, model, worth, until)
                gain = found.cost - sum(worth[k] * value for k, value in found.adds.items()) - floor
                if gain < -NIL * (1 + abs(floor)):
                    mine.append(found)
                    better = True
        except UndecidedError:
            break
        if not better:
            break
    return _at_once(blocks, ties, until)


def _at_once(
    blocks: Sequence[Block], ties: Sequence[tuple[float, float]], until: float
) -> list[tuple[float, ...]] | None:
    """The same in one programme."""
    rows: list[list[tuple[int, float]]] = [[] for _ in ties]
    starts = [0]
    for block in blocks:
        first = starts[-1]
        for k, entries in block.ties.items():
            rows[k] += [(first + j, a) for j, a in entries]
        rows += [[(first + j, a) for j, a in row] for row in block.rows]
        starts.append(first + len(block.columns))
    columns = [limits for block in blocks for limits in block.columns]
    model = Model.of(columns, [*ties, *(limits for block in blocks for limits in block.bounds)], rows)
    found = model.solve([c for block in blocks for c in block.cost], seconds=_left(until))
    return None if found is None else [found.values[a:b] for a, b in pairwise(starts)]


def _left(until: float) -> float:
    left = until - monotonic()
    if left <= 0:
        raise UndecidedError
    return left


def _priced(block: Block, model: Model, worth: Sequence[float], until: float) -> Answer:
    """The best answer of a block for what the ties are worth."""
    cost = list(block.cost)
    for k, entries in block.ties.items():
        for j, a in entries:
            cost[j] -= worth[k] * a
    found = _answer(block, model, cost, until)
    if found is None:
        raise UndecidedError
    return found


def _answer(block: Block, model: Model, cost: Sequence[float], until: float) -> Answer | None:
    found = model.solve(cost, seconds=_left(until))
    if found is None:
        return None
    values = found.values
    adds = {k: sum(a * values[j] for j, a in entries) for k, entries in block.ties.items()}
    return Answer(values, sum(c * v for c, v in zip(block.cost, values) if c), adds)


def _mixed(
    answers: Sequence[Sequence[Answer]], ties: Sequence[tuple[float, float]], until: float
) -> tuple[float, list[list[float]], tuple[float, ...], tuple[float, ...]]:
    """The mixture that misses the ties least: how much it misses, the share of each answer, the worth of each tie and
    of each block's mixture."""
    costs: list[float] = []
    rows: list[list[tuple[int, float]]] = [[] for _ in (*ties, *answers)]
    for b, mine in enumerate(answers):
        for answer in mine:
            for k, value in answer.adds.items():
                if value:
                    rows[k].append((len(costs), value))
            rows[len(ties) + b].append((len(costs), 1.0))
            costs.append(answer.cost)
    width = len(costs)
    for k in range(len(ties)):
        rows[k] += [(len(costs), 1.0), (len(costs) + 1, -1.0)]
        costs += [DEAR, DEAR]
    model = Model.of([(0.0, ANY)] * len(costs), [*ties, *[(1.0, 1.0)] * len(answers)], rows)
    found = model.solve(costs, seconds=max(0.05, until - monotonic()))
    if found is None:
        raise UndecidedError
    prices = model.prices()
    shares, at = [], 0
    for mine in answers:
        shares.append(list(found.values[at : at + len(mine)]))
        at += len(mine)
    return sum(found.values[width:]), shares, prices[: len(ties)], prices[len(ties) :]


def _sum(answers: Sequence[Answer], shares: Sequence[float]) -> tuple[float, ...]:
    used = [(answer.values, share) for answer, share in zip(answers, shares) if share > NIL]
    return tuple(sum(share * values[j] for values, share in used) for j in range(len(used[0][0])))
