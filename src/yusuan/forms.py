"""What a form is, as values: heads and lines with their slices, row axis, sums, gaps; and the set of forms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from yusuan.amount import Scale
from yusuan.axes import Point, Space
from yusuan.lexicon import bare, squeeze


@dataclass(frozen=True, slots=True)
class Head:
    """A node of a column head: label, role, resolved slice; a leaf prints a column, a group spans its children."""

    label: str
    role: str
    point: Point
    total: bool = False
    breakdown: bool = False
    data: str = ""
    children: tuple[Head, ...] = ()

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
    """One view of a statement form: a label column and an amount column side by side."""

    band: str
    heads: tuple[str, str]
    lines: tuple[Line, ...]
    """In printed order."""
    roots: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class RowAxis:
    """What the body rows of a form list. ``depth`` is all (类 款 项), leaf (项 only) or empty without functions."""

    axes: tuple[str, ...]
    total: bool
    depth: str = ""
    total_label: str = "合计"
    departments: bool = True


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


@dataclass(frozen=True, slots=True)
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

    def leaves(self) -> tuple[Head, ...]:
        """All printed columns, left to right (statement forms have none)."""
        return tuple(leaf for head in self.heads for leaf in head.leaves())

    def money(self) -> tuple[Head, ...]:
        """Money columns, left to right."""
        return tuple(leaf for leaf in self.leaves() if leaf.role == "money")

    def texts(self) -> tuple[Head, ...]:
        """Text columns, left to right."""
        return tuple(leaf for leaf in self.leaves() if leaf.role == "text")

    def paths(self) -> tuple[tuple[str, ...], ...]:
        """Label path of every printed column, left to right."""
        found: list[tuple[str, ...]] = []

        def walk(head: Head, above: tuple[str, ...]) -> None:
            here = (*above, squeeze(head.label))
            if not head.children:
                found.append(here)
            for child in head.children:
                walk(child, here)

        for head in self.heads:
            walk(head, ())
        return tuple(found)


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

    def on(self, space: Space) -> Standard:
        """This form set on trees that hold more codes (those that a ledger declares for itself)."""
        return self if space is self.space else replace(self, space=space)

    def form_label(self, number: str) -> str:
        """The number as printed in the contents (预算07表)."""
        return self.number_label.format(number=number)


def column_sums(form: Form) -> Iterator[Sum]:
    """What the head says: a total column is the sum of its neighbours, a breakdown group that of the total again."""
    order = {id(leaf): index for index, leaf in enumerate(form.money())}

    def parts(heads: tuple[Head, ...]) -> list[int]:
        found: list[int] = []
        for head in heads:
            if head.role != "money" or head.total or head.breakdown:
                continue
            if not head.children:
                found.append(order[id(head)])
                continue
            total = total_of(head.children)
            found += [total] if total is not None else parts(head.children)
        return found

    def total_of(heads: tuple[Head, ...]) -> int | None:
        for head in heads:
            if head.total and not head.children:
                return order[id(head)]
        return None

    def walk(heads: tuple[Head, ...], outer: int | None) -> Iterator[Sum]:
        total = total_of(heads)
        plain = parts(heads)
        if total is not None and plain:
            yield Sum((0, total), tuple((0, p) for p in plain))
        latest = total if total is not None else outer
        for head in heads:
            if head.role != "money" or not head.children:
                continue
            if head.breakdown:
                inner = parts(head.children)
                if latest is not None and inner:
                    yield Sum((0, latest), tuple((0, p) for p in inner))
            else:
                yield from walk(head.children, None)
                latest = total if total is not None else total_of(head.children)

    yield from walk(form.heads, None)


def line_sums(form: Form) -> Iterator[Sum]:
    """What the lines say: a line with children is their sum."""
    for index, block in enumerate(form.blocks):
        for line in block.lines:
            if line.children:
                yield Sum((index, line.index), tuple((index, child.index) for child in line.children))


def normal_title(text: str) -> str:
    """A form title as it is matched: squeezed, brackets and quotation marks dropped, dashes dropped."""
    return bare(text).translate({ord(c): None for c in "()[]【】“”\"'‘’「」-《》"})
