"""Plant faults in a disclosure: what typists, spreadsheets and extractors do to figures.

Nothing here knows how a disclosure is checked. A fault is new texts for some cells; the amounts that follow from them
and the true ones are kept. Faults of one planting never share a cell, and each changes some amount.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from types import MappingProxyType

from yusuan.amount import AmountError, Scale, parse_amount, round_half
from yusuan.axes import Space
from yusuan.ledger import agency_space
from yusuan.sheet import Agency, Cell, Disclosure, Place, Sheet

TRIES = 60
"""Draws of one fault before its kind is given up for the disclosure."""

LOOKALIKES = {"0": "68", "1": "7", "2": "7", "3": "8", "4": "9", "5": "6", "6": "58", "7": "1", "8": "36", "9": "4"}
"""Digits taken for one another."""


@dataclass(frozen=True)
class Fault:
    """A planted fault: its kind, and the true amount (分, ``None``: blank) of every cell whose amount it changed."""

    kind: str
    truth: Mapping[Place, int | None]


@dataclass(frozen=True)
class Planted:
    """A disclosure with faults."""

    disclosure: Disclosure
    faults: tuple[Fault, ...]

    @property
    def truth(self) -> dict[Place, int | None]:
        """The true amount of every cell whose amount was changed."""
        return {place: amount for fault in self.faults for place, amount in fault.truth.items()}


@dataclass(frozen=True)
class Book:
    """The cells of a disclosure by place, as faults look at them; ``taken`` are those that other faults changed."""

    disclosure: Disclosure
    space: Space
    taken: set[Place] = field(default_factory=set)

    @cached_property
    def cells(self) -> dict[Place, Cell]:
        """Every money cell whose meaning is known."""
        sheets = enumerate(self.disclosure.sheets)
        return {(s, r, c): cell for s, sheet in sheets for (r, c), cell in sheet.cells.items() if cell.point}

    @cached_property
    def printed(self) -> list[Place]:
        """Cells with money."""
        return [place for place, cell in self.cells.items() if cell.amount]

    @cached_property
    def blank(self) -> list[Place]:
        """Cells without a figure."""
        return [place for place, cell in self.cells.items() if cell.amount is None and not cell.text.strip()]

    @cached_property
    def lines(self) -> dict[tuple[str, int, int], list[Place]]:
        """Cells of each row and of each column of a form, in printed order."""
        found: dict[tuple[str, int, int], list[Place]] = {}
        for s, r, c in sorted(self.cells):
            found.setdefault(("row", s, r), []).append((s, r, c))
            found.setdefault(("column", s, c), []).append((s, r, c))
        return found

    def scale(self, place: Place) -> Scale:
        return self.disclosure.sheets[place[0]].scale

    def amount(self, place: Place) -> int:
        return self.cells[place].amount or 0

    def text(self, place: Place, amount: int) -> str:
        """An amount as the form prints it."""
        return self.scale(place).format(amount)

    def columned(self, place: Place) -> bool:
        """Whether the form has money columns (and not lines of labels)."""
        s, _, c = place
        return self.disclosure.sheets[s].columns[c].point is not None

    def around(self, place: Place) -> list[Place]:
        """Cells with money of the same form whose slice holds that of ``place``: of the same block of a statement."""
        s, _, c = place
        point = self.cells[place].point
        assert point is not None
        return [
            other for other in self.of_sheet[s]
            if other != place and (self.columned(place) or other[2] == c)
            and (wide := self.cells[other].point) is not None and self.space.inside(point, wide)
        ]  # fmt: skip

    @cached_property
    def of_sheet(self) -> dict[int, list[Place]]:
        """Cells with money by sheet."""
        found: dict[int, list[Place]] = {}
        for place in self.printed:
            found.setdefault(place[0], []).append(place)
        return found

    def lowest(self, place: Place) -> bool:
        """Whether no other cell with money of the form lies inside this one."""
        point = self.cells[place].point
        assert point is not None
        s, _, c = place
        for other in self.of_sheet.get(s, ()):
            narrow = self.cells[other].point
            mine = other != place and (self.columned(place) or other[2] == c)
            if mine and narrow is not None and self.space.inside(narrow, point):
                return False
        return True


Texts = dict[Place, str]
"""New texts of some cells."""

Plant = Callable[[Book, random.Random], Texts]
"""Draws a fault; an empty result asks for another draw."""


def book_of(disclosure: Disclosure, space: Space) -> Book:
    """The disclosure on the trees of ``space`` and of its own agencies."""
    head = disclosure.agency
    above = head.parent_code or head.code if head else None
    rows = {row.code: row for sheet in disclosure.sheets for row in sheet.rows if row.role == "agency"}
    agencies = [Agency(code, row.name, above if code != above else None) for code, row in rows.items() if code]
    return Book(disclosure, agency_space(space, agencies))


def plant(book: Book, kinds: Sequence[str], rng: random.Random) -> Planted | None:
    """A disclosure with a fault of each of the kinds; ``None`` when one of them finds no place."""
    fresh = replace(book, taken=set())
    for name in ("cells", "printed", "blank", "lines", "of_sheet"):
        fresh.__dict__[name] = getattr(book, name)
    faults, texts = [], Texts()
    for kind in kinds:
        drawn = _draw(fresh, kind, rng)
        if drawn is None:
            return None
        fresh.taken.update(drawn)
        texts.update(drawn)
        faults.append(Fault(kind, {place: book.cells[place].amount for place in drawn}))
    return Planted(written(book.disclosure, texts), tuple(faults))


def _draw(book: Book, kind: str, rng: random.Random) -> Texts | None:
    for _ in range(TRIES):
        try:
            drawn = PLANTS[kind](book, rng)
            changed = {
                place: text for place, text in drawn.items()
                if (parse_amount(text, book.scale(place).unit) or 0) != book.amount(place)
            }  # fmt: skip
        except AmountError:
            continue
        if changed and book.taken.isdisjoint(changed):
            return changed
    return None


def written(disclosure: Disclosure, texts: Mapping[Place, str]) -> Disclosure:
    """The disclosure with new texts in some cells."""
    by_sheet: dict[int, dict[tuple[int, int], str]] = {}
    for (s, r, c), text in texts.items():
        by_sheet.setdefault(s, {})[r, c] = text
    sheets = list(disclosure.sheets)
    for s, mine in by_sheet.items():
        sheets[s] = _written(sheets[s], mine)
    return replace(disclosure, sheets=tuple(sheets))


def _written(sheet: Sheet, texts: Mapping[tuple[int, int], str]) -> Sheet:
    cells = dict(sheet.cells)
    for place, text in texts.items():
        cells[place] = replace(cells[place], text=text, amount=parse_amount(text, sheet.scale.unit), exact=None)
    return replace(sheet, cells=MappingProxyType(cells))


NUMBER = re.compile(r"(0|[1-9]\d*)(\.\d+)?")


def digits(change: Callable[[str, random.Random], str]) -> Plant:
    """A fault in the digits of one figure; the change is given the text without separators."""

    def drawn(book: Book, rng: random.Random) -> Texts:
        place = rng.choice(book.printed)
        plain = book.cells[place].text.replace(",", "").replace("，", "").strip()
        if not NUMBER.fullmatch(plain):
            return {}
        text = change(plain, rng)
        return {place: text} if NUMBER.fullmatch(text) else {}

    return drawn


def _positions(text: str) -> list[int]:
    return [i for i, sign in enumerate(text) if sign.isdigit()]


def _exchanged(text: str, rng: random.Random) -> str:
    at = _positions(text)
    pairs = [(i, j) for i, j in pairwise(at) if text[i] != text[j]]
    if not pairs:
        return ""
    i, j = rng.choice(pairs)
    return text[:i] + text[j] + text[i + 1 : j] + text[i] + text[j + 1 :]


def _dropped(text: str, rng: random.Random) -> str:
    i = rng.choice(_positions(text))
    return text[:i] + text[i + 1 :]


def _doubled(text: str, rng: random.Random) -> str:
    whole = [i for i in _positions(text) if i < len(text.partition(".")[0])]
    i = rng.choice(whole)
    return text[:i] + text[i] + text[i:]


def _misread(text: str, rng: random.Random) -> str:
    i = rng.choice(_positions(text))
    return text[:i] + rng.choice(LOOKALIKES[text[i]]) + text[i + 1 :]


def amounts(change: Callable[[Book, Place, random.Random], int]) -> Plant:
    """A fault that gives one figure another amount."""

    def drawn(book: Book, rng: random.Random) -> Texts:
        place = rng.choice(book.printed)
        return {place: book.text(place, change(book, place, rng))}

    return drawn


def _negative(book: Book, place: Place, rng: random.Random) -> int:
    return -book.amount(place)


def _pointed(book: Book, place: Place, rng: random.Random) -> int:
    amount = book.amount(place)
    return rng.choice((amount * 10, amount * 100, round_half(amount, 10)))


def _any(book: Book, place: Place, rng: random.Random) -> int:
    return int(book.amount(place) * 10 ** rng.uniform(-1, 1))


def _nudged(book: Book, place: Place, rng: random.Random) -> int:
    return book.amount(place) + rng.choice((-1, 1)) * book.scale(place).quantum


def slipped(book: Book, place: Place) -> str:
    """The figure as a form in the other unit of measure would print it."""
    return Scale("元" if book.scale(place).unit == "万元" else "万元", 2).format(book.amount(place))


def unit_of_cell(book: Book, rng: random.Random) -> Texts:
    place = rng.choice(book.printed)
    return {place: slipped(book, place)}


def unit_of_form(book: Book, rng: random.Random) -> Texts:
    mine = book.of_sheet[rng.choice(book.printed)[0]]
    return {place: slipped(book, place) for place in mine} if len(mine) > 1 else {}


def shifted(direction: str) -> Plant:
    """Figures of a row (or column) moved on by one place from some place on; what leaves the form is lost."""

    def drawn(book: Book, rng: random.Random) -> Texts:
        s, r, c = place = rng.choice(book.printed)
        if direction == "row" and not book.columned(place):
            return {}
        line = list(book.lines[direction, s, r if direction == "row" else c])
        if rng.random() < 0.5:
            line.reverse()
        held = [i for i, p in enumerate(line) if book.amount(p)]
        if len(held) < 2:
            return {}
        moved = line[rng.choice(held[:-1]) :]
        return dict(zip(moved, ["", *(book.cells[p].text for p in moved[:-1])]))

    return drawn


def rows_exchanged(book: Book, rng: random.Random) -> Texts:
    """Two rows with each other's figures; of a statement two lines."""
    s, r, c = place = rng.choice(book.printed)
    sheet = book.disclosure.sheets[s]
    rows = {q for _, q, d in book.of_sheet[s] if (q, d) != (r, c) and (book.columned(place) or d == c)} - {r}
    rows = {q for q in rows if sheet.rows[q].role == sheet.rows[r].role}
    if not rows:
        return {}
    other = rng.choice(sorted(rows))
    found = Texts()
    for d in range(len(sheet.columns)) if book.columned(place) else (c,):
        one, two = book.cells.get((s, r, d)), book.cells.get((s, other, d))
        if one is not None and two is not None:
            found[s, r, d], found[s, other, d] = two.text, one.text
    return found


