"""Comparing disclosures: what was altered is told, and nothing else; any text is safe in every output."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import openpyxl
import pytest
from publish_example import example

from yusuan.amount import Scale
from yusuan.cli import main
from yusuan.commands.compile import compiled
from yusuan.commands.diff import difference_json, headlines
from yusuan.difference import Difference, difference
from yusuan.ledger import Fact, Ledger, Project
from yusuan.read.ledger import read_ledger
from yusuan.sheet import Agency, Cell, Disclosure

HOSTILE = "=cmd()<script>alert(1)</script>\u202e"


def ledger() -> Ledger:
    return read_ledger(Path(str(files("yusuan") / "example" / "ledger")), example()[1].space)


def made(found: Ledger) -> Disclosure:
    return compiled(found, example()[1], next(iter(found.agencies)))[0]


def altered(*, scale: int = 1, drop: str = "", more: tuple[Fact, ...] = (), year: int = 0) -> Ledger:
    old = ledger()
    facts = [f._replace(amount=f.amount * scale) for f in old.facts() if f.exp_func_code != drop or not drop]
    projects = [*old.projects.values(), *(Project(f.pro_code, f.agency_code, f.pro_code, "other") for f in more)]
    return Ledger.of(
        year or old.fiscal_year, old.agencies.values(), [*facts, *more], projects=projects, goals=old.goals
    )


def shifted(disclosure: Disclosure, delta: int) -> tuple[Disclosure, tuple[int, int, int]]:
    """One printed figure changed."""
    s = 4
    sheet = disclosure.sheets[s]
    place = max(p for p, cell in sheet.cells.items() if cell.amount)
    amount = sheet.cells[place].amount
    assert amount is not None
    cells = {**sheet.cells, place: replace(sheet.cells[place], amount=amount + delta)}
    sheets = (*disclosure.sheets[:s], replace(sheet, cells=cells), *disclosure.sheets[s + 1 :])
    return replace(disclosure, sheets=sheets), (s, *place)


def test_the_same_twice_has_no_difference() -> None:
    disclosure, _ = example()
    found = difference(disclosure, disclosure)
    assert found.none
    assert found.kind == "versions"
    assert found.same == sum(c.amount is not None for s in disclosure.sheets for c in s.cells.values())


def test_one_changed_figure_is_the_only_one_told() -> None:
    disclosure, _ = example()
    other, place = shifted(disclosure, 12_300)
    (change,) = difference(disclosure, other).changes
    assert change.state == "changed"
    assert change.cell.place == place
    assert change.delta == 12_300


def test_another_year_matches_every_figure_and_its_share() -> None:
    before, after = made(ledger()), made(altered(scale=2, year=2026))
    found = difference(before, after)
    assert found.kind == "years"
    assert not found.of("new", "gone")
    assert {change.percent for change in found.changes} == {10_000}
    assert not found.rows_new and not found.rows_gone and not found.forms_new
    assert all(other == 2 * one for _, one, other in headlines(before, after) if one is not None and other is not None)


def test_a_function_that_goes_and_a_project_that_comes_are_listed() -> None:
    old = ledger()
    before = made(old)
    gone = next(f.exp_func_code for f in old.facts() if f.kind == "basic" or f.exp_func_code.startswith("221"))
    found = difference(before, made(altered(drop=gone)))
    assert any(row.code == gone for row in found.rows_gone)
    assert found.of("gone")
    base = next(fact for fact in old.facts() if fact.pro_code)
    project = base._replace(pro_code="新项目", amount=10_000_000)
    found = difference(before, made(altered(more=(project,))))
    assert any("新项目" in row.name or "新项目" in row.code for row in found.rows_new)
    assert not found.rows_gone


def test_units_of_different_size_are_told_as_rounding() -> None:
    disclosure, _ = example()
    fine = []
    for sheet in disclosure.sheets:
        cells = {p: replace(c, amount=None if c.amount is None else c.amount + 300) for p, c in sheet.cells.items()}
        fine.append(replace(sheet, scale=Scale("元", 2), cells=cells))
    found = difference(disclosure, replace(disclosure, sheets=tuple(fine)))
    assert found.none
    assert len(found.of("rounding")) == len(found.changes) > 100


def test_other_agencies_are_compared_by_the_names_of_rows() -> None:
    disclosure, _ = example()
    assert disclosure.agency is not None
    other = replace(disclosure, agency=Agency("999001", "另一个单位"))
    found = difference(disclosure, other)
    assert found.kind == "agencies"
    assert not found.changes


def test_texts_that_changed_are_told() -> None:
    disclosure, _ = example()
    s = next(n for n, sheet in enumerate(disclosure.sheets) if any(word.text for word in sheet.words.values()))
    sheet = disclosure.sheets[s]
    place = next(p for p, word in sorted(sheet.words.items()) if word.text)
    words = {**sheet.words, place: Cell(*place, "改过的文字")}
    sheets = (*disclosure.sheets[:s], replace(sheet, words=words), *disclosure.sheets[s + 1 :])
    (change,) = difference(disclosure, replace(disclosure, sheets=sheets)).texts
    assert change.after == "改过的文字"


@pytest.fixture
def pair(example_file: Path, tmp_path: Path) -> tuple[str, str]:
    text = example_file.read_text(encoding="utf-8")
    one, other = tmp_path / "甲.txt", tmp_path / "乙.txt"
    one.write_text(text, encoding="utf-8")
    other.write_text(
        text.replace("收入总计\t437.79", "收入总计\t437.97").replace("科技交流发展资金", HOSTILE), encoding="utf-8"
    )
    return str(one), str(other)


def test_on_the_terminal_and_as_json(pair: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", *pair]) == 0
    text = capsys.readouterr().out
    assert "437.79 → 437.97" in text
    assert "\x1b" not in text
    assert main(["diff", *pair, "--format", "json", "--lang", "en"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "yusuan.diff/1"
    assert any(c["delta"] == 180_000 for c in told["changes"])


@pytest.mark.parametrize("fmt", ["html", "xlsx"])
def test_page_and_workbook_hold_hostile_text_as_text(pair: tuple[str, str], tmp_path: Path, fmt: str) -> None:
    output = tmp_path / f"差别.{fmt}"
    assert main(["diff", *pair, "--format", fmt, "-o", str(output)]) == 0
    assert main(["diff", *pair, "--format", fmt, "-o", str(output)]) == 2
    if fmt == "html":
        page = output.read_text(encoding="utf-8")
        assert "<script" not in page
        assert "437.97" in page
        return
    book = openpyxl.load_workbook(output)
    formulas = [c.value for sheet in book for row in sheet.iter_rows() for c in row if c.data_type == "f"]
    assert formulas and all(f[1:].replace("-", "").isalnum() for f in formulas)
    values = openpyxl.load_workbook(output, data_only=True)
    assert any(c.value == 0.18 for sheet in values for row in sheet.iter_rows() for c in row)


def test_bad_input_is_one_sentence(tmp_path: Path, example_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", str(example_file), str(tmp_path / "没有.pdf")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert main(["diff", str(example_file), str(example_file), "--format", "html"]) == 2


def test_json_names_both_sides() -> None:
    disclosure, _ = example()
    found: Difference = difference(disclosure, replace(disclosure, kind="final"))
    assert difference_json(found, [])["kind"] == "budget_final"


def test_a_ledger_and_a_release_are_sides_too(
    tmp_path: Path, example_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = str(files("yusuan") / "example" / "ledger")
    out = tmp_path / "out"
    assert main(["publish", source, "-o", str(out), "--format", "docx"]) == 0
    shelf = out / "104012" / "2025-budget"
    for sides in ((source, str(shelf)), (str(shelf / "v1"), source), (str(shelf), str(shelf / "v1"))):
        capsys.readouterr()
        assert main(["diff", *sides, "--format", "json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert told["summary"]["same"] > 400 and not any(
            told["summary"][state] for state in ("changed", "new", "gone", "rounding")
        )
    assert main(["diff", source, str(example_file), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["summary"]["changed"] == 0


def test_of_several_agencies_one_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = Path(str(files("yusuan") / "example" / "ledger"))
    several = tmp_path / "several"
    several.mkdir()
    for file in source.iterdir():
        text = file.read_text(encoding="utf-8-sig")
        more = text.splitlines()[1:]
        (several / file.name).write_text(
            text + "".join(f"{line.replace('104012', '104013')}\n" for line in more), encoding="utf-8"
        )
    assert main(["diff", str(several), str(several)]) == 2
    assert "104013" in capsys.readouterr().err
    assert main(["diff", str(several), str(several), "--agency", "104013"]) == 0
    assert main(["diff", str(several), str(source), "--agency", "999"]) == 2
    assert main(["diff", str(tmp_path), str(source)]) == 2
