"""The list of contents against the text: every listed title stands there, in the same words, number and page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from yusuan.check.prose_place import place_of, told
from yusuan.finding import Finding
from yusuan.prose import Entry, Prose

ALIKE = 0.6
"""Likeness from which two titles of one number are taken for one title in other words."""

MOST_ENTRIES, MOST_TITLES = 300, 2_000
"""Lines of contents and titles of a text that are compared; real documents have some dozens."""

_LOOSE = re.compile(r"部门|预算|单位|情况|关于|年度|公开|编制|安排|相关|本|的|等|年")


def contents_findings(prose: Prose) -> Iterator[Finding]:
    """Findings on the list of contents."""
    titles = _titles(prose)[:MOST_TITLES]
    missing: list[Entry] = []
    pages: list[tuple[Entry, int]] = []
    worded: list[tuple[Entry, int]] = []
    other: list[tuple[Entry, int]] = []
    found = 0
    for entry in prose.entries[:MOST_ENTRIES]:
        wanted = squeezed(entry.title)
        if len(wanted) < 2:
            continue
        exact = sorted({number for number, title in titles if title == wanted})
        match = exact[0] if exact else _alike(prose, entry, titles)
        if match is None:
            if not _of_tables(wanted):
                missing.append(entry)
            continue
        found += 1
        printed = _printed_page(prose, match)
        if entry.page is not None and printed is not None and entry.page != printed and len(exact) == 1:
            pages.append((entry, printed))
        if not exact and not _of_tables(wanted):
            body = _title(prose, match)
            if _years(entry.title) != _years(body) and _years(entry.title) and _years(body):
                other.append((entry, match))
            elif _named(prose, entry.title) != _named(prose, body):
                alike = loose(prose, entry.title).endswith(loose(prose, body)) or wanted.endswith(squeezed(body))
                (worded if alike else other).append((entry, match))
    missing += _missing_tables(prose, titles)
    for entry, match in other:
        cells = [place_of(prose, entry.paragraph), place_of(prose, match)]
        yield told("prose_contents_differs", "warning", cells, listed=entry.title, body=_title(prose, match))
    if worded:
        cells = [place_of(prose, match) for _, match in worded]
        shown = [f"{entry.title} / {_title(prose, match)}" for entry, match in worded]
        yield told("prose_contents_wording", "info", cells, titles=shown, count=len(worded))
    if missing and found >= 2 * len(missing):
        for entry in missing:
            yield told("prose_contents_missing", "warning", [place_of(prose, entry.paragraph)], listed=entry.title)
    yield from _numbering(prose)
    if pages:
        shown = [f"{entry.title}（{entry.page} / {printed}）" for entry, printed in pages]
        cells = [place_of(prose, entry.paragraph) for entry, _ in pages]
        yield told("prose_contents_pages", "info", cells, titles=shown, count=len(pages))


def _numbering(prose: Prose) -> Iterator[Finding]:
    """Chapters of one level whose numbers leave one out or come twice."""
    last: dict[tuple[str, ...], tuple[int, str]] = {}
    for number, paragraph in enumerate(prose.paragraphs):
        if paragraph.kind not in ("heading", "body") or paragraph.level not in (1, 2):
            continue
        value = numeral(paragraph.number)
        parent = (str(paragraph.level), *paragraph.path[:-1]) if paragraph.level > 1 else ("1",)
        before = last.get(parent)
        if value and before is not None and (value == before[0] or value > before[0] + 1):
            cells = [place_of(prose, number)]
            yield told("prose_numbering", "info", cells, number=paragraph.number, before=before[1])
        if value:
            last[parent] = (value, paragraph.number)


_DIGITS = "一二三四五六七八九"


def numeral(text: str) -> int:
    """The value of a printed chapter number (第三部分, 十二、); 0 when there is none."""
    found = re.search(
        r"([一二三四五六七八九]?)(十?)([一二三四五六七八九]?)", re.sub(r"[^一二三四五六七八九十]", "", text)
    )
    if found is None or not found.group():
        return 0
    tens, ten, ones = found.groups()
    if not ten:
        return _DIGITS.index(tens) + 1 if tens else 0
    return 10 * (_DIGITS.index(tens) + 1 if tens else 1) + (_DIGITS.index(ones) + 1 if ones else 0)


def _missing_tables(prose: Prose, titles: list[tuple[int, str]]) -> list[Entry]:
    """Listed tables without a title in the text, where the titles of nearly all other tables stand there."""
    pairs = zip(prose.entries, (*prose.entries[1:], None))
    leaves = [entry for entry, after in pairs if after is None or after.level <= entry.level]
    listed = [entry for entry in leaves if squeezed(entry.title).endswith("表") and len(entry.title) > 3]
    printed = {title for _, title in titles}
    absent = [entry for entry in listed if squeezed(entry.title) not in printed]
    known = {squeezed(entry.title) for entry in listed}
    spare = [title for title in printed if title.endswith("表") and title not in known]
    lost = [
        entry for entry in absent
        if not any(SequenceMatcher(None, squeezed(entry.title), title).ratio() >= ALIKE for title in spare)
    ]  # fmt: skip
    return lost if len(listed) >= 5 * len(absent) else []


def _alike(prose: Prose, entry: Entry, titles: list[tuple[int, str]]) -> int | None:
    """The paragraph whose title is the entry's in slightly other words, of one number or without one."""
    wanted = loose(prose, entry.title)
    best = (0.0, -1)
    whole = squeezed(entry.title)
    for number, strict in titles:
        if len(strict) > 5 and whole.endswith(strict):
            return number
        title = loose(prose, _title(prose, number))
        printed = prose.paragraphs[number].number
        if (title == wanted and len(wanted) > 1) or (len(title) > 3 and wanted.endswith(title)):
            return number
        if printed == entry.number and title:
            best = max(best, (SequenceMatcher(None, wanted, title).ratio(), number))
    return best[1] if best[0] >= ALIKE else None


