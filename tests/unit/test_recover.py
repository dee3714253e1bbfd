"""Recovering a ledger from forms."""

from __future__ import annotations

import csv
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from yusuan.atoms import Cutter, figures_of, placed_space, world_of
from yusuan.axes import Point
from yusuan.cli import main
from yusuan.fill import fill
from yusuan.ledger import Fact, Ledger, Project
from yusuan.programme import Programme
from yusuan.publish.ledger import write_ledger
from yusuan.read.document import read_disclosure
from yusuan.read.ledger import read_ledger
from yusuan.recover import common, recover
from yusuan.sheet import Agency, Disclosure
from yusuan.standard import load_standard

STANDARD = load_standard("hunan/2025")
EXAMPLE = Path(__file__).resolve().parents[2] / "src" / "yusuan" / "example" / "ledger"
FORMS = EXAMPLE.parent / "disclosure.txt"
UNIT = "104012"
WAN = 1_000_000

# 万元; the table of what the published figures leave no choice about
BASIC = {
    ("2060301", "30101"): 40.00, ("2060301", "30102"): 2.88, ("2060301", "30107"): 66.70, ("2060301", "30112"): 1.60,
    ("2060301", "30199"): 6.21, ("2060301", "301"): 24.00, ("2060301", "30207"): 0.20, ("2060301", "30216"): 0.30,
    ("2060301", "30228"): 1.60, ("2060301", "30229"): 1.60, ("2060301", "30299"): 1.85, ("2080502", "30302"): 5.95,
    ("2080502", "30309"): 0.10, ("2080505", "30108"): 16.50, ("2101102", "30110"): 10.00, ("2210201", "30113"): 24.45,
    ("2210203", "30102"): 11.05,
}  # fmt: skip


@pytest.fixture(scope="module")
def example() -> Ledger:
    return read_ledger(EXAMPLE, STANDARD.space)


def printed(disclosure: Disclosure) -> dict[tuple[str | None, Point], int]:
    cells = ((sheet.form, cell) for sheet in disclosure.sheets for cell in sheet.cells.values())
    return {(form, cell.point): cell.amount for form, cell in cells if cell.point is not None and cell.amount}


def with_amount(disclosure: Disclosure, form: str, place: tuple[int, int], amount: int) -> Disclosure:
    sheets = []
    for sheet in disclosure.sheets:
        if sheet.form == form:
            cell = replace(sheet.cells[place], amount=amount, text=sheet.scale.format(amount))
            sheet = replace(sheet, cells=MappingProxyType({**sheet.cells, place: cell}))
        sheets.append(sheet)
    return replace(disclosure, sheets=tuple(sheets))


def basic(ledger: Ledger) -> dict[tuple[str, str], float]:
    marked = zip(ledger.facts(), ledger.marks)
    return {(f.exp_func_code, f.dep_bgt_eco_code): f.amount / WAN for f, mark in marked if mark == "determined"}


def one_fact(amount: int, **codes: str) -> Ledger:
    place = {
        "exp_func_code": "2060301", "dep_bgt_eco_code": "30101", "gov_bgt_eco_code": "50501", "fund_type_code": "1111",
        "vintage": "current", "kind": "basic", "pro_code": "", **codes,
    }  # fmt: skip
    agency = Agency(UNIT, "示例单位", None, "", "institution")
    return Ledger.of(2025, [agency], [Fact(UNIT, **place, amount=amount)])


def test_example_comes_back(example: Ledger) -> None:
    disclosure = fill(example, STANDARD, UNIT)
    found = recover(disclosure, STANDARD)
    assert found.ledger is not None and not found.rounded and not found.loose
    assert printed(fill(found.ledger, STANDARD, UNIT)) == printed(disclosure)
    assert basic(found.ledger) == BASIC
    given = {fact[:3]: fact.amount for fact in example.facts() if fact.kind == "basic"}
    assert {f[:3]: f.amount for f in found.ledger.facts() if f.kind == "basic"} == given
    assert found.ledger.fiscal_year == 2025
    assert found.ledger.agencies[UNIT].regime == "institution"
    assert found.ledger.agencies[UNIT].parent_code == "104"


