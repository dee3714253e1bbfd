"""Withheld figures: read as such, found out where the published ones give them away, and protected by others."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yusuan.check.document import check_disclosure
from yusuan.cli import main
from yusuan.extremes import Range
from yusuan.figures import Figures
from yusuan.fill import fill
from yusuan.ledger import Fact, Ledger, Project
from yusuan.lexicon import lexicon
from yusuan.read.document import read_disclosure
from yusuan.recover import recover
from yusuan.secrecy import Secrecy, Withheld, cells_of, exposed, withheld_cells
from yusuan.sheet import Agency, Disclosure, Place
from yusuan.standard import load_standard

STANDARD = load_standard("hunan/2025")
EXAMPLE = Path(__file__).resolve().parents[2] / "src" / "yusuan" / "example" / "disclosure.txt"
UNIT = "104012"
WAN = 1_000_000
STEP = STANDARD.scale.quantum


@pytest.mark.parametrize("text", ["***", "*", "＊＊", "× × ×", "■■", "涉密", "（不予公开）", "(保密)", " 不公开 "])
def test_signs_of_a_withheld_figure(text: str) -> None:
    assert lexicon().is_withheld(text)


@pytest.mark.parametrize("text", ["", "-", "—", "0.00", "*1", "*×", "12.00", "见附件", "保密局", "()"])
def test_other_texts_are_no_withheld_figures(text: str) -> None:
    assert not lexicon().is_withheld(text)


def starred(text: str, starts: Iterable[str], mark: str = "***") -> str:
    """The document with the figures of some lines withheld."""
    lines = []
    for line in text.split("\n"):
        if (start := next((s for s in starts if line.startswith(s)), None)) is not None:
            cells = line[len(start) :].split("\t")
            line = start + "\t".join(mark if cell[:1].isdigit() else cell for cell in cells)
        lines.append(line)
    return "\n".join(lines)


SECRET = ("2060302\t社会公益研究\t", "206\t03\t02\t104012\t社会公益研究\t")
"""One function in the four forms that list it."""


@pytest.fixture(scope="module")
def secret(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("secret") / "forms.txt"
    file.write_text(starred(EXAMPLE.read_text(encoding="utf-8"), SECRET), encoding="utf-8")
    return file


def told(disclosure: Disclosure, places: Iterable[Place]) -> list[str]:
    refs = (Figures(disclosure).ref(place) for place in places)
    return [f"{ref.form} {ref.row_code or ref.row_name} {'/'.join(ref.column)}" for ref in refs]


def test_withheld_cells_keep_their_text_and_are_no_error(secret: Path) -> None:
    disclosure = read_disclosure(secret)
    cells = withheld_cells(disclosure)
    assert len(cells) == 9 and {disclosure.sheets[s].form for s, _, _ in cells} == {"03", "04", "05", "07"}
    assert all(disclosure.sheets[s].cells[r, c].amount is None for s, r, c in cells)
    report = check_disclosure(disclosure, STANDARD)
    assert not [f.rule for f in report.findings if f.severity == "error"]
    assert report.summary["failed"] == 0 and int(report.summary["cannot_tell"]) > 20


def test_a_text_that_means_nothing_is_still_an_error(tmp_path: Path) -> None:
    file = tmp_path / "forms.txt"
    file.write_text(starred(EXAMPLE.read_text(encoding="utf-8"), SECRET, "见附件"), encoding="utf-8")
    disclosure = read_disclosure(file)
    report = check_disclosure(disclosure, STANDARD)
    assert not withheld_cells(disclosure)
    assert "stray_not_amount" in {f.rule for f in report.findings if f.severity == "error"}


def test_a_form_of_withheld_figures_is_not_empty(tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    head, form, rest = text.partition("一般公共预算“三公”经费支出表\n")
    table, mark, after = rest.partition("政府性基金预算支出表\n")
    file = tmp_path / "forms.txt"
    file.write_text(head + form + starred(table, ("",)) + mark + after, encoding="utf-8")
    disclosure = read_disclosure(file)
    assert any(disclosure.sheets[s].form == "14" for s, _, _ in withheld_cells(disclosure))
    rules = {f.rule for f in check_disclosure(disclosure, STANDARD).findings if f.form == "14"}
    assert "empty_without_sentence" not in rules and "stray_not_amount" not in rules


def test_what_the_other_rows_leave_is_found_out_and_protected(secret: Path) -> None:
    disclosure = read_disclosure(secret)
    found = exposed(disclosure, STANDARD)
    assert found.proved and found.tested and not found.contradictory
    assert sorted(figure.amount or 0 for figure in found.exposed) == [10_790 * STEP, 21_390 * STEP, 21_390 * STEP]
    summed = next(figure for figure in found.exposed if len(figure.terms) == 2)
    assert told(disclosure, summed.places) == ["05 2060302 项目支出/按项目管理的商品和服务支出"]
    amounts = [factor * Figures(disclosure).amounts[place] for factor, place in summed.terms]
    assert amounts == [22_280 * STEP, -890 * STEP] and summed.relations == 1
    proposed = told(disclosure, found.proposal)
    assert len(proposed) == len(set(proposed)) == 17
    assert {p.split()[1] for p in proposed} == {"20603", "20605", "2060599"}
    assert all(f.after and f.after.tight and f.after.least < (f.amount or 0) < f.after.most for f in found.exposed)  # type: ignore[operator]


def test_before_publication_the_same_is_told_of_a_code() -> None:
    disclosure = read_disclosure(EXAMPLE)
    cells = cells_of(disclosure, "2060302")
    found = exposed(disclosure, STANDARD, withhold=cells)
    assert len(cells) == 9 and len(found.exposed) == 3 and len(found.proposal) == 17
    again = exposed(disclosure, STANDARD, withhold=cells | set(found.proposal))
    assert not [f for f in again.exposed if cells & set(f.places)]
    assert not cells_of(disclosure, "2069999")


def test_nothing_is_asked_of_a_disclosure_that_withholds_nothing() -> None:
    assert exposed(read_disclosure(EXAMPLE), STANDARD) == Secrecy()


def test_figures_that_contradict_each_other_still_give_sums_away(secret: Path) -> None:
    disclosure = read_disclosure(secret)
    sheet = disclosure.sheets[2]
    place = next(p for p, cell in sheet.cells.items() if cell.text == "16.50")
    wrong = replace(sheet.cells[place], text="26.50", amount=2_650 * STEP)
    sheet = replace(sheet, cells=MappingProxyType({**sheet.cells, place: wrong}))
    disclosure = replace(disclosure, sheets=(*disclosure.sheets[:2], sheet, *disclosure.sheets[3:]))
    found = exposed(disclosure, STANDARD)
    assert found.contradictory and not found.tested
    assert found.exposed and found.proposal and all(figure.range is None for figure in found.figures)


# one form, whose every possible content can be tried


Amounts = Mapping[tuple[str, str], int]
"""(function, kind) → last digits."""


def table(amounts: Amounts) -> Disclosure:
    """The form of expenditure by function and kind alone."""
    agency = Agency(UNIT, "示例单位", None, "", "institution")
    facts = [
        Fact(UNIT, function, "30201", "50502", "1111", "current", kind, "P" if kind == "project" else "", steps * STEP)
        for (function, kind), steps in amounts.items()
    ]
    ledger = Ledger.of(2025, [agency], facts, projects=[Project("P", UNIT, "项目", "other")])
    disclosure = fill(ledger, STANDARD, UNIT)
    return replace(disclosure, sheets=tuple(s for s in disclosure.sheets if s.form == "03"))


KINDS = ("basic", "project")
FUNCTIONS = ("2060301", "2060302", "2060599", "2080505")


Cells = Mapping[Place, tuple[frozenset[tuple[str, str]], int]]
"""The (function, kind) pairs that a cell is the sum of, and its last digits."""


def printed(disclosure: Disclosure) -> Cells:
    """Every cell of the form; rows that it does not list are left out of its sums."""
    (sheet,) = disclosure.sheets
    listed = [f for f in FUNCTIONS if any(row.code == f for row in sheet.rows)]
    found = {}
    for (r, c), cell in sheet.cells.items():
        code, label = sheet.rows[r].code, sheet.columns[c].labels[-1]
        code = "" if sheet.rows[r].role in ("total", "agency") else code
        kinds = {"合计": KINDS, "基本支出": KINDS[:1], "项目支出": KINDS[1:]}.get(label, ())
        pairs = {(f, k) for f in listed if f.startswith(code) for k in kinds}
        found[0, r, c] = (frozenset(pairs), (cell.amount or 0) // STEP)
    return found


@cache
def contents(pairs: tuple[tuple[str, str], ...], total: int) -> tuple[Amounts, ...]:
    """Every way to give the pairs whole numbers that do not exceed the total together."""
    ways = itertools.product(range(total + 1), repeat=len(pairs))
    return tuple(dict(zip(pairs, way)) for way in ways if sum(way) <= total)


def possible(cells: Cells, hidden: frozenset[Place]) -> Iterator[Amounts]:
    """Every content of the form that prints what is not hidden."""
    empty = {pair for place, (pairs, steps) in cells.items() if not steps and place not in hidden for pair in pairs}
    pairs = frozenset().union(*(pairs for pairs, _ in cells.values())) - empty
    total = max(steps for _, steps in cells.values())
    shown = {mine: steps for place, (mine, steps) in cells.items() if place not in hidden and steps}
    for way in contents(tuple(sorted(pairs)), total):
        if all(sum(way.get(pair, 0) for pair in mine) == steps for mine, steps in shown.items()):
            yield way


def values_of(cells: Cells, hidden: frozenset[Place], figure: Withheld) -> set[int]:
    """Every amount that a withheld figure can have, in last digits."""
    mine, _ = cells[figure.places[0]]
    return {sum(way.get(pair, 0) for pair in mine) for way in possible(cells, hidden)}


small = st.dictionaries(
    st.tuples(st.sampled_from(FUNCTIONS[:3]), st.sampled_from(KINDS)), st.integers(1, 2), min_size=1, max_size=5
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(small, st.data())
def test_what_is_told_and_proposed_is_what_trying_every_content_tells(amounts: Amounts, data: st.DataObject) -> None:
    disclosure = table(amounts)
    cells = printed(disclosure)
    total = max(steps for _, steps in cells.values())
    # were the total withheld there would be no end of contents to try
    places = sorted(place for place, (pairs, steps) in cells.items() if pairs and steps < total)
    withheld = frozenset(data.draw(st.lists(st.sampled_from(places), min_size=1, max_size=6)))
    disclosure = star(disclosure, withheld)
    found = exposed(disclosure, STANDARD)
    assert found.tested
    for figure in found.figures:
        values = values_of(cells, withheld, figure)
        assert (figure.exposed or figure.nothing) == (len(values) == 1)
        assert not figure.nothing or values == {0}
        if figure.amount is not None:
            assert {figure.amount // STEP} == values
        if figure.range is not None:
            assert figure.range == Range(min(values) * STEP, max(values) * STEP)
    if any(cells[place][1] == total for place in found.proposal):
        return
    guarded = [figure for figure in found.figures if not figure.nothing]
    hidden = withheld | set(found.proposal)
    assert all(len(values_of(cells, hidden, figure)) > 1 for figure in guarded)
    # no figure of the proposal is needless: with all cells that mean the same published again, something is exposed
    for place in found.proposal:
        less = hidden - {other for other in found.proposal if alike(cells, hidden, place, other)}
        assert any(len(values_of(cells, less, figure)) == 1 for figure in guarded)


def alike(cells: Cells, hidden: frozenset[Place], first: Place, second: Place) -> bool:
    """Whether two cells print the same amount whatever the content: they differ in blanks only."""
    empty = {pair for place, (pairs, steps) in cells.items() if not steps and place not in hidden for pair in pairs}
    return cells[first][0] - empty == cells[second][0] - empty


def star(disclosure: Disclosure, places: Iterable[Place]) -> Disclosure:
    sheets = list(disclosure.sheets)
    for s, r, c in places:
        cell = replace(sheets[s].cells[r, c], text="***", amount=None)
        sheets[s] = replace(sheets[s], cells=MappingProxyType({**sheets[s].cells, (r, c): cell}))
    return replace(disclosure, sheets=tuple(sheets))


def place_of(disclosure: Disclosure, row: str, column: str) -> Place:
    (sheet,) = disclosure.sheets
    r = next(i for i, line in enumerate(sheet.rows) if line.code == row)
    return 0, r, next(i for i, head in enumerate(sheet.columns) if head.labels[-1] == column)


def test_a_ledger_tells_what_no_relation_does() -> None:
    """Both project cells are withheld and the project total is blank: money is never below zero, so both are zero."""
    disclosure = table({("2060301", "basic"): 3, ("2060302", "basic"): 2})
    names = itertools.product(("2060301", "2060302"), ("基本支出", "项目支出"))
    disclosure = star(disclosure, [place_of(disclosure, *name) for name in names])
    found = exposed(disclosure, STANDARD)
    by_name = {tuple(told(disclosure, figure.places[:1])): figure for figure in found.figures}
    assert all(figure.exposed or figure.nothing for figure in found.figures)
    basic = by_name["03 2060301 基本支出",]
    assert basic.amount == 3 * STEP


def test_a_wider_range_takes_more() -> None:
    """Hiding the small figures around 90 leaves 89 to 91; where that is too narrow, totals must go."""
    amounts = {("2060301", "basic"): 90, ("2060301", "project"): 1, ("2060302", "basic"): 1, ("2060302", "project"): 1}
    disclosure = table(amounts)
    cells = frozenset([place_of(disclosure, "2060301", "基本支出")])
    plain, wide = (exposed(disclosure, STANDARD, withhold=cells, share=share) for share in (0.0, 0.5))
    assert [figure.after for figure in plain.figures] == [Range(89 * STEP, 91 * STEP)]
    assert [figure.after for figure in wide.figures] == [Range(0, 91 * STEP)]
    assert {name.split()[-1] for name in told(disclosure, plain.proposal)} == {"基本支出", "项目支出"}
    assert "合计" in {name.split()[-1] for name in told(disclosure, wide.proposal)}


def test_a_withheld_blank_is_nothing_to_hide() -> None:
    disclosure = table({("2060301", "basic"): 3, ("2060302", "basic"): 2})
    disclosure = star(disclosure, [place_of(disclosure, "2060301", "上缴上级支出")])
    (figure,) = exposed(disclosure, STANDARD).figures
    assert figure.nothing and not figure.exposed


def test_a_withheld_cell_is_recovered_as_unknown_not_as_zero() -> None:
    """The total of the only form says 5, one of its two rows 3: the withheld row holds 2."""
    disclosure = table({("2060301", "basic"): 3, ("2060302", "project"): 2})
    hidden = [place_of(disclosure, code, c) for code in ("2060302", "20603") for c in ("合计", "项目支出")]
    found = recover(star(disclosure, hidden), STANDARD)
    assert found.ledger is not None
    assert {f.exp_func_code: f.amount for f in found.ledger.facts()} == {"2060301": 3 * STEP, "2060302": 2 * STEP}


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main(list(words))
    said = capsys.readouterr()
    return status, said.out, said.err


def test_the_command_tells_what_is_given_away(secret: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "recover", str(secret))
    assert status == 1 and "222.80" in out and "213.90" in out and "17 格" in out
    status, english, _ = run(capsys, "recover", str(EXAMPLE), "--withhold", "2060302", "--lang", "en")
    assert status == 1 and "17 cells" in english
    status, out, _ = run(capsys, "recover", str(secret), "-o", str(tmp_path / "ledger.csv"))
    assert status == 1 and (tmp_path / "ledger.csv").exists() and "17 格" in out
    status, out, _ = run(capsys, "recover", str(secret), "--format", "json")
    value = json.loads(out)
    assert value["schema"] == "yusuan.recovery/1" and value["facts"] is None
    assert len(value["secrecy"]["withheld"]) == 3 and len(value["secrecy"]["proposal"]) == 17


def test_the_command_names_what_it_cannot_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["--withhold", "999"], [], ["--share", "2", "--withhold", "2060302"], ["--seconds", "0"]):
        status, out, err = run(capsys, "recover", str(EXAMPLE), *words)
        assert status == 2 and not out and len(err.splitlines()) == 1
