"""The wording of an explanation: residue of templates, repeated words, wrong years and names, missing reasons."""

from __future__ import annotations

import re
from collections.abc import Iterator

from yusuan.check.prose_place import place_of, statement_place, told
from yusuan.finding import Finding, Severity
from yusuan.prose import Prose, Statement, prose_words

REASONED = ("three", "abroad", "vehicles", "vehicles_bought", "vehicles_run", "reception", "running")
"""Topics whose change must be explained (操作规程 财预〔2016〕143号); totals of income and expenditure besides."""


def text_findings(prose: Prose) -> Iterator[Finding]:
    """Findings on words alone."""
    yield from _residue(prose)
    yield from _repeated(prose)
    yield from _years(prose)
    yield from _dates(prose)
    yield from _other_agency(prose)
    yield from _reasons(prose)
    yield from _unit_missing(prose)
    yield from _figure_missing(prose)
    yield from _wording(prose)


def _residue(prose: Prose) -> Iterator[Finding]:
    """What a template left behind."""
    words = prose_words()["residue"]
    either = re.compile(words["either"])
    left = [(n, found) for n, p in prose.body() if (found := either.search(p.text))]
    if left:
        cells = [place_of(prose, n, found.start(), found.end()) for n, found in left]
        yield told("prose_either", "warning", cells, words=left[0][1].group(), count=len(left))
    kinds: tuple[tuple[str, Severity, list[str]], ...] = (
        ("prose_placeholder", "error", words["placeholder"]),
        ("prose_instruction", "error", words["instruction"]),
    )
    for rule, severity, patterns in kinds:
        pattern = re.compile("|".join(patterns))
        for number, paragraph in enumerate(prose.paragraphs):
            found = None if paragraph.kind == "furniture" else pattern.search(paragraph.text)
            if found is not None:
                place = [place_of(prose, number, found.start(), found.end())]
                yield told(rule, severity, place, words=found.group())


_TWIN = re.compile(r"([一-鿿]{3,24})\1")


def _repeated(prose: Prose) -> Iterator[Finding]:
    """Words, names and punctuation printed twice in a row."""
    words = prose_words()["residue"]
    doubled = re.compile("|".join(f"{re.escape(w)}{re.escape(w)}" for w in words["doubled"]))
    points = re.compile("|".join(re.escape(p) for p in words["points"].split("|")))
    for number, paragraph in prose.body():
        for found in _TWIN.finditer(paragraph.text):
            rule = "prose_name_doubled" if found.group(1) == prose.agency else "prose_repeated"
            yield told(rule, "warning", [place_of(prose, number, *found.span())], words=found.group(1))
        for found in doubled.finditer(paragraph.text):
            yield told("prose_repeated", "warning", [place_of(prose, number, *found.span())], words=found.group())
        for found in points.finditer(paragraph.text):
            yield told("prose_punctuation", "info", [place_of(prose, number, *found.span())], words=found.group())


def _years(prose: Prose) -> Iterator[Finding]:
    """A year in a title that is not the year of the document, and figures of this year dated otherwise."""
    words = prose_words()["titles"]
    pattern = re.compile(words["year"] + r".{0,30}?" + words["document"])
    for number, paragraph in enumerate(prose.paragraphs):
        if paragraph.kind not in ("heading", "contents") or not prose.year or paragraph.level > 2:
            continue
        found = pattern.search(paragraph.text)
        if found is None or not found.group(1).isdigit() or int(found.group(1)) == prose.year:
            continue
        if re.search(r"[比较与和至、]|上年|执行|[-—]", paragraph.text[: found.end()]):
            continue
        place = [place_of(prose, number, *found.span())]
        yield told("prose_year_title", "error", place, found=found.group(1), year=prose.year)
    yield from _years_in_text(prose)
    for statement in prose.statements:
        yield from _year_slip(prose, statement)


_SCOPE_OF_BUDGET = re.compile(
    r"((?:19|20)\d\d)年(?:度)?(?:部门|单位)?(?:汇总|综合)?(?:预算|决算)(?:编制|公开|编报)?(?:范围|说明)"
)


_SELF = re.compile(r"((?:19|20)\d\d)年[^，,。；]{0,40}?元[，,](?:比|较|与)\1年")


