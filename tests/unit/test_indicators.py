"""Free texts of targets as name, operator, value, unit; what measures nothing is kept with no value."""

from __future__ import annotations

import pytest

from yusuan.indicators import clauses, parse_indicators


def triples(text: str) -> list[tuple[str, str, str | None, str]]:
    return [(part.name, part.operator, part.value, part.unit) for part in parse_indicators(text)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("完成及时率≥90%", [("完成及时率", "≥", "90", "%")]),
        ("合格率大于等于95.5％", [("合格率", "≥", "95.5", "%")]),
        ("成本控制率等于100%", [("成本控制率", "=", "100", "%")]),
        ("参观日不少于4场", [("参观日", "≥", "4", "场")]),
        ("总成本≤1,200万元", [("总成本", "≤", "1200", "万元")]),
        ("覆盖200人次以上", [("覆盖", "≥", "200", "人次")]),
        ("举办讲座6场", [("举办讲座", "=", "6", "场")]),
        ("促进交流", [("促进交流", "", None, "")]),
        ("讲座≥6场，培训班=1期", [("讲座", "≥", "6", "场"), ("培训班", "=", "1", "期")]),
        ("1、讲座≥6场；2、培训班=1期。", [("讲座", "≥", "6", "场"), ("培训班", "=", "1", "期")]),
        ("讲座6场、培训班1期", [("讲座", "=", "6", "场"), ("培训班", "=", "1", "期")]),
        ("", []),
    ],
)  # fmt: skip
def test_triples(text: str, wanted: list[tuple[str, str, str | None, str]]) -> None:
    assert triples(text) == wanted


def test_a_bare_number_states_no_operator() -> None:
    (stated,) = parse_indicators("讲座=6场")
    (bare,) = parse_indicators("讲座6场")
    assert (stated.stated, bare.stated) == (True, False)


def test_every_clause_is_kept_as_written() -> None:
    text = "一次性完成调研，报告采纳率≥60%；无数字"
    assert clauses(text) == ["一次性完成调研", "报告采纳率≥60%", "无数字"]
    assert [part.text for part in parse_indicators(text)] == clauses(text)


def test_thousands_are_not_split() -> None:
    assert triples("服务对象≥1,200人次") == [("服务对象", "≥", "1200", "人次")]
