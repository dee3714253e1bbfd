"""One table, written by hand as Word document and web page and by LibreOffice as old workbook and old Word document."""

import json
import shutil
import subprocess
import time
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from yusuan.read.formats import legacy, spreadsheet
from yusuan.read.formats.docx import read_docx
from yusuan.read.formats.html import read_html
from yusuan.read.formats.legacy import read_doc
from yusuan.read.formats.spreadsheet import read_spreadsheet, stored
from yusuan.read.formats.workbook_parts import letters
from yusuan.read.grid import Grid
from yusuan.read.guard import guard_file
from yusuan.words import InputError

Cells = dict[tuple[int, int], tuple[str, tuple[int, int]]]
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
OFFICE = "http://schemas.openxmlformats.org"
MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
TYPES = f"""<Types xmlns="{OFFICE}/package/2006/content-types"><Default Extension="xml" ContentType="{MAIN}"/>
  <Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>"""
RELATIONS = f"""<Relationships xmlns="{OFFICE}/package/2006/relationships"><Relationship Id="r1"
  Type="{OFFICE}/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>"""
RENDERED = Path(__file__).parents[3] / "shared" / "rendered" / "gt_main.json"
TEMPLATE = Path(__file__).parents[3] / "shared" / "documents" / "putuo-templates" / "budget-template-2026-unit.xls"
SMALL: Cells = {
    (0, 0): ("科目编码", (2, 1)), (0, 1): ("科目名称", (2, 1)), (0, 2): ("本年预算", (1, 3)), (1, 2): ("合计", (1, 1)),
    (1, 3): ("基本支出", (1, 1)), (1, 4): ("项目支出", (1, 1)), (2, 1): ("合计", (1, 1)), (2, 2): ("437.79", (1, 1)),
    (2, 3): ("214.99", (1, 1)), (2, 4): ("222.8", (1, 1)), (3, 0): ("2060301", (1, 1)), (3, 1): ("机构运行", (1, 1)),
    (3, 2): ("—", (1, 1)), (3, 4): ("0", (1, 1)), (4, 0): ("注：本表含上年结转。", (1, 5)),
}  # fmt: skip


def _lacks(target: str) -> bool:
    program = next((found for name in legacy.PROGRAMS if (found := shutil.which(name))), None)
    return program is None or legacy._lacks(Path(program), target)


NEEDS_CALC = pytest.mark.skipif(_lacks("xlsx"), reason="the Calc of LibreOffice is not installed")
NEEDS_WRITER = pytest.mark.skipif(_lacks("docx"), reason="the Writer of LibreOffice is not installed")


def cells_of(grid: Grid) -> Cells:
    first = grid.rows[0].number
    return {(row.number - first, column): (cell.text, cell.span) for row in grid.rows for column, cell in row.filled()}


def tables() -> list[Cells]:
    """The small table, and where the rendered tables are at hand those with the richest heads."""
    found = [SMALL]
    if RENDERED.is_file():
        for table in json.loads(RENDERED.read_text(encoding="utf-8")):
            if table["id"] in ("T01", "T02", "T07"):
                filled = (cell for cell in table["cells"] if cell["text"])
                found.append({(c["r"], c["c"]): (c["text"], (c["rs"], c["cs"])) for c in filled})
    return found


def placed(cells: Cells) -> list[list[tuple[int, str, tuple[int, int]]]]:
    """Row by row the cells (column, text, span) with the empty ones between."""
    rows = max(r + down for (r, _), (_, (down, _)) in cells.items())
    columns = max(c + across for (_, c), (_, (_, across)) in cells.items())
    covered = {
        (r + i, c + j) for (r, c), (_, (down, across)) in cells.items() for i in range(down) for j in range(across)
    }
    return [
        [(c, *cells.get((r, c), ("", (1, 1)))) for c in range(columns) if (r, c) in cells or (r, c) not in covered]
        for r in range(rows)
    ]


