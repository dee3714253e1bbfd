import csv
from importlib.resources import files
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yusuan.axes import national_space
from yusuan.ledger import Fact, Ledger, Project
from yusuan.ledgerbook import disarm, rearm
from yusuan.publish.ledger import write_ledger
from yusuan.read.ledger import read_ledger
from yusuan.read.ledger_columns import scan_facts
from yusuan.sheet import Agency
from yusuan.words import InputError

SPACE = national_space().at(2025)
EXAMPLE = read_ledger(Path(str(files("yusuan") / "example" / "ledger")), SPACE)

NASTY = Ledger.of(
    2025,
    [
        Agency("104012", "甲", "104", "示例厅", "institution"),
        Agency("104013", '=HYPERLINK("x")'),
        Agency("104", "示例厅", None, "", "organ"),
    ],
    [
        Fact("104012", "2060301", "30201", "50502", "1111", "current", "basic", "", 1),
        Fact("104012", "2060301", "30202", "50502", "31", "carryover", "project", "+P-1", 10**17),
        Fact("104012", "2060301", "30203", "50502", "31", "carryover", "business", "007", -12345),
        Fact("104", "2060301", "30101", "50101", "1111", "current", "basic", "", 0),
    ],
    projects=[
        Project("+P-1", "104", "@SUM(A1)", "special", {"goal_year": "=1+1", "output.quantity": " 两行\n文字 "}),
        Project("007", "104012", "-x", "other", {"goal_period": "'=quoted", "satisfaction.public": '≥95%，"引号"'}),
    ],
    goals={"104013": {"duties": "\t制表符"}, "104": {"cost.economic": "+1"}},
    marks=("given", "derived", "determined", "assumed"),
)


@pytest.mark.parametrize("name", ["ledger.xlsx", "ledger", "ledger.parquet"])
@pytest.mark.parametrize("ledger", [EXAMPLE, NASTY], ids=["example", "nasty"])
def test_round_trip(tmp_path: Path, ledger: Ledger, name: str) -> None:
    write_ledger(ledger, tmp_path / name, marks=True)
    assert read_ledger(tmp_path / name, SPACE) == ledger
    frame = scan_facts(tmp_path / name, SPACE)
    assert {column: frame[column].to_list() for column in ledger.columns} == ledger.columns


def test_single_csv_holds_facts_agencies_and_projects(tmp_path: Path) -> None:
    write_ledger(EXAMPLE, tmp_path / "a.csv")
    found = read_ledger(tmp_path / "a.csv", SPACE)
    assert (found.columns, found.agencies) == (EXAMPLE.columns, EXAMPLE.agencies)
    assert {p.code: (p.name, p.pro_type) for p in found.projects.values()} == {
        p.code: (p.name, p.pro_type) for p in EXAMPLE.projects.values()
    }