def _title(prose: Prose, number: int) -> str:
    paragraph = prose.paragraphs[number]
    return paragraph.title or paragraph.text[len(paragraph.number) :]


def _years(text: str) -> set[str]:
    return set(re.findall(r"(?:19|20)\d\d", text))


def _named(prose: Prose, text: str) -> str:
    """A title without the agency's name and what stands in brackets."""
    plain = re.sub(r"[（(][^）)]*[）)]?", "", text)
    return squeezed(plain.replace(prose.agency, "") if prose.agency else plain)


def loose(prose: Prose, text: str) -> str:
    """A title without the words that titles of one thing vary in."""
    return _LOOSE.sub("", re.sub(r"(?:19|20)\d\d", "", _named(prose, text)))


def squeezed(text: str) -> str:
    """A title for comparison: no blanks, quotes, brackets or punctuation."""
    return re.sub(r"[^0-9A-Za-z一-鿿]", "", text)


def _titles(prose: Prose) -> list[tuple[int, str]]:
    """Every title of the text with its paragraph."""
    found = []
    for number, paragraph in enumerate(prose.paragraphs):
        if paragraph.kind == "heading" or (paragraph.kind == "body" and paragraph.level):
            found.append((number, squeezed(paragraph.title)))
        if paragraph.kind in ("label", "heading") or (paragraph.kind == "furniture" and paragraph.text.endswith("表")):
            found.append((number, squeezed(paragraph.text[len(paragraph.number) :])))
    return found


def _of_tables(title: str) -> bool:
    """Whether a title is one of a table; those are the affair of the forms."""
    return title.endswith(("表", "目录")) or "表" in title[-8:]


def _printed_page(prose: Prose, number: int) -> int | None:
    """The page number printed on the page of a paragraph."""
    page = prose.paragraphs[number].page
    for paragraph in prose.paragraphs:
        if paragraph.kind == "furniture" and paragraph.page == page:
            digits = re.fullmatch(r"[-—–－~·\s第]*(\d{1,3})[-—–－~·\s页]*", paragraph.text)
            if digits is not None:
                return int(digits.group(1))
    return None
