import contextlib
import csv
import shutil
from collections.abc import Sequence
from datetime import date
from importlib.resources import files
from pathlib import Path

import polars as pl
import pytest
from openpyxl import Workbook

from yusuan.axes import national_space
from yusuan.ledger import FACT_COLUMNS, HEADINGS, SHEETS
from yusuan.read import ledger_columns, ledger_source
from yusuan.read.ledger import ledger_space, read_ledger
from yusuan.read.ledger_columns import scan_facts, scan_ledger
from yusuan.read.ledger_values import amount_of
from yusuan.words import InputError

SPACE = national_space().at(2025)
EXAMPLE = Path(str(files("yusuan") / "example" / "ledger"))
HEAD = [HEADINGS[name] for name in FACT_COLUMNS]
AGENCY = [2025, "104012", "示例中心", "104", "示例厅", "事业"]
FACT = ["104012", "2060301", "30201", "", "经费拨款", "本年", "基本支出", "", 100.5]


def csv_folder(folder: Path, facts: Sequence[Sequence[object]], head: Sequence[str] = HEAD, **tables: object) -> Path:
    folder.mkdir(exist_ok=True)
    sheets = {
        "agencies": [[HEADINGS[name] for name in SHEETS["单位信息"]], AGENCY],
        "facts": [list(head), *facts],
        **tables,
    }
    for name, rows in sheets.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows(rows)  # type: ignore[arg-type]
    return folder


def workbook(path: Path, facts: Sequence[Sequence[object]], head: Sequence[str] = HEAD, **sheets: object) -> Path:
    book = Workbook()
    book.remove(book.active)
    shown = {
        "单位信息": [[HEADINGS[name] for name in SHEETS["单位信息"]], AGENCY],
        "收支台账": [list(head), *facts],
        **sheets,
    }
    for name, rows in shown.items():
        sheet = book.create_sheet(name)
        for row in rows:  # type: ignore[attr-defined]
            sheet.append(list(row))
    book.save(path)
    return path


def refused(path: Path) -> list[tuple[str, dict[str, object]]]:
    """Problems of the row reader, which the column reader must share."""
    with pytest.raises(InputError) as caught:
        read_ledger(path, SPACE)
    with pytest.raises(InputError) as again:
        scan_facts(path, SPACE)
    assert caught.value.sentences("zh") == again.value.sentences("zh")
    assert all(caught.value.sentences("en"))
    return [(key, dict(values)) for key, values in caught.value.problems]


def keys(path: Path) -> list[tuple[str, object]]:
    return [(key, values.get("row")) for key, values in refused(path)]


def test_example() -> None:
    ledger = read_ledger(EXAMPLE, SPACE)
    assert ledger.fiscal_year == 2025
    assert sum(fact.amount for fact in ledger.facts()) == 437_790_000
    assert len(ledger) == 23
    assert ledger.agencies["104012"].regime == "institution"
    assert ledger.projects["104012-01"].pro_type == "other"
    assert ledger.projects["104012-01"].texts["cost.economic"] == "项目总成本≤106万元"
    assert ledger.goals["104012"]["benefit.sustained"] == "建立长期合作关系的机构≥3家"
    assert ledger.marks == ()


def test_columns_agree_with_rows() -> None:
    ledger, frame = read_ledger(EXAMPLE, SPACE), scan_facts(EXAMPLE, SPACE)
    assert frame.columns == [*FACT_COLUMNS, "pro_type"]
    assert {name: frame[name].to_list() for name in FACT_COLUMNS} == ledger.columns
    assert frame.schema["amount"] == pl.Int64
    assert set(frame["pro_type"]) == {"other"}


