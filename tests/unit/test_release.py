"""Publishing as versions: nothing silently replaced, everything accounted for, and every change found out again."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from docx import Document
from publish_example import example

from yusuan.chapters import Explanation
from yusuan.cli import main
from yusuan.finding import Finding
from yusuan.release.compare import compared, page_texts
from yusuan.release.edition import Edition
from yusuan.release.keys import PublicKey, new_key, read_public, read_secret, signed_by, write_new_key
from yusuan.release.publishing import Wishes, publish
from yusuan.release.record import changes, json_bytes, record_of, same_figure, same_words, tables_of
from yusuan.release.rows import misprinted
from yusuan.release.store import MAKING, Shelf, files_under
from yusuan.sheet import Agency
from yusuan.words import InputError

LEDGER = Path(__file__).resolve().parents[2] / "src" / "yusuan" / "example" / "ledger"
QUICK = ("--format", "xlsx,site,data")
PLACE = Path("104012") / "2025-budget"

NOTHING = Explanation("", ())

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run_it(*arguments: object) -> tuple[int, str, str]:
        status = main([str(each) for each in arguments])
        told = capsys.readouterr()
        return status, told.out, told.err

    return run_it


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return Path(shutil.copytree(LEDGER, tmp_path / "ledger"))


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example in every format, never changed."""
    folder = tmp_path_factory.mktemp("released") / "out"
    assert main(["publish", str(LEDGER), "-o", str(folder), "--date", "2025-02-10"]) == 0
    return folder


@pytest.fixture
def copy(released: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(released, tmp_path / "copy", symlinks=True))


def corrected(ledger: Path) -> None:
    """The same ledger with one amount more by 10,000 yuan."""
    facts = ledger / "facts.csv"
    lines = facts.read_text(encoding="utf-8-sig").splitlines()
    amount = lines[0].split(",").index("金额（元）")
    cells = lines[1].split(",")
    cells[amount] = str(int(cells[amount]) + 10_000)
    facts.write_text("\n".join([lines[0], ",".join(cells), *lines[2:]]) + "\n", encoding="utf-8")


def contents(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in files_under(folder) if not (folder / name).is_symlink()}


def test_a_release_is_whole(released: Path, run: Run) -> None:
    folder = released / PLACE / "v1"
    manifest = json.loads((folder / "manifest.json").read_bytes())
    assert {each["path"] for each in manifest["files"]} == {*files_under(folder)} - {"manifest.json"}
    assert {"disclosure.pdf", "disclosure.docx", "disclosure.xlsx", "disclosure.json"} <= {*files_under(folder)}
    assert manifest["agency"]["code"] == "104012" and manifest["version"] == "v1" and manifest["previous"] is None
    assert manifest["source"]["kind"] == "ledger" and len(manifest["standard"]["sha256"]) == 64
    tables = [each for each in manifest["comparison"] if "tables" in each["holds"]]
    telling = [each for each in manifest["comparison"] if "explanation" in each["holds"]]
    assert all(each["cells"] == each["equal"] > 400 for each in tables) and len(tables) == 9
    assert {Path(each["file"]).name for each in telling} == {
        "disclosure.pdf", "disclosure.docx", "explanation.html", "explanation.en.html",
    }  # fmt: skip
    record = json.loads((folder / "disclosure.json").read_bytes())
    assert {each["passages"] for each in telling} == {len(record["prose"])} and len(record["prose"]) > 50
    assert sum(part.get("open", False) for part in record["prose"]) == len(manifest["open_passages"]) > 10
    package = json.loads((folder / "data" / "datapackage.json").read_bytes())
    assert package["licenses"][0]["name"] == "notspecified" and package["version"] == "1"
    assert {"disclosure.pdf", "disclosure.docx", "disclosure.xlsx"} <= {each["file"] for each in manifest["comparison"]}
    assert (released / PLACE / "current").readlink() == Path("v1")
    status, told, _ = run("verify", released)
    assert status == 0 and "完好" in told


def test_the_same_input_gives_the_same_bytes(released: Path, tmp_path: Path) -> None:
    assert main(["publish", str(LEDGER), "-o", str(tmp_path / "again"), "--date", "2025-02-10"]) == 0
    assert contents(released) == contents(tmp_path / "again")


def test_nothing_changed_writes_nothing(ledger: Path, tmp_path: Path, run: Run) -> None:
    out = tmp_path / "out"
    assert run("publish", ledger, "-o", out, *QUICK)[0] == 0
    before = contents(out)
    status, told, _ = run("publish", ledger, "-o", out, *QUICK, "--date", "2026-01-01")
    assert status == 0 and "没有变化" in told
    assert contents(out) == before


