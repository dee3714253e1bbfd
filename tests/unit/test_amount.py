"""Money: exact, never a float, blank is not zero, what is no amount is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yusuan.amount import (
    FEN,
    LARGEST,
    AmountError,
    Scale,
    looks_like_amount,
    parse_amount,
    printed_decimals,
    round_half,
)


@pytest.mark.parametrize(
    ("text", "unit", "fen"),
    [
        ("250.99", "万元", 250_990_000),
        ("0.01", "万元", 10_000),
        ("0.000001", "万元", 1),
        ("1,234,567.89", "元", 123_456_789),
        ("1 234 567.89", "元", 123_456_789),
        ("１２３．４５", "元", 12_345),
        ("－3.10", "元", -310),
        ("\u22123.10", "元", -310),
        ("(3.10)", "元", -310),
        ("（3.10）", "元", -310),
        ("△3.10", "元", -310),
        ("+5", "千元", 500_000),
        (".5", "元", 50),
        ("¥100", "元", 10_000),
        ("￥100", "元", 10_000),
        ("0.00", "万元", 0),
        (" 12 ", "亿元", 120_000_000_000),
    ],
)
def test_printed_amounts(text: str, unit: str, fen: int) -> None:
    assert parse_amount(text, unit) == fen
    assert looks_like_amount(text)


@pytest.mark.parametrize("text", ["", "  ", "-", "--", "—", "——", "－", "–", "―", "─", "/", "\u3000"])
def test_blank_is_no_amount_and_no_zero(text: str) -> None:
    assert parse_amount(text, "元") is None
    assert not looks_like_amount(text)


@pytest.mark.parametrize(
    "text",
    [
        "一百元", "1.2.3", "12,34", "1,23", "1e5", "0x10", "十", "5%", "1.00万元", "--3", "- 3", "NaN", "∞", "1 23",
        "3-", "²", "250.99①", "3.2²", "⑩", "½",
    ],
)  # fmt: skip
def test_what_is_no_amount(text: str) -> None:
    with pytest.raises(AmountError):
        parse_amount(text, "元")
    assert not looks_like_amount(text)


@pytest.mark.parametrize(
    ("text", "unit"),
    [("0.001", "元"), ("0.0000001", "万元"), ("1" + "0" * 18, "元"), ("9" * 30, "元"), ("0." + "0" * 20 + "1", "元")],
)
def test_too_fine_and_too_large(text: str, unit: str) -> None:
    with pytest.raises(AmountError):
        parse_amount(text, unit)
    assert looks_like_amount(text), "a number all the same"


def test_the_largest_amount_is_still_read() -> None:
    assert parse_amount(str(LARGEST // 100), "元") == LARGEST
    with pytest.raises(AmountError):
        parse_amount(str(LARGEST // 100 + 1), "元")


@pytest.mark.parametrize(("text", "decimals"), [("12", 0), ("12.5", 1), ("１２．５０", 2), ("(3.100)", 3), ("", 0)])
def test_decimals_shown(text: str, decimals: int) -> None:
    assert printed_decimals(text) == decimals


@pytest.mark.parametrize(
    ("fen", "scale", "text"),
    [
        (250_990_000, Scale(), "250.99"),
        (5_000, Scale(), "0.01"),
        (4_999, Scale(), "0.00"),
        (-5_000, Scale(), "-0.01"),
        (123_456, Scale("元", 2), "1234.56"),
        (150, Scale("元", 0), "2"),
        (-150, Scale("元", 0), "-2"),
        (0, Scale("千元", 1), "0.0"),
    ],
)
def test_print(fen: int, scale: Scale, text: str) -> None:
    assert scale.format(fen) == text


scales = st.builds(Scale, st.sampled_from(sorted(FEN)), st.integers(0, 6))


@given(st.integers(-(10**16), 10**16), scales)
def test_an_exact_amount_survives_printing(fen: int, scale: Scale) -> None:
    whole = fen - fen % scale.quantum
    assert scale.exact(whole)
    assert parse_amount(scale.format(whole), scale.unit) == whole


@given(st.integers(-(10**16), 10**16), scales)
def test_printing_is_off_by_half_a_last_digit_at_most(fen: int, scale: Scale) -> None:
    printed = parse_amount(scale.format(fen), scale.unit)
    assert printed is not None
    assert 2 * abs(printed - fen) <= scale.quantum


@given(st.integers(-(10**12), 10**12), st.integers(1, 10**6))
def test_rounding_is_symmetric_and_halves_go_away_from_zero(amount: int, quantum: int) -> None:
    assert round_half(-amount, quantum) == -round_half(amount, quantum)
    if amount >= 0:
        assert round_half(amount, quantum) == (2 * amount + quantum) // (2 * quantum)
