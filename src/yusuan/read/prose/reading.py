"""What is known while one paragraph is read: its amounts so far, the wholes that are open, where brackets stand."""

from __future__ import annotations

from dataclasses import dataclass, field

from yusuan.prose import Statement
from yusuan.read.prose.meaning import Place


@dataclass
class Reading:
    """What is known while one paragraph is read."""

    number: int
    text: str
    place: Place
    kind: str
    year: int
    made: list[Statement]
    printed: str = ""
    values: list[int] = field(default_factory=list)
    wholes: list[tuple[int, int]] = field(default_factory=list)
    pending: int | None = None
    detail: bool = False

    def last(self, *, money: bool = True, detail: bool = False) -> int | None:
        """The latest amount of this paragraph; details only when asked for."""
        for index in reversed(self.values):
            made = self.made[index]
            if made.figure is not None and made.figure.money == money and (detail or not made.detail):
                return index
        return None


def out_of_brackets(reading: Reading, index: int | None, start: int) -> int | None:
    """The amount before a bracket when the latest amount stands inside it and it has closed since."""
    if index is None:
        return None
    between = reading.text[reading.made[index].end : start + 1]
    if between.count("）") <= between.count("（"):
        return index
    opened = _opening(reading.text, reading.made[index].end + between.rindex("）"))
    outside = [i for i in reading.values if reading.made[i].end <= opened and not reading.made[i].detail]
    return outside[-1] if outside else index


def _opening(text: str, close: int) -> int:
    """Where the bracket that closes at ``close`` opens; 0 when it does not."""
    depth = 0
    for place in range(close, max(-1, close - 600), -1):
        depth += (text[place] == "）") - (text[place] == "（")
        if not depth:
            return place
    return 0
