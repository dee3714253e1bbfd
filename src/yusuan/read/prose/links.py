"""Statements joined with the statements that they name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from yusuan.prose import Paragraph, Statement
from yusuan.read.prose.meaning import Meaning, Place, meaning


def link_shares(made: list[Statement], paragraphs: Sequence[Paragraph], agency: str) -> list[Statement]:
    """Shares of a named whole joined with the statement of that whole."""
    linked = []
    for index, statement in enumerate(made):
        if statement.shared:
            own = meaning(statement.shared, Place(paragraphs[statement.paragraph].path, agency))
            alike = [
                i for i, other in enumerate(made)
                if i != index and other.figure is not None and other.figure.money and not other.detail
                and (other.account, other.year) == (statement.account, statement.year) and _names(own, other)
            ]  # fmt: skip
            before = [i for i in alike if i < index]
            statement = replace(statement, share_of=before[-1] if before else alike[0] if alike else None)
        linked.append(statement)
    return linked


def _names(own: Meaning, other: Statement) -> bool:
    """Whether a name means what a statement states."""
    if own.topic or not own.known:
        return bool(own.topic) and own.topic == other.topic and other.whole is None
    return own.point == other.point and own.side == other.side
