"""What each body row of a panel is: a code, an agency, a labelled line, a total; and which row stands under which."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from yusuan.amount import BLANKS, fold, looks_like_amount
from yusuan.axes import Space
from yusuan.codes import Tree
from yusuan.lexicon import names_of, squeeze
from yusuan.read.grid import GridCell, GridRow
from yusuan.read.meaning.gathered import Gathered
from yusuan.read.meaning.panels import Panel, Printed, stub_axes
from yusuan.read.meaning.words import layout_words, plain
from yusuan.sheet import Source

CODED = ("exp_func_code", "dep_bgt_eco_code", "gov_bgt_eco_code")
FIRST_DIGIT = {"2": "exp_func_code", "3": "dep_bgt_eco_code", "5": "gov_bgt_eco_code"}
"""Classification that the first digit of a code of 类 tells."""

_IN_NAME = re.compile(r"^\[?(\d{3,7})\]?[-—–.]?\s*(?=[^\d\s.,%年])(.*)$", re.S)
_ORGAN = re.compile(
    r"(?:局|院|中心|委|办|办公室|厅|部|处|校|学校|学院|队|馆|所|站|会|本级\)?|机关|政府|基地|公司|场|团|监狱|法庭|医院|协会|社)$"
)
_ORDINALS = (
    (1, re.compile(r"^([一二三四五六七八九十]+)[、.]")),
    (2, re.compile(r"^[(]([一二三四五六七八九十]+)[)]")),
    (3, re.compile(r"^(\d{1,2})[、.](?!\d)")),
    (4, re.compile(r"^[(](\d{1,2})[)]")),
)
STEP = 2.0
"""Difference of indents, in points or blanks, that counts as a level."""


@dataclass(eq=False)
class Entry:
    """One body row of a panel. ``parts`` are the members it names (``None``: not understood); ``rank`` orders levels of
    lines without codes; ``under`` is the row it stands under; ``of_which`` marks 其中."""

    row: int
    code: str = ""
    name: str = ""
    role: str = "line"
    parts: dict[str, frozenset[str]] | None = None
    rank: float = 0.0
    first: bool = False
    indent: float = 0.0
    of_which: bool = False
    under: Entry | None = None
    below: list[Entry] = field(default_factory=list)
    source: Source | None = None
    group: str = ""
    """Label of the group of rows that it belongs to, printed beside them."""
    reach: int = 0
    """Grid column at which its label ends."""

    def chain(self) -> Iterator[Entry]:
        """This row and those it stands under."""
        step: Entry | None = self
        while step is not None:
            yield step
            step = step.under


class Reader:
    """Reads the rows of one panel, top to bottom."""

    def __init__(self, panel: Panel, title: str, side: str, gathered: Gathered) -> None:
        self.words = layout_words()
        self.side, self.gathered = side, gathered
        self.stubs = list(stub_axes(panel, title))
        self.current: dict[str, list[str]] = {}
        self.projects = any("项目" in label and label != "项目" for c in panel.stubs for label in c.path[-1:]) or (
            "项目支出" in title or "专项业务经费支出" in title
        )
        self.entries: list[Entry] = []
        self.group: tuple[int, str] | None = None

    def read(self, body: list[GridRow]) -> list[Entry]:
        """All rows that hold something in the panel's stub, with their places among each other."""
        if not self.stubs and len(body) == 1:
            return [Entry(0, role="total", parts={})]
        if not self.stubs and len(body) == 1:
            # a table of one row needs no label: it is the whole
            return [Entry(0, role="total", parts={}, source=next((c.source for _, c in body[0].filled()), None))]
        for index, row in enumerate(body):
            entry = self._entry(index, row)
            if entry is not None:
                self.entries.append(entry)
        _arrange(self.entries, self.gathered)
        return self.entries

    def _entry(self, index: int, row: GridRow) -> Entry | None:
        cells = [(column, axis, cell) for column, axis in self.stubs if (cell := column.cell(row)) is not None]
        cells = [(column, axis, cell) for column, axis, cell in cells if fold(cell.text) not in BLANKS]
        if not cells:
            return None
        entry = Entry(index, source=cells[0][2].source)
        entry.reach = max(column.start + cell.span[1] - 1 for column, _, cell in cells)
        parts: dict[str, frozenset[str]] = {}
        names: list[tuple[str | None, str, GridCell]] = []
        pieces: dict[str, dict[int, str]] = {}
        cells = self._ungrouped(entry, cells)
        for number, (column, axis, cell) in enumerate(cells):
            text = squeeze(cell.text)
            if column.role == "part" and re.fullmatch(r"\d{1,7}", text):
                pieces.setdefault(axis or "", {})[self._depth(column)] = text
            elif column.role == "code" and re.fullmatch(r"\d{1,12}", text):
                self._coded(entry, parts, axis, text, self._name_after(cells, number))
            elif (found := _IN_NAME.match(text)) and (column.role != "part") and not looks_like_amount(text):
                self._coded(entry, parts, axis, found[1], found[2])
                entry.name = entry.name or found[2]
                entry.indent = cell.indent
            else:
                names.append((axis, cell.text, cell))
        for axis, found_pieces in pieces.items():
            self._pieces(entry, parts, axis or None, found_pieces, names[-1][1] if names else "")
        if names:
            entry.name = entry.name or squeeze(names[0][1] if parts or len(names) == 1 else names[-1][1])
            entry.indent = entry.indent or names[0][2].indent
        self._named(entry, parts, names)
        return entry

    def _ungrouped(
        self, entry: Entry, cells: list[tuple[Printed, str | None, GridCell]]
    ) -> list[tuple[Printed, str | None, GridCell]]:
        """Take out a label that stands beside several rows: it names their group, whose 小计 is its amount."""
        first = cells[0][2]
        grouped = len(cells) > 1 and all(column.role == "name" and axis is None for column, axis, _ in cells)
        if grouped and (first.span[0] > 1 or self.words.is_total(squeeze(cells[1][2].text))):
            self.group = (entry.row + first.span[0], squeeze(first.text))
            cells = cells[1:]
        if self.group is not None and entry.row < self.group[0]:
            entry.group = self.group[1]
        return cells

    def _name_after(self, cells: list[tuple[Printed, str | None, GridCell]], number: int) -> str:
        return next((squeeze(cell.text) for column, _, cell in cells[number + 1 :] if column.role == "name"), "")

    def _depth(self, column: Printed) -> int:
        """Which of 类, 款, 项 a column of parts is."""
        same = [c for c, _ in self.stubs if c.role == "part" and c.path[:-1] == column.path[:-1]]
        order = {"类": 0, "款": 1, "项": 2}
        return order.get(plain(column.leaf), same.index(column))

    def _pieces(
        self, entry: Entry, parts: dict[str, frozenset[str]], axis: str | None, pieces: Mapping[int, str], name: str
    ) -> None:
        memory = self.current.setdefault(axis or "", ["", "", ""])
        for depth in sorted(pieces):
            text = pieces[depth]
            memory[depth] = text if depth == 0 or len(text) > 2 else text.zfill(2)
            for deeper in range(depth + 1, 3):
                memory[deeper] = ""
        deepest = max(pieces)
        last = memory[deepest]
        above = "".join(memory[:deepest])
        code = last if deepest and len(last) > 2 and last.startswith(memory[0]) else above + last
        self._coded(entry, parts, axis, code, name)

    def _coded(self, entry: Entry, parts: dict[str, frozenset[str]], axis: str | None, code: str, name: str) -> None:
        if axis in (None, "agency_code") or code[0] != {v: k for k, v in FIRST_DIGIT.items()}.get(axis or ""):
            axis = self._axis_of(axis, code, name)
        if axis == "agency_code":
            entry.role, entry.code = "agency", code
            parts["agency_code"] = frozenset({self.gathered.agency(code, name)})
            return
        if axis is None:
            entry.code = entry.code or code
            return
        if len(code) == 2:
            code = self._completed(axis, code)
        placed = self.gathered.place(axis, code, name)
        if placed is None:
            entry.code = entry.code or code
            return
        entry.role, entry.code = "coded", entry.code or code
        parts[axis] = frozenset({placed})

    def _completed(self, axis: str, code: str) -> str:
        """A 款 that prints its own digits only, under the 类 above it."""
        for entry in reversed(self.entries):
            above = next(iter((entry.parts or {}).get(axis, ())), "")
            if len(above) >= 3:
                return above[:3] + code
        return code

    def _axis_of(self, axis: str | None, code: str, name: str) -> str | None:
        """Which classification a code belongs to, told by its digits and its name."""
        if axis == "agency_code":
            return axis
        guess = (
            axis
            if axis in CODED and code[0] == {v: k for k, v in FIRST_DIGIT.items()}[axis]
            else FIRST_DIGIT.get(code[0])
        )
        tree = self.gathered.space[guess] if guess else None
        if tree is not None and (len(code) in (3, 5, 7)) and (code in tree or not _ORGAN.search(name)):
            return guess
        if axis in CODED and len(code) == 2:
            return axis
        return "agency_code" if _ORGAN.search(name) or name in self.gathered.agencies.values() else None

    def _named(
        self, entry: Entry, parts: dict[str, frozenset[str]], names: list[tuple[str | None, str, GridCell]]
    ) -> None:
        label = squeeze(entry.name)
        name = plain(label)
        entry.of_which = label.startswith("其中")
        for rank, pattern in _ORDINALS:
            if found := pattern.match(label.removeprefix("其中:")):
                entry.rank, entry.first = rank, found[1] in ("一", "1")
                break
        if entry.role == "coded" or (entry.role == "agency" and parts):
            self._agency_beside(parts, names[:-1])
            entry.parts = parts
            return
        if entry.group and self.words.is_total(name):
            entry.name, entry.rank = entry.group, 1
            meaning = self._meaning(plain(entry.group), None)
            entry.parts = None if meaning is None else {**parts, **meaning}
            return
        if entry.group:
            entry.rank = 2
        if self.words.is_total(name) and not entry.code:
            entry.role = "total"
            term = self.words.terms.get(name)
            entry.parts = dict(term.point.parts) if term else {}
            return
        self._agency_beside(parts, names[:-1])
        axis = names[-1][0] if names else None
        found_parts = self._meaning(name, axis)
        if found_parts is None and self.projects and axis != "agency_code" and not self._is_agency(name, axis):
            entry.role = "project"
            found_parts = {"pro_code": frozenset({self.gathered.member("pro_code", name, name, None)})}
        if found_parts is None and self._is_agency(name, axis):
            entry.role = "agency"
            found_parts = {"agency_code": frozenset({self.gathered.agency(entry.code, squeeze(entry.name))})}
        entry.parts = None if found_parts is None else {**parts, **found_parts}

    def _agency_beside(self, parts: dict[str, frozenset[str]], names: list[tuple[str | None, str, GridCell]]) -> None:
        """An agency named in a column of its own beside the row's name."""
        for axis, text, _ in names:
            if axis == "agency_code" and "agency_code" not in parts:
                parts["agency_code"] = frozenset({self.gathered.agency("", squeeze(text))})

    def _is_agency(self, name: str, axis: str | None) -> bool:
        return (
            axis == "agency_code"
            or name in self.gathered.agencies.values()
            or (not self.side and bool(_ORGAN.search(name)) and len(name) > 4)
        )

    def _meaning(self, name: str, axis: str | None) -> dict[str, frozenset[str]] | None:
        term = self.words.terms.get(name)
        if axis == "agency_code":
            return None
        if axis in CODED:
            found = self._in_tree(axis, name)
            if found:
                return {axis: frozenset({found})}
        if term is not None and not term.column:
            return self._on_side(dict(term.point.parts))
        if axis is None and self.side != "income":
            for other in CODED:
                found = self._in_tree(other, name)
                if found:
                    return {other: frozenset({found})}
        return None

    def _on_side(self, parts: dict[str, frozenset[str]]) -> dict[str, frozenset[str]]:
        """On the expenditure side a line of carry-over is what is carried forward to the next year."""
        if self.side == "spending" and parts.get("vintage") == frozenset({"carryover"}):
            return {**{a: m for a, m in parts.items() if a != "vintage"}, "kind": frozenset({"yearend"})}
        return parts

    def _in_tree(self, axis: str, name: str) -> str | None:
        """The code that bears a name: below the rows above first, among the 类 otherwise."""
        tree = self.gathered.space[axis]
        variants = (name, name + "支出", name.removesuffix("支出"))
        codes = list(dict.fromkeys(c for n in variants for c in names_of(tree).get(n, ())))
        if not codes:
            return None
        seen: list[str] = []
        for entry in reversed(self.entries):
            seen += [c for c in (entry.parts or {}).get(axis, ()) if c not in seen]
            if len(seen) > 6:
                break
        for above in [step for code in seen[:1] for step in reversed(tree.path(code))]:
            inside = [c for c in codes if tree[c].parent == above]
            if inside:
                return inside[0]
        roots = [c for c in codes if tree.level(c) == 1]
        return roots[0] if roots else (codes[0] if len(codes) == 1 and not seen else None)


