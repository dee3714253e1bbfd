"""Tables in a picture: the paper set straight, ruling lines found, and the faces between them made into a lattice.

Everything here is geometry on pixels; no text is recognised. Cells are the connected areas between the rules, so
merged cells and slightly warped paper need no case of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

Gray = NDArray[np.uint8]
Box = tuple[int, int, int, int]
"""(left, top, right, bottom) in pixels; right and bottom are outside."""

STEEPEST = 4.0
"""Degrees by which paper may lie askew."""
SHORTEST_RULE = 0.22
"""Inches that a line must have to be a rule; strokes of characters are shorter."""
LONG_RULE = 0.75
"""Inches from which a line is a rule by itself; a shorter one must meet others."""
MOST_BESIDE = 0.2
"""Share of ink along the sides of a line from which it is a row of strokes, not a rule."""
LEAST_SOLID = 0.8
STRETCH = 75
"""Pixels along which a slanting rule stays in one row."""
OVERHANG = 0.18
"""Inches by which strokes of characters outside a table may seem to prolong its rules."""
THICKEST_RULE = 0.07
LEAST_CELL = 0.055
"""Inches below which the space between two rules is no cell."""
LEAST_FULL = 0.75
"""Share of its box that a cell fills; a wedge between a slanting border and the table's box does not."""
SPECK = 2.2e-4
"""Square inches of the largest speck of dust (a decimal point of small type is larger)."""


@dataclass(frozen=True, slots=True)
class Face:
    """A cell of a lattice: place, span (rows, columns) and box in pixels."""

    row: int
    column: int
    span: tuple[int, int]
    box: Box


@dataclass
class Lattice:
    """A ruled table: its box, the positions of its row and column borders in pixels, its cells row by row."""

    box: Box
    rows: list[int]
    columns: list[int]
    faces: list[Face] = field(default_factory=list)


