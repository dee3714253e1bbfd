from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Any

import openpyxl
import pytest
from publish_example import example, made_up_findings

from yusuan.amount import Scale
from yusuan.publish.layout import lay_out, lay_out_all
from yusuan.publish.workbook import (
    column_widths,
    lines,
    measure,
    number_format,
    row_heights,
    sheet_names,
    workbook_bytes,
    write_workbook,
)
from yusuan.sheet import Cell, Column, Disclosure, Row, Sheet
from yusuan.words import InputError


def opened(data: bytes) -> Any:
    return openpyxl.load_workbook(BytesIO(data))


@pytest.fixture(scope="module")
def book() -> Any:
    disclosure, standard = example()
    return opened(workbook_bytes(disclosure, standard))


def of_form(book: Any, title: str) -> Any:
    return next(sheet for sheet in book.worksheets if sheet.title.endswith(title))


def texts(sheet: Any) -> dict[object, str]:
    return {cell.value: cell.coordinate for row in sheet.iter_rows() for cell in row if cell.value is not None}


def links(sheet: Any) -> dict[str, str]:
    """Cell → where its link leads."""
    return {cell.coordinate: cell.hyperlink.location for row in sheet.iter_rows() for cell in row if cell.hyperlink}


def test_one_sheet_a_form_after_cover_and_contents(book: Any) -> None:
    disclosure, _ = example()
    assert book.sheetnames[:2] == ["封面", "目录"]
    assert len(book.sheetnames) == 2 + len(disclosure.sheets)
    assert book.sheetnames[2] == "01 收支总表"
    assert all(len(name) <= 31 for name in book.sheetnames)


def test_cover_names_year_and_agency(book: Any) -> None:
    shown = texts(book["封面"])
    assert {"2025年省级单位预算公开表", "104012", "示例省对外科技交流中心"} <= set(shown)


def test_contents_link_to_every_form_and_back(book: Any) -> None:
    forms = book.sheetnames[2:]
    assert list(links(book["目录"]).values()) == [f"'{name}'!A1" for name in forms]
    for name in forms:
        assert links(book[name]) == {"A1": "'目录'!A1"}


def test_every_figure_is_the_decimal_that_prints(book: Any) -> None:
    disclosure, standard = example()
    checked = 0
    layouts = lay_out_all(disclosure, standard)
    for sheet, layout, target in zip(disclosure.sheets, layouts, book.worksheets[2:], strict=True):
        for box in layout.boxes:
            if box.kind != "amount" or box.place is None:
                continue
            cell = target.cell(box.row + 2, box.column + 1)
            printed = sheet.cells[box.place].text if box.place in sheet.cells else ""
            assert cell.number_format == "0.00"
            assert cell.value is None if not printed else f"{cell.value:.2f}" == printed
            checked += bool(printed)
    assert checked > 300


def test_no_cell_is_a_formula(book: Any) -> None:
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            assert all(cell.data_type != "f" for cell in row)


def test_heads_are_merged_as_printed(book: Any) -> None:
    sheet = of_form(book, "一般公共预算支出表")
    ranges = {str(area) for area in sheet.merged_cells.ranges}
    assert {"A5:A7", "B5:B7", "C5:C7", "D5:G5", "E6:F6", "G6:G7", "H5:H7"} <= ranges
    assert (sheet["D5"].value, sheet["E6"].value, sheet["F7"].value) == ("基本支出", "人员经费", "对个人和家庭的补助")
    assert sheet["D5"].border.left.style == "thin" and sheet["D5"].alignment.horizontal == "center"


def test_blocks_of_one_band_share_its_label(book: Any) -> None:
    sheet = of_form(book, "01 收支总表")
    assert {"A5:B5", "C5:H5"} <= {str(area) for area in sheet.merged_cells.ranges}
    assert (sheet["A5"].value, sheet["C5"].value, sheet["G6"].value) == ("收入", "支出", "项目（按政府预算经济分类）")
    assert sheet["A8"].value == "经费拨款" and sheet["A8"].alignment.indent == 1


