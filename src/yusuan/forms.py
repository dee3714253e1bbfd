"""What a form is, as values: heads and lines with their slices, row axis, sums, gaps; and the set of forms."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from yusuan.amount import Scale
from yusuan.axes import Point, Space
from yusuan.lexicon import bare, squeeze

STUBS = ("code", "name", "part", "agency", "owner")
"""Roles of columns that say what a row is of."""


def dated(text: str, year: int | None) -> str:
    """A label or title with its ``{year}`` and ``{last}`` (the year before) put in; without a year they are left out,
    together with the word that follows them (年, 年度)."""
    if "{" not in text:
        return text
    if year is None:
        return re.sub(r"\{(?:year|last)\}(?:年度?)?", "", text)
    return text.format(year=year, last=year - 1)


@dataclass(frozen=True, slots=True)
class Head:
    """A node of a column head: label, role, resolved slice; a leaf prints a column, a group spans its children.

    A stub of a form with several row axes names its ``axis``; ``show`` says how it prints a row (``{code}-{name}``).
    """

    label: str
    role: str
    point: Point
    total: bool = False
    breakdown: bool = False
    data: str = ""
    children: tuple[Head, ...] = ()
    axis: str = ""
    show: str = ""
    of_which: bool = False
    """Whether it tells some of what stands beside it (其中) and takes no part in sums."""

    def leaves(self) -> Iterator[Head]:
        """Printed columns below this node, left to right."""
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves()


@dataclass(frozen=True, slots=True)
class Line:
    """A labelled line of a statement form; its children add up to it. ``index`` is its printed place in the block."""

    label: str
    point: Point
    level: int
    index: int
    children: tuple[Line, ...] = ()

    def walk(self) -> Iterator[Line]:
        """This line and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class Block:
    """One view of a statement form: a label column and an amount column side by side.

    A view with several amount columns is as many blocks: the first holds the head of them all in ``amounts``, the
    others are ``joined`` to it and share its label column. ``path`` are the labels over a block's own amount column.
    """

    band: str
    heads: tuple[str, str]
    lines: tuple[Line, ...]
    """In printed order."""
    roots: tuple[Line, ...]
    amounts: tuple[Head, ...] = ()
    joined: bool = False
    path: tuple[str, ...] = ()
    codes: str = ""
    """Head of a column for the codes of the lines, where the block prints one."""
    spare: tuple[tuple[int, str], ...] = ()
    """Lines that print a label and no amount: index of the line they stand before, label."""

    def printed(self) -> Iterator[Line | str]:
        """Lines and the labels without amount between them, as they print."""
        for line in self.lines:
            yield from (label for index, label in self.spare if index == line.index)
            yield line
        yield from (label for index, label in self.spare if index >= len(self.lines))

    def labels(self) -> tuple[str, ...]:
        """The labels over the amount column: band, head of the label column, its own."""
        return (self.band, self.heads[0], *(self.path or self.heads[1:]))


@dataclass(frozen=True, slots=True)
class RowAxis:
    """What the body rows of a form list. ``depth`` is all (类 款 项), leaf (项 only), top (类 only) or empty without a
    classification; several classifications make one row for each combination that has money. ``last``: the total
    stands below the rows."""

    axes: tuple[str, ...]
    total: bool
    depth: str = ""
    total_label: str = "合计"
    departments: bool = True
    last: bool = False


@dataclass(frozen=True, slots=True)
class Gap:
    """A known gap or slip of the published template itself."""

    id: str
    rule: str
    text: str
    en: str
    point: Point | None = None


@dataclass(frozen=True, slots=True)
class Sum:
    """Column (or line) ``total`` is the sum of ``parts``; indices of money columns, or (block, line) pairs."""

    total: tuple[int, int]
    parts: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Form:
    """One form of a standard, resolved."""

    number: str
    title: str
    scope: Point
    economic: str | None
    rows: RowAxis | None
    heads: tuple[Head, ...]
    blocks: tuple[Block, ...]
    notes: tuple[str, ...]
    empty: str
    unit_label: str
    portrait: bool
    gaps: tuple[Gap, ...]
    sums: tuple[Sum, ...] = ()
    scale: Scale | None = None
    """Its own unit, where it is not that of the set."""

    def leaves(self) -> tuple[Head, ...]:
        """All printed columns, left to right (statement forms have none)."""
        return self._leaves

    @cached_property
    def _leaves(self) -> tuple[Head, ...]:
        return tuple(leaf for head in self.heads for leaf in head.leaves())

    def money(self) -> tuple[Head, ...]:
        """Money columns, left to right."""
        return tuple(leaf for leaf in self.leaves() if leaf.role == "money")

    def texts(self) -> tuple[Head, ...]:
        """Text columns, left to right."""
        return tuple(leaf for leaf in self.leaves() if leaf.role == "text")

    def paths(self) -> tuple[tuple[str, ...], ...]:
        """Label path of every printed column, left to right."""
        return self._paths

    @cached_property
    def _paths(self) -> tuple[tuple[str, ...], ...]:
        return tuple(path for _, path in head_paths(self.heads))

    def unfilled(self) -> tuple[Head, ...]:
        """Printed columns that a ledger of one year has nothing for: other accounts than its own, and what is worked
        out from them or stands in no ledger."""
        amounts = (leaf for block in self.blocks for head in block.amounts for leaf in head.leaves())
        return tuple(leaf for leaf in (*self.leaves(), *amounts) if leaf.role == "blank" or leaf.point.get("account"))


