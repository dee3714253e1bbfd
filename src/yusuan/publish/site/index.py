"""The front page over many agencies and years: a table that finds and compares, its data in files loaded as needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from yusuan.amount import Scale
from yusuan.publish.site.derive import script
from yusuan.publish.site.pages import address, page_name, render, shared_files
from yusuan.publish.site.values import Summary
from yusuan.words import LANGUAGES

FIRST = 60
"""Lines that stand on the first page before any script has run."""
LISTED = 500
"""Lines of one page of the list for readers without a script."""
SHARD = 250
"""Lines whose splits stand in one file."""
FOUND = 4000
"""Lines in one file of the search."""


def index_files(
    rows: Sequence[Summary], *, date: str | None = None, shared: bool = False
) -> Iterator[tuple[str, bytes]]:
    """The front pages, the whole list in pages, the search and the splits; ``shared`` adds style and scripts.

    Lines stand in the order of code, name and year, the newest first.
    """
    if shared:
        yield from shared_files()
    ordered = sorted(rows, key=lambda row: (row.code, row.name, -(row.year or 0), row.kind))
    pages = -(-len(ordered) // LISTED)
    years = sorted({row.year for row in ordered if row.year is not None}, reverse=True)
    agencies = len({row.code or row.name for row in ordered})
    shards = -(-len(ordered) // FOUND)
    common: dict[str, object] = {
        "date": date,
        "years": years,
        "count": len(ordered),
        "agencies": agencies,
        "scale": Scale(),
        "pages": pages,
    }
    for lang in LANGUAGES:
        values: dict[str, object] = {
            "rows": ordered[:FIRST],
            "pages": pages,
            "shards": shards,
            "shard": SHARD,
            "first": FIRST,
        }
        yield page_name("index", lang), render("index.html.jinja", "index", lang, up="", values=common | values)
        for number in range(pages if pages > 1 or len(ordered) > FIRST else 0):
            listed = ordered[number * LISTED : (number + 1) * LISTED]
            stem = f"list-{number + 1}"
            values = {"rows": listed, "number": number + 1}
            yield page_name(stem, lang), render("list.html.jinja", stem, lang, up="", values=common | values)
    for number in range(shards):
        part = ordered[number * FOUND : (number + 1) * FOUND]
        yield f"data/search-{number}.js", script("rows", number, *_columns(part))
    for number in range(-(-len(ordered) // SHARD)):
        part = ordered[number * SHARD : (number + 1) * SHARD]
        yield f"data/splits-{number}.js", script("splits", number, [_splits(row) for row in part])


def _columns(rows: Sequence[Summary]) -> tuple[list[list[object]], list[str]]:
    """Lines as short lists [code, name, parent, year, kind, href, total, 三公 (in 分)]; parents and kinds by number."""
    words: dict[str, int] = {}
    lines: list[list[object]] = []
    for row in rows:
        parent, kind = (words.setdefault(text, len(words)) for text in (row.parent, row.kind))
        told = (row.code, row.name, parent, row.year, kind, address(row.href), row.total, row.travel_total)
        lines.append(list(told))
    return lines, list(words)


def _splits(row: Summary) -> list[dict[str, int]]:
    return [dict(row.sources), dict(row.functions), dict(row.classes), dict(row.travel)]
