"""The explanation (预算说明) compiled from the figures of a disclosure, and the preparer's file of texts.

Order, titles and wording are data (``standards/explanations``); nothing is said that the forms do not print.
"""

from __future__ import annotations

from yusuan.explain.compose import explain
from yusuan.explain.texts import completed, read_texts, texts, texts_file

__all__ = ["completed", "explain", "read_texts", "texts", "texts_file"]
