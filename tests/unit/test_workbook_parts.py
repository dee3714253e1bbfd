"""Workbooks by their parts: what each kind of cell gives, however the parts are written, and parts made to mislead."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from publish_example import example

from yusuan.publish.workbook import write_workbook
from yusuan.read.grid import Grid
from yusuan.read.text import LARGEST_CELLS
from yusuan.read.workbook import read_workbook
from yusuan.words import InputError

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
STRICT = {MAIN: "http://purl.oclc.org/ooxml/spreadsheetml/main", OFFICE: "http://purl.oclc.org/ooxml/officeDocument/relationships"}  # fmt: skip  # noqa: E501


def relations(*targets: tuple[str, str]) -> str:
    """Relationships r1, r2 … by kind and target."""
    made = "".join(
        f'<Relationship Id="r{n}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{PACKAGE}">{made}</Relationships>'


def package(file: Path, rows: str = "", after: str = "", **parts: str) -> Path:
    """A workbook of one sheet from XML; ``strings``, ``styles`` and ``properties`` fill parts, paths replace them."""
    held = {
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{parts.pop("properties", "")}'
        '<sheets><sheet name="表" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": relations(
            ("worksheet", "worksheets/sheet1.xml"), ("sharedStrings", "sharedStrings.xml"), ("styles", "/xl/styles.xml")
        ),
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData>{after}</worksheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{parts.pop("strings", "")}</sst>',
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}">{parts.pop("styles", "")}</styleSheet>',
    }
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {**held, **parts}.items():
            archive.writestr(name, text)
    return file


def texts(grid: Grid) -> dict[str, str]:
    return {str(cell.source.a1): cell.text for row in grid.rows for cell in row.cells.values()}


STRINGS = (
    "<si><t>甲</t></si>"
    "<si><r><t>前</t></r><r><rPr><b/></rPr><t xml:space='preserve'> 粗 </t></r><r><t>后</t></r></si>"
    "<si><t>東京</t><rPh sb='0' eb='2'><t>トウキョウ</t></rPh><phoneticPr fontId='1'/></si>"
    "<si/>"
    "<si><t>_x0041_ _x005F_x0041_</t></si>"
)
FORMATS = ("General", "0.00", "yyyy-mm-dd", "[h]:mm:ss", "&quot;d&quot;0.0", "[Red]0", "h:mm", r"0\d")
WRITTEN = "".join(f"<numFmt numFmtId='{n}' formatCode='{f}'/>" for n, f in enumerate(FORMATS, 200))
USED = "".join(f"<xf numFmtId='{n}'/>" for n in (*range(200, 208), 14))
STYLES = (
    f"<numFmts>{WRITTEN}</numFmts>"
    "<cellStyleXfs><xf numFmtId='9'/></cellStyleXfs>"
    f"<cellXfs>{USED}</cellXfs>"
    "<dxfs><dxf><numFmt numFmtId='201' formatCode='0'/></dxf></dxfs>"
)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("<c r='A1' t='s'><v>0</v></c>", "甲"),
        ("<c r='A1' t='s'><v>1</v></c>", "前 粗 后"),
        ("<c r='A1' t='s'><v>2</v></c>", "東京"),
        ("<c r='A1' t='s'><v>3</v></c>", None),
        ("<c r='A1' t='s'><v>4</v></c>", "A _x0041_"),
        ("<c r='A1' t='inlineStr'><is><t>乙</t></is></c>", "乙"),
        ("<c r='A1' t='inlineStr'><is><r><t>丙</t></r><r><t>丁</t></r><rPh><t>x</t></rPh></is></c>", "丙丁"),
        ("<c r='A1' t='inlineStr'><v>戊</v></c>", None),
        ("<c r='A1' t='str'><f>B1</f><v>己</v></c>", "己"),
        ("<c r='A1' t='str'><v>  </v></c>", None),
        ("<c r='A1' t='b'><v>1</v></c>", "True"),
        ("<c r='A1' t='b'><v>0</v></c>", "False"),
        ("<c r='A1' t='e'><v>#REF!</v></c>", "#REF!"),
        ("<c r='A1' t='d'><v>2025-02-03T04:05:06Z</v></c>", "2025-02-03 04:05:06"),
        ("<c r='A1' t='d'><v>2025-02-03</v></c>", "2025-02-03"),
        ("<c r='A1'><v>12</v></c>", "12"),
        ("<c r='A1' t='n' s='1'><v>12.345</v></c>", "12.35"),
        ("<c r='A1' s='1'><v>1E2</v></c>", "100.00"),
        ("<c r='A1' s='4'><v>45691</v></c>", "45691.0"),
        ("<c r='A1' s='5'><v>45691</v></c>", "45691"),
        ("<c r='A1' s='7'><v>45691</v></c>", "45691"),
        ("<c r='A1' s='99'><v>45691</v></c>", "45691"),
        ("<c r='A1' s='2'><v>45691</v></c>", "2025-02-03 00:00:00"),
        ("<c r='A1' s='8'><v>45691.5</v></c>", "2025-02-03 12:00:00"),
        ("<c r='A1' s='2'><v>59</v></c>", "1900-02-28 00:00:00"),
        ("<c r='A1' s='2'><v>-1</v></c>", "1899-12-29 00:00:00"),
        ("<c r='A1' s='6'><v>0.75</v></c>", "18:00:00"),
        ("<c r='A1' s='3'><v>1.25</v></c>", "1 day, 6:00:00"),
        ("<c r='A1' s='2'><v>1e300</v></c>", "#VALUE!"),
        ("<c r='A1' s='1'/>", None),
        ("<c r='$b$1'><v>7</v></c>", "7"),
        ("<!-- a --><c r='A1'><!-- b --><v>7</v></c><?pi?>", "7"),
    ],
)
def test_every_kind_of_cell(tmp_path: Path, cell: str, text: str | None) -> None:
    (grid,) = read_workbook(package(tmp_path / "a.xlsx", f"<row r='1'>{cell}</row>", strings=STRINGS, styles=STYLES))
    assert list(texts(grid).values()) == ([] if text is None else [text])


def test_days_are_counted_from_1904_where_the_workbook_says_so(tmp_path: Path) -> None:
    cells = "<row><c s='2'><v>0</v></c><c s='2'><v>44229</v></c></row>"
    file = package(tmp_path / "a.xlsx", cells, styles=STYLES, properties="<workbookPr date1904='1'/>")
    assert list(texts(read_workbook(file)[0]).values()) == ["00:00:00", "2025-02-03 00:00:00"]


def test_rows_and_cells_without_address_follow_one_another(tmp_path: Path) -> None:
    rows = "<row><c><v>1</v></c><c r='D1'><v>2</v></c><c><v>3</v></c></row><row r='5.0'><c><v>4</v></c></row><row><c><v>5</v></c></row>"  # noqa: E501
    (grid,) = read_workbook(package(tmp_path / "a.xlsx", rows))
    assert texts(grid) == {"A1": "1", "D1": "2", "E1": "3", "A5": "4", "A6": "5"}


def test_the_last_of_several_cells_counts_wherever_it_stands(tmp_path: Path) -> None:
    rows = "<row r='3'><c r='B3'><v>1</v></c></row><row r='1'><c r='B3'><v>2</v></c><c r='A3'><v>3</v></c></row>"
    rows += "<row r='3'><c r='A3' t='str'><v> </v></c></row>"
    (grid,) = read_workbook(package(tmp_path / "a.xlsx", rows))
    assert texts(grid) == {"B3": "2"}


def test_hidden_rows_are_marked(tmp_path: Path) -> None:
    rows = "".join(
        f"<row r='{n}' hidden='{h}'><c><v>{n}</v></c></row>" for n, h in enumerate(("1", "true", "0", "false"), 1)
    )
    (grid,) = read_workbook(package(tmp_path / "a.xlsx", rows))
    assert [row.hidden for row in grid.rows] == [True, True, False, False]


def test_what_lies_below_a_merged_area_is_not_shown(tmp_path: Path) -> None:
    rows = "".join(
        f"<row r='{r}'>{''.join(f'<c><v>{10 * r + c}</v></c>' for c in range(1, 5))}</row>" for r in (1, 2, 3)
    )
    areas = "<mergeCells><mergeCell ref='A1:B2'/><mergeCell ref='B2:C3'/><mergeCell ref='D1:XFD1048576'/></mergeCells>"
    (grid,) = read_workbook(package(tmp_path / "a.xlsx", rows, areas))
    assert texts(grid) == {"A1": "11", "C1": "13", "D1": "14", "A3": "31"}
    spans = {cell.text: cell.span for row in grid.rows for cell in row.cells.values() if cell.span != (1, 1)}
    assert spans == {"11": (2, 2), "14": (1048576, 16381)}


def test_formulas_without_a_stored_value_are_told(tmp_path: Path) -> None:
    rows = "<row r='1'><c><f>B1</f><v>1</v></c><c><f>B1</f></c><c><f t='array' ref='C1'>B1</f><v/></c><c><f t='shared' si='0'/></c></row>"  # noqa: E501
    (grid,) = read_workbook(package(tmp_path / "a.xlsx", rows))
    assert [(cell.text, cell.formula) for cell in grid.rows[0].cells.values()] == [("1", False), *[("", True)] * 3]


def test_only_visible_worksheets_are_read(tmp_path: Path) -> None:
    states = ("visible", "hidden", "veryHidden", "visible", "visible")
    sheets = "".join(f"<sheet name='{n}' state='{s}' r:id='r{n}'/>" for n, s in enumerate(states, 1))
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData><row><c><v>1</v></c></row></sheetData></worksheet>'
    file = package(
        tmp_path / "a.xlsx",
        **{
            "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{sheets}</sheets></workbook>',
            "xl/_rels/workbook.xml.rels": relations(
                ("worksheet", "a.xml"),
                ("worksheet", "a.xml"),
                ("worksheet", "broken.xml"),
                ("chartsheet", "a.xml"),
                ("worksheet", "none.xml"),
            ),
            "xl/a.xml": sheet,
            "xl/broken.xml": "<worksheet",
        },
    )
    assert [(grid.name, len(grid.rows)) for grid in read_workbook(file)] == [("1", 1)]


def test_the_workbook_that_spreadsheets_open_is_read(tmp_path: Path) -> None:
    """The relationships of the package name its workbook; another part by the usual name is a decoy."""
    shown = f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="真" r:id="r1"/></sheets></workbook>'
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData><row><c><v>2</v></c></row></sheetData></worksheet>'
    parts = {"_rels/.rels": relations(("officeDocument", "other/book.xml")), "other/book.xml": shown}
    parts |= {"other/_rels/book.xml.rels": relations(("worksheet", "../xl/s.xml")), "xl/s.xml": sheet}
    (grid,) = read_workbook(package(tmp_path / "a.xlsx", "<row><c><v>1</v></c></row>", **parts))
    assert (grid.name, texts(grid)) == ("真", {"A1": "2"})


def rewritten(source: Path, target: Path, change: Callable[[str], str]) -> Path:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name).decode("utf-8")) if name.endswith((".xml", ".rels")) else b"")
    return target


def strict(text: str) -> str:
    for usual, other in STRICT.items():
        text = text.replace(usual, other)
    return text


def prefixed(text: str) -> str:
    """The same XML with a prefix before every name of the spreadsheet namespace."""
    from lxml import etree

    if f'xmlns="{MAIN}"' not in text:
        return text
    old = etree.fromstring(text.encode("utf-8"))
    spaces = {"x" if space == MAIN else prefix: space for prefix, space in old.nsmap.items()}
    new = etree.Element(old.tag, dict(old.attrib), nsmap=spaces)
    new.extend(list(old))
    return str(etree.tostring(new, encoding="unicode"))


@pytest.mark.parametrize(
    "change", [strict, prefixed, lambda text: strict(prefixed(text))], ids=["strict", "prefixed", "both"]
)
def test_however_the_namespaces_are_written(tmp_path: Path, change: Callable[[str], str]) -> None:
    disclosure, standard = example()
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
    write_workbook(disclosure, standard, tmp_path / "one/a.xlsx")
    file = rewritten(tmp_path / "one/a.xlsx", tmp_path / "two/a.xlsx", change)
    assert read_workbook(file) == read_workbook(tmp_path / "one/a.xlsx")


def test_text_that_looks_escaped_is_what_was_written(tmp_path: Path) -> None:
    written = ["_x0041_", "甲_x000D_", "😀\r", "_x005F_"]
    book = xlsxwriter.Workbook(tmp_path / "a.xlsx")
    book.add_worksheet().write_column(0, 0, written)
    book.close()
    assert list(texts(read_workbook(tmp_path / "a.xlsx")[0]).values()) == written


LAUGHS = "".join(f"<!ENTITY a{i} '{f'&a{i - 1};' * 10 if i else 'ha'}'>" for i in range(12))
TYPES = (
    "<!DOCTYPE x [<!ENTITY e 'x'>]>",
    "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/hostname'>]>",
    "<!DOCTYPE x SYSTEM 'http://127.0.0.1:9/x.dtd'>",
    f"<!DOCTYPE x [{LAUGHS}<!ENTITY e '&a11;'>]>",
)


@pytest.mark.parametrize("doctype", TYPES, ids=["entity", "file", "network", "laughs"])
@pytest.mark.parametrize("part", ["workbook", "sheet", "strings", "styles"])
def test_document_types_are_refused(tmp_path: Path, part: str, doctype: str) -> None:
    entity = "" if "SYSTEM 'http" in doctype else "&e;"
    rows = f"<row><c t='str'><v>{entity if part == 'sheet' else 7}</v></c></row>"
    file = package(
        tmp_path / "a.xlsx", rows, strings=f"<si><t>{entity if part == 'strings' else ''}</t></si>", styles=STYLES
    )
    names = {"workbook": "xl/workbook.xml", "sheet": "xl/worksheets/sheet1.xml", "strings": "xl/sharedStrings.xml", "styles": "xl/styles.xml"}  # fmt: skip  # noqa: E501
    with zipfile.ZipFile(file) as old:
        text = old.read(names[part]).decode()
        parts = {name: old.read(name).decode() for name in old.namelist()}
    with zipfile.ZipFile(file, "w") as new:
        for name, held in {**parts, names[part]: doctype + text}.items():
            new.writestr(name, held)
    assert refused(file) == "read_workbook_damaged"


def refused(file: Path) -> str:
    with pytest.raises(InputError) as error:
        read_workbook(file)
    return error.value.problems[0][0]


@pytest.mark.parametrize(
    "row",
    [
        "<row><c t='s'><v>1</v></c></row>",
        "<row><c t='s'><v>-1</v></c></row>",
        "<row><c t='b'><v>x</v></c></row>",
        "<row><c><v>1.2.3</v></c></row>",
        "<row><c><v>nan</v></c></row>",
        "<row><c r='A0'><v>1</v></c></row>",
        "<row><c r='1A'><v>1</v></c></row>",
        "<row r='x'><c><v>1</v></c></row>",
        "<row><c s='x'><v>1</v></c></row>",
        "<row>" * 300 + "</row>" * 300,
        "<row><c><v>1</v></c>",
        "<row>&e;</row>",
    ],
)
def test_damaged_sheets_are_refused(tmp_path: Path, row: str) -> None:
    assert refused(package(tmp_path / "a.xlsx", row, strings="<si><t>甲</t></si>")) == "read_workbook_damaged"


def test_a_rectangle_too_large_is_refused(tmp_path: Path) -> None:
    """Filled cells count by the rectangle that they span, over all sheets that are shown."""
    assert LARGEST_CELLS == 1_000_000
    near = "<row r='1000'><c r='ALL1000'><v>1</v></c></row>"
    assert len(texts(read_workbook(package(tmp_path / "a.xlsx", near))[0])) == 1
    far = "<row r='1001'><c r='ALL1001'><v>1</v></c></row>"
    assert refused(package(tmp_path / "b.xlsx", far)) == "read_too_many_cells"
    styled = "<row r='1048576'><c r='XFD1048576' s='1'/></row>"
    assert read_workbook(package(tmp_path / "c.xlsx", styled, styles=STYLES))[0].rows == []


def test_links_and_remarks_are_no_text(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = "甲"
    book.active["A1"].hyperlink = "http://example.org/"
    book.active["B1"].comment = openpyxl.comments.Comment("批注", "某人")
    book.save(tmp_path / "a.xlsx")
    assert texts(read_workbook(tmp_path / "a.xlsx")[0]) == {"A1": "甲"}
