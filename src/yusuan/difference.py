"""What differs between two disclosures: two versions, two years, a budget and its final accounts, two agencies.

Cells are matched by what they are called (form, row, labels of the head, years left out), never by their address.
What stands in one only is listed; nothing is matched by guessing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from yusuan.figures import Figures
from yusuan.finding import CellRef
from yusuan.lexicon import squeeze
from yusuan.prose import Prose
from yusuan.recognise import folded_title
from yusuan.sheet import Disclosure, Row, Sheet

Kind = Literal["versions", "years", "budget_final", "agencies"]
State = Literal["changed", "new", "gone", "rounding"]

_YEAR = re.compile(r"(?:19|20)\d\d(?:年度|年)?")


@dataclass(frozen=True, slots=True)
class Change:
    """A figure that differs; the side on which it is not printed is ``None``. ``rounding``: the difference is below
    one unit of the last digit of the coarser side."""

    state: State
    title: str
    before: CellRef | None
    after: CellRef | None

    @property
    def cell(self) -> CellRef:
        """The cell by which the change is named: the later one where there is one."""
        found = self.after or self.before
        assert found is not None
        return found

    @property
    def delta(self) -> int | None:
        """After − before in 分, ``None`` where one side prints nothing."""
        if self.before is None or self.after is None or self.before.amount is None or self.after.amount is None:
            return None
        return self.after.amount - self.before.amount

    @property
    def percent(self) -> int | None:
        """The change in hundredths of a percent of the former figure, half away from zero; ``None`` from nothing."""
        if self.delta is None or self.before is None or not self.before.amount:
            return None
        whole = abs(self.before.amount)
        size = (abs(self.delta) * 20_000 + whole) // (2 * whole)
        return size if self.delta >= 0 else -size


@dataclass(frozen=True, slots=True)
class TextChange:
    """A text that differs, with the place where it stands; the side that has none is empty."""

    where: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A form or row that only one side has."""

    title: str
    code: str
    name: str


@dataclass(frozen=True)
class Difference:
    """All differences. ``same`` counts the figures printed alike on both sides."""

    kind: Kind
    before: Disclosure
    after: Disclosure
    changes: tuple[Change, ...]
    texts: tuple[TextChange, ...]
    forms_gone: tuple[Listed, ...]
    forms_new: tuple[Listed, ...]
    rows_gone: tuple[Listed, ...]
    rows_new: tuple[Listed, ...]
    same: int

    def of(self, *states: State) -> tuple[Change, ...]:
        """Changes of these kinds, the largest first."""
        found = [change for change in self.changes if change.state in states]
        return tuple(sorted(found, key=lambda change: -abs(_weight(change))))

    @property
    def none(self) -> bool:
        """Whether nothing differs but rounding."""
        lists = (self.texts, self.forms_gone, self.forms_new, self.rows_gone, self.rows_new)
        return not any(lists) and all(change.state == "rounding" for change in self.changes)


def _weight(change: Change) -> int:
    if change.delta is not None:
        return change.delta
    return change.cell.amount or 0


def difference(
    before: Disclosure, after: Disclosure, prose: tuple[Prose | None, Prose | None] = (None, None)
) -> Difference:
    """Compare two disclosures, and their explanations where both are given."""
    kind = kind_of(before, after)
    ones, others = _keyed(before, after), _keyed(after, before)
    changes: list[Change] = []
    texts: list[TextChange] = []
    rows: tuple[list[Listed], list[Listed]] = ([], [])
    same = 0
    for key, s in ones.items():
        if key not in others:
            continue
        pair = Pair(before, s, after, others[key], kind)
        found, alike = pair.changes()
        changes += found
        same += alike
        texts += pair.texts()
        for side, listed in zip(rows, pair.rows()):
            side += listed
    if prose[0] is not None and prose[1] is not None:
        texts += explained(prose[0], prose[1])
    return Difference(
        kind, before, after, tuple(changes), tuple(texts),
        tuple(_form(before.sheets[s]) for key, s in ones.items() if key not in others),
        tuple(_form(after.sheets[s]) for key, s in others.items() if key not in ones),
        tuple(rows[0]), tuple(rows[1]), same,
    )  # fmt: skip


def kind_of(before: Disclosure, after: Disclosure) -> Kind:
    """What the two are to each other: other agencies, budget and accounts, other years, or versions of one."""
    one, other = before.agency, after.agency
    if one is not None and other is not None:
        codes = bool(one.code and other.code)
        if (one.code != other.code) if codes else squeeze(one.name) != squeeze(other.name):
            return "agencies"
    if before.kind != after.kind:
        return "budget_final"
    known = before.fiscal_year and after.fiscal_year
    return "years" if known and before.fiscal_year != after.fiscal_year else "versions"


def _form(sheet: Sheet) -> Listed:
    return Listed(sheet.title, sheet.form or "", "")


def _keyed(disclosure: Disclosure, other: Disclosure) -> dict[Hashable, int]:
    """What each form is called → its place; numbers call it only where both sides follow one form set."""
    numbered = disclosure.standard is not None and disclosure.standard == other.standard
    keys = (
        sheet.form if numbered and sheet.form and not sheet.form.startswith("#") else folded_title(sheet.title)
        for sheet in disclosure.sheets
    )
    return {key: place for place, key in enumerate(_told_apart(keys))}


def _told_apart(keys: Iterable[Hashable]) -> Iterator[Hashable]:
    """Equal keys numbered in their order."""
    seen: Counter[Hashable] = Counter()
    for key in keys:
        seen[key] += 1
        yield (key, seen[key])


