"""Open data: a package that its own validator accepts, figures that come out again, text that starts no formula."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import frictionless
import polars as pl
import pytest
from publish_example import example

from yusuan.commands.compile import compiled
from yusuan.ledger import Ledger
from yusuan.publish.opendata import opendata_files
from yusuan.read.ledger import read_ledger
from yusuan.sheet import Agency, Cell, Disclosure

HOSTILE = '=cmd()|"x", \u202e<script>alert(1)</script>\n@SUM(A1) 𰻝🙂\x00' + "长" * 3000


def ledger_of() -> Ledger:
    return read_ledger(Path(str(files("yusuan") / "example" / "ledger")), example()[1].space)


def write(folder: Path, made: Mapping[str, bytes]) -> Path:
    for path, data in made.items():
        (folder / path).write_bytes(data)
    return folder / "datapackage.json"


def printed(disclosure: Disclosure) -> list[tuple[str | None, int, int, int]]:
    return sorted(
        (s.form, r + 1, c + 1, cell.amount)
        for s in disclosure.sheets for (r, c), cell in s.cells.items() if cell.amount is not None
    )  # fmt: skip


@pytest.fixture(scope="module")
def made() -> dict[str, bytes]:
    disclosure, standard = example()
    return opendata_files(disclosure, standard, ledger=ledger_of())


def test_the_validator_accepts_the_package(made: dict[str, bytes], tmp_path: Path) -> None:
    report = frictionless.validate(str(write(tmp_path, made)))
    assert report.valid, report.flatten(["type", "note"])
    assert len(report.tasks) == 10


def test_every_amount_comes_out_of_every_format(made: dict[str, bytes]) -> None:
    disclosure, _ = example()
    rows = list(csv.DictReader(io.StringIO(made["cells.csv"].decode("utf-8"), newline="")))
    found = sorted((r["form"], int(r["row"]), int(r["column"]), int(r["amount_fen"])) for r in rows)
    assert found == printed(disclosure)
    assert all(Decimal(r["amount"]) * 100 == int(r["amount_fen"]) for r in rows)
    told = json.loads(made["cells.json"])
    assert sorted((r["form"], r["row"], r["column"], r["amount_fen"]) for r in told) == printed(disclosure)
    frame = pl.read_parquet(io.BytesIO(made["cells.parquet"]))
    assert sorted(frame.select("form", "row", "column", "amount_fen").rows()) == printed(disclosure)
    assert frame["amount"].sum() * 100 == frame["amount_fen"].sum()
    assert frame["amount"].dtype.is_decimal()


def test_identifiers_are_one_of_a_kind_and_do_not_hang_on_the_order_of_rows() -> None:
    disclosure, standard = example()
    ids = {row["id"] for row in json.loads(opendata_files(disclosure, standard)["cells.json"])}
    assert len(ids) == len(printed(disclosure))
    turned = []
    for sheet in disclosure.sheets:
        last = len(sheet.rows) - 1
        cells = {(last - r, c): replace(cell, row=last - r) for (r, c), cell in sheet.cells.items()}
        turned.append(replace(sheet, rows=sheet.rows[::-1], cells=cells))
    again = opendata_files(replace(disclosure, sheets=tuple(turned)), standard)
    others = {row["id"] for row in json.loads(again["cells.json"])}
    assert len(ids & others) > 0.99 * len(ids)


def test_codes_have_names_and_parents_that_are_there(made: dict[str, bytes]) -> None:
    rows = json.loads(made["codes.json"])
    known = {(r["axis"], r["code"]) for r in rows}
    assert all((r["axis"], r["parent"]) in known for r in rows if r["parent"])
    named = [r for r in rows if r["axis"] in ("exp_func_code", "dep_bgt_eco_code")]
    assert named and all(r["name"] for r in named)


def test_facts_add_up_to_the_forms(made: dict[str, bytes]) -> None:
    facts = json.loads(made["facts.json"])
    cells = json.loads(made["cells.json"])
    assert sum(row["amount_fen"] for row in facts) == max(row["amount_fen"] for row in cells)
    assert "facts.csv" not in opendata_files(*example())


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    disclosure, standard = example()
    sheets = tuple(
        replace(s, title=HOSTILE, words={p: Cell(*p, HOSTILE) for p in s.words},
                rows=tuple(replace(row, name=HOSTILE) for row in s.rows))
        for s in disclosure.sheets
    )  # fmt: skip
    made = opendata_files(replace(disclosure, agency=Agency("=1", HOSTILE), sheets=sheets), standard)
    for name in ("cells", "texts", "forms", "codes"):
        for row in csv.reader(io.StringIO(made[f"{name}.csv"].decode("utf-8"), newline="")):
            assert not any(cell.startswith(("=", "+", "@", "\t", "\r")) for cell in row)
    assert json.loads(made["texts.json"])[0]["text"] == HOSTILE
    assert frictionless.validate(str(write(tmp_path, made))).valid


def test_the_same_input_gives_the_same_bytes(made: dict[str, bytes]) -> None:
    assert opendata_files(*example(), ledger=ledger_of()) == made


def test_a_compiled_disclosure_gives_the_same_amounts_as_its_forms() -> None:
    ledger, standard = ledger_of(), example()[1]
    disclosure, _ = compiled(ledger, standard, next(iter(ledger.agencies)))
    rows = json.loads(opendata_files(disclosure, standard, ledger=ledger)["cells.json"])
    assert sorted((r["form"], r["row"], r["column"], r["amount_fen"]) for r in rows) == printed(disclosure)
