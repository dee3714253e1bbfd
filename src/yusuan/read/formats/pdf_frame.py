"""Coordinates of a page: from those of its content to those of the page as shown, and to those of its text upright.

A landscape table on a portrait page is upright only after a quarter turn; grids are built there and told as shown.
"""

from __future__ import annotations

from dataclasses import dataclass

Matrix = tuple[float, float, float, float, float, float]
Box = tuple[float, float, float, float]

IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def compose(inner: Matrix, outer: Matrix) -> Matrix:
    """The matrix that applies ``inner`` first."""
    a, b, c, d, e, f = inner
    p, q, r, s, t, u = outer
    return (a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u)


def moved(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    """A point through a matrix."""
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def moved_box(matrix: Matrix, box: Box) -> Box:
    """The upright box around a box through a matrix."""
    a, b, c, d, e, f = matrix
    x0, y0, x1, y1 = box
    xs = (a * x0 + c * y0, a * x1 + c * y1, a * x0 + c * y1, a * x1 + c * y0)
    ys = (b * x0 + d * y0, b * x1 + d * y1, b * x0 + d * y1, b * x1 + d * y0)
    return min(xs) + e, min(ys) + f, max(xs) + e, max(ys) + f


@dataclass(frozen=True, slots=True)
class Frame:
    """The ways between the coordinates of a page; ``turn`` is in quarters clockwise from shown to upright."""

    shown: Matrix
    width: float
    height: float
    turn: int = 0

    @classmethod
    def of(cls, box: Box, rotation: int) -> Frame:
        """The frame of a page with this visible box (left, bottom, right, top), turned by quarters clockwise."""
        left, bottom, right, top = box
        across, down = right - left, top - bottom
        if rotation == 1:
            return cls((0, 1, 1, 0, -bottom, -left), down, across)
        if rotation == 2:
            return cls((-1, 0, 0, 1, right, -bottom), across, down)
        if rotation == 3:
            return cls((0, -1, -1, 0, top, right), down, across)
        return cls((1, 0, 0, -1, -left, top), across, down)

    def turned(self, quarters: int) -> Frame:
        """The same page with its upright coordinates turned clockwise by quarters."""
        return Frame(self.shown, self.width, self.height, quarters % 4)

    @property
    def upright(self) -> Matrix:
        """From the content to upright coordinates."""
        return compose(self.shown, self._turn())

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in upright coordinates."""
        return (self.height, self.width) if self.turn % 2 else (self.width, self.height)

    def onto(self, box: Box) -> Box:
        """A box of the page as shown in upright coordinates."""
        return moved_box(self._turn(), box)

    def _turn(self) -> Matrix:
        if self.turn == 1:
            return (0, 1, -1, 0, self.height, 0)
        if self.turn == 2:
            return (-1, 0, 0, -1, self.width, self.height)
        if self.turn == 3:
            return (0, -1, 1, 0, 0, self.width)
        return IDENTITY

    def back(self, box: Box) -> Box:
        """A box of upright coordinates as it stands on the page as shown."""
        x0, y0, x1, y1 = box
        if self.turn == 1:
            return y0, self.height - x1, y1, self.height - x0
        if self.turn == 2:
            return self.width - x1, self.height - y1, self.width - x0, self.height - y0
        if self.turn == 3:
            return self.width - y1, x0, self.width - y0, x1
        return box