def _unit_of(entry: Entry, above: Entry, tree: Tree) -> bool:
    """Whether an agency stands under another: by their codes, or where there are none by the indent."""
    mine, theirs = _axis(entry, "agency_code"), _axis(above, "agency_code")
    if entry.code and above.code:
        return mine != theirs and tree.within(mine, theirs)
    return not entry.code and not above.code and entry.indent > above.indent + STEP


def _named_apart(entry: Entry, gathered: Gathered) -> None:
    """A department and its own office bear one name: the office is told apart."""
    mine = _axis(entry, "agency_code")
    if entry.under is not None and any(_axis(step, "agency_code") == mine for step in entry.under.chain()):
        assert entry.parts is not None
        entry.parts["agency_code"] = frozenset({gathered.member("agency_code", f"{mine}·本级", entry.name, mine)})


def _arrange(entries: list[Entry], gathered: Gathered) -> None:
    """Tell under which row each row stands."""
    space = gathered.space
    agency: Entry | None = None
    coded: list[Entry] = []
    stack: list[Entry] = []
    for entry in entries:
        if entry.role == "total":
            stack.clear()
            coded.clear()
            agency = None
            continue
        if entry.role == "agency":
            tree = gathered.space["agency_code"]
            while agency is not None and not _unit_of(entry, agency, tree):
                agency = agency.under
            entry.under = agency
            _named_apart(entry, gathered)
            agency = entry
            coded.clear()
            stack.clear()
        elif entry.role == "coded":
            while coded and not _stands_under(entry, coded[-1], space):
                coded.pop()
            entry.under = coded[-1] if coded else agency
            coded.append(entry)
        else:
            _line(entry, stack, coded, agency, space)
        if entry.under is not None:
            entry.under.below.append(entry)