def plain_label(label: str) -> str:
    """A label without blanks and years."""
    return _YEAR.sub("", squeeze(label))


class Pair:
    """One form on both sides."""

    def __init__(self, before: Disclosure, s: int, after: Disclosure, t: int, kind: Kind) -> None:
        self.sides = (Figures(before), Figures(after))
        self.places = (s, t)
        self.sheets = (before.sheets[s], after.sheets[t])
        self.kind = kind
        self.keys = tuple(self._row_keys(sheet) for sheet in self.sheets)

    def _row_keys(self, sheet: Sheet) -> list[Hashable]:
        return [*_told_apart(self._row_key(sheet, r) for r in range(len(sheet.rows)))]

    def _row_key(self, sheet: Sheet, r: int) -> Hashable:
        row = sheet.rows[r]
        if row.role == "total" or (row.role == "agency" and self.kind == "agencies"):
            return row.role
        if row.code:
            return row.role == "agency", row.code
        return tuple(plain_label(name) for name in _path(sheet.rows, r))

    def _cells(self, side: int) -> dict[Hashable, tuple[int, int]]:
        """What each printed figure is called → its row and column."""
        sheet = self.sheets[side]
        columns = [*_told_apart(tuple(map(plain_label, column.labels)) for column in sheet.columns)]
        named = []
        for r, c in sorted(sheet.cells):
            if sheet.cells[r, c].amount is None:
                continue
            row = sheet.rows[r]
            statement = row.role == "statement" and c < len(row.labels)
            named.append(((plain_label(row.labels[c]) if statement else self.keys[side][r], columns[c]), (r, c)))
        return dict(zip(_told_apart(key for key, _ in named), (place for _, place in named)))

    def changes(self) -> tuple[list[Change], int]:
        """Figures that differ, in printed order, and how many do not."""
        ones, others = self._cells(0), self._cells(1)
        coarse = max(sheet.scale.quantum for sheet in self.sheets)
        mixed = self.sheets[0].scale.quantum != self.sheets[1].scale.quantum
        found: list[Change] = []
        same = 0
        for key in dict.fromkeys((*ones, *others)):
            one, other = self._ref(0, ones.get(key)), self._ref(1, others.get(key))
            if one is not None and other is not None and one.amount == other.amount:
                same += 1
                continue
            state: State = "new" if one is None else "gone" if other is None else "changed"
            change = Change(state, self.sheets[1].title, one, other)
            if mixed and change.delta is not None and 2 * abs(change.delta) <= coarse:
                change = Change("rounding", change.title, one, other)
            found.append(change)
        return found, same

    def _ref(self, side: int, place: tuple[int, int] | None) -> CellRef | None:
        return None if place is None else self.sides[side].ref((self.places[side], *place))

    def rows(self) -> tuple[list[Listed], list[Listed]]:
        """Rows that only one side has; lines of statements are left to their figures."""
        ones, others = self.keys
        gone = [r for r, key in enumerate(ones) if key not in set(others)]
        new = [r for r, key in enumerate(others) if key not in set(ones)]
        return self._listed(0, gone), self._listed(1, new)

    def _listed(self, side: int, rows: Iterable[int]) -> list[Listed]:
        sheet = self.sheets[side]
        return [
            Listed(sheet.title, sheet.rows[r].code, sheet.rows[r].name)
            for r in rows
            if sheet.rows[r].role not in ("statement", "blank") and (sheet.rows[r].code or sheet.rows[r].name)
        ]

    def texts(self) -> Iterator[TextChange]:
        """Texts in cells (targets, measures) and notes that differ."""
        ones, others = (self._words(side) for side in (0, 1))
        for key in dict.fromkeys((*ones, *others)):
            (where, one), (there, other) = ones.get(key, ("", "")), others.get(key, ("", ""))
            if squeeze(one) != squeeze(other):
                yield TextChange(f"{self.sheets[1].title} {where or there}".strip(), one, other)

    def _words(self, side: int) -> Mapping[Hashable, tuple[str, str]]:
        sheet = self.sheets[side]
        found: dict[Hashable, tuple[str, str]] = {}
        for (r, c), word in sorted(sheet.words.items()):
            labels = sheet.texts[c].labels
            where = "/".join(filter(None, (sheet.rows[r].name, *labels)))
            found[self.keys[side][r], tuple(map(plain_label, labels))] = where, word.text
        found |= {("note", n): ("", note) for n, note in enumerate(sheet.notes)}
        return found


def _path(rows: Sequence[Row], r: int) -> tuple[str, ...]:
    """The names of the rows above a row in depth, and its own."""
    names, level = [rows[r].name], rows[r].level
    for row in rows[r - 1 :: -1] if r else ():
        if row.level < level:
            names.append(row.name)
            level = row.level
    return tuple(reversed(names))


def explained(before: Prose, after: Prose) -> Iterator[TextChange]:
    """Paragraphs of the explanations that differ, matched in their order."""
    ones = [p for _, p in before.body()]
    others = [p for _, p in after.body()]
    matcher = SequenceMatcher(None, [p.text for p in ones], [p.text for p in others], autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            continue
        for number in range(max(b - a, d - c)):
            one = ones[a + number] if a + number < b else None
            other = others[c + number] if c + number < d else None
            place = other or one
            assert place is not None
            where = place.title or (place.path[-1] if place.path else "")
            yield TextChange(where, one.text if one else "", other.text if other else "")