def as_html(cells: Cells) -> str:
    rows = (
        "".join(f"<td rowspan={down} colspan={across}>{text}</td>" for _, text, (down, across) in row)
        for row in placed(cells)
    )
    return "<html><meta charset=utf-8><table>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table></html>"


def as_docx(cells: Cells, path: Path) -> Path:
    rows = []
    opened: dict[tuple[int, int], int] = {}
    for number, row in enumerate(placed(cells)):
        made = {column: (text, span) for column, text, span in row}
        parts = {}
        for column, (text, (down, across)) in made.items():
            merge = '<w:vMerge w:val="restart"/>' if down > 1 else ""
            parts[column] = f'<w:gridSpan w:val="{across}"/>{merge}', text
            opened |= {(number + i, column): across for i in range(1, down)}
        for (at, column), across in opened.items():
            if at == number:
                parts[column] = f'<w:gridSpan w:val="{across}"/><w:vMerge/>', ""
        xml = "".join(
            f"<w:tc><w:tcPr>{properties}</w:tcPr><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc>"
            for _, (properties, text) in sorted(parts.items())
        )
        rows.append(f"<w:tr>{xml}</w:tr>")
    with zipfile.ZipFile(path, "w") as archive:
        grid = '<w:gridCol w:w="1500"/>' * max(c + across for (_, c), (_, (_, across)) in cells.items())
        table = f"<w:tbl><w:tblPr/><w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"
        body = f"<w:document xmlns:w='{W}'><w:body>{table}<w:p/></w:body></w:document>"
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr("_rels/.rels", RELATIONS)
        archive.writestr("word/document.xml", body)
    return path


def by_office(path: Path, target: str) -> Path:
    """The file in another format, made by LibreOffice with a profile of its own."""
    program = next(found for name in legacy.PROGRAMS if (found := shutil.which(name)))
    profile = f"-env:UserInstallation={(path.parent / 'profile').as_uri()}"
    command = [program, profile, "--headless", "--convert-to", target, "--outdir", str(path.parent / "made"), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=170)
    return path.parent / "made" / f"{path.stem}.{target.partition(':')[0]}"


@pytest.mark.parametrize("cells", tables())
def test_word_and_web_give_the_same_cells(tmp_path: Path, cells: Cells) -> None:
    page = tmp_path / "a.html"
    page.write_text(as_html(cells), encoding="utf-8")
    assert cells_of(read_html(page).grids[0]) == cells
    assert cells_of(read_docx(as_docx(cells, tmp_path / "a.docx")).grids[0]) == cells


@NEEDS_CALC
def test_an_old_workbook_gives_the_same_cells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = xlsxwriter.Workbook(tmp_path / "a.xlsx")
    sheet, hidden = book.add_worksheet("表1"), book.add_worksheet("藏")
    hidden.write(0, 0, "no")
    hidden.hide()
    for (row, column), (text, (down, across)) in SMALL.items():
        value: object = float(text) if text.replace(".", "").isdigit() and len(text) < 7 else text
        if (down, across) != (1, 1):
            sheet.merge_range(row, column, row + down - 1, column + across - 1, value)
        else:
            sheet.write(row, column, value)
    book.close()
    old = by_office(tmp_path / "a.xlsx", "xls")
    assert guard_file(old) == "xls"
    made = read_spreadsheet(old)
    assert [cells_of(grid) for grid in made.grids] == [SMALL]
    assert made.grids[0].rows[2].cells[2].source.a1 == "C3"
    assert [(doubt.kind, doubt.values) for doubt in made.doubts] == [("sheet_hidden", {"sheet": "藏"})]
    monkeypatch.setattr(spreadsheet, "_read", lambda *_: False)
    again = read_spreadsheet(old)
    assert [{place: text for place, (text, _) in cells_of(grid).items()} for grid in again.grids] == [
        {place: text for place, (text, _) in SMALL.items()}
    ]
    assert [doubt.kind for doubt in again.doubts] == ["converted"] and again.grids[0].source.file == "a.xls"


