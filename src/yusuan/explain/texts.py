"""The preparer's own texts: one plain file per disclosure, and an explanation as plain lines.

A line ``[key] 题目`` begins a text, the lines after it are the text, a line that begins with ``#`` is a remark. A line
of text that itself begins with ``[``, ``#`` or ``\\`` has a ``\\`` before it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path

from yusuan.chapters import Explanation
from yusuan.words import InputError, say

LARGEST = 4_000_000
"""Bytes of a file of texts."""

_MARK = re.compile(r"\[([^\[\]\s]{1,80})\](.*)")


def read_texts(path: str | Path) -> Mapping[str, str]:
    """Key → text of a file of texts, empty ones left out; raises ``InputError`` with the line of each fault."""
    file = str(path)
    try:
        with Path(path).open("rb") as opened:
            raw = opened.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError("explain_unreadable", file=file, reason=reason) from None
    if len(raw) > LARGEST:
        raise InputError("explain_too_large", file=file, most=LARGEST // 1_000_000)
    try:
        return parse_texts(raw.decode("utf-8-sig"), file)
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise InputError("explain_not_utf8", file=file, line=line) from None


def parse_texts(text: str, file: str = "") -> Mapping[str, str]:
    """Key → text of what a file of texts holds; raises ``InputError``."""
    problems: list[tuple[str, Mapping[str, object]]] = []
    found: dict[str, list[str]] = {}
    begun: dict[str, int] = {}
    key = ""
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        where = {"file": file, "line": number}
        odd = next((c for c in line if unicodedata.category(c) in ("Cc", "Cs") and c != "\t"), "")
        if odd:
            problems.append(("explain_control", {**where, "code": f"U+{ord(odd):04X}"}))
        elif line.startswith("#"):
            continue
        elif line.startswith("["):
            mark = _MARK.match(line)
            if mark is None:
                problems.append(("explain_bad_mark", {**where, "text": line[:40]}))
                continue
            key = mark.group(1)
            if key in found:
                problems.append(("explain_twice", {**where, "key": key, "first": begun[key]}))
            found.setdefault(key, [])
            begun.setdefault(key, number)
        elif key:
            found[key].append(line[1:] if line.startswith("\\") else line)
        elif line.strip():
            problems.append(("explain_before_mark", {**where, "text": line.strip()[:40]}))
    if problems:
        raise InputError.several(problems)
    kept = {name: "\n".join(lines).strip() for name, lines in found.items()}
    return {name: text for name, text in kept.items() if text}


def texts_file(explanation: Explanation, own: Mapping[str, str] | None = None, lang: str = "zh") -> str:
    """The file of texts for an explanation: what was written stays, what is open is asked for in printed order, and
    texts that nothing asks for any more follow at the end."""
    written = dict(own or {})
    head = [f"# {line}" for line in say("explain_head", lang).splitlines()]
    lines = [*head, ""]
    used: set[str] = set()
    for chapter in explanation.all():
        for passage in chapter.passages:
            key = passage.key
            if key in used or not key or not (passage.kind in ("open", "own") or key in written):
                continue
            used.add(key)
            lines.append(f"[{key}] {_title(chapter.title)}")
            if passage.kind == "open":
                lines.append(f"# {_title(passage.text)}")
            lines += [*_escaped(written.get(key, "")), ""]
        for key in _answered(explanation, written, used, chapter.title):
            used.add(key)
            lines += [f"[{key}] {_title(chapter.title)}", *_escaped(written[key]), ""]
    rest = [key for key in written if key not in used]
    if rest:
        lines += [f"# {say('explain_unused', lang)}", ""]
        for key in rest:
            lines += [f"[{key}]", *_escaped(written[key]), ""]
    return "\n".join(lines)


def _answered(explanation: Explanation, written: Mapping[str, str], used: set[str], title: str) -> list[str]:
    """Figures of last year that were given and stand in computed passages of a chapter."""
    keys = {p.key for c in explanation.all() if c.title == title for p in c.passages}
    return [key for key in written if key not in used and key.startswith("last.") and key[len("last.") :] in keys]


def _title(text: str) -> str:
    return " ".join(text.split())


def _escaped(text: str) -> list[str]:
    if not text.strip():
        return [""]
    return [f"\\{line}" if line.startswith(("[", "#", "\\")) else line for line in text.strip().splitlines()]


def texts(explanation: Explanation) -> list[str]:
    """The explanation as plain lines: title, numbered chapter titles, passages."""
    lines = [explanation.title]
    for chapter in explanation.all():
        lines.append(f"{chapter.number}{chapter.title}")
        lines += [passage.text for passage in chapter.passages]
    return lines
