"""A form set as plain lines, every label with the slice it resolves to: what reviewers read and compare."""

from __future__ import annotations

from collections.abc import Iterator

from yusuan.axes import Point
from yusuan.forms import Form, Head, Line, Standard


def standard_lines(standard: Standard) -> list[str]:
    """The resolved set, one line a label."""
    lines = [
        f"{standard.id}  {standard.title}",
        f"year {standard.fiscal_year}  kind {standard.kind}",
        f"unit {standard.scale.unit}  decimals {standard.scale.decimals}",
        f"empty: {standard.empty}",
    ]
    for form in standard.forms.values():
        lines += ["", *_form(standard, form)]
    return lines


def _form(standard: Standard, form: Form) -> Iterator[str]:
    yield f"{form.number}  {standard.form_label(form.number)}  {form.title}"
    yield f"  scope {_point(form.scope)}"
    if form.scale is not None:
        yield f"  unit {form.scale.unit}  decimals {form.scale.decimals}"
    if form.rows is not None:
        depth = f"  depth {form.rows.depth}" if form.rows.depth else ""
        label = form.rows.total_label if form.rows.total else "-"
        last = "  last" if form.rows.last else ""
        yield f"  rows {', '.join(form.rows.axes)}  total {label}{last}{depth}"
    for head in form.heads:
        yield from _head(head, 1)
    for block in form.blocks:
        yield f"  block {block.band}: {' | '.join((block.heads[0], *(block.path or block.heads[1:])))}"
        for line in block.printed():
            yield _line(line) if isinstance(line, Line) else f"    {line}  no amount"
    for total in form.sums:
        parts = " + ".join(_name(form, part) for part in total.parts)
        yield f"  sum {_name(form, total.total)} = {parts}"
    for note in form.notes:
        yield f"  note {note}"
    for gap in form.gaps:
        yield f"  gap {gap.id} ({gap.rule}) {gap.text}"


def _name(form: Form, place: tuple[int, int]) -> str:
    if form.blocks:
        block = form.blocks[place[0]]
        return "/".join((block.lines[place[1]].label, *block.path))
    paths = [path for path, leaf in zip(form.paths(), form.leaves()) if leaf.role == "money"]
    return "/".join(paths[place[1]])


def _head(head: Head, depth: int) -> Iterator[str]:
    role = head.role if head.role != "money" else "total" if head.total else ""
    meaning = _point(head.point) if head.role == "money" else " ".join(filter(None, (head.axis, head.show, head.data)))
    yield f"{'  ' * depth}  {head.label}  {' '.join(x for x in (role, meaning) if x)}".rstrip()
    for child in head.children:
        yield from _head(child, depth + 1)


def _line(line: Line) -> str:
    return f"  {'  ' * line.level}{line.label}  {_point(line.point)}"


def _point(point: Point) -> str:
    parts = point.as_json()
    return " ".join(f"{axis}={'+'.join(codes)}" for axis, codes in parts.items()) or "everything"
