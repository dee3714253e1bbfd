"""The preparer's own texts: one plain file per disclosure, and an explanation as plain lines.

A line ``[key] 题目`` begins a text, the lines after it are the text, a line that begins with ``#`` is a remark. A line
of text that itself begins with ``[``, ``#`` or ``\\`` has a ``\\`` before it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Mapping
from pathlib import Path

from yusuan.chapters import Explanation
from yusuan.words import InputError, say

LARGEST = 4_000_000
"""Bytes of a file of texts."""

_MARK = re.compile(r"\[([^\[\]\s]{1,80})\](.*)")


def read_texts(path: str | Path) -> Mapping[str, str]:
    """Key → text of a file of texts, empty ones left out; raises ``InputError`` with the line of each fault."""
    file = str(path)
    if Path(path).exists() and not Path(path).is_file():
        raise InputError("explain_no_file", file=file)
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


def texts_file(explanation: Explanation, lang: str = "zh") -> str:
    """A file of texts that asks for everything that is open, in printed order."""
    head = [f"# {line}" for line in say("explain_head", lang).splitlines()]
    return "\n".join([*head, "", *asked(explanation, ())])


def completed(raw: bytes, explanation: Explanation) -> tuple[bytes, int]:
    """The bytes of a file of texts with the open questions that it has no heading for at their end, and how many
    those are; what the file holds stays as it is."""
    known = {mark.group(1) for line in raw.decode("utf-8-sig").splitlines() if (mark := _MARK.match(line))}
    more = asked(explanation, known)
    end = "\r\n" if b"\r\n" in raw else "\n"
    gap = "" if raw.endswith((b"\n", b"\r")) or not raw else end
    added = (gap + end + end.join(more)).encode() if more else b""
    return raw + added, sum(line.startswith("[") for line in more)


def asked(explanation: Explanation, known: Container[str]) -> list[str]:
    """Lines that ask for the open passages whose keys are not ``known``: heading, hint, room."""
    lines: list[str] = []
    for chapter in explanation.all():
        for passage in chapter.passages:
            if passage.kind == "open" and passage.key not in known:
                lines += [f"[{passage.key}] {_title(chapter.title)}", f"# {_title(passage.text)}", "", ""]
    return lines


def _title(text: str) -> str:
    return " ".join(text.split())


def texts(explanation: Explanation) -> list[str]:
    """The explanation as plain lines: title, numbered chapter titles, passages."""
    lines = [explanation.title]
    for chapter in explanation.all():
        lines.append(f"{chapter.number}{chapter.title}")
        lines += [passage.text for passage in chapter.passages]
    return lines