def test_a_correction_needs_a_reason_and_keeps_what_was(ledger: Path, tmp_path: Path, run: Run) -> None:
    out = tmp_path / "out"
    assert run("publish", ledger, "-o", out, *QUICK)[0] == 0
    before = contents(out / PLACE / "v1")
    corrected(ledger)
    status, told, _ = run("publish", ledger, "-o", out, *QUICK)
    assert status == 1 and "--reason" in told
    assert [each["version"] for each in Shelf(out / PLACE).versions()] == ["v1"]
    assert run("publish", ledger, "-o", out, *QUICK, "--reason", "更正工资")[0] == 0
    first, second = Shelf(out / PLACE).versions()
    assert second["reason"] == "更正工资" and second["changed"] == len(second["changes"]) > 3
    assert {each["before"] for each in second["changes"]} != {each["after"] for each in second["changes"]}
    manifest = json.loads((out / PLACE / "v2" / "manifest.json").read_bytes())
    assert manifest["previous"] == {"version": "v1", "manifest_sha256": first["manifest_sha256"]}
    assert contents(out / PLACE / "v1") == before
    assert (out / PLACE / "current").readlink() == Path("v2")
    assert run("verify", out)[0] == 0


def test_a_later_version_tells_what_it_changed(ledger: Path, tmp_path: Path, run: Run) -> None:
    out, own = tmp_path / "out", tmp_path / "own.txt"
    own.write_text("[structure]\n内设三个部门。\n", encoding="utf-8")
    assert run("publish", ledger, "-o", out, *QUICK, "--texts", own)[0] == 0
    own.write_text("[structure]\n内设四个部门。\n", encoding="utf-8")
    corrected(ledger)
    words = ("--texts", own, "--reason", "更正部门数", "--date", "2025-03-01", "--license", "CC0-1.0")
    assert run("publish", ledger, "-o", out, "--format", "pdf,docx,data,site", *words)[0] == 0
    covers = [next(page_texts(out / PLACE / "v2" / "disclosure.pdf"))]
    covers.append("".join(p.text for p in Document(str(out / PLACE / "v2" / "disclosure.docx")).paragraphs[:8]))
    assert all("第2版" in cover.replace(" ", "") and "2025年3月1日" in cover.replace(" ", "") for cover in covers)
    told = [each for each in Shelf(out / PLACE).versions()[1]["changes"] if each["form"] == "预算说明"]
    (change,) = [each for each in told if "个部门" in each["after"]]
    assert (change["row"], change["before"], change["after"]) == ("机构设置", "内设三个部门。", "内设四个部门。")
    pages = out / PLACE / "v2" / "site" / "agency" / "104012" / "2025"
    page = (pages / "index.html").read_text(encoding="utf-8")
    assert "第 2 版" in page and "更正部门数" in page and "内设三个部门。" in page and "2025-03-01" in page
    (link,) = re.findall(r'href="([^"]*)">第 1 版', page)
    assert (pages / link).resolve() == out / PLACE / "v1" / "site" / "agency" / "104012" / "2025" / "index.html"
    package = json.loads((out / PLACE / "v2" / "data" / "datapackage.json").read_bytes())
    assert package["version"] == "2" and package["licenses"][0]["name"] == "CC0-1.0"


def test_last_year_is_taken_from_its_own_release(ledger: Path, tmp_path: Path, run: Run) -> None:
    """What the folder holds of the year before is compared with, and its page is led to."""
    out, former = tmp_path / "out", Path(shutil.copytree(ledger, tmp_path / "former"))
    agencies = former / "agencies.csv"
    agencies.write_text(agencies.read_text(encoding="utf-8-sig").replace("2025,", "2024,"), encoding="utf-8")
    corrected(former)
    assert run("publish", former, "-o", out, *QUICK)[0] == 0
    assert run("publish", ledger, "-o", out, *QUICK)[0] == 0
    folder = out / PLACE / "v1"
    record = json.loads((folder / "disclosure.json").read_bytes())
    assert any("比2024年预算减少1.00万元" in part["text"] for part in record["prose"])
    manifest = json.loads((folder / "manifest.json").read_bytes())
    assert manifest["beside"]["previous"]["name"] == "104012/2024-budget/v1"
    pages = folder / "site" / "agency" / "104012" / "2025"
    page = (pages / "index.html").read_text(encoding="utf-8")
    (link,) = re.findall(r'href="([^"]*)">2024</a>', page)
    assert (pages / link).resolve() == out / "104012/2024-budget/v1/site/agency/104012/2024/index.html"
    (home,) = re.findall(r'class="home" href="([^"]*)"', page)
    assert (pages / home).resolve() == out / "index.html"
    assert run("publish", ledger, "-o", tmp_path / "other", "--format", "xlsx", "--previous", former)[0] == 0
    given = json.loads((tmp_path / "other" / PLACE / "v1" / "disclosure.json").read_bytes())
    assert given["prose"] == record["prose"]
    assert run("verify", out)[0] == 0


