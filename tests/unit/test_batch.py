"""Many agencies at once give what each gives alone."""

from __future__ import annotations

import subprocess
import sys

import polars as pl
import pytest
from hypothesis import given, settings

from support.ledgers import ledgers, standard
from yusuan.batch import BatchError, fill_many, fill_many_chunks, frames_of, money_names
from yusuan.fill import fill
from yusuan.forms import Form
from yusuan.ledger import Fact, Ledger, Project
from yusuan.sheet import Agency, Sheet

Listed = list[tuple[str, str, str, tuple[int, ...]]]
"""Agency, role, code and amounts of each row."""


def rows_of_sheet(sheet: Sheet, form: Form, agency: str) -> Listed:
    """Body rows of a filled sheet; a statement form is one row."""
    if form.blocks:
        amounts = {(cell.point, cell.column): cell.exact or 0 for cell in sheet.cells.values()}
        spots = [(line.point, b) for b, block in enumerate(form.blocks) for line in block.lines]
        return [(agency, "agency", "", tuple(amounts[spot] for spot in spots))]
    found: Listed = []
    for r, row in enumerate(sheet.rows):
        parts = row.point.parts if row.point else {}
        (here,) = parts.get("agency_code", {agency})
        (code,) = parts.get("pro_code") or parts.get("exp_func_code") or {""}
        found.append((here, row.role, code, tuple(sheet.cells[r, c].exact or 0 for c in range(len(sheet.columns)))))
    return found


def rows_of_frame(frame: pl.DataFrame, form: Form) -> Listed:
    names = money_names(form)
    return [(r["agency_code"], r["role"], r["code"], tuple(r[n] for n in names)) for r in frame.iter_rows(named=True)]


def composed(have: Listed, form: Form, ledger: Ledger, code: str) -> Listed:
    """The rows that the disclosure of ``code`` prints, from the rows of the frame."""
    below = ledger.departments().get(code, ())
    units = (*([code] if code in ledger.agencies else []), *below)
    role = "department" if below else "agency"
    width = len(money_names(form))
    total = next((row[3] for row in have if row[:2] == (code, role)), (0,) * width)
    if form.blocks or form.rows is None:
        return [(code, "agency", "", total)]
    details = [row for unit in units for row in have if row[0] == unit and row[1] != "department"]
    found = [(code, "total", "", total)] if form.rows.total else []
    parent = ledger.agencies[code].parent_code if not below else code if len(units) > 1 else None
    if parent and form.rows.total and form.rows.departments and details:
        found.append((parent, "agency", "", total))
    return found + details


def agree(ledger: Ledger, frames: dict[str, pl.DataFrame]) -> None:
    """The frames hold what every disclosure prints, and nothing that none prints."""
    have = {number: rows_of_frame(frame, standard().forms[number]) for number, frame in frames.items()}
    seen: dict[str, set[tuple[str, str, str]]] = {number: set() for number in have}
    for code in dict.fromkeys((*ledger.agencies, *ledger.departments())):
        for sheet in fill(ledger, standard(), code).sheets:
            assert sheet.form is not None
            form = standard().forms[sheet.form]
            rows = rows_of_sheet(sheet, form, code)
            assert rows == composed(have[sheet.form], form, ledger, code), (sheet.form, code)
            seen[sheet.form].update(row[:3] for row in rows)
    for number, rows in have.items():
        assert {row[:3] for row in rows if row[1] != "department"} <= seen[number]


def filled(ledger: Ledger) -> dict[str, pl.DataFrame]:
    facts, units = frames_of(ledger)
    return fill_many(facts, standard(), units)


@given(ledgers(gaps=True, loose=True, units=4))
@settings(max_examples=60)
def test_many_agree_with_one(ledger: Ledger) -> None:
    agree(ledger, filled(ledger))


@given(ledgers(lone=True, facts=40))
@settings(max_examples=20)
def test_a_lone_unit_agrees(ledger: Ledger) -> None:
    frames = filled(ledger)
    agree(ledger, frames)
    assert all("department" not in frame["role"].to_list() for frame in frames.values())


def two_departments() -> Ledger:
    agencies = [
        Agency(f"{d}00{n}", f"单位{d}{n}", d, f"部门{d}", "institution") for d in ("104", "105") for n in (1, 2)
    ]
    facts = [
        Fact(a.code, "2060301", "30201", "50502", "1111", "current", "basic", "", 100 + i)
        for i, a in enumerate(agencies)
    ]
    return Ledger.of(2025, agencies, facts)


