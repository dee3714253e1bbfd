"""Paragraphs to statements: who is claimed to be how much, compared with what, and of what it is a part.

A figure's role is told by the words before it: a change (增加…), a percentage (增长…%), a share (占…), the rate of
completion (完成…), what it is compared with (比…预算数 X), or the amount of a subject.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from yusuan.prose import Comparison, Figure, Paragraph, Statement, prose_words
from yusuan.read.prose.comparing import Turn, against_of, completion_turn, direction_of, last_match, same_of
from yusuan.read.prose.figures import Token, figures
from yusuan.read.prose.links import link_shares
from yusuan.read.prose.meaning import Meaning, Place, chapter_scope, core, meaning, within
from yusuan.read.prose.paragraphs import fold
from yusuan.read.prose.reading import Reading, out_of_brackets

_CLAUSE = re.compile(r"[，；。：]")
_OPENS = re.compile(r"(?:其中|(?<!主要)包括|如下|具体为|分别为)[，：。]?$")
_SUBJECT_MARK = re.compile(r"[，；。：]|、(?!支)")


MOST_STATEMENTS = 4_000
"""Statements of one explanation; real ones have some hundred, and no paragraph beyond this is read for more."""


def read_statements(paragraphs: Sequence[Paragraph], agency: str, kind: str, year: int) -> list[Statement]:
    """The statements of all paragraphs of the text, in order."""
    made: list[Statement] = []
    outside = re.compile(prose_words()["outside"]["chapters"])
    openers: list[tuple[Paragraph, int]] = []
    for number, paragraph in enumerate(paragraphs):
        if paragraph.kind not in ("body", "heading") or any(outside.search(title) for title in paragraph.path):
            continue
        if len(made) >= MOST_STATEMENTS:
            break
        openers = [(o, whole) for o, whole in openers if _under(paragraph, o)]
        place = Place(paragraph.path, agency)
        reading = Reading(number, fold(paragraph.text), place, kind, year, made, paragraph.number)
        reading.pending = openers[-1][1] if openers else None
        _read(reading)
        if _OPENS.search(reading.text):
            whole = reading.last()
            if whole is None and not reading.values and openers:
                whole = openers[-1][1]
            elif whole is None and not reading.values:
                whole = _heading_value(made, number, reading)
            if whole is not None:
                openers = [(o, w) for o, w in openers if o.path != paragraph.path or o.level]
                openers.append((paragraph, whole))
    return link_shares(made, paragraphs, agency)


def _heading_value(made: Sequence[Statement], number: int, reading: Reading) -> int | None:
    """The amount that a paragraph without one opens the parts of: the one that it names (财政拨款支出主要内容如下：),
    or the one just stated when it is nothing but 其中：."""
    named = re.sub(r"(?:的)?(?:主要|具体)?(?:内容|情况|安排|构成)*(?:如下|其中|包括|为)*[：，。]*$", "", reading.text)
    own = meaning(named, reading.place)
    if own.known:
        alike = [i for i, s in enumerate(made) if s.figure is not None and s.figure.money and s.point == own.point]
        return alike[-1] if alike and made[alike[-1]].paragraph >= number - 4 else None
    if own.subject:
        return None
    if made and made[-1].paragraph >= number - 4 and made[-1].figure is not None:
        whole = made[-1].whole
        return len(made) - 1 if whole is None else whole
    return None


def _under(paragraph: Paragraph, opener: Paragraph) -> bool:
    """Whether a paragraph can list parts of what the opener ends with."""
    if paragraph.path[: len(opener.path)] != opener.path:
        return False
    depth = len(paragraph.path) - len(opener.path)
    return depth == 1 if paragraph.level else depth <= 1


def _read(reading: Reading) -> None:
    tokens = list(figures(reading.text))
    numbered = len(reading.printed)
    for sentence_start, sentence_end in _sentences(reading.text):
        inside = [token for token in tokens if sentence_start <= token.start < sentence_end]
        previous = max(sentence_start, numbered)
        reading.detail = False
        if not _starts_with_parts(reading.text[sentence_start:sentence_end]):
            reading.wholes.clear()
        turn: Turn | None = None
        for token in inside:
            lead = reading.text[previous : token.start]
            turn = _token(reading, token, (previous, sentence_start), turn, lead)
            previous = token.end
        _gap(reading, previous, sentence_end)


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in re.finditer(r"。", text):
        yield start, match.end()
        start = match.end()
    if start < len(text):
        yield start, len(text)


def _starts_with_parts(sentence: str) -> bool:
    return bool(re.match(r"（?(?:其中|包括|具体|分别)", sentence.lstrip("。，； ")))


def _token(reading: Reading, token: Token, span: tuple[int, int], turn: Turn | None, lead: str) -> Turn | None:
    """Take one figure in; returns the comparison that the next percentage may belong to."""
    start, _ = span
    _notice(reading, lead)
    figure = token.figure
    if figure.unit == "%":
        if re.search(r"占[^，；。]*$", lead):
            _share(reading, figure, lead)
            return turn
        if re.search(r"完成[^，；。]*$", lead):
            _complete(reading, figure)
            return turn
    if figure.unit == "%" and lead == "（" and turn is not None and turn.index is not None:
        _amend(reading, turn, percent=figure, end=token.end)
        return turn
    direction = direction_of(lead)
    if direction is not None and (figure.money or figure.unit == "%"):
        return _change(reading, token, start, turn, lead, direction)
    if figure.unit in ("%", "个百分点", "分"):
        return None
    _gap(reading, start, token.start)
    if figure.money:
        base = against_of(lead, reading.kind, reading.year)
        follows = reading.text[token.end : token.end + 14]
        if (
            base is not None
            and base.end >= len(lead) - 8
            and direction_of(re.split(r"[\d，。；]", follows.lstrip("，"))[0]) is not None
        ):
            return Turn(base.account, base=figure, start=start + base.start)
    _value(reading, token, start, lead)
    return None


def _notice(reading: Reading, lead: str) -> None:
    """Marks of details and of the end of a bracket in the words before a figure."""
    marks = prose_words()["marks"]
    found = last_match(marks["detail"], lead)
    if found is not None:
        reading.detail = "；" not in lead[found.end() :]
    elif "；" in lead:
        reading.detail = False
    depth = _depth(reading)
    closes = lead.count("）") - lead.count("（")
    if closes > 0 and reading.wholes and reading.wholes[-1][1] > depth - closes >= 0:
        reading.wholes.pop()


def _depth(reading: Reading) -> int:
    return reading.wholes[-1][1] if reading.wholes else 0


def _value(reading: Reading, token: Token, start: int, lead: str) -> None:
    """A figure that tells the amount of a subject."""
    figure = token.figure
    parts = last_match(prose_words()["marks"]["parts"], lead)
    phrase = lead
    if parts is not None:
        whole = reading.last(money=figure.money)
        depth = lead[: parts.start()].count("（") - lead[: parts.start()].count("）")
        subject = _SUBJECT_MARK.split(lead[: parts.start()])[-1]
        if whole is not None and core(subject) and reading.made[whole].whole is not None:
            whole = reading.made[whole].whole
        if whole is not None:
            reading.wholes.append((whole, max(0, depth)))
        phrase = lead[parts.end() :]
    own = _own(reading, phrase, figure)
    detail = reading.detail and not (parts is not None and own.known)
    whole_now = reading.wholes[-1][0] if reading.wholes else reading.pending
    if whole_now is not None and {own.side, reading.made[whole_now].side} == {"income", "expenditure"}:
        reading.wholes.clear()
        whole_now = None
    if whole_now is not None and reading.made[whole_now].figure is not None and not detail:
        other = reading.made[whole_now].figure
        whole_now = whole_now if other is not None and other.money == figure.money else None
    else:
        whole_now = None
    scope = reading.made[whole_now].point if whole_now is not None else None
    if whole_now is not None and scope is None and not reading.made[whole_now].topic and not own.topic:
        detail = True
    own = within(own, scope if scope is not None and scope.parts else chapter_scope(reading.place))
    account, year = _when(reading, phrase, own.account)
    statement = Statement(
        own.subject, own.point, account, own.side, year, figure, reading.number, start, token.end, own.topic,
        whole=whole_now, detail=detail,
    )  # fmt: skip
    reading.made.append(statement)
    reading.values.append(len(reading.made) - 1)


def _own(reading: Reading, phrase: str, figure: Figure) -> Meaning:
    """The meaning of the words before a figure; without a subject of their own that of the figure before or of the
    chapter."""
    plain = phrase.lstrip("，；。：、（ ")
    clauses = [piece for piece in _SUBJECT_MARK.split(plain) if piece]
    last = meaning(clauses[-1] if clauses else "", reading.place)
    if last.known:
        return last
    found = meaning(plain, reading.place)
    if found.known:
        return found
    if len(clauses) > 1 and not last.subject:
        first = meaning(clauses[0], reading.place)
        if first.known:
            return replace(first, account=last.account or first.account)
    if last.subject:
        return replace(last, account=last.account)
    index = reading.last() if figure.money else None
    if index is not None:
        made = reading.made[index]
        return Meaning(made.subject, made.point, made.side, made.topic, last.account, known=True)
    for title in reversed(reading.place.path):
        named = meaning(
            re.sub(r"(?:安排|变化|总体|具体|支出|预算|决算)*(?:情况)?(?:的)?(?:说明)?$", "", title), reading.place
        )
        if not named.known:
            named = meaning(title, reading.place)
        if named.known:
            return replace(named, account=last.account)
        if core(title):
            break
    return last


def _when(reading: Reading, phrase: str, account: str) -> tuple[str, int]:
    """The account and year that the words before a figure name."""
    account = account or ("final" if reading.kind == "final" else "budget")
    phrase = _CLAUSE.split(re.sub(r"(?:比|较|与|同)[^，；。]*", "", phrase))[-1]
    years = re.findall(r"((?:19|20)\d\d)年", phrase)
    year = int(years[-1]) if years else reading.year
    if re.search(r"(?:上年|去年|上一年)(?!结转|结余|结存|实户|度?结转|度?结余)", phrase):
        year = reading.year - 1
    if year == reading.year - 1 and not re.search(r"截至", phrase):
        account = "prior_final" if account == "final" or "执行" in phrase else "prior_budget"
    return account, year


def _share(reading: Reading, figure: Figure, lead: str) -> None:
    index = reading.last(detail=True)
    if index is None:
        return
    named = lead[lead.rfind("占") + 1 :]
    word = core(re.sub(r"^比重?|的?比(?:重|例)?|的$|^了", "", named))
    reading.made[index] = replace(reading.made[index], share=figure, shared=word)


def _complete(reading: Reading, figure: Figure) -> None:
    index = reading.last()
    if index is not None and reading.made[index].completion is None:
        reading.made[index] = replace(reading.made[index], completion=figure)


def _change(reading: Reading, token: Token, start: int, turn: Turn | None, lead: str, direction: int) -> Turn | None:
    """A change or its percentage."""
    figure = token.figure
    against = against_of(lead, reading.kind, reading.year)
    if turn is not None and figure.unit == "%" and turn.index is not None and against is None:
        if last_match(prose_words()["marks"]["detail"], lead) is not None:
            return None
        _amend(reading, turn, percent=figure, turn=direction, end=token.end)
        return turn
    if turn is not None and turn.index is None and turn.base is not None:
        target = reading.last()
        account = turn.account
    else:
        if reading.detail and against is None:
            return None
        target = _changed(reading, lead, against.start if against else None, start)
        account = against.account if against else ("prior_final" if reading.kind == "final" else "prior_budget")
    if target is None:
        return None
    made = reading.made[target]
    comparison = Comparison(
        direction, account, None if figure.unit == "%" else figure, figure if figure.unit == "%" else None,
        turn.base if turn is not None else None, start=start, end=token.end,
    )  # fmt: skip
    reading.made[target] = replace(made, comparisons=(*made.comparisons, comparison))
    return Turn(account, index=target, place=len(made.comparisons))


def _amend(reading: Reading, turn: Turn, /, **values: object) -> None:
    """Complete a comparison that was begun."""
    if turn.index is None:
        return
    made = reading.made[turn.index]
    comparisons = list(made.comparisons)
    old = comparisons[turn.place]
    if old.percent is None:
        comparisons[turn.place] = replace(old, **values)  # type: ignore[arg-type]
        reading.made[turn.index] = replace(made, comparisons=tuple(comparisons))


def _changed(reading: Reading, lead: str, cut: int | None, start: int) -> int | None:
    """The statement whose amount changed: the subject named before the comparison, or the latest amount."""
    head = lead[:cut] if cut is not None else ""
    rest = lead[cut:] if cut is not None else lead
    after = against_of(rest, reading.kind, reading.year)
    tail = rest[after.end :] if after is not None else rest
    tail = re.sub(r"^[，、]*(?:相比|对比)?(?:年初)?(?:预算数?|执行数|决算数)?[，：]*", "", tail)
    tail = _without_direction(tail)
    parts = re.split(prose_words()["marks"]["parts"], tail)
    for phrase in (parts[-1], _CLAUSE.split(head)[-1]):
        word = core(_SUBJECT_MARK.split(phrase)[-1].strip("各均都则"))
        if not word or word in ("相比", "总计各", "同比", "略有", "有所", "同口径"):
            continue
        own = meaning(word, reading.place)
        if not own.known:
            if phrase is parts[-1] and not reading.detail:
                return _bare(reading, own, start) if len(word) > 3 else reading.last()
            continue
        return _find(reading, own) if _find(reading, own) is not None else _bare(reading, own, start)
    if reading.detail and cut is None:
        return None
    return out_of_brackets(reading, reading.last(detail=_in_same_sentence(reading, start)), start)


def _in_same_sentence(reading: Reading, start: int) -> bool:
    """Whether the latest amount stands in the sentence at hand, so that even a detail may be what changed."""
    if not reading.values:
        return False
    end = reading.made[reading.values[-1]].end
    return "。" not in reading.text[end:start] and not reading.detail


def _without_direction(text: str) -> str:
    words = prose_words()["direction"]
    every = sorted([*words["either"], *words["up"], *words["down"]], key=len, reverse=True)
    return re.sub(
        rf"(?:各|均|共|总体|略有|略)?(?:{'|'.join(map(re.escape, every))})(?:了|额|额为|各|约|为|共|合计|数)*[^，；]*$",
        "",
        text,
    )


def _find(reading: Reading, own: Meaning) -> int | None:
    """The amount of this paragraph, or of the one it opens from, with the same subject."""
    for index in reversed(reading.values):
        made = reading.made[index]
        if made.figure is None or not made.figure.money or made.detail:
            continue
        if made.subject == own.subject or (own.topic and made.topic == own.topic):
            return index
        if own.point is not None and made.point is not None and made.side == own.side:
            same = all(made.point.get(axis) == members for axis, members in own.point.parts.items())
            if same and (own.point.parts or not made.point.parts):
                return index
    return None


def _bare(reading: Reading, own: Meaning, start: int) -> int:
    """A statement of a change alone."""
    own = within(own, chapter_scope(reading.place))
    account, year = _when(reading, "", "")
    made = Statement(
        own.subject, own.point, account, own.side, year, None, reading.number, start, start, own.topic,
        detail=reading.detail,
    )  # fmt: skip
    reading.made.append(made)
    return len(reading.made) - 1


def _gap(reading: Reading, start: int, end: int) -> None:
    """Comparisons told in words alone: 与上年持平, 决算数小于预算数."""
    text = reading.text[start:end]
    for found in same_of(text, reading.kind, reading.year):
        phrase = _SUBJECT_MARK.split(re.split(prose_words()["marks"]["parts"], text[: found.start])[-1])[-1]
        own = meaning(phrase, reading.place)
        target = _find(reading, own) if own.known else reading.last(detail=True)
        if own.subject and not own.known:
            continue
        if target is None and own.known:
            target = _bare(reading, own, start + found.start)
        if target is not None:
            made = reading.made[target]
            comparison = Comparison(
                0, found.account, near=found.near, bare=True, start=start + found.start, end=start + found.end
            )
            reading.made[target] = replace(made, comparisons=(*made.comparisons, comparison))
    for turn in completion_turn(text):
        phrase = _CLAUSE.split(text[: turn.start])[-1]
        own = meaning(phrase, reading.place)
        target = _find_final(reading, own)
        if target is not None:
            made = reading.made[target]
            comparison = Comparison(
                turn.direction, "budget", near=turn.near, bare=True, start=start + turn.start, end=start + turn.end
            )
            reading.made[target] = replace(made, comparisons=(*made.comparisons, comparison))


def _find_final(reading: Reading, own: Meaning) -> int | None:
    """The final amount that a paragraph's 决算数…预算数 speaks of; ``None`` when that is not sure."""
    finals = [i for i in reading.values if reading.made[i].account == "final" and not reading.made[i].detail]
    if own.known:
        finals = [
            i for i in finals
            if reading.made[i].subject == own.subject or (own.topic and reading.made[i].topic == own.topic)
        ]  # fmt: skip
        return finals[0] if len(finals) == 1 else None
    own_level = [i for i in finals if reading.made[i].whole is None]
    return own_level[-1] if own_level else finals[-1] if finals else None
