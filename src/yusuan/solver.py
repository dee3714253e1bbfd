"""Linear and integer programmes, for the questions that many figures must answer together.

A budget's figures are sums of sums: whether one ledger can yield them all, which amounts that leaves no choice about,
how to round them so that every sum still holds. Each is a programme; this is the one place that talks to the solver.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from highspy import Highs

ANY = float("inf")

NIL = 1e-6
"""What the solver gives below this is nothing."""

LIMIT = 20.0
"""Seconds after which a question is given up."""

PRIMAL = 4
"""The solver's number for its primal simplex method."""

Entries = Sequence[tuple[int, float]]
"""(column, coefficient) pairs of a row."""


class UndecidedError(Exception):
    """The solver could not tell in time whether there is a solution."""


@dataclass(frozen=True, slots=True)
class Solution:
    """Column values of a solution. ``gap`` is how far (as a share) a better one may still be: 0 when none is."""

    values: tuple[float, ...]
    gap: float = 0.0


@dataclass(frozen=True, slots=True)
class Model:
    """A programme as the solver holds it; solved again for another cost, it starts from where it was."""

    solver: Highs

    @classmethod
    def of(
        cls, columns: Sequence[tuple[float, float]], bounds: Sequence[tuple[float, float]], rows: Sequence[Entries]
    ) -> Model:
        """From (least, most) of every column and of every row."""
        import highspy

        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(columns), len(rows)
        lp.col_cost_ = [0.0] * len(columns)
        lp.col_lower_, lp.col_upper_ = [low for low, _ in columns], [high for _, high in columns]
        lp.row_lower_, lp.row_upper_ = [low for low, _ in bounds], [high for _, high in bounds]
        starts = [0]
        for row in rows:
            starts.append(starts[-1] + len(row))
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = starts
        lp.a_matrix_.index_ = [j for row in rows for j, _ in row]
        lp.a_matrix_.value_ = [a for row in rows for _, a in row]
        # the public class prints a banner before it can be silenced
        solver: Highs = highspy._Highs()  # type: ignore[attr-defined]
        solver.setOptionValue("output_flag", False)
        solver.passModel(lp)
        return cls(solver)

    def limit(self, columns: Mapping[int, tuple[float, float]]) -> None:
        """Give columns another (least, most)."""
        numbers = list(columns)
        lows, highs = [columns[j][0] for j in numbers], [columns[j][1] for j in numbers]
        self.solver.changeColsBounds(len(numbers), numbers, lows, highs)

    def bound(self, rows: Mapping[int, tuple[float, float]]) -> None:
        """Give rows another (least, most)."""
        for i, (low, high) in rows.items():
            self.solver.changeRowBounds(i, low, high)

    def stay_feasible(self) -> None:
        """Go from one solution to the next: right after a solution, for questions that differ in their cost only."""
        self.solver.setOptionValue("simplex_strategy", PRIMAL)

    def prices(self) -> tuple[float, ...]:
        """After ``solve``: how far the least cost moves with the limit of each row that holds it back."""
        return tuple(self.solver.getSolution().row_dual)

    def ray(self) -> tuple[float, ...] | None:
        """After ``solve`` found no solution: weights of the rows whose sum no values of the columns can meet."""
        _, found, weights = self.solver.getDualRay()  # type: ignore[attr-defined]
        return tuple(weights) if found else None

    def solve(self, cost: Sequence[float], *, whole: Sequence[int] = (), seconds: float = LIMIT) -> Solution | None:
        """The solution of least cost, columns ``whole`` integral; ``None`` when none exists (or, with ``whole``, is
        found in time). Raises ``UndecidedError``."""
        from highspy import HighsModelStatus, HighsVarType, SolutionStatus

        solver = self.solver
        if not len(cost):
            # of a programme without columns the solver only says that it is empty
            lp = solver.getLp()
            fits = all(low <= 0 <= high for low, high in zip(lp.row_lower_, lp.row_upper_))
            return Solution(()) if fits else None
        solver.changeColsCost(len(cost), list(range(len(cost))), list(cost))
        if whole:
            import numpy as np

            kinds = np.full(len(whole), HighsVarType.kInteger.value, np.uint8)
            solver.changeColsIntegrality(len(whole), list(whole), kinds)
        # these linear programmes are solved faster than they are simplified
        solver.setOptionValue("presolve", "choose" if whole else "off")
        solver.setOptionValue("time_limit", solver.getRunTime() + seconds)
        solver.run()
        info = solver.getInfo()
        optimal = solver.getModelStatus() == HighsModelStatus.kOptimal
        found = whole and info.primal_solution_status == SolutionStatus.kSolutionStatusFeasible.value
        if not (optimal or found):
            if not whole and solver.getModelStatus() != HighsModelStatus.kInfeasible:
                raise UndecidedError
            return None
        return Solution(tuple(solver.getSolution().col_value), float(info.mip_gap) if not optimal else 0.0)