def test_split_codes_and_agency_stand_in_their_columns(book: Any) -> None:
    sheet = of_form(book, "支出预算分类汇总表（按政府预算经济分类）"[:28])
    rows = [[cell.value for cell in row[:5]] for row in sheet.iter_rows(min_row=7)]
    assert rows[0] == [None, None, None, None, "合计"]
    assert rows[1] == [None, None, None, "104", "示例省科学技术厅"]
    assert rows[3] == ["206", "03", "01", "104012", "机构运行"]


def test_texts_stand_between_figures_where_the_form_has_them(book: Any) -> None:
    sheet = of_form(book, "其他资金绩效目标表")
    shown = texts(sheet)
    assert shown["数量指标"][:1] > shown["年度绩效目标"][:1] > shown["省级支出"][:1]
    assert "开放实验室参观日≥4场，科普讲座≥6场，外语培训班=1期" in shown


def test_notes_and_the_empty_sentence_are_printed(book: Any) -> None:
    shown = texts(of_form(book, "财政专户管理资金预算支出表"))
    assert {"注：本表指纳入专户管理的教育收入等收入。", "说明：本单位无相关情况，故为空表。"} <= set(shown)


def test_print_settings(book: Any) -> None:
    disclosure, standard = example()
    layouts = lay_out_all(disclosure, standard)
    for sheet, target, layout in zip(disclosure.sheets, book.worksheets[2:], layouts, strict=True):
        assert sheet.form is not None
        form = standard.forms[sheet.form]
        assert target.page_setup.orientation == ("portrait" if form.portrait else "landscape")
        assert int(target.page_setup.paperSize) == 9
        assert target.sheet_properties.pageSetUpPr.fitToPage
        assert (target.page_setup.fitToWidth or 1, target.page_setup.fitToHeight) == (1, 0)
        assert target.print_area.endswith(f"${max(layout.body.stop, layout.notes.stop) + 1}")
        assert target.print_title_rows == f"$2:${layout.head.stop + 1}"
        assert "&P" in target.oddFooter.center.text
        assert target.freeze_panes is not None


def test_title_and_unit_line(book: Any) -> None:
    sheet = of_form(book, "03 支出总表")
    assert (sheet["A2"].value, sheet["A3"].value) == ("预算03表", "支出总表")
    assert sheet["A4"].value == "填报单位：示例省对外科技交流中心"
    assert (sheet["A3"].font.name, sheet["A3"].font.sz) == ("黑体", 16)
    assert (sheet["A7"].font.name, sheet["A7"].font.sz) == ("宋体", 10)
    assert "单位：万元" in texts(sheet) and "金额单位：万元" in texts(of_form(book, "部门整体支出绩效目标表"))


def hostile() -> Disclosure:
    """A read disclosure of no known form whose texts try to be formulas, links and sheet-name trouble."""
    row = Row("", "=1+1", 1, "project", None)
    cells = {(0, 0): Cell(0, 0, "—"), (0, 1): Cell(0, 1, "0.29", 2_900_00)}
    columns = (Column(("支出", "合计"), "money", None), Column(("支出", "@SUM(A1)"), "money", None))
    words = {(0, 0): Cell(0, 0, "http://example.org/ =HYPERLINK(1)")}
    sheet = Sheet(
        None, "表[1]:*?/\\" + "长" * 40, Scale(), (row,), columns, MappingProxyType(cells),
        (Column(("说明",), "text", None),), MappingProxyType(words), ("=注",),
    )  # fmt: skip
    return Disclosure("a.pdf", "", None, None, "budget", "unit", None, (sheet, sheet))


def test_no_text_becomes_a_formula_or_a_link() -> None:
    book = opened(workbook_bytes(hostile(), None))
    sheet = book.worksheets[2]
    values = texts(sheet)
    assert {"=1+1", "@SUM(A1)", "http://example.org/ =HYPERLINK(1)", "=注", "—", 0.29} <= set(values)
    assert all(cell.data_type in ("s", "n") for row in sheet.iter_rows() for cell in row)
    assert list(links(sheet)) == ["A1"]


