"""Chapters and passages from an outline and the figures of a disclosure; nothing is said that is not printed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from yusuan.amount import FEN, AmountError, parse_amount, round_half
from yusuan.chapters import Chapter, Explanation, Kind, Passage
from yusuan.explain.book import Amount, Book, ProjectOf
from yusuan.explain.outline import PLACEHOLDER, PROJECTS, ChapterOf, ListOf, Outline, PassageOf, outline_of
from yusuan.forms import Standard
from yusuan.sheet import Disclosure, Place
from yusuan.words import InputError

NUMERALS = "零一二三四五六七八九十"

SCOPES = {"department": "部门", "unit": "单位"}


def explain(
    disclosure: Disclosure,
    standard: Standard,
    *,
    previous: Disclosure | None = None,
    own: Mapping[str, str] | None = None,
) -> Explanation:
    """The explanation of a budget: computed passages, the preparer's ``own`` texts by key, and open questions for what
    neither the forms nor last year's (``previous``) tell.

    Raises ``InputError`` for final accounts, for a ``previous`` of another agency or year, and for a figure of last
    year in ``own`` that is no amount.
    """
    if disclosure.kind != "budget":
        raise InputError("explain_kind", kind=disclosure.kind)
    if not disclosure.sheets:
        raise InputError("explain_no_forms")
    _comparable(disclosure, previous)
    writer = Writer(
        outline_of(standard.id), Book(disclosure, standard),
        Book(previous, standard) if previous is not None else None, dict(own or {}),
    )  # fmt: skip
    title, chapters = writer.plain(writer.outline.title), writer.chapters(writer.outline.chapters)
    parts = tuple(map(writer.plain, writer.outline.parts))
    return Explanation(title, chapters, parts, tuple(key for key in writer.own if key not in writer.used))


def _comparable(disclosure: Disclosure, previous: Disclosure | None) -> None:
    if previous is None:
        return
    here, before = disclosure.fiscal_year, previous.fiscal_year
    if here is not None and before is not None and before != here - 1:
        raise InputError("explain_previous_year", year=before, wanted=here - 1)
    if previous.kind != "budget":
        raise InputError("explain_kind", kind=previous.kind)
    mine, other = disclosure.agency, previous.agency
    if mine is not None and other is not None and mine.code and other.code and mine.code != other.code:
        raise InputError("explain_previous_agency", code=other.code, wanted=mine.code)


def numeral(number: int) -> str:
    """A number up to 99 as chapters print it: 一, 十一, 二十."""
    tens, ones = divmod(number, 10)
    if not tens:
        return NUMERALS[ones]
    return ("" if tens == 1 else NUMERALS[tens]) + "十" + (NUMERALS[ones] if ones else "")


def percent(part: int, base: int) -> str:
    """A share of two amounts in percent with two decimals, halves away from zero; ``base`` is not zero."""
    steps = round_half(10_000 * part, abs(base)) * (1 if base > 0 else -1)
    whole, rest = divmod(abs(steps), 100)
    return f"{'-' if steps < 0 else ''}{whole}.{rest:02d}%"


def clean(text: str) -> str:
    """A text on one line, without characters that control a terminal or turn the direction of writing."""
    return "".join(c for c in " ".join(text.split()) if unicodedata.category(c) not in UNPRINTED)


UNPRINTED = ("Cc", "Cf", "Cs", "Zl", "Zp")


def one_line(text: str) -> str:
    """Text of a cell as it stands in a sentence: on one line, no closing points."""
    return clean(text).rstrip("。；;，, ")


def closed(text: str) -> str:
    """A sentence with its full stop."""
    return text if text.endswith(("。", "！", "？", "…", "：", "；")) else text.rstrip("，, ") + "。"


class MissingError(Exception):
    """A figure that a passage needs and no form prints."""


@dataclass
class Writer:
    """Writes the passages of one explanation."""

    outline: Outline
    book: Book
    before: Book | None
    own: Mapping[str, str]
    told: set[str] = field(default_factory=set)
    """Keys already asked or answered: each stands once."""
    said: list[str] = field(default_factory=list)
    """Titles and passages so far: only terms that they use are explained."""
    known: dict[str, Amount | None] = field(default_factory=dict)
    """Answers of ``_amount``."""
    lasts: dict[str, int | None] = field(default_factory=dict)
    """Answers of ``_last``."""
    used: set[str] = field(default_factory=set)
    """Keys of the preparer's texts that something asked for."""

    @cached_property
    def facts(self) -> dict[str, str]:
        """What placeholders stand for that are no figures."""
        disclosure = self.book.disclosure
        year = disclosure.fiscal_year or self.book.standard.fiscal_year
        scope = SCOPES.get(disclosure.scope, SCOPES["unit"])
        name = disclosure.agency.name if disclosure.agency is not None else ""
        return {
            "agency": one_line(name or next((s.agency_name for s in disclosure.sheets if s.agency_name), "")),
            "year": str(year),
            "last": str(year - 1),
            "scope": scope,
            "self": f"本{scope}",
            "units:count": str(len(self.book.units)),
            "units:names": "、".join(map(one_line, self.book.units)),
            "projects:count": str(len(self.book.projects)),
        }

    def given(self, key: str) -> str:
        """The preparer's text of a key, empty when there is none."""
        self.used.add(key)
        return self.own.get(key, "").strip()

    def plain(self, text: str) -> str:
        """A text whose placeholders are facts only."""
        return _filled(text, self.facts)

    def chapters(self, outline: Iterable[ChapterOf], level: int = 1) -> tuple[Chapter, ...]:
        """Chapters with their numbers as printed; one that has nothing to say is left out."""
        found: list[Chapter] = []
        for chapter in outline:
            number = numeral(len(found) + 1)
            passages = tuple(p for name in chapter.passages for p in self.passages(name, self.outline.passages[name]))
            used = [term for term in chapter.glossary if any(term in text for text in self.said)]
            terms = tuple(
                Passage(f"{n}．{term}：{self.outline.glossary[term]}", "item") for n, term in enumerate(used, start=1)
            )
            self.said += [self.plain(chapter.title), *(p.text for p in passages)]
            passages += tuple(self._extra(self.plain(chapter.title)))
            inner = self.chapters(chapter.chapters, level + 1)
            if passages or terms or inner:
                printed = f"{number}、" if level == 1 else f"（{number}）"
                found.append(Chapter(printed, self.plain(chapter.title), level, (*passages, *terms), inner))
        return tuple(found)

    def passages(self, name: str, passage: PassageOf) -> Iterator[Passage]:
        """The passages that come of one entry of the outline."""
        if not self._applies(passage):
            return
        if passage.open:
            yield from self._question(passage.open, passage.ask, self.book.text(passage.data) if passage.data else "")
        elif passage.each:
            yield from self._each(passage)
        else:
            yield from self._sentence(name, passage)
        for figure in passage.reason:
            yield from self._reason(figure)

    def _extra(self, title: str) -> Iterator[Passage]:
        """What the preparer adds to a chapter of his own accord."""
        key = self.outline.words["extra"].format(title=title)
        yield from (Passage(clean(part), "own", key) for part in paragraphs(self.given(key)))

    def _applies(self, passage: PassageOf) -> bool:
        disclosure = self.book.disclosure
        if passage.scope and passage.scope != (disclosure.scope or "unit"):
            return False
        regime = disclosure.agency.regime if disclosure.agency is not None else None
        if passage.regime and (regime or "") not in passage.regime:
            return False
        listed = {"projects": bool(self.book.projects), "units": bool(self.book.units)}
        if not listed.get(passage.having, True) or listed.get(passage.lacking, False):
            return False
        if passage.zero:
            amount = self._amount(passage.zero)
            return amount is not None and not amount.fen
        if passage.nonzero:
            amount = self._amount(passage.nonzero)
            return amount is None or bool(amount.fen)
        return True

    def _amount(self, name: str) -> Amount | None:
        if name not in self.known:
            self.known[name] = self.book.figure(self.outline.figures[name])
        return self.known[name]

    def _question(self, key: str, ask: str, known: str = "") -> Iterator[Passage]:
        """The preparer's words for a question, those of the forms, or the question."""
        if key in self.told:
            return
        self.told.add(key)
        given = self.given(key)
        if given:
            yield from (Passage(clean(part), "own", key) for part in paragraphs(given))
        elif known:
            yield from (Passage(closed(one_line(part)), "paragraph", key) for part in paragraphs(known))
        else:
            yield Passage(self.outline.words["open"].format(ask=self.plain(ask)), "open", key)

    def _sentence(self, name: str, passage: PassageOf) -> Iterator[Passage]:
        """A computed paragraph; what it lacks is asked for in its place."""
        places: list[Place] = []
        try:
            text = PLACEHOLDER.sub(lambda found: self._word(found.group(1), places), passage.text)
        except MissingError as missing:
            figure = str(missing)
            if figure:
                label = self.outline.figures[figure].label
                ask = self.outline.words["ask_figure"].format(label=label, unit=self.book.standard.scale.unit)
                yield from self._question(figure, ask)
            elif passage.ask:
                yield from self._question(name, passage.ask)
            return
        kind: Kind = "item" if passage.kind == "item" else "paragraph"
        yield Passage(text, kind, name, tuple(dict.fromkeys(places)))
        for figure in dict.fromkeys(w.removesuffix(":change") for w in _words(passage.text) if w.endswith(":change")):
            if self._last(figure) is None:
                words, label, unit = self.outline.words, self.outline.figures[figure].label, self._unit(figure)
                ask = words["ask_last"].format(label=label, last=self.facts["last"], unit=unit)
                yield from self._question(f"last.{figure}", ask)

    def _word(self, word: str, places: list[Place]) -> str:
        """What a placeholder stands for; ``MissingError`` tells the figure (empty: a list) that is not known."""
        if word in self.facts:
            return self.facts[word]
        kind, _, rest = word.partition(":")
        if kind == "list":
            return self._list(self.outline.lists[rest], places)
        amount = self._amount(kind)
        if amount is None:
            raise MissingError(kind)
        places.extend(amount.places)
        if rest == "known":
            last = self._last(kind)
            return self._change(kind, amount) if last is not None and last != amount.fen else ""
        return self._change(kind, amount) if rest else money(amount)

    def _last(self, name: str) -> int | None:
        """Last year's amount of a figure in 分 (remembered)."""
        if name not in self.lasts:
            self.lasts[name] = self._last_of(name)
        return self.lasts[name]

    def _last_of(self, name: str) -> int | None:
        """Last year's amount of a figure in 分: from its forms, from a column of this year's forms, else as the
        preparer gives it."""
        figure = self.outline.figures[name]
        found = self.before.figure(figure) if self.before is not None else self.book.figure(figure, "prior_budget")
        if found is not None:
            return found.fen
        raw, printed = self.given(f"last.{name}"), self._unit(name)
        unit = next((unit for unit in sorted(FEN, key=len, reverse=True) if raw.endswith(unit)), "")
        try:
            fen = parse_amount(raw.removesuffix(unit), unit or printed)
            if fen is not None and raw.startswith("-"):
                raise AmountError(raw)
            return fen
        except AmountError:
            raise InputError("explain_bad_amount", key=f"last.{name}", text=raw[:40], unit=printed) from None

    def _unit(self, name: str) -> str:
        """The unit in which the forms print a figure."""
        amount = self._amount(name)
        return (amount.scale if amount is not None else self.book.standard.scale).unit

    def _change(self, name: str, amount: Amount) -> str:
        """How an amount changed against last year's budget; empty when that is not known."""
        last, words = self._last(name), self.outline.words
        if last is None:
            return ""
        change = amount.fen - last
        if not round_half(change, amount.scale.quantum):
            return words["same"].format(**self.facts)
        shown = money(Amount(abs(change), (), amount.scale))
        up = change > 0
        text = words["change"].format(**self.facts, direction=words["more" if up else "less"], amount=shown)
        if last > 0:
            turn = words["grows" if up else "falls"]
            text += words["percent"].format(turn=turn, percent=percent(abs(change), last))
        return text

    def _reason(self, name: str) -> Iterator[Passage]:
        """Why a figure changed: asked for where it did."""
        amount, last, words = self._amount(name), self._last(name), self.outline.words
        if amount is None or last is None or not round_half(amount.fen - last, amount.scale.quantum):
            return
        key, label = f"reason.{name}", self.outline.figures[name].label
        direction = words["more" if amount.fen > last else "less"]
        given = self.given(key)
        if given and "原因" not in given:
            self.told.add(key)
            text = words["reason"].format(label=label, direction=direction, own=one_line(given))
            yield Passage(closed(text), "own", key)
        else:
            ask = words["ask_reason"].format(label=label, direction=direction, last=self.facts["last"])
            yield from self._question(key, ask)

    def _list(self, entry: ListOf, places: list[Place]) -> str:
        """A list in a sentence; raises ``MissingError`` when it does not add up to its whole or has no entry."""
        found = list(self._entries(entry))
        if not found:
            raise MissingError
        places.extend(place for _, amount in found for place in amount.places)
        return entry.separator.join(text for text, _ in found)

    def _entries(self, entry: ListOf) -> Iterator[tuple[str, Amount]]:
        """The entries of a list as printed; ``MissingError`` when they do not add up to its whole."""
        whole, label = self._amount(entry.whole), self.outline.figures[entry.whole].label
        if whole is None:
            raise MissingError
        for name, path, amount in self._members(entry, whole) if entry.axis else self._variant(entry, whole):
            share = percent(amount.fen, whole.fen) if whole.fen else ""
            yield entry.item.format(name=name, path=path, amount=money(amount), percent=share, whole=label), amount

    def _members(self, entry: ListOf, whole: Amount) -> list[tuple[str, str, Amount]]:
        figure = self.outline.figures[entry.whole]
        found = self.book.along(figure, entry.axis, entry.level, entry.within)
        told = "{amount}" in entry.item
        if told and not _adds_up((m.amount for m in found), whole):
            raise MissingError
        return [(one_line(m.name), one_line(m.path), m.amount) for m in found]

    def _variant(self, entry: ListOf, whole: Amount) -> list[tuple[str, str, Amount]]:
        for variant in entry.variants:
            figures = [(self.outline.figures[name].label, self._amount(name)) for name in variant]
            found = [
                (label, "", amount) for label, amount in figures if amount is not None and (amount.fen or entry.zeros)
            ]
            if _adds_up((amount for _, _, amount in found), whole):
                return found
        raise MissingError

    def _each(self, passage: PassageOf) -> Iterator[Passage]:
        """One passage for each project, or for each entry of a list."""
        if passage.each == PROJECTS:
            for number, project in enumerate(self.book.projects, start=1):
                values = {"number": str(number), "name": one_line(project.name), "amount": money(project.amount)}
                text = _filled(passage.text, values) + self._goal(passage, project)
                yield Passage(text, "item", "", project.amount.places)
            return
        try:
            found = list(self._entries(self.outline.lists[passage.each]))
        except MissingError:
            return
        for number, (text, amount) in enumerate(found, start=1):
            values = {"number": str(number), "entry": text}
            yield Passage(_filled(passage.text, values), "item", "", amount.places)

    def _goal(self, passage: PassageOf, project: ProjectOf) -> str:
        goal = one_line(project.goal)
        return closed(passage.goal.replace("{goal}", goal)) if goal and passage.goal else ""


def _filled(text: str, values: Mapping[str, str]) -> str:
    return PLACEHOLDER.sub(lambda found: values[found.group(1)], text)


def _words(text: str) -> list[str]:
    return PLACEHOLDER.findall(text)


def _adds_up(parts: Iterable[Amount], whole: Amount) -> bool:
    """Whether amounts add up to a whole, half a last digit of each allowed."""
    known = list(parts)
    slack = whole.scale.quantum + sum(part.scale.quantum for part in known)
    return bool(known) and 2 * abs(sum(part.fen for part in known) - whole.fen) < slack


def money(amount: Amount) -> str:
    """An amount with its unit, as its form prints money."""
    return f"{amount.scale.format(amount.fen)}{amount.scale.unit}"


def paragraphs(text: str) -> list[str]:
    """Paragraphs of a free text: its lines that hold words."""
    return [line.strip() for line in re.split(r"[\r\n]+", text) if line.strip()]