def test_departments_are_the_sum_of_their_units() -> None:
    ledger = two_departments()
    facts, units = frames_of(ledger)
    for number, frame in fill_many(facts, standard(), units).items():
        money = [pl.col(n).sum() for n in money_names(standard().forms[number])]
        for code in ("104", "105"):
            own = frame.filter(pl.col("agency_code").str.starts_with(code), pl.col("role") == "agency").select(money)
            roll = frame.filter(pl.col("agency_code") == code, pl.col("role") == "department").select(money)
            assert own.rows() == roll.rows()


def test_a_department_with_money_of_its_own_counts_itself() -> None:
    ledger = two_departments()
    head = Agency("104", "部门104", None, "", "organ")
    own = Fact("104", "2060301", "30201", "50201", "1111", "current", "basic", "", 7)
    ledger = Ledger.of(2025, [head, *ledger.agencies.values()], [own, *ledger.facts()])
    facts, units = frames_of(ledger)
    frame = fill_many(facts, standard(), units)["03"]
    rows = {(r["agency_code"], r["role"]): r["c0"] for r in frame.iter_rows(named=True) if r["role"] != "function"}
    assert rows["104", "department"] == 7 + 100 + 101
    assert rows["104", "agency"] == 7


def test_chunks_are_whole_departments_and_give_the_same() -> None:
    facts, units = frames_of(two_departments())
    whole = fill_many(facts, standard(), units)
    chunks = list(fill_many_chunks(facts, standard(), units, agencies=1))
    assert len(chunks) == 2
    for number, frame in whole.items():
        parts = pl.concat([chunk[number] for chunk in chunks])
        keys = ["agency_code", "role", "code"]
        assert parts.sort(keys).equals(frame.sort(keys))


def test_nothing_at_all() -> None:
    facts, units = frames_of(Ledger.of(2025, [Agency("104001", "单位", "104", "部门")], []))
    frames = fill_many(facts, standard(), units)
    listed = {number for number, frame in frames.items() if frame.height}
    whole = {n for n, f in standard().forms.items() if f.blocks or (f.rows and f.rows.axes == ("agency_code",))}
    assert listed == whole
    assert all(not any(sum(row[3]) for row in rows_of_frame(f, standard().forms[n])) for n, f in frames.items())


def test_amounts_stay_exact() -> None:
    """Two amounts whose sum no float can hold."""
    agency = Agency("104001", "单位")
    big = 2**53
    facts = [Fact("104001", "2060301", "30201", "50502", "1111", "current", "basic", "", n) for n in (big, 1)]
    frame = filled(Ledger.of(2025, [agency], facts))["03"]
    assert frame.filter(pl.col("role") == "agency")["c0"].to_list() == [big + 1]
    assert all(frame[name].dtype == pl.Int64 for name in money_names(standard().forms["03"]))


def test_a_fact_of_an_unlisted_agency_is_refused() -> None:
    facts, units = frames_of(two_departments())
    with pytest.raises(BatchError, match="agency_code '105002'"):
        fill_many(facts, standard(), units.head(3))


def test_amounts_beyond_64_bits_are_refused() -> None:
    facts, units = frames_of(two_departments())
    huge = facts.with_columns(amount=pl.lit(2**62, dtype=pl.Int64))
    with pytest.raises(BatchError, match="64 bits"):
        fill_many(huge, standard(), units)


def test_a_project_fact_without_a_project_is_counted_once() -> None:
    agency = Agency("104001", "单位")
    facts = [Fact("104001", "2060301", "30201", "50502", "1111", "current", "project", code, 5) for code in ("", "P")]
    ledger = Ledger.of(2025, [agency], facts, projects=[Project("P", "104001", "项目", "other")])
    form = next(
        f for f in standard().forms.values() if f.rows and "pro_code" in f.rows.axes and "other" in str(f.scope)
    )
    sheet = next(s for s in fill(ledger, standard(), "104001").sheets if s.form == form.number)
    assert [sheet.cells[r, 0].exact for r in range(len(sheet.rows))] == [10, 5]
    agree(ledger, filled(ledger))


def test_an_agency_whose_functions_cancel_is_still_listed() -> None:
    agency = Agency("104001", "单位", "104", "部门")
    places = [("2060301", 5), ("2080501", -5)]
    facts = [Fact("104001", f, "30201", "50502", "1111", "current", "basic", "", n) for f, n in places]
    ledger = Ledger.of(2025, [agency], facts)
    frames = filled(ledger)
    agree(ledger, frames)
    assert (frames["03"]["role"] == "function").sum() == 6


def test_importing_the_library_does_not_import_the_engine() -> None:
    code = "import sys, yusuan, yusuan.batch; sys.exit('polars' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