def _years_in_text(prose: Prose) -> Iterator[Finding]:
    """The budget at hand called by another year: 纳入 2018 年部门汇总预算编制范围."""
    for number, paragraph in prose.body():
        if paragraph.kind != "body" or not prose.year:
            continue
        for found in _SELF.finditer(paragraph.text):
            yield told("prose_year_self", "error", [place_of(prose, number, *found.span())], found=found.group(1))
        for found in _SCOPE_OF_BUDGET.finditer(paragraph.text):
            if int(found.group(1)) != prose.year and not re.search("[比较]", paragraph.text[: found.start()][-4:]):
                place = [place_of(prose, number, *found.span())]
                yield told("prose_year_text", "warning", place, found=found.group(), year=prose.year)


def _year_slip(prose: Prose, statement: Statement) -> Iterator[Finding]:
    """A figure dated last year that is this year's figure of the same paragraph."""
    figure = statement.figure
    words = re.split("[，；。：]", prose.words(statement))[-1]
    dated = re.search(r"((?:19|20)\d\d)年", words)
    if figure is None or not figure.money or not figure.amount or dated is None or int(dated.group(1)) == prose.year:
        return
    if re.search(r"比|较|与|同|截至|执行|决算", words[: dated.end() + 8]) or statement.year == prose.year:
        return
    for other in prose.statements:
        same = other.paragraph == statement.paragraph and other.year == prose.year and other.figure is not None
        if same and other.figure is not None and other.figure.amount == figure.amount and not other.detail:
            place = [statement_place(prose, statement)]
            yield told("prose_year_slip", "warning", place, found=dated.group(1), year=prose.year)
            return


_DATE = re.compile(r"截[至止](?:到)?((?:19|20)\d\d)年(?:(\d{1,2})月|底|末)")


def _dates(prose: Prose) -> Iterator[Finding]:
    """截至 dates: the end of the year for final accounts, before or early in the year for a budget."""
    for number, paragraph in prose.body():
        for found in _DATE.finditer(paragraph.text):
            year, month = int(found.group(1)), int(found.group(2) or 12)
            place = [place_of(prose, number, *found.span())]
            if not prose.year:
                continue
            if prose.kind == "final" and year != prose.year and month == 12:
                yield told("prose_date", "error", place, found=found.group(), year=prose.year)
            elif prose.kind == "budget" and (year > prose.year or (year == prose.year and month > 6)):
                yield told("prose_date_future", "error", place, found=found.group(), year=prose.year)
            elif prose.kind == "budget" and year < prose.year - 2:
                yield told("prose_date_old", "warning", place, found=found.group(), year=prose.year)


def _other_agency(prose: Prose) -> Iterator[Finding]:
    """The agency's name with another district before it."""
    named = re.search(r"([一-鿿]{2,3}[区县])([一-鿿]{2,20})$", prose.agency)
    if named is None:
        return
    region, organ = named.group(1)[-3:], named.group(2)
    for number, paragraph in prose.body():
        for found in re.finditer(rf"([一-鿿]{{2}}[区县]){re.escape(organ)}", paragraph.text):
            if found.group(1) != region and not re.search("[由是为和与的及各全本我市该在对向到经]", found.group(1)):
                place = [place_of(prose, number, *found.span())]
                yield told("prose_other_agency", "warning", place, found=found.group(), agency=prose.agency)


def _reasons(prose: Prose) -> Iterator[Finding]:
    """Changes that must be explained and are not, and reasons that say nothing."""
    words = prose_words()["reasons"]
    ask = re.compile(words["ask"] + r"([^，。；]{0,6})(?:[。；]|$)")
    for number, paragraph in prose.body():
        for found in ask.finditer(paragraph.text):
            reason = found.group(1).strip("：: ")
            last = found.end() == len(paragraph.text) and not paragraph.text.endswith("。")
            hollow = reason in words["empty"] or re.fullmatch(r"[A-Za-z0-9]{1,6}", reason)
            if hollow and not last:
                yield told("prose_reason_hollow", "warning", [place_of(prose, number, *found.span())], reason=reason)
    for statement in prose.statements:
        yield from _circular(prose, statement)
        if _must_explain(statement) and not _explained(prose, statement, re.compile(words["given"])):
            change = next(c.change for c in statement.comparisons if c.change is not None)
            shown = {"subject": statement.subject, "change": change.text if change else ""}
            yield told("prose_reason_missing", "warning", [statement_place(prose, statement)], **shown)


