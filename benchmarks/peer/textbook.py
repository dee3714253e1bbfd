"""Error localisation as the textbooks write it: one mixed integer programme over a whole record.

Every cell has its corrected amount and a switch that is on when that differs from the printed one; the rules hold for
the corrected amounts, and the number of switches that are on is least (Fellegi and Holt, in the formulation of de Jonge
and van der Loo). Nothing here knows forms, slices or the program that this is compared with.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import highspy
import numpy as np

Terms = tuple[tuple[int, int], ...]
"""(cell, coefficient) pairs."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Σ coefficient · cell = 0, or ≤ 0 when ``bound``."""

    terms: Terms
    bound: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """Cells to change, the least number of cells that is proved necessary, whether that is this number, and whether
    changing only these cells really makes every rule hold; and processor seconds."""

    cells: frozenset[int]
    least: int
    proved: bool
    holds: bool
    seconds: float


def ceilings(rules: Sequence[Rule], values: Sequence[int]) -> list[int]:
    """What the true amount of each cell is taken not to exceed: twice the most that the other side of one of its rules
    comes to, and twice the largest figure that is printed more than once, so that one figure ten thousand times too
    large does not spoil every switch constant."""
    often = Counter(values)
    most = 2 * max((value for value, times in often.items() if value > 0 and times > 1), default=max(1, *values))
    found: list[int | None] = [None] * len(values)
    for rule in rules:
        sides = {sign: sum(max(0, values[j]) for j, a in rule.terms if a * sign > 0) for sign in (1, -1)}
        for j, a in rule.terms:
            if a > 0 or not rule.bound:
                found[j] = max(found[j] or 0, 2 * sides[-1 if a > 0 else 1])
    return [most if own is None else min(most, max(own, value)) for own, value in zip(found, values)]


DIGITS = 100
"""Last printed digits in a unit of measure: the solver counts in units, as printed, which it bears better."""

TOLERANCES = (1e-6, 1e-9)
"""How far from whole a switch may be: the usual, and a stricter one where that let amounts go by without being on."""


def model_of(rules: Sequence[Rule], values: Sequence[int], switch: float | None = None) -> highspy.HighsLp:
    """The programme over values in last printed digits: amounts first, then switches. No amount is negative.

    The constant that a switch lets go is each cell's own distance to its ends unless ``switch`` gives one for all.
    """
    count = len(values)
    tops = [most / DIGITS for most in ceilings(rules, values)]
    starts, index, entries, lows, highs = [0], list[int](), list[float](), list[float](), list[float]()

    def row(terms: Sequence[tuple[int, float]], low: float, most: float) -> None:
        index.extend(j for j, _ in terms)
        entries.extend(a for _, a in terms)
        starts.append(len(index))
        lows.append(low)
        highs.append(most)

    for rule in rules:
        row(rule.terms, -highspy.kHighsInf if rule.bound else 0.0, 0.0)
    surely = np.zeros(count)
    for j, (value, high) in enumerate(zip((value / DIGITS for value in values), tops)):
        if not 0 <= value <= high:
            surely[j] = 1.0
            continue
        up, down = (high - value, value) if switch is None else (switch, switch)
        row([(j, 1.0), (count + j, -up)], -highspy.kHighsInf, value)
        if value > 0:
            row([(j, 1.0), (count + j, down)], value, highspy.kHighsInf)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = 2 * count, len(lows)
    lp.col_cost_ = np.repeat([0.0, 1.0], count)
    lp.col_lower_ = np.concatenate([np.zeros(count), surely])
    lp.col_upper_ = np.concatenate([tops, np.ones(count)])
    lp.row_lower_, lp.row_upper_ = np.array(lows), np.array(highs)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = np.array(starts, np.int32), np.array(index, np.int32)
    lp.a_matrix_.value_ = np.array(entries)
    lp.integrality_ = [highspy.HighsVarType.kContinuous] * count + [highspy.HighsVarType.kInteger] * count
    return lp


def silent() -> highspy._Highs:
    # the public class prints a banner before it can be silenced
    solver = highspy._Highs()
    solver.setOptionValue("output_flag", False)
    return solver


def locate_textbook(rules: Sequence[Rule], values: Sequence[int], seconds: float = 60.0) -> Answer | None:
    """The smallest set of cells to change, values in last printed digits; ``None`` when no set was found in time.

    An answer that does not let the rules hold is asked for again, with whole switches to a stricter tolerance.
    """
    started, worked = time.perf_counter(), time.process_time()
    lp, answer = model_of(rules, values), None
    for tolerance in TOLERANCES:
        left = seconds - (time.perf_counter() - started)
        found = solve(lp, tolerance, left) if left > 0 else None
        if found is None:
            break
        cells, bound, proved = found
        least = len(cells) if proved else max(0, int(np.ceil(bound - NIL)))
        took = time.process_time() - worked
        answer = Answer(cells, least, proved, mended(rules, values, cells) is not None, took)
        if answer.holds:
            break
    return answer


NIL = 1e-6
"""What is added to a whole bound by arithmetic on fractions is less."""


def solve(lp: highspy.HighsLp, tolerance: float, seconds: float) -> tuple[frozenset[int], float, bool] | None:
    """Cells whose switch is on, the lower bound of the solver, whether nothing is better; ``None``: no solution."""
    solver = silent()
    solver.passModel(lp)
    solver.setOptionValue("presolve", "on")
    solver.setOptionValue("time_limit", seconds)
    solver.setOptionValue("mip_feasibility_tolerance", tolerance)
    solver.run()
    info, count = solver.getInfo(), lp.num_col_ // 2
    if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible.value:
        return None
    switches = solver.getSolution().col_value[count:]
    proved = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return frozenset(j for j, on in enumerate(switches) if on > 0.5), info.mip_dual_bound, proved


def mended(rules: Sequence[Rule], values: Sequence[int], cells: frozenset[int]) -> tuple[int, ...] | None:
    """Amounts that satisfy every rule and differ from the printed ones in these cells only, ``None`` without any."""
    solver = silent()
    places = {cell: j for j, cell in enumerate(sorted(cells))}
    for _ in places:
        solver.addVar(0.0, highspy.kHighsInf)
    for rule in rules:
        free = [(places[j], a) for j, a in rule.terms if j in places]
        fixed = sum(a * values[j] for j, a in rule.terms if j not in places)
        if free:
            low = -highspy.kHighsInf if rule.bound else -fixed
            solver.addRow(low, -fixed, len(free), np.array([j for j, _ in free]), np.array([float(a) for _, a in free]))
        elif fixed > 0 or (fixed and not rule.bound):
            return None
    if any(value < 0 for j, value in enumerate(values) if j not in places):
        return None
    solver.run()
    if places and solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    found = list(values)
    for (cell, _), value in zip(places.items(), solver.getSolution().col_value):
        found[cell] = round(value)
    return tuple(found)