def neighbour(book: Book, rng: random.Random) -> Texts:
    """The figure beside, above or below in place of a figure."""
    s, r, c = place = rng.choice(book.printed)
    down, right = rng.choice(((1, 0), (-1, 0), (0, 1), (0, -1)))
    other = book.cells.get((s, r + down, c + right))
    return {place: other.text} if other is not None and other.amount else {}


def other_leaf(book: Book, place: Place, rng: random.Random) -> int:
    """Another amount for a figure, in its last digits."""
    scale = book.scale(place)
    return round_half(_any(book, place, rng), scale.quantum) * scale.quantum


def stale_total(book: Book, rng: random.Random) -> Texts:
    """A figure and all totals of its form but one follow an amount that is not the true one."""
    place, around, step = _moved(book, rng)
    if len(around) < 2:
        return {}
    around.remove(rng.choice(around))
    return {p: book.text(p, book.amount(p) + step) for p in (place, *around)}


def balanced(book: Book, rng: random.Random) -> Texts:
    """A wrong figure, and the totals of its form adjusted to it."""
    place, around, step = _moved(book, rng)
    return {p: book.text(p, book.amount(p) + step) for p in (place, *around)} if around else {}


def _moved(book: Book, rng: random.Random) -> tuple[Place, list[Place], int]:
    """A figure that no other is part of, the totals around it in its form, and a step for all of them."""
    place = rng.choice(book.printed)
    if not book.lowest(place):
        return place, [], 0
    return place, book.around(place), other_leaf(book, place, rng) - book.amount(place)


