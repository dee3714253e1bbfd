"""Folders and thousands of documents: what makes one document, limits, interruption, the same bytes whoever works."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from pdf_example import Paper, text, write

from yusuan.cli import main
from yusuan.commands.corpus import journal_folder
from yusuan.corpus.document import DocumentResult, document_rows
from yusuan.corpus.grouping import Found, Identity, find_files, groups_of
from yusuan.corpus.journal import Journal
from yusuan.corpus.rows import CELLS, FINDINGS
from yusuan.corpus.run import Asked, Corpus, Outcome, Task, run_task
from yusuan.corpus.workers import Crew, Done, Failure, Limits
from yusuan.words import say

Rows = list[list[Any]]

INCOME: Rows = [
    ["收入", None, "支出", None], ["项目", "预算数", "项目", "预算数"],
    ["一、一般公共预算拨款收入", 100, "一、一般公共服务支出", 60],
    ["二、政府性基金预算拨款收入", 20, "二、教育支出", 60], ["本年收入合计", 120, "本年支出合计", 120],
]  # fmt: skip
SPENDING: Rows = [
    ["科目编码", "科目名称", "合计", "基本支出", "项目支出"], ["201", "一般公共服务支出", 60, 40, 20],
    ["20101", "人大事务", 60, 40, 20], ["2010101", "行政运行", 60, 40, 20], ["205", "教育支出", 60, 50, 10],
    ["20502", "普通教育", 60, 50, 10], ["2050201", "学前教育", 60, 50, 10], [None, "合计", 120, 90, 30],
]  # fmt: skip
EXPLANATION = """<html><body><h1>{who}{year}年部门预算说明</h1><h2>一、收支总体情况</h2>
<p>{year}年收入预算120万元，其中：一般公共预算拨款收入100万元，政府性基金预算拨款收入20万元。</p>
<p>{year}年支出预算120万元，比上年增加20万元，增长20%。其中：基本支出90万元，项目支出30万元。</p>
<h2>二、“三公”经费</h2>
<p>{year}年“三公”经费预算5万元，其中：公务接待费2万元，公务用车运行费3万元，因公出国（境）费0万元。</p>
<p>机关运行经费10万元，比上年减少1万元。政府采购预算30万元。</p></body></html>"""


def book(path: Path, title: str, rows: Rows, who: str = "某市水务局") -> Path:
    made = openpyxl.Workbook()
    sheet = made.active
    for row in ([title], [f"单位名称：{who}", None, None, "单位：万元"], *rows):
        sheet.append(row)
    path.parent.mkdir(parents=True, exist_ok=True)
    made.save(path)
    return path


def page(path: Path, who: str = "某市水务局", year: int = 2026) -> Path:
    path.write_text(EXPLANATION.format(who=who, year=year), encoding="utf-8")
    return path


@pytest.fixture
def corpus(tmp_path: Path, example_file: Path) -> Path:
    """A disclosure in three files, one with a wrong sum, one of a form set, one that cannot be read."""
    folder = tmp_path / "公开"
    book(folder / "水务" / "表1.xlsx", "2026年部门收支预算总表", INCOME)
    book(folder / "水务" / "表2.xlsx", "2026年部门支出预算总表", SPENDING)
    page(folder / "水务" / "说明.html")
    wrong = [[*row] for row in SPENDING]
    wrong[-1][2] = 129
    book(folder / "教育.xlsx", "2026年部门支出预算总表", wrong, "某市教育局")
    shutil.copy(example_file, folder / "科技.txt")
    (folder / "空.pdf").write_bytes(b"")
    return folder


def run(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    status = main(list(map(str, arguments)))
    told = capsys.readouterr()
    return status, told.out, told.err


# what makes one document


def identity(
    agency: str = "", year: int | None = None, *, tables: int = 0, statements: int = 0, marks: str = ""
) -> Identity:
    return Identity(agency, year, "budget" if year else None, tables, statements, frozenset(marks), frozenset())


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        # tables and explanation apart, whether or not they say whose they are
        ([identity("甲", 2026, statements=30), identity("甲", 2026, tables=9, marks="abc")], [[0, 1]]),
        ([identity("", 2026, statements=30), identity(tables=9, marks="abc")], [[0, 1]]),
        # one file a table
        ([identity("甲", 2026, tables=1, marks=m) for m in "abc"], [[0, 1, 2]]),
        ([identity(tables=1, marks="a"), identity("甲", 2026, tables=1, marks="b")], [[0, 1]]),
        # another agency, another year, the same tables once more
        ([identity("甲", 2026, tables=9, marks="abc"), identity("乙", 2026, statements=30)], [[0], [1]]),
        ([identity("甲", 2026, tables=9, marks="abc"), identity("甲", 2025, statements=30)], [[0], [1]]),
        ([identity("甲", 2026, tables=3, marks="abc"), identity("甲", 2026, tables=3, marks="abd")], [[0], [1]]),
        ([identity(tables=9, marks="abc"), identity(tables=9, marks="def")], [[0], [1]]),
        # what does not say whose it is stays alone where it could belong to several
        (
            [identity("甲", 2026, tables=3), identity("乙", 2026, tables=3), identity("", 2026, statements=30)],
            [[0], [1], [2]],
        ),
        # two whole documents
        ([identity("", 2026, tables=9, statements=30, marks=m) for m in "ab"], [[0], [1]]),
    ],
)
def test_files_make_one_document_by_what_they_hold(files: list[Identity], expected: list[list[int]]) -> None:
    assert groups_of(files) == expected


def test_the_same_tables_of_department_and_unit_are_two_documents(tmp_path: Path) -> None:
    for whose in ("部门", "单位"):
        book(tmp_path / f"{whose}.xlsx", f"2026年{whose}支出预算总表", SPENDING, "")
    read = [document_rows([tmp_path / f"{w}.xlsx"], w, wanted="nothing", check=False) for w in ("部门", "单位")]
    assert groups_of([result.identity for result in read if result.identity]) == [[0], [1]]


def test_files_are_found_in_the_order_people_count(tmp_path: Path) -> None:
    for name in ("b/表10.txt", "b/表2.txt", "a.txt", ".hidden", "~$a.txt", "b/Thumbs.db", "out/x.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "link.txt").symlink_to(tmp_path / "a.txt")
    os.mkfifo(tmp_path / "pipe.txt")
    found = [(f.name, f.folder) for f in find_files([tmp_path], [tmp_path / "out"])]
    assert found == [("a.txt", "."), ("b/表2.txt", "b"), ("b/表10.txt", "b")]
    both = [f.name for f in find_files([tmp_path / "b", tmp_path / "a.txt"])]
    assert both == ["b/表2.txt", "b/表10.txt", "a.txt"]


def test_a_folder_of_one_disclosure_is_one_document(capsys: pytest.CaptureFixture[str], corpus: Path) -> None:
    status, out, _ = run(capsys, "read", corpus / "水务", "--json")
    told = json.loads(out)
    assert status == 0
    assert [sheet["title"] for sheet in told["sheets"]] == ["2026年部门收支预算总表", "2026年部门支出预算总表"]
    assert any(paragraph.get("statements") for paragraph in told["prose"])
    assert told["report"]["tables"]["found"] == told["report"]["tables"]["understood"] == 2
    status, out, _ = run(capsys, "read", corpus / "水务", "--json", "--each-file")
    assert [len(document["sheets"]) for document in json.loads(out)] == [1, 1, 0]


def test_an_archive_is_one_document_or_several(
    capsys: pytest.CaptureFixture[str], corpus: Path, tmp_path: Path
) -> None:
    one, several = tmp_path / "一份.zip", tmp_path / "几份.zip"
    with zipfile.ZipFile(one, "w") as archive:
        for file in sorted((corpus / "水务").iterdir()):
            archive.write(file, f"公开/{file.name}")
    with zipfile.ZipFile(several, "w") as archive:
        archive.write(corpus / "教育.xlsx", "教育.xlsx")
        archive.write(corpus / "科技.txt", "科技.txt")
    assert len(json.loads(run(capsys, "read", one, "--json")[1])["sheets"]) == 2
    assert len(json.loads(run(capsys, "read", several, "--json")[1])) == 2
    lone = document_rows([one], "一份.zip", wanted="cells", check=False)
    assert not lone.problems and len(lone.rows) > 20
    assert document_rows([several], "几份.zip", wanted="cells", check=False).problems[0][0] == "corpus_several"


def test_a_file_that_cannot_be_read_is_told_and_does_not_stop_the_others(
    capsys: pytest.CaptureFixture[str], corpus: Path
) -> None:
    (corpus / "水务" / "附件.rar").write_bytes(b"Rar!\x1a\x07\x00 and so on")
    status, out, _ = run(capsys, "read", corpus / "水务", "--report")
    assert status == 0
    assert "附件.rar" in out and say("stray_doubt_member_not_read", "zh", {"text": ""}) in out


def test_pages_stand_beside_the_findings(capsys: pytest.CaptureFixture[str], corpus: Path, tmp_path: Path) -> None:
    content = text(100, 700, "2026年部门预算说明", 16) + text(
        100, 650, "2026年收入预算120万元，比上年增加50万元，增长20%。"
    )
    write(tmp_path / "a.pdf", [Paper(content)])
    assert run(capsys, "check", tmp_path / "a.pdf", "--format", "html", "-o", tmp_path / "pdf.html")[0] in (0, 1)
    run(capsys, "check", corpus / "水务", "--format", "html", "-o", tmp_path / "xlsx.html")
    assert "data:image/" in (tmp_path / "pdf.html").read_text(encoding="utf-8")
    assert (tmp_path / "xlsx.html").exists()


# rows, tables, status


def test_rows_hold_every_cell(capsys: pytest.CaptureFixture[str], corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    status, told, _ = run(capsys, "read", corpus, "-o", out)
    frame = pl.read_parquet(out)
    assert status == 0 and frame.columns == list(CELLS)
    assert frame["document"].unique(maintain_order=True).to_list() == [
        "教育.xlsx", "科技.txt", "水务/表1.xlsx + 表2.xlsx + 说明.html",
    ]  # fmt: skip
    cell = frame.filter(row_code="2050201", file="表2.xlsx").sort("column").row(0, named=True)
    assert (cell["amount"], cell["text"], cell["row_path"]) == (
        60_000_000,
        "60",
        ["教育支出", "普通教育", "学前教育"],
    )
    assert (cell["agency"], cell["fiscal_year"], cell["unit"], cell["a1"]) == ("某市水务局", 2026, "万元", "C9")
    assert json.loads(cell["point"])["exp_func_code"] == ["2050201"]
    assert (
        cell["sha256"] == document_rows([corpus / "水务" / "表2.xlsx"], "x", wanted="nothing", check=False).files[0][1]
    )
    single = json.loads(run(capsys, "read", corpus / "科技.txt", "--json")[1])
    amounts = [cell["amount"] for sheet in single["sheets"] for cell in sheet["cells"]]
    assert frame.filter(document="科技.txt", column_role="money")["amount"].to_list() == amounts
    assert "空.pdf" in told and "表1.xlsx、表2.xlsx、说明.html" in told
    assert not journal_folder(out).exists()


def test_findings_of_a_corpus(capsys: pytest.CaptureFixture[str], corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    status, told, _ = run(capsys, "check", corpus, "-o", out)
    frame = pl.read_parquet(out)
    assert status == 1 and frame.columns == list(FINDINGS)
    errors = frame.filter(severity="error")
    assert set(errors["document"]) == {"教育.xlsx"}
    assert set(errors["difference"].drop_nulls()) == {9_000_000}
    line = next(line.split() for line in told.splitlines() if line.startswith("教育.xlsx"))
    assert line[-2] == str(errors.height)
    _, whole, _ = run(capsys, "check", corpus, "--format", "json")
    reports = json.loads(whole)
    assert sum(len(report["findings"]) for report in reports) == frame.height
    assert all("seconds" not in report["summary"] for report in reports)
    _, sarif, _ = run(capsys, "check", corpus, "--format", "sarif")
    (one,) = json.loads(sarif)["runs"]
    assert len(one["results"]) == frame.height
    assert {result["ruleId"] for result in one["results"]} == {rule["id"] for rule in one["tool"]["driver"]["rules"]}


def test_status_of_a_corpus(capsys: pytest.CaptureFixture[str], corpus: Path, tmp_path: Path) -> None:
    (corpus / "教育.xlsx").unlink()
    assert run(capsys, "check", corpus)[0] == 0
    poor = tmp_path / "poor"
    poor.mkdir()
    status, _, error = run(capsys, "check", poor)
    assert status == 2 and "poor" in error
    for name in ("a.pdf", "b.pdf"):
        (poor / name).write_bytes(b"")
    assert run(capsys, "check", poor, "-o", tmp_path / "poor.parquet")[0] == 2
    assert run(capsys, "read", corpus, "-o", tmp_path / "poor.parquet")[0] == 2, "an output is not replaced"
    assert run(capsys, "check", corpus, "--format", "html", "-o", tmp_path / "a.html")[0] == 2
    with pytest.raises(SystemExit):
        main(["check", str(corpus), "--seconds", "0"])


@pytest.mark.parametrize("way", ["read.parquet", "read.json", "check.parquet", "check.json", "check.sarif"])
def test_the_same_bytes_whoever_works(
    capsys: pytest.CaptureFixture[str], corpus: Path, tmp_path: Path, way: str
) -> None:
    command, suffix = way.split(".")
    more = ["--format", suffix] if command == "check" and suffix != "parquet" else []
    made = []
    for workers in ("1", "2"):
        out = tmp_path / f"{workers}.{suffix}"
        run(capsys, command, corpus, "-o", out, "--workers", workers, *more)
        made.append(out.read_bytes())
    assert made[0] == made[1]


# limits and interruption


def behave(task: str) -> str:
    """A piece of work that does what it is told to."""
    match task.split(":"):
        case ["die"]:
            os.kill(os.getpid(), signal.SIGSEGV)
        case ["hang", noted]:
            child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
            Path(noted).write_text(str(child.pid))
            while True:
                time.sleep(0.01)
        case ["swell"]:
            held = []
            while True:
                held.append(bytearray(8 << 20))
        case ["panic"]:
            raise BaseException("no ordinary error")
    return task.upper()


def test_work_that_dies_hangs_or_swells_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    noted = tmp_path / "child"
    tasks = ["a", "die", "b", f"hang:{noted}", "c", "swell", "d", "panic", "e"]
    with Crew(behave, Limits(4.0, 512 << 20), 2) as crew:
        came = dict(crew.run(iter((task, 1.0) for task in tasks)))
    good = {task: done.value for task, done in came.items() if isinstance(done, Done)}
    assert good == {task: task.upper() for task in "abcde"}
    failed = {task.split(":")[0]: done for task, done in came.items() if isinstance(done, Failure)}
    assert {task: failure.kind for task, failure in failed.items()} == {
        "die": "crashed", "hang": "time", "swell": "memory", "panic": "crashed",
    }  # fmt: skip
    assert failed["die"].detail == "SIGSEGV"
    for _ in range(100):
        if not Path(f"/proc/{noted.read_text()}").exists():
            break
        time.sleep(0.05)
    else:
        pytest.fail("what a hanging process started is still there")


def dies_on_some(task: Task) -> DocumentResult:
    """Reads as always, but a file of a certain name ends the process."""
    if "坏" in task.name:
        os.kill(os.getpid(), signal.SIGKILL)
    with (task.part.parent / f"{task.key}.seen").open("a") as stream:
        stream.write("x")
    return run_task(task)


def corpus_run(
    folder: Path, journal: Path, told: Callable[[int, int, str], None] = lambda *_: None, limits: Limits | None = None
) -> Outcome:
    kept = Journal(journal)
    try:
        made = Corpus(Asked("cells"), limits or Limits(), kept, 1, told, dies_on_some)
        return made.run([*find_files([folder])])
    finally:
        kept.close()


def test_a_crash_is_told_with_its_reason(corpus: Path, tmp_path: Path) -> None:
    shutil.copy(corpus / "教育.xlsx", corpus / "坏.xlsx")
    outcome = corpus_run(corpus, tmp_path / "journal")
    told = {entry.name: entry.problems[0] for entry in outcome.refused}
    assert {name: key for name, (key, _) in told.items()} == {"坏.xlsx": "corpus_crashed", "空.pdf": "guard_empty"}
    assert told["坏.xlsx"][1]["reason"] == "SIGKILL"
    assert all(say(key, lang, values) for key, values in told.values() for lang in ("zh", "en"))
    assert sum(entry.read for entry in outcome.entries) == 3


def test_an_interrupted_run_goes_on_where_it_was(
    capsys: pytest.CaptureFixture[str], corpus: Path, tmp_path: Path
) -> None:
    def stop(done: int, total: int, name: str) -> None:
        if done >= 3:
            raise KeyboardInterrupt

    journal = tmp_path / "journal"
    with pytest.raises(KeyboardInterrupt):
        corpus_run(corpus, journal, stop)
    before = {file.name for file in journal.glob("*.seen")}
    assert before and list(journal.glob("*.parquet"))
    with (journal / "journal.jsonl").open("a", encoding="utf-8") as stream:
        stream.write('{"key": "cut off in the midd')
    outcome = corpus_run(corpus, journal)
    assert outcome.resumed >= len(before)
    assert all((journal / name).read_text() == "x" for name in before), "what was finished was not read again"
    fresh = corpus_run(corpus, tmp_path / "other")
    assert [(e.name, e.key, e.counts) for e in outcome.entries] == [(e.name, e.key, e.counts) for e in fresh.entries]

    out, other = tmp_path / "a.parquet", tmp_path / "b.parquet"
    (tmp_path / "other" / "lock").unlink()
    shutil.copytree(tmp_path / "other", journal_folder(out))
    assert run(capsys, "read", corpus, "-o", out)[0] == run(capsys, "read", corpus, "-o", other)[0] == 0
    assert out.read_bytes() == other.read_bytes()


def test_what_changed_is_read_anew(corpus: Path, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    corpus_run(corpus, journal)
    book(corpus / "教育.xlsx", "2026年部门支出预算总表", SPENDING, "某市教育局")
    again = corpus_run(corpus, journal)
    calls = sum(len(file.read_text()) for file in journal.glob("*.seen"))
    assert calls == len(list(journal.glob("*.seen"))), "each content is read once"
    assert again.resumed > 0 and again.total("cells") == corpus_run(corpus, tmp_path / "new").total("cells")


def test_a_document_that_broke_a_limit_is_tried_again_with_another(corpus: Path, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    shutil.copy(corpus / "教育.xlsx", corpus / "坏.xlsx")
    corpus_run(corpus, journal)
    (journal / "tries").write_text("")
    entry = next(e for e in corpus_run(corpus, journal).entries if e.name == "坏.xlsx")
    assert entry.limits == (60.0, 2 << 30)
    entry = next(e for e in corpus_run(corpus, journal, limits=Limits(50.0)).entries if e.name == "坏.xlsx")
    assert entry.limits == (50.0, 2 << 30)


def test_two_runs_do_not_write_one_output(capsys: pytest.CaptureFixture[str], corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    other = Journal(journal_folder(out))
    assert run(capsys, "read", corpus, "-o", out)[0] == 2
    other.close()
    assert run(capsys, "read", corpus, "-o", out)[0] == 0


def test_a_document_is_a_function_of_its_files(corpus: Path) -> None:
    paths = [corpus / "水务" / name for name in ("表1.xlsx", "说明.html")]
    one, again = (document_rows(paths, "水务", wanted="findings", check=True) for _ in range(2))
    assert one == again and one.identity is not None and one.identity.agency == "某市水务局"
    gone = document_rows([corpus / "没有.pdf"], "没有.pdf", wanted="cells", check=False)
    assert gone.problems and not gone.rows
    assert isinstance(Found(paths[0], "a", ""), Found)


def test_text_that_is_no_unicode_does_not_stop_rows(tmp_path: Path) -> None:
    made = write(tmp_path / "a.pdf", [Paper(text(100, 700, "2026年部门收支预算总表")), Paper()])
    result = document_rows([made], "名\udcff.pdf", wanted="findings", check=True)
    from yusuan.publish.parquet import join_parts, write_part

    write_part(tmp_path / "p.parquet", FINDINGS, result.rows)
    assert join_parts(tmp_path / "q.parquet", FINDINGS, iter([tmp_path / "p.parquet"])) == len(result.rows) > 0
    assert pl.read_parquet(tmp_path / "q.parquet")["document"].unique().to_list() == ["名\\udcff.pdf"]