def test_a_department_is_compared_with_last_year_too(ledger: Path, tmp_path: Path, run: Run) -> None:
    for file in ledger.glob("*.csv"):
        text = file.read_text(encoding="utf-8-sig")
        more = (f"{line.replace('104012', '104013')}\n" for line in text.splitlines()[1:])
        file.write_text(text + "".join(more), encoding="utf-8")
    former = Path(shutil.copytree(ledger, tmp_path / "former"))
    agencies = former / "agencies.csv"
    agencies.write_text(agencies.read_text(encoding="utf-8").replace("2025,", "2024,"), encoding="utf-8")
    words = ("--format", "data", "--agency", "104", "--previous", former)
    assert run("publish", ledger, "-o", tmp_path / "out", *words)[0] == 0
    record = json.loads(next((tmp_path / "out").rglob("disclosure.json")).read_bytes())
    assert any("与2024年预算持平" in part["text"] for part in record["prose"])


def test_rows_see_every_figure_moved_lost_or_added() -> None:
    """Read without understanding, a table gives back each figure in its own column and nothing beside it."""
    sheets = tables_of(record_of(example()[0]))
    grids = [each for each in sheets if all(len(labels) == 2 for labels in each.labels)]
    printed = [{place for place, (text, _) in each.cells.items() if text} for each in grids]
    table = next(each for each, there in zip(grids, printed)
                 if len({c for _, c in there}) * len(each.rows) > len(there) > 20)  # fmt: skip
    head = {n + 2: same_words(label.rpartition(" › ")[2]) for n, label in enumerate(table.columns)}
    lines = [head, *({0: labels[0], 1: labels[1]} for labels in table.labels)]
    for (row, column), (text, _) in table.cells.items():
        lines[row + 1] |= {column + 2: same_figure(text)} if text else {}
    assert not [*misprinted([table], lines)]
    filled = [(n, p) for n, line in enumerate(lines) for p in line if n and p > 1]
    used = {p for _, p in filled}
    blank = [(n, p) for n in range(1, len(lines)) for p in used if p not in lines[n]]
    assert filled and blank
    for n, p in filled:
        for other in ({}, {p + 100: lines[n][p]}, {p: "0.07"}):
            altered = [*lines]
            altered[n] = {q: text for q, text in lines[n].items() if q != p} | other
            assert [*misprinted([table], altered)]
    for n, p in blank:
        altered = [*lines]
        altered[n] = {**lines[n], p: "0.07"}
        assert [*misprinted([table], altered)]


def test_texts_are_asked_for_before_anything_is_published(ledger: Path, tmp_path: Path, run: Run) -> None:
    out, own = tmp_path / "out", tmp_path / "说明.txt"
    status, told, _ = run("publish", ledger, "-o", out, *QUICK, "--texts", own)
    assert status == 1 and str(own) in told and not out.exists()
    assert "[purchases] 政府采购情况" in own.read_text(encoding="utf-8")
    own.write_text("[last.income]\n400\n[purchase]\n没有。\n", encoding="utf-8")
    status, told, _ = run("publish", ledger, "-o", out, *QUICK, "--texts", own)
    assert status == 0 and "[purchase]" in told and "末尾添了 14 个题目" in told
    text = own.read_text(encoding="utf-8")
    assert text.startswith("[last.income]\n400\n[purchase]\n没有。\n") and "[reason.income]" in text
    status, told, _ = run("publish", ledger, "-o", out, *QUICK, "--texts", own)
    assert status == 0 and "没有变化" in told and own.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(("text", "rule"), [
    ("[purchases]\n采购XX万元。", "prose_placeholder"),
    ("[project_use]\n2025年本单位收入预算500.00万元。", "prose_table"),
    ("[project_use]\n2025年本单位支出预算437.79万元，比2024年预算增加30.00万元，下降7.36%。", "prose_turn"),
])  # fmt: skip
def test_the_preparers_own_words_are_checked(
    ledger: Path, tmp_path: Path, run: Run, text: str, rule: str
) -> None:  # fmt: skip
    own = tmp_path / "own.txt"
    own.write_text(text, encoding="utf-8")
    status, told, _ = run("publish", ledger, "-o", tmp_path / "out", "--format", "xlsx", "--texts", own)
    assert status == 1 and f"不能公开：[{rule}" in told and not any(files_under(tmp_path / "out"))


