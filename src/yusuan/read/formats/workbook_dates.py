"""Days and times of workbooks: numbers that only their format tells from amounts, shown as ISO text."""

from __future__ import annotations

import datetime
import re
from functools import cache

STANDARD_FORMATS = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 5: '"$"#,##0_);("$"#,##0)',
    6: '"$"#,##0_);[Red]("$"#,##0)', 7: '"$"#,##0.00_);("$"#,##0.00)', 8: '"$"#,##0.00_);[Red]("$"#,##0.00)',
    9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??", 14: "mm-dd-yy", 15: "d-mmm-yy", 16: "d-mmm",
    17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 22: "m/d/yy h:mm",
    37: "#,##0_);(#,##0)", 38: "#,##0_);[Red](#,##0)", 39: "#,##0.00_);(#,##0.00)", 40: "#,##0.00_);[Red](#,##0.00)",
    41: r'_(* #,##0_);_(* \(#,##0\);_(* "-"_);_(@_)', 42: r'_("$"* #,##0_);_("$"* \(#,##0\);_("$"* "-"_);_(@_)',
    43: r'_(* #,##0.00_);_(* \(#,##0.00\);_(* "-"??_);_(@_)',
    44: r'_("$"* #,##0.00_)_("$"* \(#,##0.00\)_("$"* "-"??_)_(@_)',
    45: "mm:ss", 46: "[h]:mm:ss", 47: "mmss.0", 48: "##0.0E+0", 49: "@",
}  # fmt: skip
"""Number formats that a workbook does not write out (ECMA-376 part 1, 18.8.30)."""

_ASIDE = re.compile(r'".*?"|\[(?!hh?\]|mm?\]|ss?\])[^\]]*\]')
"""Words and colours of a format; an interval in brackets is neither."""
_DAY = re.compile(r"(?<![_\\])[dmhysDMHYS]")
_INTERVAL = re.compile(r"\[(?:hh?|mm?|ss?)\]", re.IGNORECASE)

MILLISECONDS = 86_400_000
"""Of a day."""
LEAP = 60
"""The 29 February 1900 that spreadsheets count and the calendar does not know."""


@cache
def tells_time(number_format: str) -> bool:
    """Whether a format shows a number as a day or time."""
    return _DAY.search(_ASIDE.sub("", number_format.split(";")[0])) is not None


def day_text(value: int | float, number_format: str, *, from_1904: bool) -> str:
    """A number of days as a day, a time or an interval; ``#VALUE!`` beyond the calendar."""
    try:
        if _INTERVAL.search(number_format.split(";")[0]):
            return str(_interval(value))
        return str(_moment(value, from_1904))
    except (OverflowError, ValueError):
        return "#VALUE!"


def _interval(value: int | float) -> datetime.timedelta:
    exact = datetime.timedelta(days=value)
    if not exact.microseconds:
        return exact
    return datetime.timedelta(seconds=exact.total_seconds() // 1, microseconds=round(exact.microseconds, -3))


def _moment(value: int | float, from_1904: bool) -> datetime.datetime | datetime.time:
    day, fraction = divmod(value, 1)
    rest = datetime.timedelta(milliseconds=round(fraction * MILLISECONDS))
    if 0 <= value < 1 and not rest.days:
        return (datetime.datetime.min + rest).time()
    if from_1904:
        return datetime.datetime(1904, 1, 1) + datetime.timedelta(days=day) + rest
    return datetime.datetime(1899, 12, 30) + datetime.timedelta(days=day + (0 < value < LEAP)) + rest


def iso_text(text: str) -> str:
    """A day or time that is stored as ISO text, shown as those stored as numbers are."""
    plain = text.strip().removesuffix("Z")
    for kind in (datetime.date, datetime.time, datetime.datetime):
        try:
            return str(kind.fromisoformat(plain))
        except ValueError:
            continue
    return text