def test_texts_come_back(example: Ledger) -> None:
    found = recover(fill(example, STANDARD, UNIT), STANDARD).ledger
    assert found is not None
    shown = {"pro_direction", "pro_regulation", "pro_allocation"}
    for code, project in example.projects.items():
        assert found.projects[code].name == project.name
        kept = {k: v for k, v in project.texts.items() if k not in shown}
        assert found.projects[code].texts == kept
    assert found.goals == example.goals


def test_no_more_facts_than_were_given(example: Ledger) -> None:
    found = recover(fill(example, STANDARD, UNIT), STANDARD).ledger
    assert found is not None and len(found) <= len(example)


def test_published_disclosure_comes_back(seed_file: Path) -> None:
    disclosure = read_disclosure(seed_file)
    found = recover(disclosure, STANDARD)
    assert found.ledger is not None and not found.rounded and not found.loose
    again = printed(fill(found.ledger, STANDARD, UNIT))
    known = printed(disclosure)
    # its form 13 lacks the total row
    assert {key: again[key] for key in known} == known
    assert {form for form, _ in again.keys() - known.keys()} == {"13"}
    assert basic(found.ledger) == BASIC
    project = Counter[str]()
    for fact in found.ledger.facts():
        if fact.kind == "project":
            project[fact.vintage] += fact.amount
    assert project == {"current": 166 * WAN, "carryover": 56_800_000}
    assert sum(fact.amount for fact in found.ledger.facts()) == 437_790_000


def test_contradicting_forms_give_no_ledger(example: Ledger) -> None:
    disclosure = fill(example, STANDARD, UNIT)
    wrong = with_amount(disclosure, "13", (3, 5), 999 * WAN)
    found = recover(wrong, STANDARD)
    assert found.ledger is None and not found.possible
    assert all("yusuan locate" in line for lang in ("zh", "en") for line in found.sentences(lang))


def test_ranges_of_the_example(example: Ledger) -> None:
    """The two projects share two functions: what one spends on its own, the other does not."""
    found = recover(fill(example, STANDARD, UNIT), STANDARD)
    assert found.tight and found.widest == 60 * WAN
    for item in found.facts:
        assert (item.range.width == 0) == item.unique
        assert item.range.most is not None and item.range.least <= item.fact.amount <= item.range.most
    open_facts = {(i.fact.exp_func_code, i.fact.pro_code): i.range for i in found.facts if i.range.width == 60 * WAN}
    assert {(r.least / WAN, (r.most or 0) / WAN) for r in open_facts.values()} == {(0, 60), (46, 106)}


def test_without_time_the_ranges_are_wide_but_sound(example: Ledger) -> None:
    disclosure = fill(example, STANDARD, UNIT)
    exact, quick = recover(disclosure, STANDARD), recover(disclosure, STANDARD, seconds=0)
    assert exact.tight and not quick.tight
    assert [item.fact for item in exact.facts] == [item.fact for item in quick.facts]
    for tight, wide in zip(exact.facts, quick.facts):
        assert wide.range.least <= tight.range.least and (wide.range.most or 0) >= (tight.range.most or 0)


@pytest.mark.parametrize("name", ["ledger.xlsx", "ledger.csv", "ledger", "ledger.parquet"])
def test_a_recovered_ledger_reads_back_without_its_ranges(example: Ledger, tmp_path: Path, name: str) -> None:
    found = recover(fill(example, STANDARD, UNIT), STANDARD)
    assert found.ledger is not None
    write_ledger(found.ledger, tmp_path / name, marks=True, ends=found.ends)
    again = read_ledger(tmp_path / name, STANDARD.space)
    assert (again.columns, again.marks) == (found.ledger.columns, found.ledger.marks)


