"""What labels mean: by word and context, never guessed."""

from __future__ import annotations

import pytest

from yusuan.axes import EVERYTHING, national_space
from yusuan.codes import CodeError
from yusuan.lexicon import bare, lexicon, named, names_of, squeeze

SPACE = national_space().at(2025)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("总 计", "总计"),
        ("一、一般公共服务支出", "一般公共服务支出"),
        ("（二十五）抗疫特别国债安排的支出", "抗疫特别国债安排的支出"),
        ("(一) 一般公共预算拨款", "一般公共预算拨款"),
        ("1. 办公费", "办公费"),
        ("其中：办公费", "办公费"),
        ("合计：", "合计"),
        ("人员经费--（工资）", "人员经费-(工资)"),
        ("2025年", "2025年"),
        ("湖南省　对外\n科技", "湖南省对外科技"),
    ],
)
def test_bare_labels(text: str, plain: str) -> None:
    assert bare(text) == plain


def test_dashes_and_brackets_have_one_form() -> None:
    assert squeeze("公用经费—（甲）") == squeeze("公用经费--(甲)") == "公用经费-(甲)"


@pytest.mark.parametrize("word", ["合计", "小计", "总 计", "合计："])
def test_total_words(word: str) -> None:
    assert lexicon().is_total(word)


def test_other_words_are_no_totals() -> None:
    assert not lexicon().is_total("其他支出")


@pytest.mark.parametrize(
    ("label", "economic", "axis", "code"),
    [
        ("科学技术支出", None, "exp_func_code", "206"),
        ("四、科学技术支出", None, "exp_func_code", "206"),
        ("基本工资", "dep_bgt_eco_code", "dep_bgt_eco_code", "30101"),
        ("办公费", "dep_bgt_eco_code", "dep_bgt_eco_code", "30201"),
        ("办公经费", "gov_bgt_eco_code", "gov_bgt_eco_code", "50201"),
        ("事业收入", None, "fund_type_code", "31"),
        ("基本支出", None, "kind", "basic"),
    ],
)
def test_meanings(label: str, economic: str | None, axis: str, code: str) -> None:
    found = lexicon().meaning(label, SPACE, EVERYTHING, economic=economic)
    assert found is not None
    assert found.get(axis) == frozenset({code})


def test_unknown_words_mean_nothing() -> None:
    assert lexicon().meaning("彩票收入甲", SPACE, EVERYTHING) is None
    assert lexicon().meaning("", SPACE, EVERYTHING) is None


def test_context_decides_between_equal_names() -> None:
    """资本性支出 and 其他工资福利支出 bear one name under several codes; the label around tells which."""
    tree = SPACE["gov_bgt_eco_code"]
    one = named(tree, "住房公积金", frozenset({"501"}))
    assert one == ("50103",)
    assert named(tree, "住房公积金", frozenset({"502"})) == ()


def test_a_meaning_stays_inside_its_context() -> None:
    within = SPACE.point({"kind": ["basic"], "dep_bgt_eco_code": ["302"]})
    found = lexicon().meaning("办公费", SPACE, within, economic="dep_bgt_eco_code")
    assert found is not None and SPACE.inside(found, within)
    assert lexicon().meaning("基本工资", SPACE, within, economic="dep_bgt_eco_code") is None


def test_every_term_resolves() -> None:
    for label, point in lexicon().terms.items():
        try:
            SPACE.point(point.parts)
        except CodeError as error:
            pytest.fail(f"{label}: {error}")
        assert label == bare(label)


def test_former_names_are_known() -> None:
    index = names_of(SPACE["exp_func_code"])
    former = [
        (bare(name), member.code)
        for member in SPACE["exp_func_code"].members.values()
        for name, _ in member.former_names
    ]
    assert former
    assert all(code in index[name] for name, code in former)
