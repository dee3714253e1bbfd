"""What every form set must do: load, resolve, fill, derive, show as committed, give the facts back through a workbook.

``python tests/standards/test_contract.py`` writes the golden files anew; the difference is what a reviewer reads.
"""

from __future__ import annotations

import itertools
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import pytest

from yusuan.axes import AXES, Point
from yusuan.check.document import check_disclosure
from yusuan.cli import main
from yusuan.fill import fill
from yusuan.forms import Form, Standard
from yusuan.ledger import Ledger
from yusuan.plan import plan_columns
from yusuan.publish.workbook import write_workbook
from yusuan.read.document import read_disclosure
from yusuan.read.ledger import read_ledger
from yusuan.relations import derive_relations
from yusuan.sheet import Agency, Disclosure
from yusuan.standard import list_standards, load_standard
from yusuan.standard_text import standard_lines

GOLDEN = Path(__file__).parent / "golden"
REGIMES = ("institution", "organ")
EXAMPLE = Path(str(files("yusuan") / "example" / "ledger"))

pytestmark = pytest.mark.parametrize("name", list_standards())


def golden(name: str) -> Path:
    return GOLDEN / f"{name.replace('/', '-')}.txt"


def example(name: str) -> tuple[Ledger, str]:
    """The example ledger and its agency."""
    ledger = read_ledger(EXAMPLE, load_standard(name).space)
    return ledger, next(iter(ledger.agencies))


def test_show_equals_the_golden_file(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["standard", "show", name]) == 0
    assert capsys.readouterr().out == golden(name).read_text(encoding="utf-8")


def test_lint(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["standard", "lint", name]) == 0
    assert name in capsys.readouterr().out


def columns_of(form: Form) -> list[list[Point]]:
    """Points that stand side by side and must differ: of the columns, or of the lines of each block."""
    return [[leaf.point for leaf in form.money()], *([line.point for line in block.lines] for block in form.blocks)]


def test_every_place_means_one_slice(name: str) -> None:
    standard = load_standard(name)
    for form in standard.forms.values():
        for points in columns_of(form):
            assert len(set(points)) == len(points), form.number
            for point in points:
                assert standard.space.inside(point, form.scope), form.number
                assert set(point.parts) <= set(AXES)


def test_every_sum_is_of_disjoint_parts_inside_the_total(name: str) -> None:
    standard = load_standard(name)
    for form in standard.forms.values():
        points = {
            (b, line.index): line.point for b, block in enumerate(form.blocks) for line in block.lines
        } or {(0, c): leaf.point for c, leaf in enumerate(form.money())}  # fmt: skip
        for total in form.sums:
            parts = [points[part] for part in total.parts]
            assert parts, form.number
            assert all(standard.space.inside(part, points[total.total]) for part in parts), form.number
            for one, other in itertools.combinations(parts, 2):
                assert standard.space.disjoint(one, other), form.number


def test_relations_come_out(name: str) -> None:
    standard = load_standard(name)
    plan = plan_columns(standard, tuple(standard.forms), REGIMES)
    assert plan.identities
    ledger, code = example(name)
    relations = derive_relations(fill(ledger, standard, code), standard, REGIMES)
    assert {"column_sum", "row_sum", "same_slice", "inside"} <= {relation.basis for relation in relations}


def test_an_empty_ledger_fills_every_form_with_its_sentence(name: str) -> None:
    standard = load_standard(name)
    ledger = Ledger.of(standard.fiscal_year, [Agency("104012", "某中心", "104", "某厅", "institution")], [])
    disclosure = fill(ledger, standard, "104012")
    assert [sheet.form for sheet in disclosure.sheets] == list(standard.forms)
    for sheet in disclosure.sheets:
        assert sheet.notes[-1] == standard.forms[sheet.form or ""].empty
        assert not any(cell.amount for cell in sheet.cells.values())
    report = check_disclosure(disclosure, standard)
    assert report.summary["failed"] == 0
    assert not [finding.rule for finding in report.findings if finding.severity == "error"]


