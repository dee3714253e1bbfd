"""A form as a table that can be heard as well as seen: caption, scopes, and the heads that each figure stands under."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from yusuan.publish.layout import Box, Layout
from yusuan.sheet import Sheet

DEEPEST = 4
"""Indents are drawn down to this level."""

NAMES = ("name", "owner")
"""Roles of the columns that name the rows."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A cell of the page: element, attributes, text, and the key of its derivation when it has one."""

    tag: str
    text: str
    attributes: Mapping[str, object]
    key: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A form on its page. ``blank``: nothing is printed in it; ``statement``: labels stand in several columns."""

    index: int
    number: str
    title: str
    label: str
    filler: str
    unit: str
    head: tuple[tuple[Spot, ...], ...]
    body: tuple[tuple[Spot, ...], ...]
    notes: tuple[str, ...]
    blank: bool
    statement: bool


def table_of(index: int, sheet: Sheet, layout: Layout) -> Table:
    """The table of one sheet from its printed layout."""
    above = {box.kind: box.text for box in layout.boxes if box.row < layout.head.start}
    over = _over(layout)
    statement = any(row.role == "statement" for row in sheet.rows)
    rows = tuple(_row(boxes, layout, sheet, over, statement) for _, boxes in layout.rows(layout.body))
    names = (column for column, role in enumerate(layout.roles) if role in NAMES and not statement)
    first = next(names, -1)
    head = tuple(tuple(_head(box, layout, first) for box in boxes) for _, boxes in layout.rows(layout.head))
    blank = not sheet.words and not any(cell.amount for cell in sheet.cells.values())
    title = layout.title or sheet.title or layout.label
    return Table(
        index, layout.number or str(index + 1), title, layout.label, above.get("filler", ""), above.get("unit", ""),
        head, tuple(row for row in rows if row) or _nothing(layout), sheet.notes, blank, statement,
    )  # fmt: skip


def _nothing(layout: Layout) -> tuple[tuple[Spot, ...], ...]:
    """One empty row, where a form lists nothing."""
    return (tuple(Spot("td", "", {}) for _ in layout.roles),) if layout.roles else ()


def _over(layout: Layout) -> dict[int, tuple[str, ...]]:
    """Column → ids of the heads above it, from the top."""
    found: dict[int, list[str]] = {column: [] for column in range(len(layout.roles))}
    for _, boxes in layout.rows(layout.head):
        for box in boxes:
            for column in range(box.column, box.column + box.width):
                found.setdefault(column, []).append(_head_id(box))
    return {column: tuple(ids) for column, ids in found.items()}


def _head_id(box: Box) -> str:
    return f"h{box.row}-{box.column}"


def _head(box: Box, layout: Layout, first: int) -> Spot:
    """A cell of the head; that over the names of the rows, column ``first``, stays with them."""
    leaf = box.row + box.height == layout.head.stop
    role = layout.roles[box.column] if leaf and box.column < len(layout.roles) else ""
    attributes = {
        "id": _head_id(box),
        "class": f"for-{role}{' first' if box.column == first else ''}" if role else None,
        "scope": "colgroup" if box.width > 1 else "col",
        "colspan": box.width if box.width > 1 else None,
        "rowspan": box.height if box.height > 1 else None,
    }
    return Spot("th" if box.text.strip() else "td", box.text, attributes if box.text.strip() else _unscoped(attributes))


def _unscoped(attributes: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in attributes.items() if name != "scope"}


def _row(
    boxes: tuple[Box, ...], layout: Layout, sheet: Sheet, over: Mapping[int, tuple[str, ...]], statement: bool
) -> tuple[Spot, ...]:
    """The cells of one body row; in a statement a figure belongs to the nearest label on its left."""
    spots: list[Spot] = []
    labels: list[str] = []
    for box in boxes:
        role = layout.roles[box.column]
        classes = [box.kind, *(["strong"] if box.strong else []), *_level(box)]
        if box.kind == "amount" and box.place is not None:
            spots.append(_amount(box, box.place, sheet, (*over[box.column], *labels), classes))
        elif box.kind == "stub" and role in NAMES and box.text.strip():
            anchor = f"r{box.row - layout.body.start}-{box.column}"
            labels = [anchor] if statement else [*labels, anchor]
            classes += ["first"] if len(labels) == 1 and not statement else []
            classes += ["centred"] if box.align == "center" else []
            attributes = {"id": anchor, "scope": "row", "class": " ".join(classes)}
            spots.append(Spot("th", box.text, attributes))
        else:
            classes += [f"of-{role}"]
            headers = " ".join((*over[box.column], *labels)) if box.text.strip() else ""
            spots.append(Spot("td", box.text, {"class": " ".join(classes), "headers": headers or None}))
    return tuple(spots)


def _level(box: Box) -> list[str]:
    return [f"level{min(box.level, DEEPEST)}"] if box.level > 0 else []


def _amount(box: Box, place: tuple[int, int], sheet: Sheet, headers: tuple[str, ...], classes: list[str]) -> Spot:
    cell = sheet.cells.get(place)
    key = f"{place[0]}-{place[1]}" if cell is not None and box.text.strip() else ""
    classes = [*classes, *(["repaired"] if cell is not None and cell.repair is not None else [])]
    attributes = {"id": f"p{place[0]}-{place[1]}", "class": " ".join(classes), "headers": " ".join(headers) or None}
    return Spot("td", box.text, attributes, key)
