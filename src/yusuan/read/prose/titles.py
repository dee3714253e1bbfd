"""What the titles of an explanation tell of the whole: agency, year, budget or final accounts, department or unit."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from yusuan.prose import Paragraph, prose_words
from yusuan.read.prose.paragraphs import fold

_NUMERALS = str.maketrans("〇○零一二三四五六七八九", "000123456789")


def whole_of(paragraphs: Sequence[Paragraph]) -> tuple[str, int, str, str]:
    """Agency, year (0 when not told), kind (budget, final) and scope (unit, department or empty)."""
    words = prose_words()["titles"]
    titles = [fold(p.text) for p in paragraphs if p.kind in ("heading", "label", "contents") and len(p.text) < 60]
    cover = [fold(p.text) for p in paragraphs[:4] if len(p.text) < 60 and "。" not in p.text]
    years: Counter[int] = Counter()
    for weight, group in ((1, titles), (3, cover)):
        for title in group:
            for found in re.finditer(words["year"] + ".{0,30}?" + words["document"], title):
                years[int(found.group(1).translate(_NUMERALS))] += weight
    if not years:
        for paragraph in paragraphs:
            for found in re.finditer(r"(20\d\d)年(?:度)?(?:收入|支出|部门|单位|预算|决算)", fold(paragraph.text)):
                years[int(found.group(1))] += 1
    text = "".join(cover) + "".join(titles)
    finals, budgets = text.count("决算"), text.count("预算")
    departments = len(re.findall(r"部门(?:综合)?(?:预算|决算)", text))
    units = len(re.findall(r"单位(?:综合)?(?:预算|决算)", text))
    scope = "" if departments == units else "department" if departments > units else "unit"
    year = max(years, key=lambda y: (years[y], y)) if years else 0
    return _agency([*cover, *titles], words["agency"]), year, "final" if finals > budgets else "budget", scope


def _agency(titles: Sequence[str], pattern: str) -> str:
    """The name that stands most often in titles before a year, 概况 or the kind of document."""
    names: Counter[str] = Counter()
    what = "(?:19|20)\\d{2}年|概况|部门预算|单位预算|部门决算|单位决算|主要职[能责]|机构设置|(?:金额)?单位：|$"
    after = re.compile(pattern + f"(?:（[^）]{{1,6}}）)?(?={what})")
    for title in titles:
        plain = re.sub(
            r"^第[一二三四五六七八九十]+部分|^(?:预算|编制)?(?:单位|部门)(?:名称)?：|(?:19|20)\d{2}年度?", "", title
        )
        found = after.match(plain)
        if found and not re.search(r"情况|机构|职[责能]|工作|说明|预算|决算|表", found.group(1)):
            names[found.group(1)] += 1
    return max(names, key=lambda name: (names[name], len(name))) if names else ""
