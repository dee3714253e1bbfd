"""Files made to hang, mislead or exhaust the reader: each is read rightly or refused in a sentence for people."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from yusuan.check.opened import check_opened
from yusuan.check.structure import has_unread
from yusuan.read.formats.html import read_html
from yusuan.read.formats.scan import read_image
from yusuan.read.grid import GridCell, GridRow, file_name
from yusuan.read.guard import guard_file
from yusuan.read.opening import open_source
from yusuan.read.tables import LONGEST_LABEL, head_likeness
from yusuan.read.workbook import read_workbook
from yusuan.sheet import Source
from yusuan.standard import load_standard
from yusuan.words import InputError

LANGUAGES = ("zh", "en")


def told(error: pytest.ExceptionInfo[InputError]) -> str:
    return "\n".join(line for lang in LANGUAGES for line in error.value.sentences(lang))


def test_a_damaged_picture_is_told_without_names_of_the_program(tmp_path: Path) -> None:
    pytest.importorskip("rapidocr")
    file = tmp_path / "表.png"
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    with pytest.raises(InputError) as error:
        read_image(file)
    assert error.value.problems[0][0] == "scan_damaged"
    assert "Error" not in told(error) and "表.png" in told(error)


def test_a_workbook_without_its_parts_is_told_without_names_of_the_program(tmp_path: Path) -> None:
    file = tmp_path / "表.xlsx"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    with pytest.raises(InputError) as error:
        read_workbook(file)
    assert error.value.problems[0][0] == "read_workbook_damaged"
    assert "Error" not in told(error) and "表.xlsx" in told(error)


@pytest.mark.parametrize("span", ["rowspan=65534 colspan=1000", "rowspan=0 colspan=1000"])
def test_cells_that_span_the_rows_below_count_there_too(tmp_path: Path, span: str) -> None:
    file = tmp_path / "a.html"
    file.write_text("<html><table>" + f"<tr><td {span}>收支总表</td></tr>" * 400 + "</table>", encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_html(file)
    assert error.value.problems[0][0] == "read_too_many_cells"


def test_a_workbook_with_hundreds_of_thousands_of_merged_cells(tmp_path: Path) -> None:
    file = tmp_path / "a.xlsx"
    merged = "".join(f'<mergeCell ref="A{n}:B{n}"/>' for n in range(1, 100_002))
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", f"<worksheet><mergeCells>{merged}</mergeCells></worksheet>")
    with pytest.raises(InputError) as error:
        guard_file(file)
    assert error.value.problems[0][0] == "guard_wide_merge"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\nb.txt", "a\\nb.txt"),
        ("a\x1b[31m.txt", "a\\x1b[31m.txt"),
        ("\u202egpj.exe", "\\u202egpj.exe"),
        ("预算\u3000公开表 😀.pdf", "预算\u3000公开表 😀.pdf"),
    ],
)
def test_a_name_stays_on_one_line_and_in_its_direction(name: str, shown: str) -> None:
    assert file_name(Path(name)) == shown


def test_text_without_end_is_no_label() -> None:
    form = load_standard("hunan/2025").forms["01"]
    rows = [GridRow(1, {0: GridCell("支出" * 5_000_000, Source("a.txt"))})]
    assert LONGEST_LABEL < 1000
    assert head_likeness(rows, form) == 0


def test_figures_that_cannot_be_read_are_no_empty_table(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("收支总表\n单位：万元\n项目\t预算数\n合计\t1.00\n人员\t" + "9" * 40 + "\n", encoding="utf-8")
    opened = open_source(file)
    assert any(map(has_unread, opened.disclosure.sheets))
    report = check_opened(opened.disclosure, opened.standard, opened.prose)
    rules = {finding.rule for finding in report.findings}
    assert "empty_without_sentence" not in rules and "empty_unsaid" not in rules
    assert not [finding for finding in report.findings if finding.severity == "error"]


def test_blank_pages_are_not_shown_to_the_networks(tmp_path: Path) -> None:
    pytest.importorskip("rapidocr")
    image = pytest.importorskip("PIL.Image")
    pages = [image.new("1", (10, 10), n % 2) for n in range(200)]
    pages[0].save(tmp_path / "a.tiff", save_all=True, append_images=pages[1:])
    assert read_image(tmp_path / "a.tiff").items == []


def test_a_damaged_picture_says_nothing_by_itself(tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    pytest.importorskip("rapidocr")
    (tmp_path / "a.tif").write_bytes(b"II*\0\x08\0\0\0" + bytes(range(1, 250)) * 8)
    with pytest.raises(InputError):
        read_image(tmp_path / "a.tif")
    assert not recwarn.list


TRIPS = """<html><body>
<p>2026年预算公开说明</p>
<p>一般公共预算拨款支出2838.42万元，比上年预算增加145.22万元，增长5.39%。</p>
<p>一般公共预算拨款“三公”经费及会议费、培训费支出预算表</p><p>单位：元</p>
<table>
<tr><td rowspan=3>单位编码</td><td rowspan=3>单位名称</td><td colspan=4>上年</td><td colspan=4>当年</td></tr>
<tr><td rowspan=2>合计</td><td colspan=2>一般公共预算拨款安排的“三公”经费预算</td><td rowspan=2>培训费</td>
<td rowspan=2>合计</td><td colspan=2>一般公共预算拨款安排的“三公”经费预算</td><td rowspan=2>培训费</td></tr>
<tr><td>小计</td><td>公务接待费</td><td>小计</td><td>公务接待费</td></tr>
<tr><td></td><td>合计</td><td>142000.00</td><td>20000.00</td><td>20000.00</td><td>122000.00</td>
<td>229800.00</td><td>10000.00</td><td>10000.00</td><td>219800.00</td></tr>
</table></body></html>"""


def test_the_total_of_a_table_of_its_own_is_not_last_years_expenditure(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(TRIPS, encoding="utf-8")
    opened = open_source(tmp_path / "a.html")
    assert opened.prose is not None and opened.prose.statements and opened.disclosure.sheets
    report = check_opened(opened.disclosure, opened.standard, opened.prose)
    assert not [finding for finding in report.findings if finding.rule.startswith("prose_table")]


@pytest.mark.parametrize("unit", ["万元", "元"])
def test_a_unit_in_the_head_of_a_column_is_taken_and_said(tmp_path: Path, unit: str) -> None:
    rows = "<tr><td>收入</td><td>1.00</td></tr><tr><td>合计</td><td>1.00</td></tr>"
    page = f"<p>收入支出总表</p><table><tr><th>项目</th><th>预算数（{unit}）</th></tr>{rows}</table>"
    (tmp_path / "a.html").write_text(f"<html>{page}</html>", encoding="utf-8")
    opened = open_source(tmp_path / "a.html")
    assert opened.disclosure.sheets[0].scale.unit == unit
    report = check_opened(opened.disclosure, opened.standard, opened.prose)
    assert not any(finding.rule == "unit_unsaid" for finding in report.findings)
