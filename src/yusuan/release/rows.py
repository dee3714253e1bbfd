"""Tables read back without understanding them: row after row, every label, text and figure in its own column.

Documents that follow no declared form set are held to their record so: what a table means may be read in several ways,
where its figures stand may not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from yusuan.read.grid import Material
from yusuan.release.record import Difference, Table, same_figure, same_words

Line = Mapping[int, str]
"""A printed row: column of the grid → words."""


def lines_of(materials: Sequence[Material]) -> list[Line]:
    """The rows of all tables of a document, in order."""
    return [
        {column: same_words(cell.text) for column, cell in row.filled()}
        for material in materials
        for grid in material.grids
        for row in grid.rows
    ]


def misprinted(tables: Sequence[Table], lines: Sequence[Line]) -> Iterator[Difference]:
    """The rows and columns of the tables that printed rows do not give back, in their order."""
    reached = 0
    for table in tables:
        name = " ".join(filter(None, (table.form, table.title)))
        top, found = reached, dict[int, int]()
        reached = _below_head(table, lines, reached)
        for row in range(len(table.rows)):
            wanted = _wanted(table, row)
            at = next((n for n in range(reached, len(lines)) if _holds(lines[n], wanted)), None) if any(wanted) else -1
            if at is None:
                yield Difference(name, table.rows[row] or str(row + 1), "", " ".join((*wanted[0], *wanted[1])), None)
            elif at >= 0:
                found[row], reached = at, at + 1
        yield from _codes(table, name, lines, found)
        yield from _columns(table, name, lines, top, found)


def _below_head(table: Table, lines: Sequence[Line], reached: int) -> int:
    """The line after the one with which the heads of all columns are printed; ``reached`` where they are not."""
    missing = {same_words(label.rpartition(" › ")[2]) for label in table.columns} - {""}
    for n in range(reached, len(lines) if missing else reached):
        missing = {leaf for leaf in missing if not any(text.endswith(leaf) for text in lines[n].values())}
        if not missing:
            return n + 1
    return reached


def _codes(table: Table, name: str, lines: Sequence[Line], found: Mapping[int, int]) -> Iterator[Difference]:
    """Codes that are not printed where those of other rows are; a form may print none."""
    coded = {row: code for row in found if (code := same_words(table.labels[row][0]))}
    missing = [row for row, code in coded.items() if code not in _printed(lines[found[row]])]
    if len(missing) < len(coded):
        yield from (Difference(name, table.rows[row], "", coded[row], None) for row in missing)


def _printed(line: Line) -> str:
    return "".join(text for _, text in sorted(line.items()))


def _wanted(table: Table, row: int) -> tuple[list[str], list[str]]:
    """Labels of a row without its code, and the figures and texts that stand in cells of their own."""
    labels = [same_words(label) for label in table.labels[row][1:]]
    cells = [same_figure(text) for (r, _), (text, _) in table.cells.items() if r == row and text]
    texts = [same_figure(text) for (r, _), text in table.texts.items() if r == row and text]
    return list(filter(None, dict.fromkeys(labels))), [*cells, *texts]


def _holds(line: Line, wanted: tuple[list[str], list[str]]) -> bool:
    labels, cells = wanted
    left = [same_figure(text) for text in line.values()]
    for text in cells:
        if text not in left:
            return False
        left.remove(text)
    printed = _printed(line)
    return all(label in printed for label in labels)


def _columns(
    table: Table, name: str, lines: Sequence[Line], top: int, found: Mapping[int, int]
) -> Iterator[Difference]:  # fmt: skip
    """Every column of figures stands in one column of the grid, in the order of the columns, below its own head, and
    nothing stands there where it is blank."""
    last, first = -1, min(found.values(), default=top)
    for column, label in enumerate(table.columns):
        cells = {row: same_figure(table.cells.get((row, column), ("", None))[0]) for row in found}
        rows = [(lines[found[row]], text) for row, text in cells.items()]
        if not any(cells.values()):
            continue
        places = {p for line, text in rows if text for p in line if p > last}
        places = {p for p in places if all(same_figure(line.get(p, "")) == text for line, text in rows)}
        leaf = same_words(label.rpartition(" › ")[2])
        headed = {p for p in places if not leaf or any(line.get(p, "").endswith(leaf) for line in lines[top:first])}
        if not headed:
            yield Difference(name, "", label, label, None)
        else:
            last = min(headed)