def test_a_lost_paragraph_is_found(ledger: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from yusuan.publish import docx

    true = docx.docx_bytes

    def false(disclosure, standard, explanation, **more):  # type: ignore[no-untyped-def]
        first, *others = explanation.chapters
        inner = (replace(first.chapters[0], passages=()), *first.chapters[1:])
        return true(
            disclosure, standard, replace(explanation, chapters=(replace(first, chapters=inner), *others)), **more
        )

    monkeypatch.setattr(docx, "docx_bytes", false)
    status, told, _ = run("publish", ledger, "-o", tmp_path / "out", "--format", "docx")
    assert status == 1 and "disclosure.docx 回读不符：预算说明" in told and "承办对外科技合作" in told


def test_a_character_without_a_picture_is_a_finding(ledger: Path, tmp_path: Path, run: Run) -> None:
    projects = ledger / "projects.csv"
    text = projects.read_text(encoding="utf-8-sig")
    projects.write_text(text.replace("科技交流发展资金", "科技\U00020bb7交流👍资金"), encoding="utf-8")
    status, told, _ = run("publish", ledger, "-o", tmp_path / "out", "--format", "pdf,site")
    assert status == 0 and "U+1F44D" in told and "其他资金绩效目标表" in told
    manifest = json.loads(next((tmp_path / "out").rglob("manifest.json")).read_bytes())
    assert manifest["findings"]["warning"] >= 1
    assert run("verify", tmp_path / "out")[0] == 0


def test_many_agencies_are_published_by_several_processes(ledger: Path, tmp_path: Path, run: Run) -> None:
    codes = [f"104{number:03d}" for number in range(12, 17)]
    for name in ("agencies", "facts", "projects", "goals"):
        file = ledger / f"{name}.csv"
        head, *lines = file.read_text(encoding="utf-8-sig").splitlines()
        more = [line.replace("104012", code) for code in codes for line in lines]
        file.write_text("\n".join([head, *more]) + "\n", encoding="utf-8")
    out, own = tmp_path / "out", tmp_path / "texts"
    own.mkdir()
    for code in codes:
        (own / f"{code}.txt").write_text(f"[structure]\n单位{code}的机构。\n", encoding="utf-8")
    (own / f"{codes[2]}.txt").write_text("[last.income]\n许多\n", encoding="utf-8")
    asked = [part for code in codes for part in ("--agency", code)]
    words = ("--format", "xlsx,site", "--texts", own, "--workers", "2", *asked)
    status, told, _ = run("publish", ledger, "-o", out, *words)
    assert status == 1 and told.count("：已公开") == 4 and f"{codes[2]}：没有公开" in told and "许多" in told
    assert "5 个单位：公开 4" in told
    page = (out / "index.html").read_text(encoding="utf-8")
    assert page.count("/2025-budget/v1/site/") == 4
    assert run("verify", out)[0] == 0


def test_errors_refuse_unless_waived(example_file: Path, tmp_path: Path, run: Run) -> None:
    wrong = tmp_path / "wrong.txt"
    text = example_file.read_text(encoding="utf-8")
    wrong.write_text(text.replace("收入总计\t437.79", "收入总计\t437.97"), encoding="utf-8")
    out = tmp_path / "out"
    status, told, _ = run("publish", wrong, "-o", out, "--format", "xlsx")
    assert status == 1 and "不能公开：[" in told and not any(files_under(out))
    rules = {line.partition("[")[2].partition("]")[0] for line in told.splitlines() if "不能公开：[" in line}
    waivers = [part for rule in sorted(rules) for part in ("--waive", f"{rule}=已报批")]
    status, told, _ = run("publish", wrong, "-o", out, "--format", "xlsx", *waivers, "--waive", "prose_table=x")
    assert status == 0, told
    manifest = json.loads(next(out.rglob("manifest.json")).read_bytes())
    assert {each["rule"] for each in manifest["waivers"]} == rules
    assert all(each["reason"] == "已报批" and each["findings"] for each in manifest["waivers"])


def test_a_document_is_published(example_file: Path, tmp_path: Path, run: Run) -> None:
    status, told, _ = run("publish", example_file, "-o", tmp_path / "out", *QUICK)
    assert status == 0, told
    assert run("verify", tmp_path / "out")[0] == 0


def test_an_artefact_that_does_not_read_back_is_refused(ledger: Path, tmp_path: Path, run: Run,
                                                        monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    from yusuan.publish import workbook

    true = workbook.workbook_bytes

    def false(disclosure, standard, **more):  # type: ignore[no-untyped-def]
        sheet = disclosure.sheets[0]
        place, cell = next((p, c) for p, c in sheet.cells.items() if c.amount)
        cells = {**sheet.cells, place: replace(cell, text="1.23", amount=1_230_000)}
        return true(replace(disclosure, sheets=(replace(sheet, cells=cells), *disclosure.sheets[1:])), standard, **more)

    monkeypatch.setattr(workbook, "workbook_bytes", false)
    status, told, _ = run("publish", ledger, "-o", tmp_path / "out", "--format", "xlsx")
    assert status == 1 and "disclosure.xlsx 回读不符" in told and "1.23" in told
    assert not [*files_under(tmp_path / "out")]


@pytest.mark.parametrize("name", ["disclosure.pdf", "disclosure.docx", "disclosure.xlsx", "disclosure.json"])
def test_an_altered_file_is_found(copy: Path, run: Run, name: str) -> None:
    file = copy / PLACE / "v1" / name
    file.write_bytes(file.read_bytes() + b" ")
    status, told, _ = run("verify", copy)
    assert status == 1 and f"{name} 被改动过" in told


def test_missing_and_added_files_are_found(copy: Path, run: Run) -> None:
    folder = copy / PLACE / "v1"
    (folder / "disclosure.docx").unlink()
    (folder / "more.txt").write_text("x")
    (copy / PLACE / "other").mkdir()
    status, told, _ = run("verify", copy)
    assert status == 1 and "缺少 disclosure.docx" in told and "多出 more.txt" in told and "多出 other" in told


def test_a_manifest_with_other_digests_is_found(copy: Path, run: Run) -> None:
    """Who alters a file and its digest must alter the list of versions, too; and then the signature tells."""
    path = copy / PLACE / "v1" / "manifest.json"
    manifest = json.loads(path.read_bytes())
    manifest["findings"]["error"] = 7
    path.write_bytes(json_bytes(manifest))
    status, told, _ = run("verify", copy)
    assert status == 1 and "清单与 releases.json" in told


@pytest.mark.parametrize("name", ["releases.json", "v1/manifest.json"])
@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"[" * 100_000, b"\xff\xfe"])
def test_damaged_accounts_are_told_in_a_sentence(copy: Path, run: Run, name: str, data: bytes) -> None:
    (copy / PLACE / name).write_bytes(data)
    status, told, error = run("verify", copy)
    assert status in (1, 2) and "Traceback" not in told + error and told + error


