from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import docx
import pypdfium2
import pytest
from lxml import etree
from publish_example import example

from yusuan.chapters import Chapter, Explanation, Passage
from yusuan.publish.docx import docx_bytes, write_docx
from yusuan.publish.docx_table import fit
from yusuan.publish.docx_xml import W
from yusuan.publish.layout import lay_out_all
from yusuan.read.opening import open_source
from yusuan.sheet import Disclosure
from yusuan.words import InputError

HOSTILE = "=cmd|' /C calc'!A0<script>&\u202e\x00\x0b\ufffe😀𠮷" + "长" * 40 + "W" * 60


def explanation() -> Explanation:
    one = Chapter("（一）", "收入预算", 2, (Passage("2025年本单位收入预算437.79万元。" * 30),))
    asked = Passage("【待填：机构设置】", "open", "organs")
    return Explanation(
        "示例单位2025年单位预算公开说明",
        (
            Chapter("一、", "基本概况", 1, (asked, Passage("自己的话。\n第二段。", "own"))),
            Chapter("二、", "收支总体情况", 1, (), (one,)),
        ),
    )


@pytest.fixture(scope="module")
def data() -> bytes:
    disclosure, standard = example()
    return docx_bytes(disclosure, standard, explanation(), date="2025-02-10")


def opened(data: bytes) -> Any:
    return docx.Document(BytesIO(data))


def amounts(disclosure: Disclosure) -> list[dict[tuple[int, int], int]]:
    return [{at: c.amount for at, c in s.cells.items() if c.amount is not None} for s in disclosure.sheets]


def test_reads_back_cell_by_cell(data: bytes, tmp_path: Path) -> None:
    disclosure, _ = example()
    path = tmp_path / "disclosure.docx"
    path.write_bytes(data)
    read = open_source(path).disclosure
    assert read.standard == disclosure.standard
    assert [sheet.form for sheet in read.sheets] == [sheet.form for sheet in disclosure.sheets]
    assert amounts(read) == amounts(disclosure)
    assert [[row.code for row in s.rows] for s in read.sheets] == [
        [row.code for row in s.rows] for s in disclosure.sheets
    ]
    assert read.agency is not None and disclosure.agency is not None and read.agency.code == disclosure.agency.code
    assert not read.strays


