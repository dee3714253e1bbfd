import socket
from pathlib import Path

import pytest

from yusuan.read.formats.html import read_html
from yusuan.read.grid import Grid, Line, Material
from yusuan.read.guard import guard_file
from yusuan.words import InputError

KUNMING = Path(__file__).parents[3] / "shared" / "documents" / "kunming-2026-budget-html-01" / "page.html"


def page(tmp_path: Path, body: str, head: str = "<meta charset='utf-8'>", encoding: str = "utf-8") -> Material:
    file = tmp_path / "a.html"
    file.write_bytes(f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>".encode(encoding))
    assert guard_file(file) == "html"
    return read_html(file)


def rows(grid: Grid) -> list[dict[int, str]]:
    return [{column: cell.text for column, cell in row.filled()} for row in grid.rows]


def test_spans_are_laid_out_as_in_a_browser(tmp_path: Path) -> None:
    body = """<table><caption>收支总表</caption><thead><tr><th rowspan=2>项目<th colspan="2">预算数</tr>
      <tr><th>2025<th>2026</thead><tr><td>&nbsp;&nbsp;工资<br>福利</td><td>1,234.50<td>
      <tr><td colspan=3>合<span style="display:none">no</span>计</table>"""
    made = page(tmp_path, body)
    assert [type(item) for item in made.items] == [Line, Grid]
    grid = made.grids[0]
    assert rows(grid) == [
        {0: "项目", 1: "预算数"}, {1: "2025", 2: "2026"}, {0: "\xa0\xa0工资\n福利", 1: "1,234.50"}, {0: "合计"},
    ]  # fmt: skip
    assert [row.width for row in grid.rows] == [3, 3, 3, 3]
    assert grid.rows[0].cells[0].span == (2, 1) and grid.rows[0].cells[1].span == (1, 2)
    assert grid.rows[2].cells[0].indent > grid.rows[3].cells[0].indent == 0
    assert grid.rows[2].cells[1].source.column == 2
    assert [(doubt.kind, doubt.values) for doubt in made.doubts] == [("html_hidden", {"count": 1})]


def test_lines_headings_and_hidden_parts_in_reading_order(tmp_path: Path) -> None:
    body = """<style>.gone {display: none}</style><h2>第一部分</h2><p>一、职责<br>二、机构</p><div class="gone">no</div>
      <div>前<b>后</b><table><tr style="display:none"><td>x<td>1<tr><td>y<td>2</table>尾</div><p hidden>no</p>"""
    made = page(tmp_path, body)
    assert [item.text if isinstance(item, Line) else "grid" for item in made.items] == [
        "第一部分", "一、职责", "二、机构", "前后", "grid", "尾",
    ]  # fmt: skip
    assert made.lines[0].heading == 2 and made.lines[1].heading == 0
    assert [row.hidden for row in made.grids[0].rows] == [True, False]


def test_layout_tables_are_entered(tmp_path: Path) -> None:
    body = """<table><tr><td><a href=x>首页</a></td><td><p>说明</p>
      <table><tr><td>收入<td>1.00<tr><td>支出<td>2.00</table>
      <table><tr><td>结余<td>3.00<tr><td>合计<td>4.00</table></td></tr></table>"""
    made = page(tmp_path, body)
    assert [rows(grid) for grid in made.grids] == [
        [{0: "收入", 1: "1.00"}, {0: "支出", 1: "2.00"}], [{0: "结余", 1: "3.00"}, {0: "合计", 1: "4.00"}],
    ]  # fmt: skip
    assert "说明" in [line.text for line in made.lines]


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        ("<meta charset=gb2312>", "gb18030"),
        ("<meta http-equiv='Content-Type' content='text/html; charset=GBK'>", "gbk"),
        ("", "gb18030"),
        ("", "utf-8-sig"),
        ("", "utf-16"),
        ("<meta charset=gb2312>", "utf-8-sig"),
        ("<meta charset=no-such-thing>", "utf-8"),
    ],
)
def test_encodings(tmp_path: Path, head: str, encoding: str) -> None:
    made = page(tmp_path, "<p>部门预算—收支总表</p>", head, encoding)
    assert [line.text for line in made.lines] == ["部门预算—收支总表"]