def invented(book: Book, rng: random.Random) -> Texts:
    """A figure where there is none, of the size of some figure of the disclosure."""
    if not book.blank:
        return {}
    return {(place := rng.choice(book.blank)): book.text(place, _any(book, rng.choice(book.printed), rng))}


def lost(book: Book, rng: random.Random) -> Texts:
    return {rng.choice(book.printed): ""}


def pair(direction: str) -> Plant:
    """Money moved from a figure to another of its row or column (also to an empty place): the total stays right."""

    def drawn(book: Book, rng: random.Random) -> Texts:
        s, r, c = place = rng.choice(book.printed)
        if direction == "row" and not book.columned(place):
            return {}
        line = book.lines[direction, s, r if direction == "row" else c]
        other = rng.choice([p for p in line if book.amount(p) or rng.random() < 0.1])
        if other == place or not (book.lowest(place) and book.lowest(other)):
            return {}
        quantum = book.scale(place).quantum
        step = rng.randint(1, max(1, book.amount(place) // quantum)) * quantum
        return {p: book.text(p, book.amount(p) + d) for p, d in ((place, -step), (other, step))}

    return drawn


PLANTS: Mapping[str, Plant] = {
    "digits exchanged": digits(_exchanged),
    "digit dropped": digits(_dropped),
    "digit doubled": digits(_doubled),
    "digit misread": digits(_misread),
    "sign": amounts(_negative),
    "point moved": amounts(_pointed),
    "unit of a cell": unit_of_cell,
    "unit of a form": unit_of_form,
    "row shifted": shifted("row"),
    "column shifted": shifted("column"),
    "rows exchanged": rows_exchanged,
    "neighbour copied": neighbour,
    "total not updated": stale_total,
    "forced balance": balanced,
    "invented": invented,
    "lost": lost,
    "random": amounts(_any),
    "last digit": amounts(_nudged),
    "pair in a column": pair("column"),
    "pair in a row": pair("row"),
}
"""Kind of fault → how it is drawn."""


SINGLE: tuple[str, ...] = (
    "digits exchanged", "digit dropped", "digit doubled", "digit misread", "sign", "point moved", "unit of a cell",
    "neighbour copied", "invented", "lost", "random", "last digit",
)  # fmt: skip
"""Kinds that change one figure."""
