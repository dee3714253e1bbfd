"""The working paper of a check: frames where the pages print the cells, nothing but text from the document."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from pdf_example import Paper, frame, text, write
from PIL import Image

from yusuan.check.opened import check_opened
from yusuan.check.render import message, report_json, report_text
from yusuan.finding import CellRef, Finding, Report
from yusuan.publish.evidence import write_evidence
from yusuan.read.formats.pdf import page_picture
from yusuan.read.opening import Opened, open_source
from yusuan.sheet import Source
from yusuan.words import InputError

XS = [60.0, 130.0, 290.0, 370.0, 450.0, 530.0]
HEAD = ("科目编码", "科目名称", "合计", "基本支出", "项目支出")
EVIL = "<script>alert(1)</script>"
BODY = [
    ("", "合计", "300.00", "180.00", "120.00"),
    ("201", "一般公共服务支出", "200.00", "100.00", "100.00"),
    ("20106", "财政事务", "200.00", "100.00", "100.00"),
    ("2010601", "行政运行", "200.00", "100.00", "100.00"),
    ("208", "社会保障和就业支出", "100.00", "85.00", "20.00"),
    ("20805", "行政事业单位养老支出", "100.00", "85.00", "20.00"),
    ("2080505", "机关事业单位基本养老保险缴费支出", "100.00", "85.00", "20.00"),
]


def table_page(number: int = 3) -> Paper:
    """A table whose last rows print 100.00 where their columns add up to 105.00; rows every 24 points from 700."""
    ys = [700.0 - 24 * n for n in range(len(BODY) + 2)]
    drawn = [frame(XS, sorted(ys))]
    drawn += [text(190, 760, f"预算{number:02d}表 部门支出总体情况表", 14), text(60, 735, "单位名称：临江县统计局", 10)]
    drawn += [text(470, 735, "单位：万元", 10)]
    for line, cells in enumerate((HEAD, *BODY)):
        for column, words in enumerate(cells):
            if words:
                drawn.append(text(XS[column] + 4, ys[line] - 16, words, 8))
    return Paper("".join(drawn), (595, 842))


@pytest.fixture
def pdf(tmp_path: Path) -> Path:
    """A disclosure of a cover page and one table with sums that do not hold."""
    cover = Paper(text(150, 600, "临江县统计局2026年部门预算", 22), (595, 842))
    return write(tmp_path / "公开.pdf", [cover, table_page()])


class Seen(HTMLParser):
    """Elements with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def every(self, tag: str) -> Iterator[dict[str, str]]:
        return (attributes for name, attributes in self.found if name == tag)


def paper(opened: Opened, report: Report, path: Path, *, lang: str = "zh", most: int = 10**7) -> str:
    """The page as written."""

    def words(finding: Finding, lang: str) -> str:
        return message(finding, lang, report.scale)

    write_evidence(opened, report, path, message=words, picture=page_picture, lang=lang, force=True, most=most)
    return path.read_text(encoding="utf-8")


def checked(path: Path) -> tuple[Opened, Report]:
    opened = open_source(path)
    return opened, check_opened(opened.disclosure, opened.standard, opened.prose)


def failed(report: Report) -> Finding:
    """The first relation that fails."""
    return next(f for f in report.findings if f.terms and f.difference and f.verdict == "fails")


def frames(html: str) -> list[tuple[str, list[float]]]:
    """(class, box) of every frame in the file."""
    found = re.findall(r'<g class="frame ([^"]+)" data-box="([^"]+)"', html)
    return [(kind, [float(value) for value in box.split()]) for kind, box in found]


def test_frames_stand_where_the_cells_are_printed(pdf: Path, tmp_path: Path) -> None:
    opened, report = checked(pdf)
    html = paper(opened, report, tmp_path / "x.html")
    finding = failed(report)
    printed = {tuple(c.source.box) for c in finding.cells if c.source and c.source.box and c.text.strip()}
    assert printed
    shown = {tuple(box) for _, box in frames(html)}
    assert printed <= shown
    kinds = {kind.split()[0] for kind, _ in frames(html)}
    assert {"left", "right"} <= kinds