@NEEDS_CALC
def test_figures_of_an_old_workbook_as_they_are_shown(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(tmp_path / "a.xlsx")
    sheet = book.add_worksheet("表1")
    money, own = book.add_format({"num_format": "#,##0.00"}), book.add_format({"num_format": "0.000"})
    sheet.write_row(0, 0, [1234.5678, 0, 7], money)
    sheet.write(1, 0, 1234.5, own)
    sheet.write(1, 1, 0.1 + 0.2)
    sheet.write(1, 2, "机构运行", book.add_format({"indent": 2}))
    sheet.write(2, 0, 5, money)
    sheet.write_formula(3, 0, "=A1*2", money, 2469.1356)
    sheet.set_row(2, None, None, {"hidden": True})
    for row in range(5, 300):
        sheet.write(row, 0, row)
    book.close()
    grid = read_spreadsheet(by_office(tmp_path / "a.xlsx", "xls")).grids[0]
    shown = [[(cell.text, cell.value) for _, cell in row.filled()] for row in grid.rows[:4]]
    assert shown[0] == [("1234.57", "1234.5678"), ("0.00", "0"), ("7.00", "7")]
    assert shown[1] == [("1234.500", "1234.5"), ("0.3", None), ("机构运行", None)]
    assert shown[3] == [("2469.14", "2469.1356")]
    assert [row.hidden for row in grid.rows[:4]] == [False, False, True, False]
    assert grid.rows[1].cells[2].indent == 6


@NEEDS_WRITER
def test_an_old_word_document_gives_the_same_cells(tmp_path: Path) -> None:
    old = by_office(as_docx(SMALL, tmp_path / "预算.docx"), "doc")
    assert guard_file(old) == "doc"
    made = read_doc(old)
    assert cells_of(made.grids[0]) == SMALL
    assert made.file == "预算.doc" == made.grids[0].source.file and made.kind == "doc"
    assert [doubt.kind for doubt in made.doubts] == ["converted"]


def test_a_published_old_workbook() -> None:
    if not TEMPLATE.is_file():
        pytest.skip("the published template is not here")
    assert guard_file(TEMPLATE) == "xls"
    made = read_spreadsheet(TEMPLATE)
    assert len(made.grids) > 10 and any(
        cell.span != (1, 1) for g in made.grids for r in g.rows for cell in r.cells.values()
    )


def test_without_the_office_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(legacy, "PROGRAMS", ("no-such-program",))
    file = tmp_path / "a.doc"
    file.write_bytes(b"x")
    with pytest.raises(InputError, match="libreoffice-writer"):
        read_doc(file)


def test_an_office_program_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "office"
    program.write_text(f"#!/bin/sh\nsleep 600 &\necho $! > {tmp_path}/child\nwait\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(legacy, "PROGRAMS", (str(program),))
    monkeypatch.setattr(legacy, "SECONDS", 2)
    file = tmp_path / "a.doc"
    file.write_bytes(b"x")
    with pytest.raises(InputError) as caught:
        read_doc(file)
    assert caught.value.problems[0][0] == "legacy_timeout"
    child = Path(f"/proc/{(tmp_path / 'child').read_text().strip()}/stat")
    for _ in range(50):
        if not child.exists() or child.read_text().split()[2] == "Z":
            return
        time.sleep(0.1)
    raise AssertionError("what the program started is still running")


def test_an_office_program_that_makes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(legacy, "PROGRAMS", ("true",))
    file = tmp_path / "a.doc"
    file.write_bytes(b"x")
    with pytest.raises(InputError) as caught:
        read_doc(file)
    assert caught.value.problems[0][0] == "legacy_failed"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1 + 0.2, ("0.3", "0.30000000000000004")),
        (5.0, ("5", "5")),
        (1e15, ("1000000000000000",) * 2),
        (True, ("TRUE",) * 2),
    ],
)
def test_stored_values_as_text(value: object, text: tuple[str, str]) -> None:
    assert stored(value) == text


def test_letters_of_columns() -> None:
    assert [letters(column) for column in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
