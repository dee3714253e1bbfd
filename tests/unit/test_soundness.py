"""Rules of a form set that leave every place an amount, and deliberate contradictions that do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from yusuan.cli import main
from yusuan.soundness import Rules
from yusuan.standard import list_standards, load_standard

SETTINGS = 'id = "test/2025"\ntitle = "小表样"\nfiscal_year = 2025\nunit = "万元"\nforms = ["01", "02"]\n'
FORM = 'title = "{title}"\nscope = {{ kind = {kinds} }}\nrows = {{ axes = ["agency_code"], total = true }}\n{columns}\n'
NAME = '{ label = "单位名称", role = "name" }'
ALL = '["basic", "project", "business"]'
PLAIN = f'columns = [{NAME}, "合计", "基本支出", "项目支出"]'
THREE = f'columns = [{NAME}, "合计", "基本支出", "项目支出", "事业单位经营支出"]'
APART = f'columns = [{NAME}, "基本支出", "项目支出", "事业单位经营支出"]'
OVERLAPPING = (
    f'columns = [{NAME}, "合计", {{ label = "甲", point = {{ kind = ["basic", "project"] }} }}, '
    '{ label = "乙", point = { kind = ["project", "business"] } }]'
)
IMPOSSIBLE = (
    f'columns = [{NAME}, "合计", {{ label = "工资", '
    'point = { dep_bgt_eco_code = ["30101"], gov_bgt_eco_code = ["50201"] } }]'
)


def made(path: Path, first: str, second: str, kinds: str = '["spending"]', gaps: str = "") -> Path:
    (path / "forms").mkdir(parents=True)
    (path / "standard.toml").write_text(SETTINGS, encoding="utf-8")
    for number, title, columns in (("01", "支出总表", first + gaps), ("02", "另一张表", second)):
        text = FORM.format(title=title, kinds=kinds, columns=columns)
        (path / "forms" / f"{number}.toml").write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", list_standards())
def test_bundled_form_sets_leave_every_place_an_amount(name: str) -> None:
    rules = Rules.of(load_standard(name))
    assert rules.contradictions() == ()
    assert len(rules.firm) > len(rules.places)


def test_what_known_gaps_leave_out_is_told() -> None:
    """Form 01 has no line for operating outlays, form 23 no column for state capital."""
    rules = Rules.of(load_standard("hunan/2025"))
    named = [rules.named(column) for column in rules.unlisted]
    assert {"03[事业单位经营支出]", "06[收入/(三)国有资本经营预算拨款]"} < set(named)


@pytest.mark.parametrize(
    ("first", "second", "kinds", "columns", "count"),
    [
        (PLAIN, THREE, '["spending"]', ["02[事业单位经营支出]"], 1),
        (OVERLAPPING, THREE, ALL, ["02[项目支出]"], 4),
        (OVERLAPPING, APART, ALL, ["02[项目支出]"], 4),
        (PLAIN, IMPOSSIBLE, '["spending"]', ["02[工资]"], 0),
    ],
    ids=["left out", "counted twice", "counted twice, no total", "no such fact"],
)
def test_a_contradiction_is_named(
    tmp_path: Path, first: str, second: str, kinds: str, columns: list[str], count: int
) -> None:
    rules = Rules.of(load_standard(str(made(tmp_path / "s", first, second, kinds))))
    found = rules.contradictions()[0]
    assert list(map(rules.named, found.columns)) == columns
    assert len(found.rules) == count
    for left_out in found.rules:
        rest = [rule for rule in found.rules if rule is not left_out]
        assert not rules.nil(rest).intersection(found.columns)


def test_a_known_gap_is_no_contradiction(tmp_path: Path) -> None:
    gap = '\n[[gaps]]\nid = "A-1"\nrule = "place"\ntext = "没有经营支出栏"\nen = "no column for it"\n'
    gap += 'point = { kind = ["business"] }\n'
    rules = Rules.of(load_standard(str(made(tmp_path / "s", PLAIN, THREE, gaps=gap))))
    assert rules.contradictions() == ()
    assert list(map(rules.named, rules.unlisted)) == ["02[事业单位经营支出]"]


@pytest.mark.parametrize("command", ["standard lint {set}", "check {file} --standard {set}"])
def test_a_contradictory_set_is_refused_in_words(
    command: str, tmp_path: Path, example_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = made(tmp_path / "s", PLAIN, THREE)
    assert main(command.format(set=path, file=example_file).split()) == 2
    told = capsys.readouterr()
    assert told.out == ""
    (line,) = told.err.splitlines()
    assert "02[事业单位经营支出] 只能为零" in line
    assert "01[合计] = 01[基本支出] + 01[项目支出]" in line


def test_lint_says_that_a_set_is_sound(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["standard", "lint", str(made(tmp_path / "s", PLAIN, PLAIN)), "--lang", "en"]) == 0
    assert "no contradiction; all 3 slices" in capsys.readouterr().out