def test_verify_of_nothing(tmp_path: Path, run: Run) -> None:
    assert run("verify", tmp_path)[0] == 2
    assert run("verify", tmp_path / "none")[0] == 2


def test_what_an_interrupted_run_left_is_cleared(copy: Path, run: Run) -> None:
    shelf = copy / PLACE
    (shelf / ".staging-99999").mkdir()
    (shelf / ".staging-99999" / "disclosure.pdf").write_bytes(b"half")
    (shelf / "v2").mkdir()
    (shelf / "v2" / MAKING).touch()
    (shelf / "current").unlink()
    status, told, _ = run("verify", copy)
    assert status == 0 and "v2 是中断" in told
    assert run("publish", LEDGER, "-o", copy, "--date", "2025-02-10")[0] == 0
    assert {each.name for each in shelf.iterdir()} == {"v1", "current", "releases.json"}


def test_a_version_that_is_not_listed_is_never_cleared(copy: Path, run: Run) -> None:
    """Neither with an account that was cut short nor with one that is gone does a release vanish."""
    shelf = copy / PLACE
    shutil.copytree(shelf / "v1", shelf / "v2")
    assert run("verify", copy)[0] == 1
    status, _, error = run("publish", LEDGER, "-o", copy, "--reason", "x", "--license", "CC0-1.0")
    assert status == 2 and "v2" in error and "releases.json" in error
    (shelf / "releases.json").unlink()
    before = {name for name in files_under(shelf) if name.startswith("v")}
    assert run("publish", LEDGER, "-o", copy)[0] == 2
    assert {name for name in files_under(shelf) if name.startswith("v")} == before


def test_what_others_wrote_is_never_overwritten(tmp_path: Path, run: Run) -> None:
    out = tmp_path / "out"
    (out / "assets").mkdir(parents=True)
    (out / "assets" / "site.css").write_text("mine", encoding="utf-8")
    status, _, error = run("publish", LEDGER, "-o", out, "--format", "xlsx")
    assert status == 2 and "assets" in error and [*files_under(out)] == ["assets/site.css"]
    assert run("publish", "", "-o", "")[0] == 2


