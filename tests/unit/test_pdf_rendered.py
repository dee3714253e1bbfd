"""PDF against rendered tables with known truth: every cell with its place, span and text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from yusuan.read.formats.pdf import read_pdf
from yusuan.read.grid import Grid, Material

Place = tuple[int, int]
Shown = tuple[int, int, str]

UNREADABLE = {"X14": "no_text", "X20": "no_text"}
"""Pages whose text layer is not what they show: a font without a mapping, a scan with text nobody sees."""


def truth(cells: list[dict[str, object]]) -> dict[Place, Shown]:
    return {(c["r"], c["c"]): (c["rs"], c["cs"], c["text"]) for c in cells if c["text"]}  # type: ignore[misc]


def found(grid: Grid) -> dict[Place, Shown]:
    return {
        (row.number - 1, column): (*cell.span, cell.text) for row in grid.rows for column, cell in row.cells.items()
    }


def on_page(material: Material, page: int) -> list[Grid]:
    return [grid for grid in material.grids if grid.source.page == page]


@pytest.mark.parametrize("file", ["main_lo.pdf", "main_typst.pdf"])
def test_every_cell_of_ordinary_tables(rendered: Path, file: str) -> None:
    material = read_pdf(rendered / file)
    tables = json.loads((rendered / "gt_main.json").read_text(encoding="utf-8"))
    assert len(material.pages) == len(tables) and material.doubts == []
    for page, table in enumerate(tables, start=1):
        grids = on_page(material, page)
        assert [found(grid) for grid in grids] == [truth(table["cells"])], table["id"]
        assert len(grids[0].edges) == table["ncols"] + 1


def test_nasty_tables(rendered: Path) -> None:
    material = read_pdf(rendered / "traps.pdf")
    pages = json.loads((rendered / "traps_gt.json").read_text(encoding="utf-8"))
    doubts = {(doubt.page, doubt.kind) for doubt in material.doubts}
    for number, page in enumerate(pages, start=1):
        grids = on_page(material, number)
        if page["id"] in UNREADABLE:
            assert grids == [] and (number, UNREADABLE[page["id"]]) in doubts, page["desc"]
            continue
        assert [found(grid) for grid in grids] == [truth(table["cells"]) for table in page["tables"]], page["desc"]
        assert not [doubt for doubt in doubts if doubt[0] == number], page["desc"]


def test_scan_is_told_page_by_page(rendered: Path) -> None:
    material = read_pdf(rendered / "scan_200.pdf")
    assert material.items == []
    assert [(doubt.kind, doubt.page) for doubt in material.doubts] == [
        ("no_text", page) for page in range(1, len(material.pages) + 1)
    ]