def test_ranges_are_written_in_the_unit_of_the_amounts(tmp_path: Path) -> None:
    found = recover(fill(one_fact(WAN + 4_000), STANDARD, UNIT), STANDARD)
    assert found.ledger is not None
    write_ledger(found.ledger, tmp_path / "a.csv", marks=True, ends=[(WAN - 5_000, None)])
    rows = list(csv.DictReader((tmp_path / "a.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert [(row["最小（元）"], row["最大（元）"]) for row in rows] == [("9950.00", "")]


def test_forms_that_contradict_each_other_end_with_status_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = FORMS.read_text(encoding="utf-8").replace("213.90\t\t213.90", "213.90\t\t223.90", 1)
    (tmp_path / "forms.txt").write_text(text, encoding="utf-8")
    status = main(["recover", str(tmp_path / "forms.txt"), "-o", str(tmp_path / "ledger.xlsx")])
    said = capsys.readouterr()
    assert status == 1 and "yusuan locate" in said.out and not said.err
    assert not (tmp_path / "ledger.xlsx").exists()
    status = main(["recover", str(tmp_path / "forms.txt"), "--format", "json"])
    value = json.loads(capsys.readouterr().out)
    assert status == 1 and not value["summary"]["possible"] and "223.90" in value["problems"][0]


def test_recovery_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recover", str(FORMS), "--format", "json"]) == 0
    value = json.loads(capsys.readouterr().out)
    assert value["schema"] == "yusuan.recovery/1" and value["secrecy"] is None
    marks = Counter(fact["mark"] for fact in value["facts"])
    assert marks == {"determined": value["summary"]["determined"], "assumed": value["summary"]["assumed"]}
    assert all(fact["least"] <= fact["amount"] <= fact["most"] for fact in value["facts"])


def test_one_slice_printed_twice_differently_is_named(example: Ledger) -> None:
    disclosure = fill(example, STANDARD, UNIT)
    found = recover(with_amount(disclosure, "03", (0, 0), 438 * WAN), STANDARD)
    assert found.problems[0][0] == "recover_slice_twice"
    assert "438.00" in found.sentences()[0] and "437.79" in found.sentences()[0]


def test_a_figure_that_nothing_explains_is_named() -> None:
    disclosure = with_amount(fill(one_fact(WAN), STANDARD, UNIT), "14", (1, 0), 5 * WAN)
    disclosure = with_amount(disclosure, "14", (0, 0), 5 * WAN)
    keys = [key for key, _ in recover(disclosure, STANDARD).problems]
    assert keys and set(keys) == {"recover_unexplained"}


def test_negative_figures_are_refused() -> None:
    disclosure = with_amount(fill(one_fact(WAN), STANDARD, UNIT), "02", (0, 0), -WAN)
    assert recover(disclosure, STANDARD).problems[0][0] == "recover_negative"


def test_without_agency_nothing_is_recovered() -> None:
    disclosure = fill(one_fact(WAN), STANDARD, UNIT)
    summary = replace(disclosure, agency=None, sheets=disclosure.sheets[:1])
    assert [key for key, _ in recover(summary, STANDARD).problems] == ["recover_no_agency"]


def test_an_empty_disclosure_is_an_empty_ledger() -> None:
    agency = Agency(UNIT, "示例单位", None, "", "institution")
    found = recover(fill(Ledger.of(2025, [agency], []), STANDARD, UNIT), STANDARD).ledger
    assert found is not None and len(found) == 0 and list(found.agencies) == [UNIT]


def test_a_member_above_all_admitted_ones_claims_nothing() -> None:
    """事业收入 pays wages of which the forms print the 类 only."""
    ledger = one_fact(WAN, fund_type_code="31")
    found = recover(fill(ledger, STANDARD, UNIT), STANDARD)
    (item,) = found.facts
    assert (item.fact.dep_bgt_eco_code, item.fact.gov_bgt_eco_code) == ("301", "505")
    assert item.mark == "determined"


def test_a_source_the_forms_do_not_tell_is_assumed() -> None:
    """Carried-over money is printed by budget, not by source."""
    ledger = one_fact(WAN, vintage="carryover")
    (item,) = recover(fill(ledger, STANDARD, UNIT), STANDARD).facts
    assert item.unique and "fund_type_code" in item.open_axes and item.mark == "assumed"
    assert item.fact.fund_type_code == "1111"


def test_regime_follows_from_the_governmental_codes() -> None:
    agency = Agency(UNIT, "示例单位")
    for dep, gov, regime in (("30101", "50101", "organ"), ("30101", "50501", "institution"), ("30302", "50905", None)):
        fact = Fact(UNIT, "2060301", dep, gov, "1111", "current", "basic", "", WAN)
        found = recover(fill(Ledger.of(2025, [agency], [fact]), STANDARD, UNIT), STANDARD).ledger
        assert found is not None and found.agencies[UNIT].regime == regime


def test_figures_rounded_one_by_one_are_recovered_as_ranges() -> None:
    agency = Agency(UNIT, "示例单位", None, "", "institution")
    facts = [
        Fact(UNIT, function, "30101", "50501", "1111", "current", "basic", "", WAN + 4_000)
        for function in ("2060301", "2060302", "2060303")
    ]
    disclosure = fill(Ledger.of(2025, [agency], facts), STANDARD, UNIT)
    found = recover(disclosure, STANDARD)
    assert found.ledger is not None and found.rounded
    assert printed(fill(found.ledger, STANDARD, UNIT)) == printed(disclosure)


def test_special_money_that_no_form_lists_gets_a_project_of_its_own() -> None:
    """Without the forms of special funds, what is not other money must be special."""
    codes = {"kind": "project", "pro_code": "P1", "dep_bgt_eco_code": "30201"}
    ledger = one_fact(WAN, gov_bgt_eco_code="50502", **codes)
    ledger = replace(ledger, projects={"P1": Project("P1", UNIT, "专项", "special")})
    disclosure = fill(ledger, STANDARD, UNIT)
    disclosure = replace(disclosure, sheets=tuple(s for s in disclosure.sheets if s.form not in ("20", "21")))
    found = recover(disclosure, STANDARD)
    assert found.ledger is not None
    (item,) = found.facts
    assert found.ledger.projects[item.fact.pro_code].pro_type == "special" and "pro_code" in item.open_axes
    again = printed(fill(found.ledger, STANDARD, UNIT))
    assert {key: amount for key, amount in again.items() if key[0] not in ("20", "21")} == printed(disclosure)


def test_atoms_stay_few(example: Ledger) -> None:
    disclosure = fill(example, STANDARD, UNIT)
    space = placed_space(disclosure, STANDARD)
    figures = figures_of(disclosure, STANDARD, space)
    cutter = Cutter(figures, space, world_of(disclosure, STANDARD, space, figures))
    atoms = cutter.atoms()
    assert len(figures.money) > 300 and 50 < len(atoms) < 200
    for atom in atoms:
        assert all(cutter.signature(place) == atom for place in cutter.locations(atom))


def test_parts_of_a_step_are_used_only_where_whole_steps_cannot_be() -> None:
    """Three sums of two of three atoms, each one step: half a step each is the only solution."""
    odd = Programme((1, 2, 4), ((0, 1), (1, 2), (0, 2)), (100, 100, 100), (100, 100, 100), 100, False)
    assert odd.amounts() == [50, 50, 50]
    even = replace(odd, lows=(200, 200, 200), highs=(200, 200, 200))
    assert even.amounts() == [100, 100, 100]
    assert replace(odd, lows=(100, 100, 300), highs=(100, 100, 300)).amounts() is None


def test_fewer_facts_are_preferred() -> None:
    """Two sources, two uses: 60 + 106 fits as two facts, every other way needs three."""
    rows = ((0, 1), (2, 3), (0, 2), (1, 3))
    square = Programme((1, 2, 4, 8), rows, (60, 106, 106, 60), (60, 106, 106, 60), 1, False)
    assert square.fewest([30, 30, 76, 30], frozenset()) == [0, 60, 106, 0]
    assert square.unique([30, 30, 76, 30]) == frozenset()


def test_common_member() -> None:
    tree = STANDARD.space["dep_bgt_eco_code"]
    assert common(tree, ["30201", "30207"]) == "302"
    assert common(tree, ["302", "30207"]) == "302"
    assert common(tree, ["30101", "30207"]) is None