def test_derives_the_governmental_code_without_its_column(tmp_path: Path) -> None:
    with (EXAMPLE / "facts.csv").open(encoding="utf-8") as stream:
        rows = [row[:3] + row[4:] for row in csv.reader(stream)]
    shutil.copytree(EXAMPLE, tmp_path / "l")
    with (tmp_path / "l" / "facts.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    assert read_ledger(tmp_path / "l", SPACE) == read_ledger(EXAMPLE, SPACE)
    assert scan_facts(tmp_path / "l", SPACE).equals(scan_facts(EXAMPLE, SPACE))


def test_workbook_as_people_write_it(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        [104012, 2060301, 30201, None, "经费拨款", "本年", "基本支出", None, 100.5],
        [None] * 9,
        ["104012", "206 03 01", "[30202]印刷费", "50502 商品和服务支出", "1111", "上年结转", "基本", None, "1,000.25"],
        ["示例", "9999999", "", "", "", "", "", "", "一百元"],
        ["104012", "2060301　机构运行", "【30203】", 50502.0, "事业收入", "current", "basic", "", 0.1 + 0.2],
    ]
    ledger = read_ledger(workbook(tmp_path / "a.xlsx", rows), SPACE)
    assert [tuple(fact) for fact in ledger.facts()] == [
        ("104012", "2060301", "30201", "50502", "1111", "current", "basic", "", 10050),
        ("104012", "2060301", "30202", "50502", "1111", "carryover", "basic", "", 100025),
        ("104012", "2060301", "30203", "50502", "31", "current", "basic", "", 30),
    ]


def test_data_element_headings_in_any_order(tmp_path: Path) -> None:
    order = list(reversed(FACT_COLUMNS))
    path = csv_folder(tmp_path / "l", [list(reversed(FACT))], head=order)
    assert [fact.amount for fact in read_ledger(path, SPACE).facts()] == [10050]
    assert scan_facts(path, SPACE)["amount"].to_list() == [10050]


@pytest.mark.parametrize(
    ("heading", "fen"), [("金额(千元)", 10_050_000), ("金额 （万元）", 100_500_000), ("amount", 10_050)]
)
def test_unit_of_the_heading(tmp_path: Path, heading: str, fen: int) -> None:
    path = csv_folder(tmp_path / "l", [FACT], head=[*HEAD[:-1], heading])
    assert [fact.amount for fact in read_ledger(path, SPACE).facts()] == [fen]
    assert scan_facts(path, SPACE)["amount"].to_list() == [fen]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "utf-8-sig"])
def test_encodings_of_spreadsheets(tmp_path: Path, encoding: str) -> None:
    path = csv_folder(tmp_path / "l", [FACT])
    for file in path.iterdir():
        file.write_text(file.read_text(encoding="utf-8"), encoding=encoding)
    assert len(read_ledger(path, SPACE)) == 1
    assert scan_facts(path, SPACE)["amount"].to_list() == [10050]


def wrong_rows() -> list[list[object]]:
    def fact(**changes: object) -> list[object]:
        return list({**dict(zip(FACT_COLUMNS, FACT)), **changes}.values())

    return [
        fact(),
        fact(amount="一百"),
        fact(amount="1e18"),
        fact(amount="1.005"),
        fact(amount=""),
        fact(exp_func_code="2069998"),
        fact(exp_func_code="20603"),
        fact(dep_bgt_eco_code="30298"),
        fact(gov_bgt_eco_code="50101"),
        fact(fund_type_code="彩票"),
        fact(vintage="明年"),
        fact(agency_code="104099"),
        fact(pro_code="P1"),
        fact(dep_bgt_eco_code=""),
        fact(kind=""),
        fact(),
    ]


EXPECTED = [
    ("ledger_not_money", 3), ("ledger_too_much", 4), ("ledger_too_fine", 5), ("ledger_blank", 6),
    ("ledger_function_unknown", 7), ("ledger_function_level", 8), ("ledger_code_unknown", 9),
    ("ledger_gov_contradicted", 10), ("ledger_word_unknown", 11), ("ledger_word_unknown", 12),
    ("ledger_agency_unknown", 13), ("ledger_project_unknown", 14), ("ledger_blank", 15), ("ledger_blank", 16),
    ("ledger_fact_twice", 17),
]  # fmt: skip


