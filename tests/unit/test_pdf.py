"""PDF as grids and lines, from small pages written in the test."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from pdf_example import Made, Paper, area, frame, rule, text, write

from yusuan.read.formats.pdf import page_picture, read_pdf
from yusuan.read.grid import Grid, Line, Material
from yusuan.words import InputError

XS: list[float] = [100, 200, 300, 400]
YS: list[float] = [640, 660, 680, 700]


def cells(grid: Grid) -> list[list[str]]:
    return [[row.text(column) for column in range(row.width)] for row in grid.rows]


def body() -> str:
    """Three rows: heads, a label with two figures, a label with one."""
    return "".join(
        text(x, y, shown)
        for x, y, shown in [
            (105, 686, "项目"), (205, 686, "合计"), (305, 686, "基本支出"),
            (105, 666, "教育支出"), (240, 666, "1,234.50"), (350, 666, "34.50"),
            (115, 646, "普通教育"), (250, 646, "200.00"),
        ]
    )  # fmt: skip


TABLE = [["项目", "合计", "基本支出"], ["教育支出", "1,234.50", "34.50"], ["普通教育", "200.00", ""]]


def read(tmp_path: Path, content: str, **more: object) -> Material:
    return read_pdf(write(tmp_path / "a.pdf", [Paper(content, **more)]))  # type: ignore[arg-type]


RULES = {
    "strokes": frame(XS, YS),
    "thin fills": "".join(area(100, y - 0.3, 400, y + 0.3, 0) for y in YS)
    + "".join(area(x - 0.3, 640, x + 0.3, 700, 0) for x in XS),
    "dash by dash": "".join(rule(x, y, x + 3, y) for y in YS for x in range(100, 400, 6))
    + "".join(rule(x, y, x, y + 3) for x in XS for y in range(640, 700, 6)),
    "a rectangle a cell": "".join(
        f"0.5 w {x} {y} 100 20 re S\n" for x in (100, 200, 300) for y in (640, 660, 680)
    ),
    "coloured cells": "".join(area(x, y, x + 99, y + 19) for x in (100, 200, 300) for y in (640, 660, 680)),
    "double outer lines": frame(XS, YS) + frame([98, 402], [638, 702]),
    "open sides": "".join(rule(100, y, 400, y) for y in YS) + rule(200, 640, 200, 700) + rule(300, 640, 300, 700),
    "horizontal only": "".join(rule(100, y, 400, y) for y in YS),
    "frame and horizontals": "".join(rule(100, y, 400, y) for y in YS) + rule(100, 640, 100, 700)
    + rule(400, 640, 400, 700),
    "nothing": "",
}  # fmt: skip


@pytest.mark.parametrize("how", RULES)
def test_table_however_its_borders_are_drawn(tmp_path: Path, how: str) -> None:
    material = read(tmp_path, RULES[how] + body())
    assert [cells(grid) for grid in material.grids] == [TABLE]
    assert material.lines == [] and material.doubts == []
    assert material.grids[0].ruled == (
        how not in ("coloured cells", "horizontal only", "frame and horizontals", "nothing")
    )


def test_places_are_those_of_the_page(tmp_path: Path) -> None:
    grid = read(tmp_path, frame(XS, YS) + body()).grids[0]
    assert grid.edges == pytest.approx(XS, abs=0.5)
    assert grid.source.box == pytest.approx((100, 142, 400, 202), abs=0.5)
    cell = grid.rows[2].cells[0]
    assert cell.source.page == 1 and cell.source.box is not None
    left, top, right, bottom = cell.source.box
    assert 114 < left < 117 and 182 < top < bottom < 202 and 150 < right < 157
    assert cell.indent == pytest.approx(left - 100, abs=0.5)
    assert [row.number for row in grid.rows] == [1, 2, 3]


def test_spans(tmp_path: Path) -> None:
    heads = rule(100, 700, 400, 700) + rule(200, 680, 400, 680) + rule(100, 660, 400, 660) + rule(100, 640, 400, 640)
    sides = rule(100, 640, 100, 700) + rule(200, 640, 200, 700) + rule(300, 640, 300, 680) + rule(400, 640, 400, 700)
    words = text(130, 676, "科目") + text(280, 686, "支出") + text(240, 666, "基本") + text(340, 666, "项目")
    grid = read(tmp_path, heads + sides + words + text(250, 646, "1.00")).grids[0]
    spans = {cell.text: cell.span for row in grid.rows for cell in row.cells.values()}
    assert spans == {"科目": (2, 1), "支出": (1, 2), "基本": (1, 1), "项目": (1, 1), "1.00": (1, 1)}


def test_lines_stand_around_tables_in_reading_order(tmp_path: Path) -> None:
    second = frame([100, 200, 300], [500, 520, 540]) + text(105, 526, "名称") + text(205, 526, "金额")
    around = text(220, 760, "收支总表", 18) + text(100, 710, "填报单位：某局") + text(350, 710, "单位：万元")
    between = text(100, 600, "注：本表含上年结转。")
    items = read(tmp_path, between + frame(XS, YS) + body() + second + around).items
    shown = [item.text if isinstance(item, Line) else cells(item)[0] for item in items]
    assert shown == [
        "收支总表", "填报单位：某局", "单位：万元", TABLE[0], "注：本表含上年结转。", ["名称", "金额"],
    ]  # fmt: skip
    title = items[0]
    assert isinstance(title, Line) and title.size == pytest.approx(18, abs=0.1)


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_turned_pages_read_alike(tmp_path: Path, rotate: int) -> None:
    turns = {
        0: "", 90: "0 1 -1 0 842 0 cm\n", 180: "-1 0 0 -1 595 842 cm\n", 270: "0 -1 1 0 -247 842 cm\n",
    }  # fmt: skip
    turned = write(tmp_path / "t.pdf", [Paper("q " + turns[rotate] + frame(XS, YS) + body() + " Q", rotate=rotate)])
    material = read_pdf(turned)
    assert [cells(grid) for grid in material.grids] == [TABLE]
    box = material.grids[0].source.box
    width, height = material.pages[0]
    assert (width, height) == ((842, 595) if rotate % 180 else (595, 842))
    assert box is not None and 0 <= box[0] < box[2] <= width and 0 <= box[1] < box[3] <= height
    assert box[2] - box[0] == pytest.approx(300, abs=1)


def test_landscape_table_on_a_portrait_page(tmp_path: Path) -> None:
    material = read(tmp_path, "q 0 1 -1 0 842 0 cm\n" + frame(XS, YS) + body() + " Q")
    assert [cells(grid) for grid in material.grids] == [TABLE]
    box = material.grids[0].source.box
    assert box is not None and box == pytest.approx((142, 442, 202, 742), abs=1)


def test_wrapped_text_is_joined_by_what_it_is(tmp_path: Path) -> None:
    tall: list[float] = [600, 650, 700]
    xs: list[float] = [100, 150, 200, 260]
    words = (
        text(104, 685, "机关事业") + text(104, 672, "养老保险") + text(154, 685, "1,234,56") + text(154, 672, "7.89")
    )
    words += text(204, 685, "Annual") + text(204, 672, "Report") + text(104, 635, "12.00") + text(104, 622, "34.00")
    grid = read(tmp_path, frame(xs, tall) + words).grids[0]
    assert cells(grid) == [["机关事业养老保险", "1,234,567.89", "Annual Report"], ["12.00 34.00", "", ""]]


def test_labels_over_figures_and_figures_side_by_side(tmp_path: Path) -> None:
    xs: list[float] = [100, 150, 200, 250]
    rows: list[float] = [640, 660, 680, 700]
    words = text(103, 686, "对个人和家庭的补助支出") + text(228, 686, "5.00")
    words += text(103, 666, "123.00") + text(163, 666, "45,678.00") + text(203, 666, "99.00")
    words += text(103, 646, "a") + text(153, 646, "b") + text(203, 646, "c")
    grid = read(tmp_path, frame(xs, rows) + words).grids[0]
    assert cells(grid)[0] == ["对个人和家庭的补助支出", "", "5.00"]
    assert cells(grid)[1] == ["123.00", "45,678.00", "99.00"]


def test_bold_made_of_two_prints_is_read_once(tmp_path: Path) -> None:
    twice = text(205.25, 666, "1,234.50") + text(105.2, 666, "合计")
    grid = read(tmp_path, frame(XS, YS) + text(205, 666, "1,234.50") + text(105, 666, "合计") + twice).grids[0]
    assert cells(grid)[1] == ["合计", "1,234.50", ""]


def test_radicals_of_fonts_become_the_characters_meant(tmp_path: Path) -> None:
    # U+2F00 and its like look as ordinary characters do; full-width digits stay as printed
    content = frame(XS, YS) + text(105, 686, "⼀般公共预算⽀出") + text(205, 686, "１２３")
    assert cells(read(tmp_path, content).grids[0])[0] == ["一般公共预算支出", "１２３", ""]


def test_frames_and_charts_are_no_tables(tmp_path: Path) -> None:
    box = frame([50, 550], [100, 500]) + text(60, 400, "预算是部门全年收支的计划。")
    chart = frame([100, 500], [600, 780]) + "".join(rule(100, y, 500, y) for y in range(620, 780, 20))
    chart += text(150, 700, "172") + text(300, 640, "76") + rule(300, 600, 300, 603)
    material = read(tmp_path, box + chart)
    assert material.grids == [] and "预算是部门全年收支的计划。" in [line.text for line in material.lines]


def picture(made: Made) -> int:
    head = "/Type /XObject /Subtype /Image /Width 2 /Height 2 /ColorSpace /DeviceGray /BitsPerComponent 8"
    return made.stream(bytes([200] * 4), head.encode())


@pytest.mark.parametrize(
    ("over", "under"),
    [("", text(100, 700, "hidden words of a scanned page", mode=3)), (text(100, 700, "words below the picture"), "")],
)
def test_text_nobody_sees_is_told_not_read(tmp_path: Path, over: str, under: str) -> None:
    made = Made()
    number = picture(made)
    content = over + "q 595 0 0 842 0 0 cm /P Do Q " + under
    paper = Paper(content, resources=f" /XObject << /P {number} 0 R >>")
    asked: list[int] = []

    def ocr(path: Path, page: int) -> list[Grid | Line]:
        asked.append(page)
        return [Line("识别的字", read_pdf(path).lines[0].source)]

    path = write(tmp_path / "scan.pdf", [Paper(text(100, 700, "an ordinary page of words")), paper], made=made)
    material = read_pdf(path, ocr)
    assert [(doubt.kind, doubt.page) for doubt in material.doubts] == [("hidden_text", 2), ("no_text", 2)]
    assert asked == [2]
    assert [line.text for line in material.lines][-1] == "识别的字"
    assert not [line for line in material.lines if "hidden" in line.text or "below" in line.text]


def test_white_text_is_read_on_a_dark_ground_only(tmp_path: Path) -> None:
    white = "1 g " + text(105, 686, "Heading") + text(305, 500, "ignore what stands here") + " 0 g "
    material = read(tmp_path, area(100, 680, 400, 700, 0.2) + white + text(100, 300, "an ordinary line of words"))
    assert [line.text for line in material.lines] == ["Heading", "an ordinary line of words"]
    assert [doubt.kind for doubt in material.doubts] == ["hidden_text"]


def test_text_cut_off_by_the_page_is_told(tmp_path: Path) -> None:
    rest = "q 100 640 300 60 re W n " + text(105, 620, "属于下页的行") + "Q "
    material = read(tmp_path, frame(XS, YS) + body() + rest)
    assert [doubt.kind for doubt in material.doubts] == ["clipped_text"]
    assert material.lines == [] and cells(material.grids[0]) == TABLE


def test_rest_of_a_clipped_cell_stays_with_its_cell(tmp_path: Path) -> None:
    cell = "q 100 660 100 20 re W n " + text(102, 664, "机关事业养老") + text(102, 650, "缴费支出") + "Q "
    grid = read(tmp_path, frame(XS, YS) + text(105, 646, "合计") + cell).grids[0]
    assert grid.rows[1].text(0) == "机关事业养老缴费支出"
    assert grid.rows[2].text(0) == "合计"


def test_page_picture_shows_the_page(tmp_path: Path) -> None:
    path = write(tmp_path / "a.pdf", [Paper(area(0, 0, 595, 421, 0), rotate=90)])
    shown = page_picture(path, 1, 72)
    assert shown.size == (842, 595)
    # the lower half of the page is its left half after a quarter turn clockwise
    assert shown.getpixel((100, 300)) == (0, 0, 0) and shown.getpixel((700, 300)) == (255, 255, 255)
    with pytest.raises(InputError, match="第 2 页"):
        page_picture(path, 2, 72)


def test_cells_cut_by_the_page_at_both_ends_keep_their_columns(tmp_path: Path) -> None:
    left = "".join(rule(x, 640, x, 700) for x in (40, 70, 97))
    words = text(42, 666, "项目") + text(73, 666, "9.50")
    (grid,) = read(tmp_path, frame(XS, YS) + left + body() + words).grids
    assert len(grid.edges) == 7
    assert grid.rows[0].cells[0].span == (3, 1) and grid.rows[0].text(0) == "项目"
    assert [row.text(3) for row in grid.rows] == [line[0] for line in TABLE]


def test_rows_without_rules_between_them(tmp_path: Path) -> None:
    words = "".join(
        text(105, y, name) + text(240, y, one) + text(340, y, other)
        for y, name, one, other in [
            (675, "教育", "1.50", "2.50"),
            (660, "卫生", "3.50", "4.50"),
            (645, "住房", "5.50", "6.50"),
        ]
    )
    frames = (
        frame([100, 200, 300, 400], [640, 690]) + rule(100, 710, 400, 710) + "".join(rule(x, 690, x, 710) for x in XS)
    )
    heads = text(105, 696, "项目") + text(205, 696, "合计") + text(305, 696, "基本支出")
    (grid,) = read(tmp_path, frames + heads + words).grids
    assert cells(grid) == [
        ["项目", "合计", "基本支出"], ["教育", "1.50", "2.50"], ["卫生", "3.50", "4.50"], ["住房", "5.50", "6.50"],
    ]  # fmt: skip


@pytest.mark.parametrize("matrix", ["0 1 -1 0 {0} {1}", "0 -1 1 0 {0} {2}"])
def test_heads_written_upward_or_downward(tmp_path: Path, matrix: str) -> None:
    tall: list[float] = [600, 640, 700]
    head = f"q {matrix.format(158, 645, 695)} cm " + text(0, 0, "公务接待") + "Q "
    content = frame([100, 140, 200], tall) + head + text(105, 615, "合计") + text(160, 615, "7.05")
    (grid,) = read(tmp_path, content + text(100, 560, "注：单位为万元，一般公共预算财政拨款。")).grids
    assert cells(grid) == [["", "公务接待"], ["合计", "7.05"]]
    box = grid.rows[0].cells[1].source.box
    assert box is not None and 140 < box[0] < box[2] < 200 and 142 < box[1] < box[3] < 202


def test_text_beside_a_scan_is_not_recognised_again(tmp_path: Path) -> None:
    made = Made()
    content = f"q 595 0 0 842 0 0 cm /P Do Q {text(280, 30, '- 7 -')}"
    paper = Paper(content, resources=f" /XObject << /P {picture(made)} 0 R >>")
    path = write(tmp_path / "scan.pdf", [paper], made=made)

    def ocr(path: Path, page: int) -> list[Grid | Line]:
        again = read_pdf(path).lines[0].source
        return [Line("一7一", again), Line("识别的字", replace(again, box=(100, 100, 200, 110)))]

    assert [line.text for line in read_pdf(path, ocr).lines] == ["识别的字", "- 7 -"]


def test_a_page_that_cannot_be_recognised_stays_a_doubt(tmp_path: Path) -> None:
    made = Made()
    paper = Paper("q 595 0 0 842 0 0 cm /P Do Q", resources=f" /XObject << /P {picture(made)} 0 R >>")
    path = write(tmp_path / "scan.pdf", [paper, Paper(text(100, 700, "an ordinary page of words"))], made=made)

    def ocr(path: Path, page: int) -> list[Grid | Line]:
        raise InputError("pdf_page_damaged", file=path.name, page=page)

    material = read_pdf(path, ocr)
    assert [doubt.kind for doubt in material.doubts] == ["no_text", "not_recognised"]
    assert [line.text for line in material.lines] == ["an ordinary page of words"]


def test_watermarks_stand_in_no_cell(tmp_path: Path) -> None:
    mark = "q 0.7 0.7 -0.7 0.7 140 640 cm " + text(0, 0, "公开样稿") + "Q "
    material = read(tmp_path, frame(XS, YS) + body() + mark)
    assert [cells(grid) for grid in material.grids] == [TABLE]
    assert [line.text for line in material.lines] == ["公开样稿"]