def _circular(prose: Prose, statement: Statement) -> Iterator[Finding]:
    """A reason that only repeats the change: 会议费减少, 主要原因是会议费支出下降."""
    words = prose_words()
    every = [*words["direction"]["up"], *words["direction"]["down"], *words["reasons"]["idle"]]
    idle = re.compile("|".join(sorted(map(re.escape, every), key=len, reverse=True)))
    text = prose.paragraphs[statement.paragraph].text
    for comparison in statement.comparisons:
        found = re.compile(r"[，。]?(?:主要|变动)?原因(?:是|为|：)?([^，。；]{2,24})[。，；]").match(
            text, comparison.end
        )
        if found is None or not idle.search(found.group(1)):
            continue
        reason = idle.sub("", re.sub(r"[“”]", "", found.group(1)))
        if reason and reason in idle.sub("", statement.subject):
            place = [place_of(prose, statement.paragraph, statement.start, found.end())]
            yield told("prose_reason_circular", "info", place, reason=found.group(1))


def _must_explain(statement: Statement) -> bool:
    total = statement.point is not None and not statement.point.parts and statement.whole is None
    if not (total or statement.topic in REASONED) or statement.detail:
        return False
    return any(c.change is not None and c.change.amount and c.direction for c in statement.comparisons)


def _explained(prose: Prose, statement: Statement, given: re.Pattern[str]) -> bool:
    """Whether a reason stands in the paragraph or in those that follow in its chapter."""
    paragraph = prose.paragraphs[statement.paragraph]
    if given.search(paragraph.text, statement.start):
        return True
    for after in prose.paragraphs[statement.paragraph + 1 : statement.paragraph + 12]:
        if after.kind == "furniture":
            continue
        if after.path[: len(paragraph.path[:2])] != paragraph.path[:2]:
            return False
        if given.search(after.text):
            return True
    return False


_NAKED = re.compile(
    r"(?:预算数?|决算数?|执行数|增加|减少|支出|收入|费|为)(\d{1,3}(?:,\d{3})+\.\d{2}|\d+\.\d{2})(?![\d.,%％万亿元个‰分])"
)


def _unit_missing(prose: Prose) -> Iterator[Finding]:
    """An amount without its unit in a sentence whose other amounts have one."""
    for number, paragraph in prose.body():
        if "万元" not in paragraph.text:
            continue
        for found in _NAKED.finditer(paragraph.text):
            yield told("prose_unit_missing", "warning", [place_of(prose, number, *found.span())], figure=found.group(1))


def _figure_missing(prose: Prose) -> Iterator[Finding]:
    """万元 without a figure before it: 支出预算支出万元."""
    pattern = re.compile(prose_words()["residue"]["numberless"])
    outside = re.compile(prose_words()["outside"]["chapters"])
    for number, paragraph in prose.body():
        if any(outside.search(title) for title in paragraph.path):
            continue
        for found in pattern.finditer(paragraph.text):
            if paragraph.text[: found.start()][-1:].isdigit():
                continue
            place = [place_of(prose, number, found.start(), found.end() + 2)]
            yield told("prose_figure_missing", "warning", place, words=found.group())


def _wording(prose: Prose) -> Iterator[Finding]:
    """本部门 and 本单位 in one explanation."""
    words = prose_words()["wording"]
    places: dict[str, list[tuple[int, int, int]]] = {"department": [], "unit": []}
    outside = re.compile(prose_words()["outside"]["chapters"])
    for number, paragraph in prose.body():
        if any(outside.search(title) for title in paragraph.path):
            continue
        for scope, found in places.items():
            found.extend((number, m.start(), m.end()) for m in re.finditer(words[scope], paragraph.text))
    if places["department"] and places["unit"]:
        rarer = min(places.values(), key=len)
        number, start, end = rarer[0]
        counts = {"department": len(places["department"]), "unit": len(places["unit"])}
        yield told("prose_wording", "info", [place_of(prose, number, start, end)], **counts)
        return
    other = places["unit"] if prose.scope == "department" else places["department"] if prose.scope == "unit" else []
    if len(other) >= 2:
        number, start, end = other[0]
        words_of = prose.paragraphs[number].text[start:end]
        cells = [place_of(prose, number, start, end)]
        yield told("prose_wording_scope", "info", cells, words=words_of, scope=SCOPES[prose.scope], count=len(other))


SCOPES = {"department": "部门", "unit": "单位"}
"""What titles call the kind of agency."""
