"""Materials made by hand: tables and lines as a reader of some format would return them."""

from __future__ import annotations

from collections.abc import Sequence

from yusuan.agreements import agreement_of
from yusuan.figures import Figures
from yusuan.read.grid import Grid, GridCell, GridRow, Line, Material
from yusuan.read.meaning.document import Understood, read_by_lexicon
from yusuan.relations import Relation
from yusuan.sheet import Cell, Disclosure, Source
from yusuan.tested import Outcome, test_relations

Texts = Sequence[Sequence[str]]


def grid(
    rows: Texts, page: int = 1, spans: dict[tuple[int, int], tuple[int, int]] | None = None, left: float = 50
) -> Grid:
    """A ruled grid; blank texts are no cells; leading blanks of a text are its indent."""
    made = []
    width = max(len(row) for row in rows)
    edges = tuple(left + 80.0 * c for c in range(width + 1))
    for r, row in enumerate(rows):
        cells = {}
        for c, text in enumerate(row):
            if text.strip():
                box = (edges[c], 100 + 20.0 * r, edges[c + 1], 120 + 20.0 * r)
                indent = 4.0 + 8.0 * (len(text) - len(text.lstrip()))
                span = (spans or {}).get((r, c), (1, 1))
                cells[c] = GridCell(text.strip(), Source("a.pdf", page, box), span=span, indent=indent)
        made.append(GridRow(r, cells, width=width))
    return Grid("", made, "a.pdf", Source("a.pdf", page), edges)


def lines(*texts: str, page: int = 1, size: float = 10) -> list[Line]:
    """Lines of one page."""
    return [Line(text, Source("a.pdf", page, (50, 20.0 * n, 300, 20.0 * n + 10)), size) for n, text in enumerate(texts)]


def table(title: str, rows: Texts, page: int = 1, unit: str = "单位：万元", **more: object) -> list[Grid | Line]:
    """A table with its title and unit above it."""
    return [*lines(title, unit, page=page), grid(rows, page, **more)]  # type: ignore[arg-type]


def read(*parts: Sequence[Grid | Line], title: str = "某市水务局2026年部门预算") -> Understood:
    """A material read by the lexicon."""
    items: list[Grid | Line] = [*lines(title, size=20)]
    for part in parts:
        items += part
    return read_by_lexicon(Material("a.pdf", "pdf", items), "0" * 64)


def cell(disclosure: Disclosure, sheet: int, row: str, column: str) -> Cell:
    """The cell of a row's name and a column's lowest label."""
    found = disclosure.sheets[sheet]
    r = next(r for r, line in enumerate(found.rows) if row in (line.name, line.code, *line.labels))
    c = next(c for c, head in enumerate(found.columns) if head.labels[-1] == column)
    return found.cells[r, c]


def parts(disclosure: Disclosure, sheet: int, row: str, column: str) -> dict[str, list[str]]:
    """The slice of a cell."""
    point = cell(disclosure, sheet, row, column).point
    assert point is not None
    return point.as_json()


def outcomes(understood: Understood) -> list[Outcome]:
    """Every relation, tested."""
    relations: Sequence[Relation] = agreement_of(understood.disclosure, understood.standard.space).relations
    return list(test_relations(Figures(understood.disclosure), relations, understood.standard).outcomes)


def failing(understood: Understood) -> list[Outcome]:
    """The relations that fail."""
    return [o for o in outcomes(understood) if o.verdict == "fails"]