def test_same_bytes_and_a_package_without_times_macros_or_links(data: bytes) -> None:
    disclosure, standard = example()
    assert docx_bytes(disclosure, standard, explanation(), date="2025-02-10") == data
    with ZipFile(BytesIO(data)) as package:
        assert {info.date_time for info in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        names = package.namelist()
        assert not [name for name in names if "vba" in name.lower() or name.endswith((".bin", ".jpeg"))]
        for name in names:
            content = package.read(name)
            etree.fromstring(content)
            assert b'TargetMode="External"' not in content
        # every related part is there
        for name in names:
            if name.endswith(".rels"):
                folder = Path(name).parent.parent
                for target in etree.fromstring(package.read(name)):
                    at = target.get("Target", "")
                    assert at.lstrip("/") in names or str(folder / at) in names, at


def test_heads_are_headings_and_the_contents_list_them_all(data: bytes) -> None:
    document = opened(data)
    disclosure, standard = example()
    outline = [p for p in document.paragraphs if re.match(r"heading|Heading|Form Title", p.style.name)]
    titles = [layout.title for layout in lay_out_all(disclosure, standard)]
    assert [p.text for p in outline] == [
        "示例单位2025年单位预算公开说明", "一、基本概况", "二、收支总体情况", "（一）收入预算", "预算公开表", *titles,
    ]  # fmt: skip
    body = etree.tostring(document.element.body).decode()
    assert body.count("TOC \\o") == 1
    names = {"w": W}
    linked = document.element.body.xpath(".//w:sdt//w:hyperlink")
    assert len(linked) == len(outline) - 1, "the contents end with the chapters and forms"
    marks = {b.get(f"{{{W}}}name") for b in etree.fromstring(body).iterfind(".//w:bookmarkStart", names)}
    assert {link.get(f"{{{W}}}anchor") for link in linked} == marks
    kinds = [m.get(f"{{{W}}}fldCharType") for m in document.element.body.iter(f"{{{W}}}fldChar")]
    assert kinds.count("begin") == kinds.count("separate") == kinds.count("end")


def test_open_passages_are_marked_and_others_are_not(data: bytes) -> None:
    runs = [run for p in opened(data).paragraphs for run in p.runs]
    assert {run.text for run in runs if run.font.highlight_color is not None} == {"【待填：机构设置】"}
    assert "第二段。" in [p.text for p in opened(data).paragraphs]


def test_forms_are_tables_with_repeated_heads_merged_cells_and_fonts(data: bytes) -> None:
    document = opened(data)
    disclosure, standard = example()
    layouts = lay_out_all(disclosure, standard)
    assert len(document.tables) == len(layouts)
    for made, layout in zip(document.tables, layouts):
        assert len(made.columns) == len(layout.roles)
        assert len(made._tbl.xpath("./w:tr/w:trPr/w:tblHeader")) == len(layout.head)
        for box in layout.boxes:
            if box.kind == "head" and (box.width > 1 or box.height > 1):
                first = made.cell(box.row - layout.head.start, box.column)
                last = made.cell(box.row - layout.head.start + box.height - 1, box.column + box.width - 1)
                assert first._tc is last._tc and first.text == box.text
    with ZipFile(BytesIO(data)) as package:
        styles, fonts = package.read("word/styles.xml").decode(), package.read("word/fontTable.xml").decode()
    assert 'w:eastAsia="仿宋"' in styles and 'w:eastAsia="宋体"' in styles and 'w:eastAsia="zh-CN"' in styles
    assert "FangSong" in fonts and "SimSun" in fonts


def test_wide_forms_lie_across_and_pages_are_numbered(data: bytes) -> None:
    document = opened(data)
    disclosure, standard = example()
    wide = [not layout.portrait for layout in lay_out_all(disclosure, standard)]
    turned = [section.page_width > section.page_height for section in document.sections]
    assert any(turned) == any(wide) and not turned[0]
    assert "PAGE" in etree.tostring(document.sections[-1].footer._element).decode()
    assert document.sections[-1].page_width > document.sections[-1].page_height


def test_properties_tell_title_agency_and_language(data: bytes) -> None:
    found = opened(data).core_properties
    assert (found.title, found.author, found.language) == (
        "2025年省级单位预算公开表",
        "示例省对外科技交流中心",
        "zh-CN",
    )
    assert found.created == found.modified and found.created.isoformat()[:10] == "2025-02-10"
    assert "python" not in (found.comments + found.keywords)


@pytest.mark.parametrize(("forms", "told", "tables"), [(False, True, 0), (True, False, 23), (False, False, 0)])
def test_parts_may_be_left_out(forms: bool, told: bool, tables: int) -> None:
    disclosure, standard = example()
    made = opened(docx_bytes(disclosure, standard, explanation() if told else None, forms=forms))
    assert len(made.tables) == tables
    assert made.paragraphs[0].text == "2025年省级单位预算公开表"


def test_hostile_words_stay_words(tmp_path: Path) -> None:
    disclosure, standard = example()
    assert disclosure.agency is not None
    sheets = [replace(sheet, notes=(HOSTILE,)) for sheet in disclosure.sheets]
    rows = tuple(replace(row, name=HOSTILE) if row.role == "function" else row for row in sheets[2].rows)
    sheets[2] = replace(sheets[2], rows=rows)
    hostile = replace(disclosure, sheets=tuple(sheets), agency=replace(disclosure.agency, name=HOSTILE))
    told = Explanation(HOSTILE, (Chapter("一、", HOSTILE, 1, (Passage(HOSTILE, "own"),)),))
    path = tmp_path / "hostile.docx"
    write_docx(hostile, standard, told, path, date=HOSTILE)
    text = "\n".join(p.text for p in docx.Document(str(path)).paragraphs)
    assert "<script>&" in text and "😀𠮷" in text and "\u202e" not in text
    assert [len(t) for t in amounts(open_source(path, standard).disclosure)] == [len(t) for t in amounts(hostile)]
    with pytest.raises(InputError, match="已存在"):
        write_docx(hostile, standard, told, path)


def test_a_disclosure_without_forms_still_opens() -> None:
    disclosure, _ = example()
    bare = replace(disclosure, sheets=(), agency=None, fiscal_year=None)
    assert opened(docx_bytes(bare, None, None)).paragraphs[0].text == "年预算公开表"


def test_tables_fill_the_page_and_figures_stay_whole() -> None:
    disclosure, standard = example()
    for layout in lay_out_all(disclosure, standard):
        fitted = fit(layout, 15138, 8000)
        assert sum(fitted.widths) == 15138 and min(fitted.widths) > 0
        for box in layout.boxes:
            if box.kind == "amount" and box.text:
                assert fitted.widths[box.column] >= len(box.text) * fitted.size * 10 + 100


@pytest.mark.skipif(shutil.which("soffice") is None, reason="no LibreOffice")
def test_pages_of_the_contents_are_those_of_the_printed_document(data: bytes, tmp_path: Path) -> None:
    source = tmp_path / "disclosure.docx"
    source.write_bytes(data)
    home = f"-env:UserInstallation={(tmp_path / 'home').as_uri()}"
    command = ["soffice", "--headless", home, "--convert-to", "pdf", "--outdir", str(tmp_path), str(source)]
    subprocess.run(command, check=False, capture_output=True, timeout=180)
    made = tmp_path / "disclosure.pdf"
    if not made.exists():
        pytest.skip("this LibreOffice has no word processor")
    pages = [re.sub(r"\s", "", page.get_textpage().get_text_range()) for page in pypdfium2.PdfDocument(made)]
    start = next(i for i, page in enumerate(pages) if page.endswith("—1—"))
    listed = opened(data).element.body.xpath(".//w:sdt//w:hyperlink")
    for link in listed:
        *words, page = [t.text for t in link.iter(f"{{{W}}}t") if t.text]
        title = re.sub(r"\s", "", "".join(words))
        assert title[:18] in pages[start + int(page) - 1], (title, page)