def test_workbook_as_another_reader_sees_it(tmp_path: Path) -> None:
    write_ledger(NASTY, tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames == ["单位信息", "收支台账", "项目与绩效目标", "部门整体绩效目标"]
    facts = book["收支台账"]
    assert [cell.value for cell in facts[1]] == [
        "单位代码", "支出功能分类科目编码", "部门预算支出经济分类编码", "政府预算支出经济分类编码", "资金来源",
        "资金年度", "支出类别", "项目代码", "金额（元）",
    ]  # fmt: skip
    assert [cell.value for cell in facts[2]] == [
        "104012", "2060301", "30201", "50502", "经费拨款", "本年", "基本支出", None, 0.01,
    ]  # fmt: skip
    assert facts["I3"].value == "1000000000000000.00"
    assert facts["I2"].number_format == "#,##0.00"
    assert facts.freeze_panes == "A2"
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds
    assert book["单位信息"]["C3"].value == '=HYPERLINK("x")'
    assert book["单位信息"]["C3"].data_type == "s"


def test_csv_is_no_formula_in_a_spreadsheet(tmp_path: Path) -> None:
    write_ledger(NASTY, tmp_path / "l", marks=True)
    for file in (tmp_path / "l").iterdir():
        with file.open(encoding="utf-8-sig", newline="") as stream:
            cells = [cell for row in csv.reader(stream) for cell in row]
        risky = [cell for cell in cells if cell[:1] in tuple("=+-@\t") and cell]
        assert risky in ([], ["-123.45"]), file.name
    assert (tmp_path / "l" / "facts.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_marks_are_left_out_unless_wanted(tmp_path: Path) -> None:
    write_ledger(NASTY, tmp_path / "a.xlsx")
    assert read_ledger(tmp_path / "a.xlsx", SPACE).marks == ()
    write_ledger(EXAMPLE, tmp_path / "b.xlsx", marks=True)
    sheet = openpyxl.load_workbook(tmp_path / "b.xlsx")["收支台账"]
    assert [sheet["J1"].value, sheet["J2"].value] == ["依据", "原始"]


def test_parquet_columns(tmp_path: Path) -> None:
    write_ledger(EXAMPLE, tmp_path / "a.parquet")
    frame = pl.read_parquet(tmp_path / "a.parquet")
    assert str(frame["amount"].sum()) == "4377900.00"
    assert frame["agency_name"].unique().to_list() == ["示例省对外科技交流中心"]
    assert set(frame["pro_type"]) == {"", "other"}


@pytest.mark.parametrize("name", ["a.xlsx", "a.csv", "a.parquet", "a"])
def test_overwrites_only_when_told(tmp_path: Path, name: str) -> None:
    write_ledger(EXAMPLE, tmp_path / name)
    with pytest.raises(InputError) as caught:
        write_ledger(NASTY, tmp_path / name)
    assert caught.value.problems[0][0] == "file_exists"
    write_ledger(NASTY, tmp_path / name, force=True)
    assert len(read_ledger(tmp_path / name, SPACE)) == 4
    assert not list(tmp_path.rglob("*.part"))


def test_refuses_what_it_cannot_write(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        write_ledger(EXAMPLE, tmp_path / "a.doc")
    assert caught.value.problems[0][0] == "ledger_suffix"
    long = Ledger.of(2025, EXAMPLE.agencies.values(), EXAMPLE.facts(), goals={"104012": {"duties": "字" * 40_000}})
    with pytest.raises(InputError) as caught:
        write_ledger(long, tmp_path / "a.xlsx")
    assert caught.value.problems[0][0] == "ledger_text_too_long"
    assert not (tmp_path / "a.xlsx").exists()
    (tmp_path / "f").write_text("x")
    with pytest.raises(InputError) as caught:
        write_ledger(EXAMPLE, tmp_path / "f")
    assert caught.value.problems[0][0] == "ledger_not_a_folder"


@given(st.text())
def test_disarming_is_undone(text: str) -> None:
    assert rearm(disarm(text)) == text
    assert not disarm(text).startswith(("=", "+", "-", "@", "\t"))


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20).filter(lambda t: t.strip())


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(TEXT, min_size=1, max_size=4), st.lists(st.integers(-(10**17), 10**17), min_size=1, max_size=6))
def test_any_text_and_amount_round_trips(tmp_path: Path, texts: list[str], amounts: list[int]) -> None:
    ledger = Ledger.of(
        2025,
        [Agency("104012", "甲", None, "", "institution")],
        [Fact("104012", "2060301", f"3020{i + 1}", "50502", "1111", "current", "basic", "", amount)
         for i, amount in enumerate(amounts)],
        projects=[Project(f"P{i}", "104012", "x", "other", {"goal_year": text}) for i, text in enumerate(texts)],
    )  # fmt: skip
    for name in ("r.xlsx", "r", "r.parquet"):
        write_ledger(ledger, tmp_path / name, force=True)
        assert read_ledger(tmp_path / name, SPACE) == ledger, name


def test_no_text_becomes_a_formula_when_edited(tmp_path: Path) -> None:
    write_ledger(NASTY, tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]
    armed = [cell for cell in cells if cell.value.startswith(("=", "+", "-", "@", "\t"))]
    assert len(armed) > 5
    assert all(cell.quotePrefix == (cell in armed) for cell in cells)
