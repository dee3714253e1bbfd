"""Performance indicators: a free text as (name, operator, value, unit) triples, the raw text always kept beside.

Grammar of the field: ``<name><operator><value><unit>``, lists joined by ， 、 ； and numbered "1、". Operators stand as
signs (≥ ≤ =) or words (大于等于, 不低于, 不超过 …), or after the value (以上, 以内).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from yusuan.amount import fold

OPERATORS = {
    "≥": "≥", ">=": "≥", "大于等于": "≥", "不低于": "≥", "不少于": "≥", "至少": "≥", "达到": "≥",
    "≤": "≤", "<=": "≤", "小于等于": "≤", "不超过": "≤", "不高于": "≤", "不大于": "≤", "控制在": "≤",
    "=": "=", "等于": "=", ">": ">", "大于": ">", "<": "<", "小于": "<",
}  # fmt: skip
AFTER = {"以上": "≥", "以内": "≤", "以下": "≤"}

_WORDS = "|".join(sorted(map(re.escape, OPERATORS), key=len, reverse=True))
_VALUE = r"(?P<value>\d+(?:,\d{3})*(?:\.\d+)?)\s*(?P<unit>%|‰|[^\d\s，,、；;。以()=≥≤<>]{0,4})"
_BEFORE = re.compile(rf"^(?P<name>.*?)(?P<operator>{_WORDS}){_VALUE}(?P<after>.*)$")
_BEHIND = re.compile(rf"^(?P<name>.*?){_VALUE}(?P<operator>{'|'.join(AFTER)})(?P<after>.*)$")
_PLAIN = re.compile(rf"^(?P<name>.+?){_VALUE}(?P<after>.*)$")
_SPLIT = re.compile(r"[；;。\n]|[，,](?!\d{3})|(?<=[场次期篇个人项批家份%])、|(?:^|(?<=[；;。，,\n]))\s*\d+[、.](?!\d)")


@dataclass(frozen=True, slots=True)
class Indicator:
    """One clause of an indicator text. ``operator`` is empty and ``value`` ``None`` when nothing is measured;
    ``stated`` is false when a bare number stands without an operator (read as =)."""

    text: str
    name: str
    operator: str
    value: str | None
    unit: str
    stated: bool

    def as_json(self) -> dict[str, object]:
        """Name, operator, value and unit with the raw clause."""
        return {
            "text": self.text, "name": self.name, "operator": self.operator, "value": self.value, "unit": self.unit,
            "stated": self.stated,
        }  # fmt: skip


def clauses(text: str) -> list[str]:
    """The clauses of an indicator text, numbering removed."""
    plain = fold(text)
    return [part for raw in _SPLIT.split(plain) if raw and (part := raw.strip(" ,，、"))]


def parse_indicators(text: str) -> list[Indicator]:
    """The triples of a text; clauses that measure nothing are kept with no value."""
    return [_parse(clause) for clause in clauses(text)]


def _parse(clause: str) -> Indicator:
    for pattern, stated in ((_BEFORE, True), (_BEHIND, True), (_PLAIN, False)):
        found = pattern.match(clause)
        if found:
            word = found.groupdict().get("operator") or ""
            operator = OPERATORS.get(word) or AFTER.get(word) or "="
            name = (found["name"] + (found["after"] if not stated else "")).strip()
            return Indicator(clause, name, operator, found["value"].replace(",", ""), found["unit"].strip(), stated)
    return Indicator(clause, clause, "", None, "", False)