def test_nothing_is_fetched_or_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "socket", refuse)
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    head = f"""<base href="http://127.0.0.1:9/"><link rel=stylesheet href="x.css"><script src="x.js"></script>
      <style>@import url(http://127.0.0.1:9/a.css);</style><meta http-equiv=refresh content="0;url=http://127.0.0.1:9">
      <!ENTITY x SYSTEM "file://{tmp_path}/secret.txt">"""
    body = """<script>document.write("<p>written</p>")</script><img src="http://127.0.0.1:9/a.png" onerror="x()">
      <iframe src="file:///etc/passwd"></iframe><object data="a.swf">swf</object><p>正文&x;</p>"""
    made = page(tmp_path, body, head)
    assert [line.text for line in made.lines][-1] == "正文&x;"
    assert not any("secret" in line.text or "written" in line.text for line in made.lines)
    assert [(doubt.kind, doubt.values) for doubt in made.doubts] == [("html_frame_not_followed", {"count": 2})]


def test_too_deep_or_too_wide_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        page(tmp_path, "<div>" * 20_000 + "x")
    assert caught.value.problems[0][0] == "html_too_deep"
    with pytest.raises(InputError) as caught:
        page(tmp_path, "<table>" + "<tr><td colspan=1000>x" * 1100 + "</table>")
    assert caught.value.problems[0][0] == "read_too_many_cells"


def test_spans_beyond_reason_end_with_the_table(tmp_path: Path) -> None:
    body = "<table><tr><td rowspan=99999999999 colspan=-3>a<td rowspan=0>b<tr><td>c</table>"
    grid = page(tmp_path, body).grids[0]
    assert rows(grid) == [{0: "a", 1: "b"}, {2: "c"}]
    assert grid.rows[0].cells[0].span == (2, 1) == grid.rows[0].cells[1].span


def test_a_page_of_a_site_without_its_menus() -> None:
    if not KUNMING.is_file():
        pytest.skip("the published page is not here")
    made = read_html(KUNMING)
    texts = [line.text for line in made.lines]
    parts = [
        "昆明市审计局（汇总）2026年预算公开", "第一部分 昆明市审计局（汇总）2026年部门预算编制说明", 
        "（一）部门主要职责", "二、预算单位基本情况", "（五）空表说明", "昆明市审计局（汇总）2026年预算公开目录附表",
    ]  # fmt: skip
    places = [len(texts) - 1 - texts[::-1].index(part) for part in parts]
    assert places == sorted(places)
    assert any("财务总收入154,991,108.01元" in text for text in texts)
    assert len(texts) < 160 and not any("首页" in text or "ICP" in text for text in texts)


PLACED = """<style>.fs0{font-size:40px}.m0{transform:matrix(0.25,0,0,0.25,0,0)}.t{position:absolute}
  .x1{left:20px}.x2{left:200px}.x3{left:300px}.y1{bottom:900px}.y2{bottom:880px}.y3{bottom:860px}.y4{bottom:840px}
  </style><div class="pf"><div class="pc">%s</div></div>"""


def test_text_at_absolute_places_becomes_rows(tmp_path: Path) -> None:
    table = [("科目", "预算数", "决算数"), ("工资", "1,234.50", ""), ("津贴", "2.00", "3.00")]
    pieces = ["<div class='t m0 x1 y1 fs0'>支出<span class='_ _1'></span>总表</div>"]
    for row, y in zip(table, "234", strict=True):
        for text, x in reversed(list(zip(row, "123", strict=True))):
            pieces.append(f"<div class='t m0 x{x} y{y} fs0'>{text}</div>")
    made = page(tmp_path, PLACED % "".join(reversed(pieces)))
    assert [item.text if isinstance(item, Line) else "grid" for item in made.items] == ["支出总表", "grid"]
    grid = made.grids[0]
    assert rows(grid) == [{i: text for i, text in enumerate(row) if text} for row in table]
    assert not grid.ruled and grid.source.page == 1 and len(grid.edges) == 4
