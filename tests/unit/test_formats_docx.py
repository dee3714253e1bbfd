import socket
import zipfile
from pathlib import Path

import pytest

from yusuan.read.formats.docx import read_docx
from yusuan.read.formats.docx_list import chinese
from yusuan.read.grid import Grid, Line, Material
from yusuan.read.guard import guard_file
from yusuan.words import InputError

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
WRAP = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:%s xmlns:w="{W}">%s</w:%s>'


def docx(path: Path, body: str, parts: dict[str, str] | None = None) -> Path:
    """A Word document of a body and further parts (their content without the root)."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", WRAP % ("document", f"<w:body>{body}</w:body>", "document"))
        for name, content in (parts or {}).items():
            archive.writestr(f"word/{name}.xml", WRAP % (name, content, name))
    assert guard_file(path) == "docx"
    return path


def p(text: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t xml:space='preserve'>{text}</w:t></w:r></w:p>"


def tc(content: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{content}</w:tc>"


def tr(*cells: str) -> str:
    return f"<w:tr>{''.join(cells)}</w:tr>"


def read(tmp_path: Path, body: str, parts: dict[str, str] | None = None) -> Material:
    return read_docx(docx(tmp_path / "a.docx", body, parts))


def rows(grid: Grid) -> list[dict[int, str]]:
    return [{column: cell.text for column, cell in row.filled()} for row in grid.rows]


def texts(made: Material) -> list[object]:
    return [item.text if isinstance(item, Line) else rows(item) for item in made.items]


def test_merges_become_spans(tmp_path: Path) -> None:
    start, go_on = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    body = (
        "<w:tbl><w:tblGrid><w:gridCol w:w='2000'/><w:gridCol w:w='1000'/><w:gridCol w:w='1000'/></w:tblGrid>"
        + tr(tc(p("项目"), start), tc(p("预算数"), '<w:gridSpan w:val="2"/>'))
        + tr(tc(p(""), go_on), tc(p("2025")), tc(p("2026")))
        + tr(tc(p("工资", '<w:ind w:firstLineChars="200"/>') + p("福利")), tc(p("1,234.50")), tc(p("")))
        + "</w:tbl>"
    )
    grid = read(tmp_path, body).grids[0]
    assert rows(grid) == [{0: "项目", 1: "预算数"}, {1: "2025", 2: "2026"}, {0: "工资\n福利", 1: "1,234.50"}]
    assert grid.rows[0].cells[0].span == (2, 1) and grid.rows[0].cells[1].span == (1, 2)
    assert [row.width for row in grid.rows] == [3, 3, 3] and grid.edges == (0.0, 100.0, 150.0, 200.0)
    assert grid.rows[2].cells[0].indent == 21.0 and grid.rows[2].cells[1].indent == 0
    assert [row.number for row in grid.rows] == [1, 2, 3] and grid.rows[1].cells[2].source.line == 2


def test_headings_nested_tables_boxes_and_notes_in_order(tmp_path: Path) -> None:
    inner = f"<w:tbl>{tr(tc(p('内')), tc(p('1.00')))}</w:tbl>"
    box = f"<w:r><w:pict><w:txbxContent>{p('框内文字')}</w:txbxContent></w:pict></w:r>"
    body = (
        p("第一部分", '<w:pStyle w:val="a1"/>')
        + f"<w:p><w:r><w:t>前</w:t></w:r>{box}<w:r><w:br/><w:t>后</w:t></w:r></w:p>"
        + f"<w:tbl>{tr(tc(p('外') + inner), tc(p('2.00')))}{tr(tc(p('合计')), tc(p('3.00')))}</w:tbl>"
        + f"<w:tbl>{tr(tc(p('单元格')))}</w:tbl>"
    )
    styles = (
        "<w:style w:styleId='b'><w:name w:val='heading 2'/></w:style>"
        "<w:style w:styleId='a1'><w:name w:val='x'/><w:basedOn w:val='b'/><w:rPr><w:sz w:val='32'/></w:rPr></w:style>"
    )
    notes = f"<w:footnote w:type='separator'>{p('no')}</w:footnote><w:footnote w:id='2'>{p('脚注')}</w:footnote>"
    made = read(tmp_path, body, {"styles": styles, "footnotes": notes})
    assert texts(made) == [
        "第一部分", "前", "后", "框内文字", [{0: "外", 1: "2.00"}, {0: "合计", 1: "3.00"}], [{0: "内", 1: "1.00"}],
        "单元格", "脚注",
    ]  # fmt: skip
    assert (made.lines[0].heading, made.lines[0].size, made.lines[1].heading) == (2, 16.0, 0)


def test_deleted_hidden_and_computed_text(tmp_path: Path) -> None:
    body = (
        "<w:p><w:r><w:t>支出</w:t></w:r><w:del><w:r><w:delText>旧</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>新</w:t></w:r></w:ins><w:r><w:rPr><w:vanish/></w:rPr><w:t>藏</w:t></w:r>"
        "<w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText>=1+1</w:instrText><w:t>no</w:t></w:r>"
        "<w:r><w:fldChar w:fldCharType='separate'/></w:r><w:r><w:t>2.00</w:t></w:r>"
        "<w:r><w:fldChar w:fldCharType='end'/></w:r><w:r><w:t>万元</w:t></w:r></w:p>"
        f"<w:tbl>{tr(tc(p('甲')), tc(p('1')))}<w:tr><w:trPr><w:del w:id='1'/></w:trPr>{tc(p('删'))}</w:tr></w:tbl>"
    )
    made = read(tmp_path, body)
    assert texts(made) == ["支出新2.00万元", [{0: "甲", 1: "1"}]]
    assert [(doubt.kind, doubt.values) for doubt in made.doubts] == [("docx_hidden", {"count": 1})]


def test_a_field_without_end_swallows_no_more_than_its_paragraph(tmp_path: Path) -> None:
    begun = "<w:p><w:r><w:t>前</w:t><w:fldChar w:fldCharType='begin'/><w:t>=SUM</w:t></w:r></w:p>"
    assert texts(read(tmp_path, begun + p("合计 2.00"))) == ["前", "合计 2.00"]


def test_automatic_numbers_are_printed(tmp_path: Path) -> None:
    def item(text: str, level: int) -> str:
        return p(text, f"<w:numPr><w:ilvl w:val='{level}'/><w:numId w:val='1'/></w:numPr>")

    levels = (
        "<w:abstractNum w:abstractNumId='7'>"
        "<w:lvl w:ilvl='0'><w:start w:val='1'/><w:numFmt w:val='chineseCounting'/><w:lvlText w:val='%1、'/></w:lvl>"
        "<w:lvl w:ilvl='1'><w:start w:val='1'/><w:numFmt w:val='decimal'/><w:lvlText w:val='%2.'/></w:lvl>"
        "</w:abstractNum><w:num w:numId='1'><w:abstractNumId w:val='7'/></w:num>"
    )
    made = read(
        tmp_path,
        item("收入", 0) + item("甲", 1) + item("乙", 1) + item("支出", 0) + item("丙", 1),
        {"numbering": levels},
    )
    assert texts(made) == ["一、收入", "1.甲", "2.乙", "二、支出", "1.丙"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (103, "一百零三"), (110, "一百一十"), (0, "0")],
)
def test_chinese_numerals(value: int, text: str) -> None:
    assert chinese(value) == text


LAUGHS = "".join(f"<!ENTITY a{i} '{f'&a{i - 1};' * 10 if i else 'ha'}'>" for i in range(12))


@pytest.mark.parametrize(
    "declared",
    [
        "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>",
        "<!DOCTYPE x [<!ENTITY e SYSTEM 'http://127.0.0.1:9/x'>]>",
        "<!DOCTYPE x SYSTEM 'http://127.0.0.1:9/x.dtd'>",
        f"<!DOCTYPE x [{LAUGHS}<!ENTITY e '&a11;'>]>",
        f"{' ' * 9000}<!DOCTYPE x [<!ENTITY e 'x'>]>",
    ],
)
@pytest.mark.parametrize("part", ["document", "styles"])
def test_entities_are_refused(tmp_path: Path, declared: str, part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "socket", refuse)
    file = tmp_path / "a.docx"
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("document", "styles"):
            root = (
                f"<w:x xmlns:w='{W}'><w:body><w:p><w:r><w:t>{'&e;' if name == part else 'x'}</w:t></w:r></w:p></w:body>"
            )
            archive.writestr(f"word/{name}.xml", f"{head}{declared if name == part else ''}{root}</w:x>")
    assert guard_file(file) == "docx"
    with pytest.raises(InputError) as caught:
        read_docx(file)
    assert caught.value.problems[0][0] == "docx_entities"
    assert all(caught.value.sentences("en"))


@pytest.mark.parametrize(
    ("content", "key"),
    [
        ("<w:document", "docx_damaged"),
        (f"<w:document xmlns:w='{W}'/>", "docx_damaged"),
        (f"<w:document xmlns:w='{W}'><w:body>" + "<w:tbl><w:tr><w:tc>" * 3000, "docx_damaged"),
        (
            f"<w:document xmlns:w='{W}'><w:body><w:tbl>"
            + "<w:tr><w:tc><w:tcPr><w:gridSpan w:val='99999999'/></w:tcPr></w:tc><w:tc/></w:tr>" * 1100
            + "</w:tbl></w:body></w:document>",
            "read_too_many_cells",
        ),
    ],
)
def test_broken_documents(tmp_path: Path, content: str, key: str) -> None:
    file = tmp_path / "a.docx"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", content)
    with pytest.raises(InputError) as caught:
        read_docx(file)
    assert caught.value.problems[0][0] == key


def test_embedded_workbooks_and_pictures_are_told(tmp_path: Path) -> None:
    body = "<w:p><w:r><w:object/></w:r><w:r><w:drawing><w:pic/></w:drawing></w:r></w:p><w:altChunk/>"
    made = read(tmp_path, body)
    assert {doubt.kind: doubt.values for doubt in made.doubts} == {
        "docx_part_not_read": {"count": 2}, "docx_picture_not_read": {"count": 1},
    }  # fmt: skip