def test_a_release_taken_back_is_found(ledger: Path, tmp_path: Path, run: Run) -> None:
    """The newest version removed together with its entry, or a whole agency: the front page accounts for them."""
    out = tmp_path / "out"
    assert run("publish", ledger, "-o", out, "--format", "xlsx")[0] == 0
    corrected(ledger)
    assert run("publish", ledger, "-o", out, "--format", "xlsx", "--reason", "更正")[0] == 0
    back = Path(shutil.copytree(out, tmp_path / "back", symlinks=True))
    listed = json.loads((back / PLACE / "releases.json").read_bytes())
    listed |= {"releases": listed["releases"][:1], "current": "v1"}
    (back / PLACE / "releases.json").write_bytes(json_bytes(listed))
    shutil.rmtree(back / PLACE / "v2")
    (back / PLACE / "current").unlink()
    status, told, _ = run("verify", back)
    assert status == 1 and "v2" in told
    shutil.rmtree(back / PLACE.parent)
    assert run("verify", back)[0] != 0
    other = Path(shutil.copytree(out, tmp_path / "other", symlinks=True))
    (other / PLACE.parent).rename(other / "104099")
    status, told, _ = run("verify", other)
    assert status == 1 and "104012/2025-budget" in told
    (out / PLACE / "current").unlink()
    shutil.copytree(out / PLACE / "v2", out / PLACE / "current")
    status, told, _ = run("verify", out)
    assert status == 1 and "current" in told


@pytest.mark.parametrize("name", ["index.html", "data/search-0.js", "index.json"])
def test_an_altered_front_page_is_found_whatever_its_account_says(copy: Path, run: Run, name: str) -> None:
    account = json.loads((copy / "index.json").read_bytes())
    if name == "index.json":
        del account["files"]["index.html"]
    page = copy / ("index.html" if name == "index.json" else name)
    page.write_bytes(page.read_bytes() + b"<script>alert(1)</script>")
    if name != "index.json":
        account["files"][name] = hashlib.sha256(page.read_bytes()).hexdigest()
    (copy / "index.json").write_bytes(json_bytes(account))
    status, told, _ = run("verify", copy)
    assert status == 1 and page.name in told
    (copy / "evil.html").write_text("x", encoding="utf-8")
    assert "evil.html" in run("verify", copy)[1]


def test_an_interrupted_front_page_is_told_and_mended(ledger: Path, tmp_path: Path, run: Run) -> None:
    """Between the switch of a version and the front page, and between its files, a run may end."""
    out = tmp_path / "out"
    assert run("publish", ledger, "-o", out, "--format", "xlsx")[0] == 0
    old = {name: (out / name).read_bytes() for name in files_under(out) if "/" not in name or name.startswith("data/")}
    corrected(ledger)
    assert run("publish", ledger, "-o", out, "--format", "xlsx", "--reason", "更正")[0] == 0
    new = json.loads((out / "index.json").read_bytes())
    for name, data in old.items():
        (out / name).write_bytes(data)
    status, told, _ = run("verify", out)
    assert status == 0 and "中断" in told
    before = json.loads(old["index.json"])["files"]
    (out / "index.json").write_bytes(json_bytes(new | {"before": before}))
    status, told, _ = run("verify", out)
    assert status == 0 and "中断" in told
    (out / "index.html").write_bytes(b"other")
    assert run("verify", out)[0] == 1
    assert run("publish", ledger, "-o", out, "--format", "xlsx")[0] == 0
    status, told, _ = run("verify", out)
    assert status == 0 and "中断" not in told


def test_an_agency_is_not_taken_for_another(example_file: Path, tmp_path: Path, run: Run) -> None:
    from yusuan.commands.publish_source import opened

    source = opened(example_file, None, "zh")
    assert source.document is not None
    disclosure, report = source.document
    outcomes = []
    for name in ("示例省对外、交流中心", "示例省对外交流中心", "示例省对外，交流中心", ""):
        agency = Agency("", name)
        edition = Edition(replace(disclosure, agency=agency), source.standard, report, source.origin, NOTHING)
        try:
            outcomes.append(publish(tmp_path, edition, Wishes(("data",), reason="x")).kind)
        except InputError as error:
            outcomes.append(error.problems[0][0])
    assert outcomes == ["published", "published", "release_other_agency", "release_no_agency"]
    empty = replace(disclosure, sheets=())
    with pytest.raises(InputError, match="没有可公开的"):
        publish(tmp_path, Edition(empty, source.standard, report, source.origin, NOTHING), Wishes(("data",)))


