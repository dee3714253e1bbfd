"""A tree map drawn once, as rectangles in a given frame: areas in proportion to amounts, nearly square."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Tile(NamedTuple):
    """A rectangle: place of its amount in the list, left, top, width, height in units of the frame."""

    rank: int
    x: float
    y: float
    width: float
    height: float


def tiles(amounts: Sequence[int], width: float, height: float) -> list[Tile]:
    """Tiles of the positive amounts, the largest in the upper left; zero and negative amounts have none."""
    listed = sorted((i for i, amount in enumerate(amounts) if amount > 0), key=lambda i: (-amounts[i], i))
    whole = sum(amounts[i] for i in listed)
    if not whole:
        return []
    areas = [(i, amounts[i] / whole * width * height) for i in listed]
    found: list[Tile] = []
    x = y = 0.0
    while areas:
        side = min(width, height)
        row = areas[:1]
        while len(row) < len(areas) and _worst(areas[: len(row) + 1], side) <= _worst(row, side):
            row = areas[: len(row) + 1]
        thick = sum(area for _, area in row) / side
        at = 0.0
        for index, area in row:
            long = area / thick
            box = (x, y + at, thick, long) if width >= height else (x + at, y, long, thick)
            found.append(Tile(index, *(round(value, 2) for value in box)))
            at += long
        x, y, width, height = (
            (x + thick, y, width - thick, height) if width >= height else (x, y + thick, width, height - thick)
        )
        areas = areas[len(row) :]
    return found


def _worst(row: Sequence[tuple[int, float]], side: float) -> float:
    """The most elongated rectangle of a row laid along ``side``."""
    total = sum(area for _, area in row)
    return max(max(side * side * area / total**2, total**2 / (side * side * area)) for _, area in row)