@dataclass
class Sheet:
    """A page set straight: grey picture, ink (255 where printed) without the rules, and the tables found.

    ``back`` maps pixels of the straight page to those of the page as it was shown (2 × 3 matrix).
    """

    gray: Gray
    ink: Gray
    rules: Gray
    lattices: list[Lattice]
    back: NDArray[np.float64]
    dpi: float

    @property
    def paper(self) -> int:
        """The grey of the paper."""
        return int(np.median(self.gray[::8, ::8]))

    def shown(self, box: Box) -> tuple[float, float, float, float]:
        """A box of the straight page as the box around it on the page as shown, in pixels."""
        left, top, right, bottom = box
        corners = np.array([[left, top, 1], [right, top, 1], [left, bottom, 1], [right, bottom, 1]], dtype=float)
        placed = corners @ self.back.T
        low, high = placed.min(axis=0), placed.max(axis=0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def straighten(gray: Gray, dpi: float, quarters: int = 0) -> Sheet:
    """The page set straight, with its rules and lattices; ``quarters`` counter-clockwise turns come first."""
    back = _unturned(gray.shape, quarters)
    gray = np.ascontiguousarray(np.rot90(gray, quarters))
    angle = skew(binarise(gray, dpi))
    height, width = gray.shape
    if abs(angle) >= 0.02:
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
        turned = cv2.warpAffine(gray, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        gray = np.asarray(turned, dtype=np.uint8)
        back = back @ np.vstack([np.asarray(cv2.invertAffineTransform(turn), float), [0.0, 0.0, 1.0]])
    ink = binarise(gray, dpi)
    across, down = find_rules(gray, ink, dpi)
    lattices = [made for box in _regions(across | down) if (made := _lattice(across, down, box, dpi)) is not None]
    rules = np.zeros_like(ink)
    for lattice in lattices:
        left, top, right, bottom = _grown(lattice.box, 4, ink.shape)
        rules[top:bottom, left:right] = ((across | down) & ink)[top:bottom, left:right]
    ink[cv2.dilate(rules, np.ones((3, 3), np.uint8)) > 0] = 0
    return Sheet(gray, _dusted(ink, dpi), rules, lattices, back, dpi)


def without_seals(colours: NDArray[np.uint8], gray: Gray, dpi: float) -> Gray:
    """The grey picture of a coloured one with red seals faded: what is red and about as high as it is wide, one to
    two and a half inches. Red text stays, for a seal covers figures and a red heading does not."""
    red, green, blue = (colours[..., i].astype(np.int16) for i in range(3))
    marked = ((red - np.maximum(green, blue) > 50) & (red > 90)).astype(np.uint8)
    if not marked.any():
        return gray
    reach = max(int(dpi * 0.08), 1)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(cv2.dilate(marked, np.ones((reach, reach), np.uint8)))
    made = gray.copy()
    for number, (x, y, w, h, _) in enumerate(stats):
        if number and dpi <= max(w, h) <= 2.5 * dpi and min(w, h) > 0.6 * max(w, h):
            part = slice(y, y + h), slice(x, x + w)
            seal = (labels[part] == number) & (marked[part] > 0)
            made[part][seal] = red[part][seal].astype(np.uint8)
            # What lies between red and paper is the seal's soft border.
            near = (cv2.dilate(seal.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0) & (red[part] > 150)
            made[part][near] = np.maximum(made[part][near], red[part][near].astype(np.uint8))
    return made


def _unturned(shape: tuple[int, ...], quarters: int) -> NDArray[np.float64]:
    """The matrix from a page turned counter-clockwise by quarters to the page before."""
    height, width = shape
    matrices = {
        0: [[1, 0, 0], [0, 1, 0]], 1: [[0, -1, width], [1, 0, 0]],
        2: [[-1, 0, width], [0, -1, height]], 3: [[0, 1, 0], [-1, 0, height]],
    }  # fmt: skip
    return np.array(matrices[quarters % 4], dtype=float)


def binarise(gray: Gray, dpi: float) -> Gray:
    """Ink as 255: what is clearly darker than the paper around it."""
    soft = cv2.GaussianBlur(gray, (3, 3), 0)
    window = int(dpi * 0.2) | 1
    return np.asarray(
        cv2.adaptiveThreshold(soft, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, window, 22), dtype=np.uint8
    )


def skew(ink: Gray) -> float:
    """Degrees, counter-clockwise positive, by which the page must be turned for its lines to run level."""
    ys, xs = np.nonzero(ink)
    if len(ys) < 200:
        return 0.0
    step = max(len(ys) // 150_000, 1)
    ys, xs = ys[::step].astype(np.float64), xs[::step].astype(np.float64)

    def sharpness(degrees: float) -> float:
        places = ys - xs * np.tan(np.radians(degrees))
        counts = np.bincount((places - places.min()).astype(np.int64)).astype(np.float64)
        return float((counts * counts).sum())

    best = max(np.arange(-STEEPEST, STEEPEST + 0.01, 0.25), key=sharpness)
    for width in (0.25, 0.05):
        best = max(np.linspace(best - width, best + width, 11), key=sharpness)
    return float(best) if sharpness(float(best)) > 1.02 * sharpness(0.0) else 0.0


def find_rules(gray: Gray, ink: Gray, dpi: float) -> tuple[Gray, Gray]:
    """Masks of the level and of the upright rules."""
    long, thick = max(int(dpi * SHORTEST_RULE), 3), max(int(dpi * THICKEST_RULE), 3)
    found = []
    for along in (True, False):
        line = np.ones((1, long) if along else (long, 1), np.uint8)
        thicken = np.ones((3, 1) if along else (1, 3), np.uint8)
        mask = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((1, 3) if along else (3, 1), np.uint8))
        mask = cv2.morphologyEx(cv2.dilate(mask, thicken), cv2.MORPH_OPEN, line)
        solid = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((thick, thick), np.uint8))
        mask[cv2.dilate(solid, np.ones((3, 3), np.uint8)) > 0] = 0
        found.append(np.asarray(mask, dtype=np.uint8))
    across, down = found
    return _anchored(across, down, gray, ink, dpi), _anchored(down.T, across.T, gray.T, ink.T, dpi).T


def _anchored(mask: Gray, other: Gray, gray: Gray, ink: Gray, dpi: float) -> Gray:
    """The level rules without strokes of characters: a short one must meet others at both of its ends, and no rule
    has ink all along its sides."""
    near = cv2.dilate(other, np.ones((7, 7), np.uint8))
    inner = cv2.dilate(mask, np.ones((3, 1), np.uint8))
    beside = ((cv2.dilate(mask, np.ones((9, 1), np.uint8)) > 0) & (inner == 0) & (other == 0)).astype(np.int32)
    inked = beside * (ink > 0)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(np.ascontiguousarray(mask))
    thickness = stats[:, cv2.CC_STAT_AREA] / np.maximum(stats[:, cv2.CC_STAT_WIDTH], 1)
    long = stats[:, cv2.CC_STAT_WIDTH] >= dpi * LONG_RULE
    long[0] = False
    usual = float(np.median(thickness[long])) if long.any() else dpi * 0.02
    paper = float(np.median(gray))
    kept = np.zeros(len(stats), dtype=bool)
    for number, (x, y, w, h, _) in enumerate(stats):
        if number == 0 or w < 4 * h or (w < 3 * dpi * LONG_RULE and thickness[number] > 1.6 * usual + 1):
            continue
        if w < 3 * dpi * LONG_RULE and not _solid(gray[y : y + h, x : x + w], paper):
            continue
        middle = y + h // 2
        halves = (slice(max(y - 5, 0), middle), slice(x, x + w)), (slice(middle, y + h + 5), slice(x, x + w))
        shares = [float(inked[half].sum()) / max(int(beside[half].sum()), 1) for half in halves]
        if (min(shares) if long[number] else max(max(shares) / 1.5, sum(shares) / 2)) > MOST_BESIDE:
            continue
        part = near[y : y + h, x : x + w]
        kept[number] = long[number] or bool(part[:, :3].any() and part[:, -3:].any())
    return np.where(kept[labels], 255, 0).astype(np.uint8)


def _solid(strip: Gray, paper: float) -> bool:
    """Whether, stretch by stretch, some row of pixels is dark almost throughout: strokes of characters leave paper
    between them, while a slanting rule only passes from row to row."""
    dark = (float(np.percentile(strip, 10)) + paper) / 2
    parts = np.array_split(strip < dark, max(strip.shape[1] // STRETCH, 1), axis=1)
    solid = [float(part.mean(axis=1).max()) >= LEAST_SOLID for part in parts]
    return sum(solid) >= LEAST_SOLID * len(solid)


def _regions(mask: Gray) -> list[Box]:
    """Boxes of connected rules that may be tables, top to bottom; one inside another is left out."""
    joined = cv2.dilate(mask, np.ones((5, 5), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined)
    boxes = sorted(
        ((int(x), int(y), int(x + w), int(y + h)) for x, y, w, h, _ in stats[1:]),
        key=lambda b: (b[0] - b[2]) * (b[3] - b[1]),
    )
    kept: list[Box] = []
    for box in boxes:
        if not any(k[0] <= box[0] and k[1] <= box[1] and k[2] >= box[2] and k[3] >= box[3] for k in kept):
            kept.append(box)
    return sorted(kept, key=lambda box: (box[1], box[0]))


def _lattice(across: Gray, down: Gray, box: Box, dpi: float) -> Lattice | None:
    """The cells of one table; ``None`` when the rules enclose fewer than three or stand in one line alone."""
    left, top, right, bottom = box = _trimmed(across, box, dpi)
    least = int(dpi * LEAST_CELL)
    if right - left < 4 * least or bottom - top < 2 * least:
        return None
    reach = int(dpi * 0.06)
    level = cv2.dilate(across[top:bottom, left:right], np.ones((1, 2 * reach + 1), np.uint8))
    upright = cv2.dilate(down[top:bottom, left:right], np.ones((2 * reach + 1, 1), np.uint8))
    walls = np.maximum(level, upright)
    walls = cv2.copyMakeBorder(walls, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=255)
    _, _, stats, _ = cv2.connectedComponentsWithStats(255 - walls, connectivity=4)

    def outer(x: int, y: int, w: int, h: int) -> bool:
        """Whether a face is the sliver between a slanting border and the box around the table."""
        sides = x <= 1 or x + w >= walls.shape[1] - 1, y <= 1 or y + h >= walls.shape[0] - 1
        return (sides[0] and w < 2 * least and h > 2 * w) or (sides[1] and h < 2 * least and w > 4 * h)

    boxes = [
        (left + int(x) - 1, top + int(y) - 1, left + int(x + w) - 1, top + int(y + h) - 1)
        for x, y, w, h, area in stats[1:]
        if w >= least and h >= least and area >= LEAST_FULL * w * h and not outer(int(x), int(y), int(w), int(h))
    ]
    if len(boxes) < 3:
        return None
    columns = _borders([b[0] for b in boxes], [b[2] for b in boxes], least)
    rows = _borders([b[1] for b in boxes], [b[3] for b in boxes], least)
    made = Lattice(box, rows, columns)
    taken: set[tuple[int, int]] = set()
    for b in sorted(boxes, key=lambda b: (b[1], b[0])):
        face = _face(b, rows, columns)
        places = {
            (r, c)
            for r in range(face.row, face.row + face.span[0])
            for c in range(face.column, face.column + face.span[1])
        }
        if not places & taken:
            taken |= places
            made.faces.append(face)
    if len(rows) < 3 and len(columns) < 3:
        return None
    made.faces.sort(key=lambda face: (face.row, face.column))
    return made


def _trimmed(across: Gray, box: Box, dpi: float) -> Box:
    """The box of a table up to its outermost level rules, unless upright ones run on beyond for more than a line."""
    left, top, right, bottom = box
    filled = np.flatnonzero(across[top:bottom, left:right].any(axis=1))
    if not len(filled):
        return left, top, left, top
    first, last = top + int(filled[0]), top + int(filled[-1]) + 1
    return (
        left,
        first if first - top < OVERHANG * dpi else top,
        right,
        last if bottom - last < OVERHANG * dpi else bottom,
    )


def _borders(starts: list[int], ends: list[int], least: int) -> list[int]:
    """Positions of the borders: sides of cells that lie close together are one."""
    sides = sorted(starts + ends)
    groups = [[sides[0]]]
    for side in sides[1:]:
        if side - groups[-1][-1] < least and side - groups[-1][0] < 2 * least:
            groups[-1].append(side)
        else:
            groups.append([side])
    return [round(sum(group) / len(group)) for group in groups]


def _face(box: Box, rows: list[int], columns: list[int]) -> Face:
    def nearest(value: int, borders: list[int]) -> int:
        return min(range(len(borders)), key=lambda i: abs(borders[i] - value))

    top, bottom = nearest(box[1], rows), nearest(box[3], rows)
    left, right = nearest(box[0], columns), nearest(box[2], columns)
    return Face(top, left, (max(bottom - top, 1), max(right - left, 1)), box)


def _grown(box: Box, by: int, shape: tuple[int, ...]) -> Box:
    return max(box[0] - by, 0), max(box[1] - by, 0), min(box[2] + by, shape[1]), min(box[3] + by, shape[0])


def _dusted(ink: Gray, dpi: float) -> Gray:
    """Ink without specks that stand alone; a point next to a digit stays."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink)
    small = stats[:, cv2.CC_STAT_AREA] < max(SPECK * dpi * dpi, 3)
    small[0] = True
    if count < 2:
        return ink
    large = np.where(small[labels], 0, 255).astype(np.uint8)
    reach = 2 * int(dpi * 0.04) + 1
    near = cv2.dilate(large, np.ones((3, reach), np.uint8))
    return np.asarray(np.where(near > 0, ink, 0), dtype=np.uint8)


def text_bands(ink: Gray, box: Box, size: float) -> Iterator[Box]:
    """The lines of text within a box, top to bottom, tight around their ink.

    ``size`` is the usual height of a character in pixels (0: not known): strokes that lie apart within one character
    stay together.
    """
    left, top, right, bottom = box
    part = ink[top:bottom, left:right]
    filled = np.flatnonzero((part > 0).any(axis=1))
    if not len(filled):
        return
    cuts = np.flatnonzero(np.diff(filled) > 1)
    starts = [int(filled[0]), *(int(filled[i + 1]) for i in cuts)]
    ends = [*(int(filled[i]) + 1 for i in cuts), int(filled[-1]) + 1]
    bands = [[starts[0], ends[0]]]
    for start, end in zip(starts[1:], ends[1:], strict=True):
        thin = min(end - start, bands[-1][1] - bands[-1][0]) < 0.55 * size
        if thin and end - bands[-1][0] <= 1.2 * size:
            bands[-1][1] = end
        else:
            bands.append([start, end])
    for start, end in bands:
        across = np.flatnonzero((part[start:end] > 0).any(axis=0))
        yield left + int(across[0]), top + start, left + int(across[-1]) + 1, top + end