def test_everything_wrong_is_named_at_once(tmp_path: Path) -> None:
    assert keys(csv_folder(tmp_path / "l", wrong_rows())) == EXPECTED
    assert keys(workbook(tmp_path / "l.xlsx", wrong_rows())) == EXPECTED


def test_sentences_name_sheet_and_row(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_ledger(workbook(tmp_path / "l.xlsx", wrong_rows()), SPACE)
    sentences = caught.value.sentences("zh")
    assert sentences[0] == "收支台账第 3 行：金额“一百”不是数字。"
    assert sentences[7] == (
        "收支台账第 10 行：部门预算支出经济分类 30201 在事业单位对应政府预算支出经济分类 50502，不是 50101。"
    )
    assert sentences[-1] == "收支台账第 17 行：除金额外与第 2 行完全相同，请合并为一笔。"


@pytest.mark.parametrize(
    "cell", [True, "", "—", "abc", float("nan"), float("inf"), 1e18, 0.001, "1e18", "1e3", date(2025, 1, 1)]
)
def test_no_amount(cell: object) -> None:
    assert not isinstance(amount_of(cell, "元"), int)


@pytest.mark.parametrize(
    ("cell", "unit", "fen"),
    [
        (0.1 + 0.2, "元", 30),
        (1000000000.1 + 0.2, "元", 100000000030),
        (437.79, "万元", 437790000),
        (936647884.3, "元", 93664788430),
        (-5, "元", -500),
        ("（1,234.50）", "元", -123450),
        ("１２３", "元", 12300),
        (0, "元", 0),
    ],
)
def test_amounts(cell: object, unit: str, fen: int) -> None:
    assert amount_of(cell, unit) == fen


def test_missing_and_unknown_columns(tmp_path: Path) -> None:
    missing = refused(csv_folder(tmp_path / "a", [FACT[:-1]], head=HEAD[:-1]))
    assert [(key, values["columns"]) for key, values in missing] == [("ledger_columns_missing", "金额（元）")]
    unknown = refused(csv_folder(tmp_path / "b", [[*FACT, "x"]], head=[*HEAD, "备注"]))
    assert [(key, values["unknown"]) for key, values in unknown] == [("ledger_columns_unknown", "备注")]
    twice = refused(csv_folder(tmp_path / "c", [[*FACT, 1]], head=[*HEAD, "amount"]))
    assert twice[0][0] == "ledger_column_twice"
    assert keys(csv_folder(tmp_path / "d", [[*FACT, 1]])) == [("ledger_no_heading", 2)]


def test_missing_tables(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert [key for key, _ in refused(tmp_path / "empty")] == ["ledger_no_csv", "ledger_no_csv"]
    book = Workbook()
    book.save(tmp_path / "a.xlsx")
    problems = refused(tmp_path / "a.xlsx")
    assert [(key, values["sheet"]) for key, values in problems] == [
        ("ledger_no_sheet", "单位信息"),
        ("ledger_no_sheet", "收支台账"),
    ]


def test_wrong_agencies_and_projects(tmp_path: Path) -> None:
    agencies = [
        [HEADINGS[name] for name in SHEETS["单位信息"]],
        AGENCY,
        [2026, "104013", "乙", "", "", "机关"],
        [2025, "104012", "丙", "", "", ""],
        ["明年", "104014", "", "", "", "公司"],
        [2025, "104015", "丁", "104015", "", ""],
    ]
    projects = [
        ["项目代码", "单位代码", "项目名称", "项目类型"],
        ["P1", "104012", "甲项目", "专项资金"],
        ["P1", "999999", "", "什么"],
    ]
    path = csv_folder(tmp_path / "l", [FACT], agencies=agencies, projects=projects)
    assert sorted(keys(path), key=str) == sorted(
        [
            ("ledger_years_differ", 3), ("ledger_code_twice", 4), ("ledger_year", 5), ("ledger_word_unknown", 5),
            ("ledger_blank", 5), ("ledger_parent_circle", 6), ("ledger_agency_parent", 6),
            ("ledger_word_unknown", 3), ("ledger_code_twice", 3), ("ledger_blank", 3), ("ledger_agency_unknown", 3),
        ], key=str,
    )  # fmt: skip


def test_regime_decides(tmp_path: Path) -> None:
    def folder(name: str, regime: str) -> Path:
        agencies = [[HEADINGS[n] for n in SHEETS["单位信息"]], [*AGENCY[:-1], regime]]
        return csv_folder(tmp_path / name, [FACT], agencies=agencies)

    for regime, gov in (("机关", "50201"), ("参公", "50201"), ("事业单位", "50502")):
        (fact,) = read_ledger(folder(regime, regime), SPACE).facts()
        assert fact.gov_bgt_eco_code == gov
        assert scan_facts(tmp_path / regime, SPACE)["gov_bgt_eco_code"].to_list() == [gov]
    assert keys(folder("none", "")) == [("ledger_gov_needs_regime", 2)]


def test_declared_codes(tmp_path: Path) -> None:
    facts = [[*FACT[:1], "2069998", *FACT[2:]]]
    codes = [["科目类别", "科目编码", "科目名称"], ["支出功能分类", "2069998", "其他科学技术支出"]]
    path = csv_folder(tmp_path / "l", facts, codes=codes)
    assert read_ledger(path, SPACE).columns["exp_func_code"] == ["2069998"]
    assert scan_facts(path, SPACE)["exp_func_code"].to_list() == ["2069998"]
    assert ledger_space(path, SPACE)["exp_func_code"]["2069998"].name == "其他科学技术支出"
    book = workbook(tmp_path / "l.xlsx", facts, 科目补充=codes)
    assert read_ledger(book, SPACE).columns["exp_func_code"] == ["2069998"]
    bad = csv_folder(tmp_path / "m", [FACT], codes=[codes[0], ["功能分类", "20699989", "x"], ["基金", "1", "y"]])
    assert keys(bad) == [("ledger_code_scheme", 2), ("ledger_word_unknown", 3)]


def test_year_end_balance_needs_no_codes(tmp_path: Path) -> None:
    path = csv_folder(tmp_path / "l", [["104012", "", "", "", "事业收入", "本年", "年终结转结余", "", 5]])
    assert read_ledger(path, SPACE).columns["exp_func_code"] == [""]
    assert scan_facts(path, SPACE)["gov_bgt_eco_code"].to_list() == [""]


def single(path: Path, rows: Sequence[Sequence[object]], head: Sequence[str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([head, *rows])
    return path


def test_single_csv(tmp_path: Path) -> None:
    fact = [*FACT[:3], "50502", *FACT[4:7], "P1", 1]
    path = single(tmp_path / "a.csv", [[2025, *fact]], ["预算年度", *HEAD])
    ledger = read_ledger(path, SPACE)
    assert (ledger.fiscal_year, ledger.agencies["104012"].regime, ledger.projects["P1"].pro_type) == (
        2025,
        None,
        "other",
    )
    assert scan_facts(path, SPACE)["amount"].to_list() == [100]
    assert [key for key, _ in refused(single(tmp_path / "b.csv", [fact], HEAD))] == ["ledger_year_missing"]


def test_no_facts_and_empty_table(tmp_path: Path) -> None:
    assert [key for key, _ in refused(csv_folder(tmp_path / "a", []))] == ["ledger_no_facts"]
    folder = csv_folder(tmp_path / "b", [])
    (folder / "facts.csv").write_text("\n\n")
    assert [key for key, _ in refused(folder)] == ["ledger_table_empty"]


def test_code_that_a_number_cell_has_rounded(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [[*FACT[:7], 430000000000000012345, 1]])
    assert keys(path) == [("ledger_code_rounded", 2)]


def test_problems_beyond_the_limit_are_counted(tmp_path: Path) -> None:
    problems = refused(csv_folder(tmp_path / "l", [[*FACT[:8], "x"] for _ in range(1500)]))
    assert len(problems) == 1001
    assert problems[-1] == ("ledger_more", {"count": 500})


def parquet(path: Path, amount: pl.Series) -> Path:
    n = len(amount)
    columns: dict[str, object] = {
        "fiscal_year": [2025] * n, "agency_code": [104012] * n, "regime": ["事业"] * n,
        "exp_func_code": [2060301] * n, "dep_bgt_eco_code": [f"3020{i + 1}" for i in range(n)],
        "fund_type_code": ["1111"] * n, "vintage": ["本年"] * n, "kind": ["basic"] * n,
    }  # fmt: skip
    pl.DataFrame(columns).with_columns(amount.alias("amount")).write_parquet(path)
    return path


@pytest.mark.parametrize(
    "amount",
    [
        pl.Series([1.0, 2.55, 0.1 + 0.2]),
        pl.Series(["1", "2.55", "0.30"]),
        pl.Series(["1", "2.55", "0.30"]).cast(pl.Decimal(12, 2)),
        pl.Series(["1.00", " 2.55", "０.30"]),
    ],
)
def test_parquet_of_others(tmp_path: Path, amount: pl.Series) -> None:
    path = parquet(tmp_path / "a.parquet", amount)
    assert scan_facts(path, SPACE)["amount"].to_list() == [100, 255, 30]
    ledger = read_ledger(path, SPACE)
    assert ledger.columns["amount"] == [100, 255, 30]
    assert ledger.columns["gov_bgt_eco_code"] == ["50502"] * 3


@pytest.mark.parametrize(
    ("amount", "key"),
    [
        (pl.Series([1, None]), "ledger_blank"),
        (pl.Series([1, 10**18]), "ledger_too_much"),
        (pl.Series([1.0, 1e18]), "ledger_too_much"),
        (pl.Series([1.0, float("nan")]), "ledger_blank"),
        (pl.Series([1.0, 0.001]), "ledger_too_fine"),
        (pl.Series(["1.001"]).cast(pl.Decimal(12, 3)), "ledger_too_fine"),
        (pl.Series([True, False]), "ledger_not_money"),
    ],
)
def test_wrong_amounts_in_parquet(tmp_path: Path, amount: pl.Series, key: str) -> None:
    problems = refused(parquet(tmp_path / "a.parquet", amount))
    assert {found for found, _ in problems} == {key}
    assert problems[-1][1]["row"] == len(amount)


def test_too_many_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = csv_folder(tmp_path / "l", [[*FACT[:8], 1], [*FACT[:2], "30202", *FACT[3:8], 1]])
    book = parquet(tmp_path / "a.parquet", pl.Series([1, 2]))
    for module in (ledger_source, ledger_columns):
        monkeypatch.setattr(module, "MOST_ROWS", 1)
    assert [key for path in (folder, book) for key, _ in refused(path)] == ["ledger_too_many_rows"] * 2


def test_damaged_parquet_does_not_end_the_process(tmp_path: Path) -> None:
    path = parquet(tmp_path / "a.parquet", pl.Series(range(1, 10)))
    whole = path.read_bytes()
    # around here a size is stored that, when huge, makes the native reader ask for memory nobody has, and abort
    for at in range(38, 48):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x7F]) + whole[at + 1 :])
        with contextlib.suppress(InputError):
            scan_facts(path, SPACE)


def test_many_agencies_in_columns(tmp_path: Path) -> None:
    count = 20_000
    agencies = [
        [HEADINGS[n] for n in SHEETS["单位信息"]],
        *([2025, f"{i:06}", f"单位{i}", "", "", "机关"] for i in range(count)),
    ]
    facts = [[f"{i:06}", "2060301", "30101", "", "经费拨款", "本年", "基本支出", "", i] for i in range(count)]
    refs, frame = scan_ledger(csv_folder(tmp_path / "l", facts, agencies=agencies), SPACE)
    assert len(refs.agencies) == count
    assert frame["amount"].sum() == sum(range(count)) * 100
    assert set(frame["gov_bgt_eco_code"]) == {"50101"}