def test_ambiguous_names_are_held_row_by_row(ledger: Path, tmp_path: Path, run: Run) -> None:
    """A project that is called like its agency is read otherwise than it was set; its figures stand where they do."""
    projects = ledger / "projects.csv"
    text = projects.read_text(encoding="utf-8-sig")
    projects.write_text(text.replace("科技交流发展资金", "示例省对外科技交流中心"), encoding="utf-8")
    status, told, _ = run("publish", ledger, "-o", tmp_path / "out", "--format", "xlsx,docx,site")
    assert status == 0, told
    manifest = json.loads(next((tmp_path / "out").rglob("manifest.json")).read_bytes())
    assert "rows" in {each["way"] for each in manifest["comparison"]}
    assert run("verify", tmp_path / "out")[0] == 0


def test_two_at_one_shelf(tmp_path: Path) -> None:
    with Shelf(tmp_path).locked(), pytest.raises(InputError), Shelf(tmp_path).locked():
        raise AssertionError("not reached")
    with Shelf(tmp_path).locked():
        pass


def test_two_programs_at_once(ledger: Path, tmp_path: Path) -> None:
    """Both end well or one says that the other is at work; what is published is whole."""
    command = [sys.executable, "-m", "yusuan", "publish", str(ledger), "-o", str(tmp_path / "out"), "--format", "xlsx"]
    both = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) for _ in "ab"]
    told = [(each.communicate()[1], each.returncode) for each in both]
    assert all(status == 0 or (status == 2 and "正由另一个程序公开" in error) for error, status in told), told
    assert 0 in (status for _, status in told)
    assert main(["verify", str(tmp_path / "out")]) == 0
    assert [each["version"] for each in Shelf(tmp_path / "out" / PLACE).versions()] == ["v1"]


def test_marks_without_a_picture_do_not_count_as_lost(ledger: Path, tmp_path: Path, run: Run) -> None:
    for file in ledger.glob("*.csv"):
        text = file.read_text(encoding="utf-8-sig")
        file.write_text(text.replace("对外科技交流", "对外\u202e科技\u200b交流\u202c"), encoding="utf-8")
    status, _, told = run("publish", ledger, "-o", tmp_path / "out", "--format", "pdf,docx,xlsx,site")
    assert status == 0, told


