"""What the report on the reading counts, and that every doubt of a reader has words."""

from __future__ import annotations

import json
import re
from pathlib import Path

import openpyxl
import pytest
from pdf_example import Paper, frame, text, write

from yusuan.check.opened import check_opened
from yusuan.check.render import message
from yusuan.cli import main
from yusuan.corpus.reading import doubt_message, doubt_text, reading_of, with_doubts
from yusuan.read.grid import Doubt
from yusuan.read.opening import open_source
from yusuan.words import LANGUAGES, catalogue

FORMATS = Path(__file__).resolve().parents[2] / "src" / "yusuan" / "read" / "formats"
DOUBTS = (
    re.compile(r'Doubt\(\s*"(\w+)"'), re.compile(r'_doubt\(\s*"(\w+)"'), re.compile(r'left_out\["(\w+)"\]'),
    re.compile(r'^\s+\("(\w+)", (?:raw|frames|self)', re.MULTILINE), re.compile(r'\), \("(\w+)", self\.\w+'),
)  # fmt: skip
"""How the readers name the kinds of their doubts."""


def kinds() -> set[str]:
    sources = [file.read_text(encoding="utf-8") for file in sorted(FORMATS.glob("*.py"))]
    return {kind for source in sources for pattern in DOUBTS for kind in pattern.findall(source)}


def test_every_kind_of_doubt_has_words() -> None:
    found = kinds()
    assert {"hidden_text", "scripts", "docx_hidden", "html_hidden", "html_menu_left_out", "recognised"} <= found
    for source in sorted(FORMATS.glob("*.py")):
        made = len(re.findall(r"\bDoubt\(", source.read_text(encoding="utf-8")))
        named = sum(len(pattern.findall(source.read_text(encoding="utf-8"))) for pattern in DOUBTS)
        assert not made or named, f"{source.name} makes doubts whose kinds were not found"
    for kind in found:
        for lang in LANGUAGES:
            assert "p.7" in catalogue()[f"stray_doubt_{kind}"][lang].format(text="p.7"), kind


def test_words_for_doubts_are_of_doubts_that_exist() -> None:
    assert {key.removeprefix("stray_doubt_") for key in catalogue() if key.startswith("stray_doubt_")} <= kinds()


@pytest.mark.parametrize(
    ("doubt", "told"),
    [
        (Doubt("hidden_text", 3, {"count": 12}), "p.3: 12"),
        (Doubt("cut_off"), ""),
        (Doubt("member_not_read", None, {"member": "a.rar", "reason": "guard_other_archive"}), "a.rar, "),
        (Doubt("member_not_read", None, {"member": "a", "reason": "no_such_key"}), "a, no_such_key"),
    ],
)
def test_a_doubt_tells_its_place_and_values(doubt: Doubt, told: str) -> None:
    assert doubt_text(doubt).startswith(told)
    assert "guard_" not in doubt_text(doubt) and "{" not in doubt_message(doubt)
    assert doubt_message(doubt, "zh") != doubt_message(doubt, "en")


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    """A table that is understood on the first page, nothing on the second, text nobody sees on the third."""
    xs, ys = [50.0, 200, 300, 400, 500], [600.0, 620, 640, 660, 680]
    rows = [
        ["科目名称", "合计", "基本支出", "项目支出"], ["201 一般公共服务支出", "60.00", "40.00", "20.00"],
        ["205 教育支出", "60.00", "50.00", "10.00"], ["合计", "120.00", "90.00", "30.00"],
    ]  # fmt: skip
    content = text(180, 720, "2026年部门支出预算总表", 14) + text(400, 700, "单位：万元") + frame(xs, ys)
    for r, row in enumerate(rows):
        for c, shown in enumerate(row):
            content += text(xs[c] + 4, 665 - 20 * r, shown, 9)
    last = text(100, 700, "2026年部门预算说明") + text(100, 600, "unseen", mode=3)
    return write(tmp_path / "a.pdf", [Paper(content), Paper(), Paper(last)])


def test_the_report_counts_tables_cells_relations_and_pages(paper: Path) -> None:
    opened = open_source(paper)
    reading = reading_of(opened)
    assert (reading.tables_found, reading.tables_understood) == (1, 1)
    (table,) = reading.tables
    assert (table.pages, table.unit, table.unit_printed, table.rows, table.columns) == ((1,), "万元", True, 3, 3)
    assert (reading.cells, reading.figures, reading.understood) == (9, 9, 9)
    tally = check_opened(opened.disclosure, opened.standard, opened.prose).summary
    assert (reading.relations["tested"], reading.relations["held"]) == (tally["relations"], tally["held"])
    assert reading.relations["held"] > 0
    assert (reading.pages, reading.pages_empty) == (3, (("a.pdf", 2),))
    assert [(doubt.kind, doubt.page) for doubt in reading.doubts] == [("hidden_text", 3)]


def test_findings_on_doubts_say_what_the_doubts_say(paper: Path) -> None:
    opened = open_source(paper)
    report = with_doubts(check_opened(opened.disclosure, opened.standard, opened.prose), opened)
    (finding,) = (f for f in report.findings if f.rule == "stray_doubt_hidden_text")
    assert "p.3: 6" in message(finding, "zh") and "p.3: 6" in message(finding, "en")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_report_and_the_summary_in_words(capsys: pytest.CaptureFixture[str], paper: Path, lang: str) -> None:
    assert main(["read", str(paper), "--lang", lang]) == 0
    summary = capsys.readouterr().out
    assert "None" not in summary and "100%" in summary and "万元" in summary and "p.3: 6" in summary
    assert main(["read", str(paper), "--report", "--lang", lang]) == 0
    report = capsys.readouterr().out
    assert "p.3: 6" in report and "(2)" in report.replace("（", "(").replace("）", ")")


def test_what_is_not_understood_is_counted(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (
        ["2026年部门支出预算总表"], ["单位：万元"], ["科目编码", "科目名称", "合计", "某种奇怪的钱"],
        ["201", "一般公共服务支出", 60, 7], ["205", "教育支出", 30, 3], ["208", "社会保障和就业支出", 10, 2],
        [None, "合计", 100, "若干"],
    ):  # fmt: skip
        book.active.append(row)
    file = tmp_path / "a.xlsx"
    book.save(file)
    assert main(["read", str(file), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)["report"]
    (table,) = report["tables"]["each"]
    assert report["cells"]["understood"] < report["cells"]["figures"] <= report["cells"]["printed"]
    assert [name.rpartition("/")[2] for name in table["columns_not_understood"]] == ["某种奇怪的钱"]
    assert report["not_understood"] == {"not_amount": 1}
    assert report["pages"] == {"count": 0, "empty": []}
