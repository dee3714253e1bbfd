"""Words of the working paper: names of tables and cells, page numbers, what messages have in common."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

from yusuan.finding import CellRef, Finding
from yusuan.words import say


def title_of(form: str | None, title: str, lang: str) -> str:
    """How a table is called: its number and title; the title alone when it has no number."""
    name = f"《{title}》" if title and lang == "zh" else title
    if form is None or form.startswith("#"):
        return name
    return " ".join(filter(None, (say("evidence_form", lang, {"form": form}), name)))


def words_of(cell: CellRef, lang: str) -> str:
    """Row and column of a cell in words."""
    row = cell.row_name or cell.row_code
    return " · ".join(filter(None, (row, " › ".join(labels(cell))))) or title_of(cell.form, cell.title, lang)


def labels(cell: CellRef) -> list[str]:
    """The labels above a cell, each once."""
    return list(dict.fromkeys(label.strip() for label in cell.column if label.strip()))


def ranges(pages: Sequence[int]) -> str:
    """Page numbers with runs drawn together: 3–5, 9."""
    runs: list[list[int]] = []
    for page in sorted(set(pages)):
        if runs and page == runs[-1][1] + 1:
            runs[-1][1] = page
        else:
            runs.append([page, page])
    return ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in runs)


def doubted_page(finding: Finding) -> list[int]:
    """The page that a doubt is about, if it is about one."""
    found = re.fullmatch(r"p\.(\d+)", str(finding.values.get("text", "")))
    return [int(found[1])] if found and finding.rule.startswith("stray_doubt_") else []


def common(messages: Sequence[str]) -> tuple[str, list[str]]:
    """What messages of one kind have in common, up to a colon, and what remains of each; else the first and all of
    them. Nothing remains when all are the same."""
    alike = takewhile(lambda signs: len(set(signs)) == 1, zip(*messages))
    start = "".join(signs[0] for signs in alike)
    if start == messages[0] and len(set(messages)) == 1:
        return start, []
    cut = max(start.rfind("："), start.rfind(": "))
    return (start[:cut], [told[cut + 1 :].strip() for told in messages]) if cut > 3 else (messages[0], list(messages))


def digits(text: str) -> str:
    """The figures of a text, for comparing two ways of printing one amount."""
    return re.sub(r"[\s,，]", "", text)
