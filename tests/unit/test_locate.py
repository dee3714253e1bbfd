"""The fewest wrong figures of a disclosure: named exactly, in words and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import product
from pathlib import Path
from random import Random

import pytest

from support.ledgers import standard
from support.printed import QUANTUM, money, one_row, put, relation
from yusuan import tested
from yusuan.check.location import location_json
from yusuan.cli import main
from yusuan.figures import Figures
from yusuan.locate import Group, Located, locate, locate_tested, mend
from yusuan.read.document import read_disclosure
from yusuan.relations import Relation
from yusuan.sheet import Disclosure, Place


@pytest.fixture(scope="module")
def disclosure(example_file: Path) -> Disclosure:
    return read_disclosure(example_file)


def exchanged(amount: int) -> int:
    """The first two digits that differ, exchanged."""
    text = str(amount // QUANTUM)
    i = next((i for i in range(len(text) - 1) if text[i] != text[i + 1]), -1)
    return amount if i < 0 else int(text[:i] + text[i + 1] + text[i] + text[i + 2 :]) * QUANTUM


def dropped(amount: int) -> int:
    text = str(amount // QUANTUM)
    return int(text[:-2] + text[-1]) * QUANTUM


KINDS: dict[str, Callable[[int], int]] = {
    "exchanged": exchanged,
    "dropped": dropped,
    "sign": lambda amount: -amount,
    "ten times": lambda amount: amount * 10,
    "lost": lambda amount: 0,
    "something else": lambda amount: amount + 123 * QUANTUM,
}


def changes_of(group: Group) -> list[dict[Place, int | None]]:
    return [{c.place: c.proposed for c in explanation.changes} for explanation in group.explanations]


def of_one_row(amounts: list[int | None], relations: list[Relation], *, most: int = 10) -> Located:
    figures = Figures(one_row(amounts))
    outcomes = tested.test_relations(figures, relations, standard())
    return locate_tested(figures, replace(outcomes, adds_up=True), most=most)


@pytest.mark.parametrize("kind", KINDS)
def test_one_wrong_figure_is_the_only_explanation(disclosure: Disclosure, kind: str) -> None:
    """Of all 401 printed figures none is an exception: each can be told from every other, and its amount."""
    figures = money(disclosure)
    turn = list(KINDS).index(kind)
    for place in sorted(figures)[turn::90]:
        wrong = KINDS[kind](figures[place])
        if wrong == figures[place]:
            continue
        found = locate(put(disclosure, {place: wrong or None}), standard())
        (group,) = found.groups
        assert found.verdict == "inconsistent"
        assert group.unique and group.proved
        assert changes_of(group) == [{place: figures[place]}]
        assert found.proof is not None and found.proof.verdict == "consistent"


def test_a_copy_of_the_neighbour_and_a_figure_where_none_belongs(disclosure: Disclosure) -> None:
    figures = money(disclosure)
    copies = [(p, q) for p in sorted(figures) if figures.get(q := (p[0], p[1] + 1, p[2]), figures[p]) != figures[p]]
    causes = set()
    for place, below in copies[::60]:
        (group,) = locate(put(disclosure, {place: figures[below]}), standard()).groups
        assert group.unique and changes_of(group) == [{place: figures[place]}]
        causes.add(group.explanations[0].changes[0].cause)
    assert "copied" in causes
    empty = [(s, *p) for s, sheet in enumerate(disclosure.sheets) for p, cell in sheet.cells.items()
             if cell.amount is None and cell.point is not None]  # fmt: skip
    for place in empty[::200]:
        (group,) = locate(put(disclosure, {place: 123 * QUANTUM}), standard()).groups
        assert group.unique and changes_of(group) == [{place: 0}]


def test_a_last_digit_may_be_rounding_and_is_named_all_the_same(disclosure: Disclosure) -> None:
    """Where both could be, the verdict is rounding; the figure is found either way."""
    figures = money(disclosure)
    verdicts = set()
    for place in ((6, 0, 0), (6, 3, 1), (6, 5, 0), (8, 1, 0)):
        found = locate(put(disclosure, {place: figures[place] + QUANTUM}), standard())
        (group,) = found.groups
        assert changes_of(group) == [{place: figures[place]}] and group.unique
        assert group.rounding == (found.verdict == "rounding")
        verdicts.add(found.verdict)
    assert verdicts == {"rounding", "inconsistent"}


@pytest.mark.parametrize("count", [2, 3, 5])
def test_several_wrong_figures(disclosure: Disclosure, count: int) -> None:
    """Never more changes than faults; where as many, the truth is among the explanations; put in, all holds."""
    figures = money(disclosure)
    for turn in range(2):
        drawn = Random(count * 100 + turn)
        truth = {place: figures[place] for place in drawn.sample(sorted(figures), count)}
        wrong = put(disclosure, {place: amount + drawn.randint(2, 99_999) * QUANTUM for place, amount in truth.items()})
        found = locate(wrong, standard())
        size = sum(group.size for group in found.groups)
        assert found.proved and size <= count
        if size == count and all(group.complete for group in found.groups):
            ways = product(*(changes_of(group) for group in found.groups))
            assert truth in [{place: v for one in way for place, v in one.items()} for way in ways]
        mended = mend(wrong, found)
        if mended is not None:
            assert locate(mended, standard()).verdict == "consistent"


def test_five_wrong_figures_far_apart_are_five_contradictions_or_fewer(disclosure: Disclosure) -> None:
    figures = money(disclosure)
    truth = {place: figures[place] for place in sorted(figures)[7::80]}
    wrong = put(disclosure, {place: exchanged(amount) for place, amount in truth.items()})
    truth = {place: amount for place, amount in truth.items() if exchanged(amount) != amount}
    found = locate(wrong, standard())
    assert all(group.unique for group in found.groups)
    assert {p: v for group in found.groups for p, v in changes_of(group)[0].items()} == truth


def test_all_equally_small_explanations_up_to_a_number() -> None:
    """10 = 1 + 2 + 3: each of the four can be the wrong one."""
    sums = [relation([0], [1, 2, 3])]
    (group,) = of_one_row([10, 1, 2, 3], sums).groups
    found = {c[2]: n for one in changes_of(group) for c, n in one.items()}
    assert found == {c: n * QUANTUM for c, n in ((0, 6), (1, 5), (2, 6), (3, 7))}
    assert group.complete and group.proved and not group.unique
    (group,) = of_one_row([10, 1, 2, 3], sums, most=2).groups
    assert len(group.explanations) == 2
    assert group.proved and not group.complete and not group.unique


def test_explanations_that_a_slip_fits_come_first() -> None:
    """20.00 = 17.93 + 2.61: with 17.39 it holds, and its digits are exchanged."""
    (group,) = of_one_row([2000, 1793, 261], [relation([0], [1, 2])]).groups
    assert group.explanations[0].changes[0].cause == "exchanged"
    assert [next(iter(one))[2] for one in changes_of(group)] == [1, 0, 2]


def test_what_is_not_determined_has_its_limits() -> None:
    """5 ≤ 3: the first is at most 3, or the second at least 5."""
    (group,) = of_one_row([5, 3], [relation([0], [1], bound=True)]).groups
    ends = {c.place[2]: (c.proposed, c.low, c.high) for e in group.explanations for c in e.changes}
    assert ends == {0: (None, 0, 3 * QUANTUM), 1: (None, 5 * QUANTUM, None)}


def columns(disclosure: Disclosure, s: int, r: int) -> list[Place]:
    return sorted((s, r, c) for q, c in disclosure.sheets[s].cells if q == r)


def rows(disclosure: Disclosure, s: int, c: int) -> list[Place]:
    return sorted((s, r, c) for r, d in disclosure.sheets[s].cells if d == c)


def shifted(disclosure: Disclosure, line: Iterable[Place]) -> dict[Place, int | None]:
    """The figures of a line one place on."""
    places, figures = list(line), money(disclosure)
    return dict(zip(places, [None, *(figures.get(place) for place in places[:-1])]))


def moves(disclosure: Disclosure) -> dict[str, dict[Place, int | None]]:
    """What happens to a whole form, row or column of form 07."""
    s = next(i for i, sheet in enumerate(disclosure.sheets) if sheet.form == "07")
    figures = {place: amount for place, amount in money(disclosure).items() if place[0] == s}
    busy = max(range(len(disclosure.sheets[s].rows)), key=lambda r: sum(p[1] == r for p in figures))
    full = max(range(len(disclosure.sheets[s].columns)), key=lambda c: sum(p[2] == c for p in figures))
    one, other = [r for r, row in enumerate(disclosure.sheets[s].rows) if row.level == 3][:2]
    pairs = list(zip(columns(disclosure, s, one), columns(disclosure, s, other)))
    swapped = {a: figures.get(b) for a, b in pairs} | {b: figures.get(a) for a, b in pairs}
    return {
        "form_unit": {place: amount * 10_000 for place, amount in figures.items()},
        "row_shifted": shifted(disclosure, columns(disclosure, s, busy)),
        "column_shifted": shifted(disclosure, rows(disclosure, s, full)),
        "rows_exchanged": dict(swapped),
    }


@pytest.mark.parametrize("slip", ["form_unit", "row_shifted", "column_shifted", "rows_exchanged"])
def test_what_moved_together_is_one_explanation(disclosure: Disclosure, slip: str) -> None:
    """Beside it only the figure that fell off the end of its line has to be found."""
    figures = money(disclosure)
    texts = moves(disclosure)[slip]
    found = locate(put(disclosure, texts), standard())
    group, *fallen = found.groups
    assert [explanation.move for explanation in group.explanations] == [slip]
    assert all(other.unique and other.size == 1 for other in fallen) and len(fallen) <= 1
    back = {place: amount for one in found.groups for place, amount in changes_of(one)[0].items()}
    changed = {place for place, amount in texts.items() if (amount or 0) != figures.get(place, 0)}
    assert back == {place: figures.get(place, 0) for place in changed}
    assert found.proof is not None and found.proof.verdict == "consistent"


def test_the_same_every_time(disclosure: Disclosure) -> None:
    figures = money(disclosure)
    wrong = put(disclosure, {place: figures[place] * 2 for place in sorted(figures)[5::90]})
    told = []
    for _ in range(2):
        found = location_json(Figures(wrong), locate(wrong, standard()))
        found["seconds"] = found["proof"]["seconds"] = 0
        told.append(found)
    assert told[0] == told[1]


def test_out_of_time_the_least_number_is_said(disclosure: Disclosure) -> None:
    figures = money(disclosure)
    wrong = put(disclosure, {place: figures[place] * 2 for place in sorted(figures)[5::40]})
    found = locate(wrong, standard(), seconds=1e-9)
    assert found.verdict == "inconsistent"
    assert found.groups and not found.proved
    assert all(group.bound >= 1 and not group.unique for group in found.groups)


def planted(folder: Path, example_file: Path, text: str = "117.39") -> str:
    """The example as a file; wages of form 07 (line 203, field 5) printed so."""
    lines = [line.split("\t") for line in example_file.read_text(encoding="utf-8").split("\n")]
    assert lines[202][4] == "117.39"
    lines[202][4] = text
    file = folder / "公开表.txt"
    file.write_text("\n".join("\t".join(line) for line in lines), encoding="utf-8")
    return str(file)


def status(*arguments: str) -> int:
    """Exit status of a command."""
    try:
        return main(["locate", *arguments])
    except SystemExit as end:
        assert isinstance(end.code, int)
        return end.code


def test_status_and_words(tmp_path: Path, example_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert status(planted(tmp_path, example_file)) == 0
    assert "一致" in capsys.readouterr().out
    wrong = planted(tmp_path, example_file, "117.93")
    assert status(wrong) == 1
    assert "117.93 → 117.39" in (zh := capsys.readouterr().out) and "只能是它（已证明）" in zh
    assert status(wrong, "--lang", "en") == 1
    assert "117.93 → 117.39" in (en := capsys.readouterr().out) and "no other single one does (proved)" in en


def test_json(tmp_path: Path, example_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = planted(tmp_path, example_file, "117.93")
    assert status(wrong, "--format", "json") == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["schema"], found["verdict"]) == ("yusuan.location/1", "inconsistent")
    (group,) = found["groups"]
    assert (group["size"], group["bound"], group["proved"], group["unique"]) == (1, 1, True, True)
    (change,) = group["explanations"][0]["changes"]
    assert (change["printed"], change["proposed"], change["cause"]) == (117_930_000, 117_390_000, "exchanged")
    assert (change["cell"]["source"]["line"], change["cell"]["source"]["column"]) == (203, 5)
    assert group["relations"]
    assert found["proof"]["verdict"] == "consistent"
    target = tmp_path / "定位.json"
    assert status(wrong, "--format", "json", "-o", str(target)) == 1
    saved = json.loads(target.read_text(encoding="utf-8"))
    assert saved["groups"] == found["groups"]
    assert status(wrong, "-o", str(target)) == 2
    assert json.loads(target.read_text(encoding="utf-8")) == saved
    assert status(wrong, "-o", str(target), "--force") == 1
    assert "117.93" in target.read_text(encoding="utf-8")


PROSE = "关于 2025 年部门预算的说明\n本单位收入预算 360.84 万元，支出预算 360.84 万元。\n"


@pytest.mark.parametrize(
    "bad",
    [
        ["--most", "0"],
        ["--most", "-3"],
        ["--most", "many"],
        ["--most", "nan"],
        ["--seconds", "0"],
        ["--seconds", "nan"],
        ["--seconds", "soon"],
        ["-o", "公开表.txt"],
        ["-o", "公开表.txt", "--force"],
        ["--format", "html"],
        ["--standard", "hunan/1999"],
    ],
)
def test_bad_options_are_one_sentence(
    tmp_path: Path, example_file: Path, bad: list[str], monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    before = Path(planted(tmp_path, example_file)).read_bytes()
    assert status("公开表.txt", *bad) == 2
    out, err = capsys.readouterr()
    assert out == "" and len(err.strip().splitlines()) == 1 and "Traceback" not in err
    assert Path("公开表.txt").read_bytes() == before


@pytest.mark.parametrize("text", ["", " \n\n", PROSE, "表\t合计\t其他\n甲\t约三成\t若干\n"])
def test_nothing_to_test_is_said(tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "说明.txt"
    file.write_text(text, encoding="utf-8")
    for lang in ("zh", "en"):
        assert status(str(file), "--lang", lang) == 2
        out, err = capsys.readouterr()
        assert out == "" and "说明.txt" in err and len(err.strip().splitlines()) == 1
