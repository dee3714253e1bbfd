"""What a data file may hold: shapes of values, checked before anything reads them.

A fault is a sentence that names the key, what was found and what is expected.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

KINDS: Mapping[type, str] = {
    bool: "a boolean", int: "an integer", float: "a number", str: "a string", list: "a list", dict: "a table",
}  # fmt: skip


class ShapeError(ValueError):
    """A value of the wrong shape."""


Shape = Callable[[Any, str], None]
"""Checks a value that stands at a place; raises ``ShapeError``."""


def found(value: Any) -> str:
    """A value as an error tells it: its kind, and itself when it is short."""
    kind = KINDS.get(type(value), f"a {type(value).__name__}")
    return kind if isinstance(value, list | dict) else f"{kind} ({value!r:.40})"


def wrong(value: Any, where: str, wanted: str) -> ShapeError:
    """The error for a value that is not what is wanted."""
    return ShapeError(f"{where}: expected {wanted}, found {found(value)}")


def text(value: Any, where: str) -> None:
    """A string."""
    if not isinstance(value, str):
        raise wrong(value, where, "a string")


def flag(value: Any, where: str) -> None:
    """A boolean."""
    if not isinstance(value, bool):
        raise wrong(value, where, "true or false")


def one_of(*words: str) -> Shape:
    """One of a few strings."""

    def check(value: Any, where: str) -> None:
        if not isinstance(value, str) or value not in words:
            raise wrong(value, where, f"one of {', '.join(map(repr, words))}")

    return check


def whole(least: int, most: int) -> Shape:
    """An integer between two others."""

    def check(value: Any, where: str) -> None:
        if type(value) is not int or not least <= value <= most:
            raise wrong(value, where, f"an integer from {least} to {most}")

    return check


def pattern(*names: str) -> Shape:
    """A string whose placeholders are among a few."""

    def check(value: Any, where: str) -> None:
        text(value, where)
        try:
            value.format_map(dict.fromkeys(names, 1))
        except (KeyError, IndexError, ValueError, AttributeError, TypeError):
            known = ", ".join(f"{{{name}}}" for name in names)
            raise wrong(value, where, f"a string with no placeholder but {known}") from None

    return check


def listed(entry: Shape, what: str, *, least: int = 0, most: int | None = None, distinct: bool = False) -> Shape:
    """A list of things of one shape."""
    count = f"exactly {least} " if most is not None else f"at least {least} " if least else ""

    def check(value: Any, where: str) -> None:
        if not isinstance(value, list):
            raise wrong(value, where, f"a list of {count}{what}")
        if len(value) < least or (most is not None and len(value) > most):
            raise ShapeError(f"{where}: expected a list of {count}{what}, found {len(value)} of them")
        for number, part in enumerate(value, 1):
            entry(part, f"{where}: entry {number}")
        if distinct and len(set(value)) < len(value):
            twice = next(part for number, part in enumerate(value) if part in value[:number])
            raise ShapeError(f"{where}: expected distinct {what}, found {twice!r} twice")

    return check


def tabled(entry: Shape, what: str) -> Shape:
    """A table of any keys, its values of one shape."""

    def check(value: Any, where: str) -> None:
        if not isinstance(value, dict):
            raise wrong(value, where, f"a table of {what}")
        for key, part in value.items():
            entry(part, f"{where}: {key}")

    return check


@dataclass
class Table:
    """A table of known keys; ``label`` names the key that tells it from its neighbours, ``short`` what a plain string
    stands for."""

    keys: dict[str, Shape] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    label: str = ""
    short: bool = False

    def __call__(self, value: Any, where: str) -> None:
        """Check the table and all that it holds."""
        if self.short and isinstance(value, str):
            return
        if not isinstance(value, dict):
            raise wrong(value, where, "a string or a table" if self.short else "a table")
        name = value.get(self.label) if self.label else None
        place = f"{where} ({name})" if isinstance(name, str) else where
        for key in value:
            if key not in self.keys:
                raise ShapeError(f"{place}: unknown key {key!r}; known: {', '.join(sorted(self.keys))}")
        for key in self.required:
            if key not in value:
                raise ShapeError(f"{place}: key {key!r} is missing")
        for key, part in value.items():
            self.keys[key](part, f"{place}: {key}")
