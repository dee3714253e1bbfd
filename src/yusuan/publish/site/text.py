"""Texts of documents as a page may show them."""

from __future__ import annotations

import re

from yusuan.publish.output import plain

_DIRECTION = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """Text without control characters and without marks that turn the direction of what follows."""
    return _DIRECTION.sub("", plain(text))
