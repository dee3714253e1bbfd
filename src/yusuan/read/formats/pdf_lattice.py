"""Ruling lines as tables: lines that touch are one lattice, its faces are the cells, a face over several is a span."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from yusuan.read.formats.pdf_frame import Box

Piece = tuple[float, float, float]
"""A ruling line: where it stands, where it begins and ends."""

ALIKE = 1.2
"""Points between pieces of one line."""

SNAP = 2.6
"""Points between lines of one table that are one border (double lines, corners that miss each other)."""

BRIDGE = 4.5
"""Points between dashes of one line."""

TOUCH = 3.0
"""Points by which lines may miss each other and still meet."""

OVERSHOOT = 7.0
"""Points by which a line may end beyond the last border without a cell there."""

SHORTEST = 4.0
"""Points: a line not longer, dashes joined, is no border."""

MOST_LINES = 2_000
"""Lines of a page in one direction that are looked at; all cells of a full page have some hundred."""

MOST_PLACES = 600
"""Borders of one table in one direction."""


@dataclass(frozen=True, slots=True)
class Face:
    """One cell of a lattice: its first row and column, how many it spans, its borders."""

    row: int
    column: int
    rows: int
    columns: int
    box: Box


@dataclass(slots=True)
class Lattice:
    """A table told from its borders: ``xs`` and ``ys`` are the borders, ``at[row][column]`` the number of the face."""

    xs: list[float]
    ys: list[float]
    faces: list[Face]
    at: list[list[int]]
    ruled: bool = True

    @property
    def box(self) -> Box:
        """The outer border."""
        return self.xs[0], self.ys[0], self.xs[-1], self.ys[-1]

    def row_at(self, y: float) -> int:
        """The row over a height, the nearest when outside."""
        return min(max(bisect_right(self.ys, y) - 1, 0), len(self.ys) - 2)

    def column_at(self, x: float) -> int:
        """The column over a place, the nearest when outside."""
        return min(max(bisect_right(self.xs, x) - 1, 0), len(self.xs) - 2)

    def face_at(self, x: float, y: float) -> int:
        """The number of the face over a point."""
        return self.at[self.row_at(y)][self.column_at(x)]


def joined(pieces: list[Piece]) -> list[Piece]:
    """Pieces that lie on one line and (nearly) touch, as one."""
    found: list[Piece] = []
    for group in _groups(sorted(pieces), ALIKE):
        place = _weighted(group)
        begin, end = None, 0.0
        for _, start, stop in sorted(group, key=lambda piece: piece[1]):
            if begin is None:
                begin, end = start, stop
            elif start <= end + BRIDGE:
                end = max(end, stop)
            else:
                found.append((place, begin, end))
                begin, end = start, stop
        if begin is not None:
            found.append((place, begin, end))
    return [piece for piece in found if piece[2] - piece[1] > SHORTEST]


def _longest(pieces: list[Piece]) -> list[Piece]:
    """No more lines than a page of tables may have; the longest stay."""
    if len(pieces) <= MOST_LINES:
        return pieces
    return sorted(sorted(pieces, key=lambda piece: piece[1] - piece[2])[:MOST_LINES])


def _groups(pieces: list[Piece], widest: float) -> list[list[Piece]]:
    """Sorted pieces in groups that keep within a distance of their first."""
    groups: list[list[Piece]] = []
    for piece in pieces:
        if groups and piece[0] - groups[-1][0][0] <= widest:
            groups[-1].append(piece)
        else:
            groups.append([piece])
    return groups


def _weighted(group: list[Piece]) -> float:
    total = sum(stop - start for _, start, stop in group) or 1.0
    return sum(place * (stop - start) for place, start, stop in group) / total


def lattices(across: list[Piece], down: list[Piece]) -> tuple[list[Lattice], list[Piece]]:
    """The tables that ruling lines make, and the horizontal lines that are of none."""
    rows, columns = _longest(joined(across)), _longest(joined(down))
    found: list[Lattice] = []
    used: set[Piece] = set()
    groups = _touching(rows, columns)
    spare = sorted(set(columns).difference(*(others for _, others in groups)))
    for some, others in groups:
        beside = _beside(others, spare)
        made = lattice(some, [*others, *beside])
        if made is not None:
            found.append(made)
            used.update(some)
            spare = [column for column in spare if column not in beside]
    found += [made for group in _standing(spare) if (made := lattice([], group)) is not None]
    return found, [row for row in rows if row not in used]


def _beside(columns: list[Piece], spare: list[Piece]) -> list[Piece]:
    """Vertical lines that touch no other and stand beside a table: of cells cut off at both ends by the page."""
    top, bottom = min(c[1] for c in columns), max(c[2] for c in columns)
    return [
        column
        for column in spare
        if column[1] >= top - OVERSHOOT and column[2] <= bottom + OVERSHOOT
        and column[2] - column[1] >= max(0.6 * (bottom - top), 2 * OVERSHOOT)
    ]  # fmt: skip


def _standing(spare: list[Piece]) -> list[list[Piece]]:
    """Three or more vertical lines side by side, of one height."""
    groups: list[list[Piece]] = []
    for column in sorted(spare, key=lambda piece: piece[1:]):
        last = groups[-1][0] if groups else None
        alike = last is not None and max(abs(column[1] - last[1]), abs(column[2] - last[2])) <= OVERSHOOT
        if alike:
            groups[-1].append(column)
        elif column[2] - column[1] >= 2 * OVERSHOOT:
            groups.append([column])
    return [group for group in groups if len(group) >= 3]


def _touching(rows: list[Piece], columns: list[Piece]) -> list[tuple[list[Piece], list[Piece]]]:
    """Lines that hang together through crossings and corners."""
    if not rows or not columns:
        return []
    h, v = np.array(rows), np.array(columns)
    meets = (
        (v[None, :, 0] >= h[:, None, 1] - TOUCH) & (v[None, :, 0] <= h[:, None, 2] + TOUCH)
        & (h[:, None, 0] >= v[None, :, 1] - TOUCH) & (h[:, None, 0] <= v[None, :, 2] + TOUCH)
    )  # fmt: skip
    label = np.arange(len(rows))
    free = label.copy()
    column_label = np.full(len(columns), -1)
    while True:
        spread = np.where(meets, label[:, None], len(rows)).min(axis=0)
        column_label = spread
        label = np.minimum(label, np.where(meets, spread[None, :], len(rows)).min(axis=1))
        if (label == free).all():
            break
        free = label.copy()
    found = []
    for name in np.unique(label):
        some = [rows[i] for i in np.flatnonzero(label == name)]
        others = [columns[i] for i in np.flatnonzero(column_label == name)]
        if others:
            found.append((some, others))
    return found


def lattice(rows: list[Piece], columns: list[Piece]) -> Lattice | None:
    """The faces between lines of one table; its outer border counts as drawn, so that open sides are closed.

    ``None`` when the lines hold no more than one cell or are too many for a table.
    """
    sides = [side for row in rows for side in row[1:]] or [column[0] for column in columns]
    left, right = min(sides), max(sides)
    top, bottom = min(c[1] for c in columns), max(c[2] for c in columns)
    xs = _open(_places(columns), left, right)
    ys = _open(_places(rows), top, bottom)
    if len(xs) > MOST_PLACES or len(ys) > MOST_PLACES or len(xs) < 2 or len(ys) < 2 or len(xs) + len(ys) < 5:
        return None
    walls = walls_along(xs, ys, columns)
    floors = walls_along(ys, xs, rows).T
    walls[:, 0] = walls[:, -1] = True
    floors[0, :] = floors[-1, :] = True
    used_x: npt.NDArray[np.bool_] = np.any(walls, axis=0)
    used_y: npt.NDArray[np.bool_] = np.any(floors, axis=1)
    xs = [x for x, used in zip(xs, used_x) if used]
    ys = [y for y, used in zip(ys, used_y) if used]
    walls = walls[:, used_x][used_y[:-1], :]
    floors = floors[used_y, :][:, used_x[:-1]]
    return faces_of(xs, ys, walls, floors)


def _open(places: list[float], first: float, last: float) -> list[float]:
    """Borders with those of the open sides, where the lines across reach far enough beyond for a cell."""
    before = [first] if not places or first < places[0] - OVERSHOOT else []
    after = [last] if not places or last > places[-1] + OVERSHOOT else []
    return [*before, *places, *after]


def _places(pieces: list[Piece]) -> list[float]:
    return [_weighted(group) for group in _groups(sorted(pieces), SNAP)]


def walls_along(xs: list[float], ys: list[float], columns: list[Piece]) -> npt.NDArray[np.bool_]:
    """Rows × borders: whether a line stands along most of the row at the border."""
    covered = np.zeros((len(ys) - 1, len(xs)))
    tops, bottoms = np.array(ys[:-1]), np.array(ys[1:])
    places = np.array(xs)
    for place, start, stop in columns:
        at = int(np.abs(places - place).argmin())
        covered[:, at] += np.clip(np.minimum(bottoms, stop) - np.maximum(tops, start), 0, None)
    made: npt.NDArray[np.bool_] = covered >= 0.6 * (bottoms - tops)[:, None]
    return made


def faces_of(
    xs: list[float], ys: list[float], walls: npt.NDArray[np.bool_], floors: npt.NDArray[np.bool_]
) -> Lattice | None:
    """The lattice with these borders: faces grow right and down until a line stands in the way."""
    height, width = len(ys) - 1, len(xs) - 1
    at = [[-1] * width for _ in range(height)]
    faces: list[Face] = []
    beside, below = walls.tolist(), floors.tolist()
    for row in range(height):
        for column in range(width):
            if at[row][column] >= 0:
                continue
            columns = 1
            while column + columns < width and not beside[row][column + columns] and at[row][column + columns] < 0:
                columns += 1
            rows = 1
            while row + rows < height and _grows(row + rows, column, columns, beside, below, at):
                rows += 1
            for r in range(row, row + rows):
                at[r][column : column + columns] = [len(faces)] * columns
            box = (xs[column], ys[row], xs[column + columns], ys[row + rows])
            faces.append(Face(row, column, rows, columns, box))
    return Lattice(xs, ys, faces, at) if len(faces) > 1 else None


def _grows(
    row: int, column: int, columns: int, beside: list[list[bool]], below: list[list[bool]], at: list[list[int]]
) -> bool:
    return (
        not any(below[row][column : column + columns])
        and not any(beside[row][column + 1 : column + columns])
        and all(number < 0 for number in at[row][column : column + columns])
    )