def test_a_frame_surrounds_the_ink_of_its_figure(pdf: Path, tmp_path: Path) -> None:
    """The drawn box, put on the picture that is in the file, holds dark pixels and cuts through none."""
    opened, report = checked(pdf)
    html = paper(opened, replace(report, findings=(failed(report),)), tmp_path / "x.html")
    page = next(a for a in Seen(html).every("image"))
    picture = Image.open(BytesIO(base64.b64decode(page["href"].partition(",")[2]))).convert("L")
    scale = picture.width / float(page["width"])
    line = re.search(r'<g class="frame left[^>]*>.*?<rect class="line" x="([^"]+)" y="([^"]+)" width="([^"]+)" he'
                     r'ight="([^"]+)"', html, re.DOTALL)  # fmt: skip
    assert line is not None
    x, y, width, height = (float(value) * scale for value in line.groups())
    inside = picture.crop((round(x), round(y), round(x + width), round(y + height)))
    assert min(inside.tobytes()) < 100
    rim = [inside.crop((0, j, inside.width, j + 1)).tobytes() for j in (0, inside.height - 1)]
    assert min(b"".join(rim)) > 150


def test_only_needed_pages_are_pictured(pdf: Path, tmp_path: Path) -> None:
    opened, report = checked(pdf)
    only = replace(report, findings=(failed(report),))
    pages = [a["id"] for a in Seen(paper(opened, only, tmp_path / "x.html")).every("image")]
    assert pages == ["p0-2"]


def test_pages_beyond_the_room_are_told(pdf: Path, tmp_path: Path) -> None:
    opened, report = checked(pdf)
    html = paper(opened, report, tmp_path / "x.html", most=10)
    assert not list(Seen(html).every("image"))
    assert "公开.pdf 的第 2 页没有放入图像" in html


def test_a_source_that_is_gone_is_told(pdf: Path, tmp_path: Path) -> None:
    opened, report = checked(pdf)
    pdf.unlink()
    assert "公开.pdf 的第 2 页无法转为图像" in paper(opened, report, tmp_path / "x.html")


def test_figures_and_difference_are_told(pdf: Path, tmp_path: Path) -> None:
    opened, report = checked(pdf)
    finding = failed(report)
    html = paper(opened, replace(report, findings=(finding,)), tmp_path / "x.html")
    assert finding.difference is not None
    assert f"{finding.difference / 1_000_000:.2f} 万元" in html
    for cell in finding.cells:
        assert cell.text.strip() in html
    assert "部门支出总体情况表" in html
    assert "第 2 页" in html


def test_nothing_in_the_document_becomes_markup(pdf: Path, tmp_path: Path) -> None:
    """Texts of every place that comes from the document, put into a finding, stay text."""
    opened, report = checked(pdf)
    evil = CellRef(
        EVIL, EVIL, EVIL, EVIL, (EVIL, '" onload="alert(2)'), EVIL + "\u2028", 100, failed(report).cells[0].source
    )
    away = replace(evil, source=Source(EVIL, sheet=EVIL, a1="A1"))
    hostile = [
        replace(failed(report), cells=(evil, away), terms=(1, -1), form=EVIL, values={}),
        Finding(
            "prose_placeholder", "error", "fails", (evil,), {"page": EVIL, "quote": EVIL, "words": EVIL, "chapter": ""}
        ),
    ]
    changed = replace(report, findings=tuple(hostile), agency=EVIL, source=EVIL)
    html = paper(opened, changed, tmp_path / "x.html")
    seen = Seen(html)
    scripts = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    assert len(scripts) == 1
    assert "alert(" not in scripts[0]
    assert not [name for _, attributes in seen.found for name in attributes if name.startswith("on")]
    assert "&lt;script&gt;alert(1)" in html


def test_nothing_is_fetched(pdf: Path, tmp_path: Path) -> None:
    opened, report = checked(pdf)
    html = paper(opened, report, tmp_path / "x.html")
    for _, attributes in Seen(html).found:
        for name in ("href", "src", "xlink:href", "action", "data", "poster", "srcset"):
            assert attributes.get(name, "#").startswith(("#", "data:image/webp;base64,"))
    assert "url(" not in html
    assert "@import" not in html
    policy = next(a["content"] for a in Seen(html).every("meta") if a.get("http-equiv"))
    assert policy.startswith("default-src 'none'")
    assert "http" not in policy


