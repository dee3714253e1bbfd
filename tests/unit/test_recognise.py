"""Which form set a disclosure follows: titles as documents of many places print them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from yusuan.amount import Scale
from yusuan.read.opening import followed
from yusuan.recognise import best_standard, folded_title
from yusuan.sheet import Disclosure, Sheet

CENTRAL = (
    "部门收支总表",
    "部门收入总表",
    "部门支出总表",
    "财政拨款收支总表",
    "一般公共预算支出表",
    "一般公共预算基本支出表",
    "政府性基金预算支出表",
    "国有资本经营预算支出表",
    "财政拨款预算“三公”经费支出表",
)
FINAL = (
    "收入支出决算总表",
    "收入决算表",
    "支出决算表",
    "财政拨款收入支出决算总表",
    "一般公共预算财政拨款支出决算表",
    "一般公共预算财政拨款基本支出决算表",
    "财政拨款“三公”经费支出决算表",
    "政府性基金预算财政拨款收入支出决算表",
    "国有资本经营预算财政拨款收入支出决算表",
)
SHANGHAI = (
    "2026年预算单位财务收支预算总表",
    "2026年预算单位收入预算总表",
    "2026年预算单位支出预算总表",
    "2026年预算单位财政拨款收支预算总表",
    "2026年预算单位一般公共预算支出功能分类预算表",
    "2026年预算单位政府性基金预算支出功能分类预算表",
    "2026年预算单位国有资本经营预算支出功能分类预算表",
    "2026年预算单位一般公共预算基本支出部门预算经济分类预算表",
    "2026年单位“三公”经费和机关运行经费预算表",
)
PUTUO = tuple(
    title.replace("2026", "2025").replace("预算单位", "部门").replace("年单位", "年部门") for title in SHANGHAI
)
BEIJING = (
    "预算01表 收支总表",
    "预算02表 收入总表",
    "预算03表 支出总表",
    "预算04表 财政拨款收支总表",
    "预算05表 一般公共预算支出表",
    "预算06表 一般公共预算基本支出表",
    "预算07表 政府性基金预算支出表",
    "预算08表 国有资本经营预算支出表",
    "预算09表 财政拨款“三公”经费支出表",
    "预算10表 政府采购预算明细表",
    "预算11表 财政拨款政府购买服务明细表",
    "预算表12 项目支出绩效目标表",
    "预算13表 部门整体支出绩效目标表",
)
JIANGSU = (
    "收支总表",
    "收入总表",
    "支出总表",
    "财政拨款收支总表",
    "财政拨款支出表（功能科目）",
    "财政拨款基本支出表（经济科目）",
    "一般公共预算支出表",
    "一般公共预算基本支出表",
    "一般公共预算“三公”经费、会议费、培训费支出表",
    "政府性基金预算支出表",
    "国有资本经营预算支出预算表",
    "一般公共预算机关运行经费支出预算表",
    "政府采购支出表",
)
GUANGZHOU = (
    "收支总体情况表",
    "收入总体情况表",
    "本年支出总体情况表",
    "财政拨款收支总体情况表",
    "一般公共预算支出情况表（按功能分类科目）",
    "一般公共预算基本支出情况表（按经济分类科目）",
    "一般公共预算项目支出情况表（按经济分类科目）",
    "财政拨款安排的行政经费及“三公”经费预算表",
    "政府性基金预算支出情况表",
    "国有资本经营预算支出情况表",
    "部门预算基本支出预算表",
    "部门预算项目支出及其他支出预算表",
)
SHENZHEN = (
    "收支总表",
    "收入总表",
    "支出总表",
    "基本支出总表",
    "项目支出总表",
    "财政拨款收支总表",
    "一般公共预算支出表（按功能分类）",
    "一般公共预算支出表（按经济分类）",
    "财政拨款“三公”经费支出表",
    "政府性基金预算支出表",
    "国有资本经营预算支出表",
)
NATIONWIDE = (
    "收支预算总表",
    "收入预算总表",
    "支出预算总表",
    "财政拨款收支预算总表",
    "一般公共预算支出预算表",
    "一般公共预算基本支出预算表",
    "政府性基金预算支出预算表",
    "一般公共预算“三公”经费支出预算表",
    "项目支出预算表",
)
XIAN = ("2021年部门综合预算收支总表", "2021年部门综合预算收入总表", "2021年部门综合预算支出总表")


@pytest.mark.parametrize(
    ("titles", "year", "kind", "wanted"),
    [
        (CENTRAL, 2026, "budget", "national/2026"),
        (FINAL, 2024, "final", "national/2024-final"),
        (SHANGHAI, 2026, "budget", "shanghai/2026"),
        (PUTUO, 2025, "budget", "shanghai/2025"),
        (BEIJING, 2026, "budget", "beijing/2026"),
        (JIANGSU, 2026, "budget", "jiangsu/2026"),
        (JIANGSU, 2025, "budget", "jiangsu/2025"),
        (GUANGZHOU, 2026, "budget", "guangdong/2026-guangzhou"),
        (SHENZHEN, 2026, "budget", "guangdong/2026-shenzhen"),
        (NATIONWIDE, 2026, "budget", "national/2026"),
    ],
)
def test_the_set_that_titles_name(titles: tuple[str, ...], year: int, kind: str, wanted: str) -> None:
    found = best_standard(titles, [], year, kind)
    assert found is not None
    standard, forms = found
    assert standard.id == wanted
    assert len(set(forms.values())) == len(forms)


@pytest.mark.parametrize("titles", [XIAN, (), ("目录", "名词解释")])
def test_too_few_forms_name_none(titles: tuple[str, ...]) -> None:
    assert best_standard(titles, [], 2021, "budget") is None


def test_every_table_of_a_set_is_its_form() -> None:
    found = best_standard(SHENZHEN, [], 2026, "budget")
    assert found is not None
    assert [found[1][i] for i in range(len(SHENZHEN))] == [str(i + 1) for i in range(len(SHENZHEN))]


def test_final_accounts_are_no_budget() -> None:
    assert best_standard(FINAL, [], 2024, "budget") is None
    assert best_standard(CENTRAL, [], 2026, "final") is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2026年预算单位收入预算总表", "部门收入总表"),
        ("预算05表 一般公共预算支出表", "一般公共预算支出预算表"),
        ("公开 01 表 收支总表", "一、收支总体情况表"),
    ],
)
def test_titles_of_one_name(one: str, other: str) -> None:
    assert folded_title(one) == folded_title(other)


def test_a_document_read_by_the_lexicon_names_the_form_set_it_follows() -> None:
    """Numbers of forms come with it; tables that are none of its forms keep their place; far years follow none."""
    sheets = tuple(Sheet(None, title, Scale(), (), (), {}) for title in ("部门概况表", *CENTRAL))
    disclosure = Disclosure("a.pdf", "", None, 2026, "budget", "unit", None, sheets)
    found = followed(disclosure)
    assert found.standard == "national/2026"
    assert [sheet.form for sheet in found.sheets][:3] == ["#1", "1", "2"]
    assert followed(replace(disclosure, fiscal_year=2009)).standard is None