def test_the_example_fills_without_fault(name: str) -> None:
    standard = load_standard(name)
    ledger, code = example(name)
    disclosure = fill(ledger, standard, code)
    report = check_disclosure(disclosure, standard)
    assert report.summary["failed"] == 0 < report.summary["held"]
    assert not [finding.rule for finding in report.findings if finding.severity == "error"]
    income = disclosure.sheets[0].cells
    assert sum(fact.amount for fact in ledger.facts()) in {cell.exact for cell in income.values()}


def read_by_forms(name: str) -> Standard:
    """The form set; skips those that the reader of forms does not read back yet."""
    standard = load_standard(name)
    if not standard.default:
        pytest.skip("tables without agency rows, and views of several amount columns, are read by the lexicon")
    return standard


def told(disclosure: Disclosure) -> dict[tuple[str, int, int], tuple[str, int | None, Point | None]]:
    """Every money cell: text, amount, slice; projects are known by name in print and by code in a ledger."""
    return {
        (sheet.form or "", *place): (cell.text, cell.amount, cell.point.without("pro_code") if cell.point else None)
        for sheet in disclosure.sheets
        for place, cell in sheet.cells.items()
    }


def test_a_written_workbook_reads_as_the_same_cells(name: str, tmp_path: Path) -> None:
    standard = read_by_forms(name)
    ledger, code = example(name)
    made = fill(ledger, standard, code)
    file = tmp_path / "forms.xlsx"
    write_workbook(made, standard, file)
    again = read_disclosure(file)
    assert told(again) == told(made)
    assert [sheet.title for sheet in again.sheets] == [sheet.title for sheet in made.sheets]
    assert [sheet.notes for sheet in again.sheets] == [sheet.notes for sheet in made.sheets]
    texts = [{place: cell.text for place, cell in sheet.words.items()} for sheet in again.sheets]
    assert texts == [{place: cell.text for place, cell in sheet.words.items()} for sheet in made.sheets]
    assert not [repair for sheet in again.sheets for repair in sheet.repairs]
    assert not [stray for sheet in again.sheets for stray in sheet.strays]
    assert again.agency is not None and made.agency is not None
    assert (again.agency.code, again.agency.name, again.agency.parent_code, again.fiscal_year) == (
        made.agency.code, made.agency.name, made.agency.parent_code, made.fiscal_year,
    )  # fmt: skip
    report = check_disclosure(again, standard)
    assert report.summary["failed"] == 0
    assert not [finding.rule for finding in report.findings if finding.severity == "error"]


def by_row(disclosure: Disclosure) -> dict[tuple[str, str, str, int], int]:
    """Printed figures by form, row and column; projects of a form may come in another order."""
    return {
        (sheet.form or "", sheet.rows[r].code, "/".join(sheet.rows[r].labels), c): cell.amount
        for sheet in disclosure.sheets
        for (r, c), cell in sheet.cells.items()
        if cell.amount is not None
    }


Key = tuple[str, ...]


def sums(ledger: Ledger, axes: tuple[str, ...]) -> dict[Key, int]:
    """Money by the axes, zero left out."""
    found: dict[Key, int] = {}
    for fact in ledger.facts():
        key = tuple(str(getattr(fact, axis)) for axis in axes)
        found[key] = found.get(key, 0) + fact.amount
    return {key: amount for key, amount in found.items() if amount}


@pytest.mark.skipif(find_spec("yusuan.recover") is None, reason="nothing recovers a ledger yet")
def test_the_facts_come_back(name: str, tmp_path: Path) -> None:
    """What was recovered fills the same forms, and agrees with the facts wherever the forms determine them."""
    from yusuan.recover import recover

    standard = read_by_forms(name)
    ledger, code = example(name)
    made = fill(ledger, standard, code)
    file = tmp_path / "forms.xlsx"
    write_workbook(made, standard, file)
    found = recover(read_disclosure(file), standard)
    assert found.ledger is not None
    again = fill(found.ledger, standard, code)
    assert by_row(again) == by_row(made)
    assert sum(fact.amount for fact in found.ledger.facts()) == sum(fact.amount for fact in ledger.facts())
    for axes in (("exp_func_code", "kind"), ("vintage",), ("kind", "dep_bgt_eco_code")):
        assert sums(found.ledger, axes) == sums(ledger, axes), axes


if __name__ == "__main__":
    for known in list_standards():
        golden(known).write_text("\n".join(standard_lines(load_standard(known))) + "\n", encoding="utf-8")
