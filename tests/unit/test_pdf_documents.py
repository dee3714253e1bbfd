"""PDF on published disclosures, by reference: cells, spans and columns as an eye sees them on the page."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from yusuan.read.formats.pdf import page_picture, read_pdf
from yusuan.read.grid import Grid, Material

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "documents"


@cache
def material(name: str) -> Material:
    path = FOLDER / name
    if not path.is_file():
        pytest.skip("the published disclosures are not beside the project (../shared/documents)")
    return read_pdf(path)


def on_page(name: str, page: int) -> list[Grid]:
    return [grid for grid in material(name).grids if grid.source.page == page]


def row(grid: Grid, number: int) -> list[str]:
    return [grid.rows[number - 1].text(column) for column in range(grid.rows[number - 1].width)]


def test_two_sided_table_with_row_numbers() -> None:
    (grid,) = on_page("xian-2022-budget-06/full.pdf", 20)
    assert len(grid.edges) == 10 and grid.rows[0].cells[3].span == (1, 6)
    assert row(grid, 4) == [
        "2", "1、财政拨款", "1053642667.43", "1、一般公共服务支出", "0.00", "1、人员经费和公用经费支出",
        "46607769.51", "1、机关工资福利支出", "21398509.37",
    ]  # fmt: skip


def test_head_of_four_lines_over_thirty_columns() -> None:
    (grid,) = on_page("xian-2022-budget-06/full.pdf", 44)
    assert len(grid.edges) == 31
    spans = {column: (cell.text, cell.span) for column, cell in grid.rows[2].cells.items()}
    assert spans[7] == ("公务用车购置及运行维护费", (1, 3)) and spans[4] == ("小计", (2, 1))
    assert row(grid, 7)[1:5] == ["262001", "西安市工业和信息化局", "78000", "18000"]


def test_a_chart_is_no_table() -> None:
    assert [len(grid.rows) for grid in on_page("xian-2022-budget-06/full.pdf", 7)] == [1]


def test_text_of_cells_cut_off_by_the_page_stays_on_its_page() -> None:
    (grid,) = on_page("beijing-2026-budget-08/tables.pdf", 14)
    assert len(grid.edges) == 12
    assert grid.rows[0].text(4) == "与质量，保障机构自身正常运转。"
    assert "29.359500" not in {cell.text for line in grid.rows for cell in line.cells.values()}
    assert ("clipped_text", 14) in {(d.kind, d.page) for d in material("beijing-2026-budget-08/tables.pdf").doubts}


def test_columns_of_cells_that_fill_the_whole_page() -> None:
    (grid,) = on_page("beijing-2026-budget-06/tables.pdf", 23)
    assert len(grid.edges) == 12
    assert grid.rows[0].cells[1].text == "236.580000" and grid.rows[0].cells[1].span == (13, 1)
    assert row(grid, 3)[5:] == ["产出指标", "时效指标", "研究成果发布时间", "≤", "12", "月"]


def test_labels_cut_short_by_low_rows_are_whole() -> None:
    (grid,) = on_page("beijing-2026-budget-27/tables.pdf", 5)
    assert row(grid, 3)[:3] == [
        "2080505-机关事业单位基本养老保险缴费支出", "50501-工资福利支出", "30108-机关事业单位基本养老保险缴费",
    ]  # fmt: skip


def test_landscape_pages_of_a_turned_document() -> None:
    told = material("jiangsu-2019-budget-01/tables.pdf")
    assert told.pages[0] == (1191, 842)
    (grid,) = on_page("jiangsu-2019-budget-01/tables.pdf", 2)
    assert [row(grid, number) for number in (1, 2, 3)] == [
        ["项目名称", "", "金额"], ["收入总计", "", "18,330.37"], ["一般公共预算资金", "小计", "18,330.37"],
    ]  # fmt: skip


def test_title_unit_and_agency_are_lines_above_the_table() -> None:
    told = material("changsha-2026-budget-01/full.pdf")
    lines = [line.text for line in told.lines if line.source.page == 15]
    assert lines[:3] == ["2026年财政拨款收支总体情况表", "部门名称：长沙市信访局", "单位：万元"]
    (grid,) = on_page("changsha-2026-budget-01/full.pdf", 15)
    assert row(grid, 3) == ["一、本年收入", "1,935.36", "一、本年支出", "1,935.36", "1,935.36", "", ""]


def test_scan_has_no_text_and_a_picture() -> None:
    told = material("beijing-2026-budget-scan-01/narrative-scan.pdf")
    assert told.items == [] and {doubt.kind for doubt in told.doubts} == {"no_text"}
    shown = page_picture(FOLDER / "beijing-2026-budget-scan-01/narrative-scan.pdf", 1, 50)
    assert shown.size == tuple(round(side * 50 / 72) for side in told.pages[0])
    assert min(shown.convert("L").tobytes()) < 100


@pytest.mark.parametrize(
    "name",
    [
        "central-2024-final-01/full.pdf", "chongqing-2026-budget-04/full.pdf", "fuzhou-2026-budget-04/full.pdf",
        "hangzhou-2026-budget-03/full.pdf", "shanghai-2026-budget-21/full.pdf", "yantai-2026-budget-06/full.pdf",
    ],
)  # fmt: skip
def test_every_box_stands_on_its_page_and_in_its_column(name: str) -> None:
    told = material(name)
    for item in told.items:
        assert item.source.page is not None and item.source.box is not None
        width, height = told.pages[item.source.page - 1]
        left, top, right, bottom = item.source.box
        assert -2 <= left < right <= width + 2 and -2 <= top < bottom <= height + 2
    for grid in told.grids:
        assert list(grid.edges) == sorted(grid.edges)
        for line in grid.rows:
            for column, cell in line.cells.items():
                assert cell.text.strip() and cell.source.box is not None
                middle = (cell.source.box[0] + cell.source.box[2]) / 2
                assert grid.edges[column] - 1 <= middle <= grid.edges[column + cell.span[1]] + 1, cell.text