def _axis(entry: Entry, axis: str) -> str:
    return next(iter((entry.parts or {}).get(axis, ())), "")


def _stands_under(entry: Entry, above: Entry, space: Space) -> bool:
    """Whether the codes of a row are inside those of another, and some strictly."""
    mine, theirs = entry.parts or {}, above.parts or {}
    strict = False
    for axis, codes in theirs.items():
        own = mine.get(axis)
        if own is None or not space[axis].covers(codes, own):
            return False
        strict = strict or own != codes
    return strict or set(mine) > set(theirs)


def _line(entry: Entry, stack: list[Entry], coded: list[Entry], agency: Entry | None, space: Space) -> None:
    if entry.of_which and stack:
        top = stack[-1]
        while top.of_which and top.under is not None and top.rank == 9:
            top = top.under
        entry.rank, entry.under = (entry.rank or 9), top
        stack.append(entry)
        return
    if not entry.rank:
        _unnumbered(entry, stack, space)
    elif entry.first and stack and entry.rank == 1 and any(e.rank == 0.5 for e in stack):
        root = next(e for e in reversed(stack) if e.rank == 0.5)
        entry.rank = 1.0
        entry.under = root
        stack.append(entry)
        return
    else:
        while (
            stack
            and (stack[-1].rank >= entry.rank or stack[-1].rank == 0.5)
            and not (stack[-1].under is not None and stack[-1].under.rank == 0.5 and stack[-1].rank < entry.rank)
        ):
            if stack[-1].rank == entry.rank and stack[-1].under is not None and stack[-1].under.rank == 0.5:
                entry.under = stack[-1].under
                stack.append(entry)
                return
            stack.pop()
    if entry.under is None:
        entry.under = stack[-1] if stack else agency
    stack.append(entry)


def _unnumbered(entry: Entry, stack: list[Entry], space: Space) -> None:
    """A line without a number stands under the one before it when it is indented more, or is a part of it."""
    while stack:
        last = stack[-1]
        if _part_of(entry, last, space) or (entry.indent > last.indent + STEP and last.rank and not last.of_which):
            entry.rank = last.rank + 0.1 if last.rank != 0.5 else 0.6
            return
        if stack[-1].rank == 9 and entry.indent >= last.indent - STEP and last.under is not None:
            entry.rank, entry.of_which, entry.under = 9, False, last.under
            return
        if last.indent - STEP > entry.indent or last.rank not in (1, 0.5) or len(stack) > 1:
            stack.pop()
            continue
        break
    stack.clear()
    entry.rank = 0.5


def _part_of(entry: Entry, above: Entry, space: Space) -> bool:
    """Whether a line names strictly less than the one above it, on an axis that both name."""
    mine, theirs = entry.parts, above.parts
    if not mine or not theirs:
        return False
    inside = [a for a in mine if a in theirs and theirs[a] != mine[a] and space[a].covers(theirs[a], mine[a])]
    return bool(inside)


def tree_name(tree: Tree, code: str) -> str:
    """Name of a code."""
    return tree[code].name if code in tree else code
