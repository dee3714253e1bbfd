"""Words for people: every message in Chinese and English, rendered late and in this one place.

Messages live in ``standards/words/*.toml``: a key, its Chinese and its English text with ``{placeholders}``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

LANGUAGES: tuple[str, ...] = ("zh", "en")


class InputError(Exception):
    """Input that cannot be used: one message, or several when a document has several faults.

    Each problem is a message key with its values; the command line prints them and exits with status 2.
    """

    def __init__(self, key: str, /, **values: object) -> None:
        self.problems: tuple[tuple[str, Mapping[str, object]], ...] = ((key, values),)
        super().__init__(key)

    @classmethod
    def several(cls, problems: list[tuple[str, Mapping[str, object]]]) -> InputError:
        """All faults of one document at once."""
        made = cls(problems[0][0], **problems[0][1])
        made.problems = tuple(problems)
        return made

    def sentences(self, lang: str = "zh") -> list[str]:
        """One clear sentence a problem."""
        return [say(key, lang, values) for key, values in self.problems]

    def __str__(self) -> str:
        return "\n".join(self.sentences("zh"))


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """Every message by key."""
    found: dict[str, Mapping[str, str]] = {}
    folder = files("yusuan") / "standards" / "words"
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        for key, texts in tomllib.loads(file.read_text(encoding="utf-8")).items():
            if key in found:
                raise KeyError(f"message {key!r} is given twice ({file.name})")
            found[key] = texts
    return found


def say(key: str, lang: str, values: Mapping[str, object] | None = None) -> str:
    """The message ``key`` in ``lang`` (zh, en) with its values filled in; raises ``KeyError`` for an unknown key."""
    return catalogue()[key][lang].format_map(dict(values or {}))