@dataclass(frozen=True, eq=False)
class Standard:
    """A form set: its forms in printed order, its scale, and the space (code trees) of its year."""

    id: str
    title: str
    cover: str
    place: str
    fiscal_year: int
    kind: str
    scale: Scale
    forms: Mapping[str, Form]
    empty: str
    contents: str
    number_label: str
    space: Space
    filler: str = ""
    """How the reporting unit is told above each form (``部门：{name}``)."""
    default: bool = False

    def on(self, space: Space) -> Standard:
        """This form set on trees that hold more codes (those that a ledger declares for itself)."""
        return self if space is self.space else replace(self, space=space)

    def form_label(self, number: str) -> str:
        """The number as printed in the contents (预算07表)."""
        return self.number_label.format(number=number)


def head_paths(
    heads: Sequence[Head], above: tuple[str, ...] = (), *, dates: bool = False
) -> Iterator[tuple[Head, tuple[str, ...]]]:
    """Every printed column of a head with its labels from the top, left to right; ``dates`` keeps the placeholders of
    years, which are left out otherwise."""
    for head in heads:
        here = (*above, squeeze(head.label if dates else dated(head.label, None)))
        if head.children:
            yield from head_paths(head.children, here, dates=dates)
        else:
            yield head, here


def column_sums(form: Form) -> Iterator[Sum]:
    """What the head says: a total column is the sum of its neighbours, a breakdown group that of the total again."""
    for total, parts in head_sums(form.heads):
        yield Sum((0, total), tuple((0, part) for part in parts))


def head_sums(heads: Sequence[Head]) -> Iterator[tuple[int, tuple[int, ...]]]:
    """The sums that a head states, as numbers of its money columns from the left."""
    leaves = [leaf for head in heads for leaf in head.leaves() if leaf.role == "money"]
    order = {id(leaf): index for index, leaf in enumerate(leaves)}

    def parts(heads: Sequence[Head]) -> list[int]:
        found: list[int] = []
        for head in heads:
            if head.role != "money" or head.total or head.breakdown or head.of_which:
                continue
            if not head.children:
                found.append(order[id(head)])
                continue
            total = total_of(head.children)
            found += [total] if total is not None else parts(head.children)
        return found

    def total_of(heads: Sequence[Head]) -> int | None:
        for head in heads:
            if head.total and not head.children:
                return order[id(head)]
        return None

    def walk(heads: Sequence[Head], outer: int | None) -> Iterator[tuple[int, tuple[int, ...]]]:
        total = total_of(heads)
        plain = parts(heads)
        if total is not None and plain:
            yield total, tuple(plain)
        latest = total if total is not None else outer
        for head in heads:
            if head.role != "money" or not head.children:
                continue
            if head.breakdown:
                inner = parts(head.children)
                if latest is not None and inner:
                    yield latest, tuple(inner)
            else:
                yield from walk(head.children, None)
                latest = total if total is not None else total_of(head.children)

    yield from walk(heads, None)


def line_sums(form: Form) -> Iterator[Sum]:
    """What the lines say: a line with children is their sum; amount columns side by side add up as their head says."""
    for index, block in enumerate(form.blocks):
        for line in block.lines:
            if line.children:
                yield Sum((index, line.index), tuple((index, child.index) for child in line.children))
    yield from across_sums(form)


def across_sums(form: Form) -> Iterator[Sum]:
    """The sums of a line over the amount columns of its view."""
    for index, block in enumerate(form.blocks):
        for total, parts in head_sums(block.amounts):
            for line in block.lines:
                yield Sum((index + total, line.index), tuple((index + part, line.index) for part in parts))


def normal_title(text: str) -> str:
    """A form title as it is matched: squeezed, brackets and quotation marks dropped, dashes dropped."""
    return bare(text).translate({ord(c): None for c in "()[]【】“”\"'‘’「」-《》"})