def test_a_batch_goes_on_after_a_refusal(
    ledger: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One agency of two is refused; the other is published, and the front page leads to it."""
    from yusuan.commands import compile as compiling

    agencies = ledger / "agencies.csv"
    lines = agencies.read_text(encoding="utf-8-sig").splitlines()
    more = lines[1].replace("104012", "104013").replace("中心", "二中心")
    agencies.write_text("\n".join([*lines, more]) + "\n", encoding="utf-8")
    true = compiling.compiled

    def faulty(ledger, standard, code):  # type: ignore[no-untyped-def]
        disclosure, report = true(ledger, standard, code)
        wrong = Finding("total_of_parts", "error", "fails", values={}, actual=1, expected=2)
        return disclosure, replace(report, findings=(wrong,) if code == "104013" else report.findings)

    monkeypatch.setattr(compiling, "compiled", faulty)
    monkeypatch.setattr("yusuan.commands.publish_source.words_for", lambda _: lambda finding, lang: finding.rule)
    status, told, _ = run("publish", ledger, "-o", tmp_path / "out", *QUICK, "--agency", "104013", "--agency", "104012")
    assert status == 1 and "不能公开：[total_of_parts]" in told
    assert {each.parent.parent.parent.name for each in (tmp_path / "out").rglob("manifest.json")} == {"104012"}
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "104012/2025-budget/v1/site/" in page and "二中心" not in page


def test_a_changed_agency_alone_gets_a_version(ledger: Path, tmp_path: Path, run: Run) -> None:
    """In a ledger of two, the correction of one leaves the other as it is."""
    for name in ("agencies", "facts", "projects", "goals"):
        file = ledger / f"{name}.csv"
        lines = file.read_text(encoding="utf-8-sig").splitlines()
        kept = [line.replace("104012", "104013") for line in lines[1:] if name != "facts" or "104012," in line]
        file.write_text("\n".join([*lines, *(kept if name == "agencies" else [])]) + "\n", encoding="utf-8")
    words = ("--format", "xlsx", "--agency", "104012", "--agency", "104013")
    assert run("publish", ledger, "-o", tmp_path / "out", *words)[0] == 0
    corrected(ledger)
    status, told, _ = run("publish", ledger, "-o", tmp_path / "out", *words, "--reason", "更正")
    assert status == 0 and "104013" in told
    assert len(Shelf(tmp_path / "out" / PLACE).versions()) == 2
    assert len(Shelf(tmp_path / "out" / "104013" / "2025-budget").versions()) == 1


@pytest.mark.parametrize("options", [
    ("--waive", "rule"), ("--waive", "=x"), ("--waive", "rule= "), ("--format", "odt"), ("--format", ","),
    ("--date", "10.2.2025"), ("--sign", str(LEDGER / "facts.csv")), ("--agency", "999"),
])  # fmt: skip
def test_bad_options_are_one_sentence(run: Run, tmp_path: Path, options: tuple[str, str]) -> None:
    status, _, error = run("publish", LEDGER, "-o", tmp_path / "out", *options)
    assert status == 2 and error.count("\n") == 1 and not [*files_under(tmp_path / "out")]


def test_changes_are_told_cell_by_cell() -> None:
    disclosure, _ = example()
    sheet = disclosure.sheets[2]
    place, cell = next((p, c) for p, c in sheet.cells.items() if c.amount)
    other = replace(sheet, cells={**sheet.cells, place: replace(cell, text="9.99", amount=9_990_000)})
    sheets = (*disclosure.sheets[:2], other, *disclosure.sheets[3:])
    (found,) = changes(record_of(disclosure), record_of(replace(disclosure, sheets=sheets)))
    assert (found.before, found.after) == (cell.text, "9.99")
    assert not [*changes(record_of(disclosure), record_of(disclosure))]


def test_the_comparison_sees_every_single_cell(tmp_path: Path) -> None:
    disclosure, _ = example()
    record = record_of(disclosure)
    path = tmp_path / "a.json"
    path.write_bytes(json_bytes(record))
    assert compared(tmp_path, "a.json", ["a.json"], record, None).good
    for sheet in record["sheets"]:
        for cell in sheet["cells"]:
            if cell["amount"] is not None:
                kept, cell["amount"] = cell["amount"], cell["amount"] + 1
                found = compared(tmp_path, "a.json", ["a.json"], record, None)
                assert not found.good and found.cells - found.equal == 1
                cell["amount"] = kept
                break


def test_signatures(tmp_path: Path, run: Run, ledger: Path) -> None:
    key, out = tmp_path / "secret.key", tmp_path / "out"
    assert run("publish", "--new-key", key)[0] == 0
    assert key.stat().st_mode & 0o077 == 0
    assert run("publish", "--new-key", key)[0] == 2
    public = tmp_path / "secret.key.pub"
    assert run("publish", ledger, "-o", out, *QUICK)[0] == 0
    assert run("verify", out, "--key", public)[0] == 1
    status, told, _ = run("publish", ledger, "-o", out, *QUICK, "--sign", key)
    assert status == 0 and "已补签名" in told
    assert run("verify", out, "--key", public)[0] == 0
    corrected(ledger)
    assert run("publish", ledger, "-o", out, *QUICK, "--sign", key, "--reason", "更正")[0] == 0
    assert run("verify", out, "--key", public)[0] == 0
    write_new_key(tmp_path / "other.key")
    status, told, _ = run("verify", out, "--key", tmp_path / "other.key.pub")
    assert status == 1 and "另一把密钥" in told


def test_a_signature_is_of_its_data_alone() -> None:
    key = new_key()
    signature = key.sign(b"data", "remark")
    assert signed_by(b"data", signature, key.public) is None
    assert signed_by(b"date", signature, key.public) == "false"
    assert signed_by(b"data", signature.replace("remark", "remork"), key.public) == "false"
    assert signed_by(b"data", signature, PublicKey(key.number, new_key().public.point)) == "false"
    assert signed_by(b"data", signature.replace("\n", " "), key.public) == "damaged"
    assert signed_by(b"data", "", key.public) == "damaged"


@pytest.mark.skipif(shutil.which("minisign") is None, reason="minisign is not on this machine")
def test_minisign_agrees(tmp_path: Path) -> None:
    data = tmp_path / "manifest.json"
    data.write_bytes(b"{}\n")
    ours = write_new_key(tmp_path / "ours.key")
    (tmp_path / "manifest.json.minisig").write_text(read_secret(tmp_path / "ours.key").sign(b"{}\n", "a b"))
    verify = ["minisign", "-Vm", str(data), "-P", ours.text]
    assert subprocess.run(verify, capture_output=True, check=False).returncode == 0
    make = ["minisign", "-G", "-W", "-p", str(tmp_path / "its.pub"), "-s", str(tmp_path / "its.key")]
    subprocess.run(make, capture_output=True, check=True)
    its = read_secret(tmp_path / "its.key")
    assert its.public == read_public(tmp_path / "its.pub")
    subprocess.run(["minisign", "-Sm", str(data), "-s", str(tmp_path / "its.key")], capture_output=True, check=True)
    assert signed_by(b"{}\n", (tmp_path / "manifest.json.minisig").read_text(), its.public) is None
    sign = ["minisign", "-Sm", str(data), "-s", str(tmp_path / "ours.key")]
    assert subprocess.run(sign, capture_output=True, check=False).returncode == 0