def test_sheet_without_a_form_keeps_its_own_heads() -> None:
    layout = lay_out(hostile().sheets[0], None, hostile())
    heads = [(box.text, box.row, box.column, box.height, box.width) for box in layout.boxes if box.kind == "head"]
    assert heads == [
        ("项目", 3, 0, 2, 1), ("支出", 3, 1, 1, 2), ("说明", 3, 3, 2, 1), ("合计", 4, 1, 1, 1),
        ("@SUM(A1)", 4, 2, 1, 1),
    ]  # fmt: skip


def test_sheet_names_are_legal_and_distinct() -> None:
    names = sheet_names(lay_out_all(hostile(), None))
    assert len(set(names)) == 2
    assert all(len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in names)


def test_columns_that_differ_from_the_form_keep_their_own_heads() -> None:
    disclosure, standard = example()
    sheet = disclosure.sheets[2]
    layout = lay_out(replace(sheet, columns=sheet.columns[:-1]), standard, disclosure)
    assert layout.roles == ("code", "name", *["money"] * 5)


def test_boxes_never_overlap_and_fill_the_grid() -> None:
    disclosure, standard = example()
    for layout in lay_out_all(disclosure, standard):
        taken: set[tuple[int, int]] = set()
        for box in layout.boxes:
            across = range(box.column, box.column + box.width)
            area = {(row, column) for row in range(box.row, box.row + box.height) for column in across}
            assert not area & taken, (layout.title, box)
            taken |= area
        assert len(taken) == max(layout.body.stop, layout.notes.stop) * len(layout.roles)


def test_same_disclosure_gives_the_same_bytes() -> None:
    disclosure, standard = example()
    findings = made_up_findings(disclosure)
    once = workbook_bytes(disclosure, standard, findings=findings)
    assert once == workbook_bytes(disclosure, standard, findings=findings)


def test_findings_stand_on_the_last_sheet_with_links_to_their_cells() -> None:
    disclosure, standard = example()
    findings = made_up_findings(disclosure)
    said = workbook_bytes(disclosure, standard, findings=findings, message=lambda f, lang: f"={f.rule} {lang}")
    book = opened(said)
    sheet = book.worksheets[-1]
    assert sheet.title == "检查结果"
    assert [sheet.cell(row, 2).value for row in (3, 4, 5, 6)] == ["错误", "警告", "提示", "警告"]
    assert sheet["E3"].value == "=total_of_parts zh" and sheet["E3"].data_type == "s"
    assert (sheet["F3"].value, sheet["G3"].value) == (378.97, 379.97)
    target, a1 = links(sheet)["C3"].split("!")
    assert book[target.strip("'")][a1].value == 437.79
    assert sheet["C3"].value == "03 支出总表"
    assert links(sheet)["C6"] == "'15 政府性基金预算支出表'!A1", "a finding without cells leads to its form"


def test_existing_file_is_kept_unless_forced(tmp_path: Path) -> None:
    disclosure, standard = example()
    target = tmp_path / "out.xlsx"
    target.write_bytes(b"kept")
    with pytest.raises(InputError, match="已存在"):
        write_workbook(disclosure, standard, target)
    assert target.read_bytes() == b"kept"
    write_workbook(disclosure, standard, target, force=True)
    assert target.read_bytes()[:2] == b"PK"
    assert [file.name for file in tmp_path.iterdir()] == ["out.xlsx"]


def test_wrapped_lines_get_their_height() -> None:
    assert measure("一二3") == 5
    assert lines("一二三四五六七八九十", 10) == 2
    disclosure, standard = example()
    for layout in lay_out_all(disclosure, standard):
        widths = column_widths(layout)
        heights = list(row_heights(layout, widths))
        assert len(widths) == len(layout.roles) and max(heights) <= 409
        for box in layout.boxes:
            if box.kind == "text" and box.text:
                assert heights[box.row] >= 13 * lines(box.text, widths[box.column])


@pytest.mark.parametrize(
    ("scale", "expected"), [(Scale(), "0.00"), (Scale("元", 0), "0"), (Scale("万元", 6), "0.000000")]
)
def test_number_format_follows_the_decimals(scale: Scale, expected: str) -> None:
    assert number_format(scale) == expected