def test_every_link_leads_somewhere(pdf: Path, tmp_path: Path) -> None:
    opened, report = checked(pdf)
    seen = Seen(paper(opened, report, tmp_path / "x.html", lang="en"))
    ids = [attributes["id"] for _, attributes in seen.found if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {a["href"][1:] for tag in ("a", "use") for a in seen.every(tag)} <= set(ids)


def test_a_workbook_is_shown_as_an_excerpt(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "支出"
    for row in (["部门支出总体情况表"], ["单位：万元"], list(HEAD), *(
        [code or None, name, *map(float, figures)] for code, name, *figures in BODY
    )):  # fmt: skip
        sheet.append(row)
    path = tmp_path / "公开.xlsx"
    book.save(path)
    opened, report = checked(path)
    finding = failed(report)
    html = paper(opened, replace(report, findings=(finding,)), tmp_path / "x.html")
    cell = finding.cells[0]
    assert cell.source is not None
    assert f"支出!{cell.source.a1}" in html
    excerpt = html[html.index('class="excerpt"') :]
    assert "科目编码" in excerpt
    marked = re.findall(r'<td class="marked [^"]*"><b class="chip [^"]*">(\d+)\??</b> ([^<]*)</td>', excerpt)
    assert [words.strip() for _, words in marked].count(cell.text.strip()) >= 1
    assert not list(Seen(html).every("image"))


def test_an_existing_file_is_spared(pdf: Path, tmp_path: Path) -> None:
    opened, report = checked(pdf)
    path = tmp_path / "x.html"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(InputError):
        write_evidence(opened, report, path, message=lambda f, _: f.rule, picture=page_picture)
    assert path.read_text(encoding="utf-8") == "mine"


def test_findings_of_one_kind_are_told_together(pdf: Path, tmp_path: Path) -> None:
    opened, report = checked(pdf)
    cells = failed(report).cells
    alike = tuple(
        Finding("stray_orphan", "warning", "fails", (replace(c, place=None),), {"text": c.text}, form="03")
        for c in cells
    )
    html = paper(opened, replace(report, findings=alike), tmp_path / "x.html")
    entries = list(Seen(html).every("article"))
    assert len(entries) == (1 if len(cells) >= 3 else len(cells))
    assert entries[0]["data-count"] == str(len(cells))


def test_thousands_of_findings_stay_one_readable_file(pdf: Path, tmp_path: Path) -> None:
    opened, report = checked(pdf)
    many = replace(report, findings=(failed(report),) * 1_200)
    html = paper(opened, many, tmp_path / "x.html")
    assert len(list(Seen(html).every("article"))) == 1_000
    assert "另有 200 处发现" in html
    assert len(html) < 20_000_000


def test_a_blank_cell_is_framed_in_its_own_column(pdf: Path, tmp_path: Path) -> None:
    """A cell that prints nothing is framed on its row, right of the column before it."""
    opened, report = checked(pdf)
    s, r, _ = next(cell.place for cell in failed(report).cells if cell.place)
    line = opened.disclosure.sheets[s].rows[r].line
    blank = CellRef("03", "", "", "", (), "", None, line, (s, r, 2))
    html = paper(
        opened,
        replace(report, findings=(Finding("negative_amount", "warning", "fails", (blank,)),)),
        tmp_path / "x.html",
    )
    assert line is not None
    assert line.box is not None
    ((_, box),) = {(kind, tuple(box)) for kind, box in frames(html)}
    assert XS[4] < box[0] < box[2] < XS[5]
    assert (box[1], box[3]) == (line.box[1], line.box[3])


def test_text_report_names_tables_and_pages() -> None:
    """A table without a number is called by its title, a long one shortened; the page stands at the end."""
    source = Source("公开.pdf", 12, (10.0, 20.0, 30.0, 40.0))
    there = Source("公开.pdf", 14, (10.0, 20.0, 30.0, 40.0))
    long = "（2026年度）一般公共预算财政拨款安排的基本支出按部门预算经济分类科目明细情况表"
    left = CellRef("#4", long, "", "合计", ("金额",), "5.00", 5_000_000, source)
    right = CellRef("02", "支出表", "", "合计", ("金额",), "6.00", 6_000_000, there)
    finding = Finding(
        "relation_same_slice", "error", "fails", (left, right), {}, 6_000_000, 5_000_000, terms=(1, -1), form="#4"
    )
    report = Report("公开.pdf", "", (finding,), {
        "sheets": 2, "cells": 2, "relations": 1, "held": 0, "failed": 1, "rounding": 0, "not_applicable": 0,
    }, None)  # fmt: skip
    told = report_text(report)
    assert "#4" not in told
    assert "2026" not in told
    assert "《一般公共预算财政拨款…科目明细情况表》[合计·金额] 5.00" in told
    assert "02表[合计·金额] 6.00" in told
    assert "(公开.pdf 第12, 14页)" in told
    assert "(公开.pdf page 12, 14)" in report_text(report, "en")
    cells = report_json(report)["findings"][0]["cells"]
    assert [cell["source"]["page"] for cell in cells] == [12, 14]
    assert list(cells[0]["source"]["box"]) == [10.0, 20.0, 30.0, 40.0]
