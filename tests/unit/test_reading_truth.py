"""Tables of real documents against what was read of them by eye: nothing lost, nothing invented, nothing moved."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from yusuan.read.opening import open_source
from yusuan.sheet import Sheet

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = ROOT.parent / "shared" / "documents"
CASES = sorted((ROOT / "tests" / "cases" / "real").glob("*.json"))


@cache
def _case(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


@cache
def _sheets(document: str) -> tuple[Sheet, ...]:
    return open_source(DOCUMENTS / document).disclosure.sheets


def _tables() -> list[Any]:
    return [
        pytest.param(path, table, id=f"{path.stem}-{table['pages'][0]}-{table['title']}")
        for path in CASES
        for table in _case(path)["tables"]
    ]


def _document(path: Path) -> Path:
    document = DOCUMENTS / str(_case(path)["document"])
    if not document.is_file():
        pytest.skip("the published documents are not here: ../shared/documents")
    return document


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_document_is_the_one_that_was_looked_at(path: Path) -> None:
    assert hashlib.sha256(_document(path).read_bytes()).hexdigest() == _case(path)["sha256"]


@pytest.mark.parametrize(("path", "table"), _tables())
def test_a_table_is_read_as_it_is_printed(path: Path, table: dict[str, Any]) -> None:
    _document(path)
    found = [s for s in _sheets(_case(path)["document"]) if s.title == table["title"]]
    assert [list(s.pages) for s in found] == [table["pages"]]
    (sheet,) = found
    assert sheet.scale.unit == table["unit"]
    assert [list(column.labels) for column in sheet.columns] == table["columns"]
    assert [[row.code, _label(row.labels, row.name)] for row in sheet.rows] == table["rows"]
    printed = [[r, c, cell.text] for (r, c), cell in sorted(sheet.cells.items()) if cell.text.strip()]
    assert printed == table["cells"]


@pytest.mark.parametrize(("path", "table"), _tables())
def test_every_figure_of_a_table_has_a_meaning(path: Path, table: dict[str, Any]) -> None:
    _document(path)
    (sheet,) = [s for s in _sheets(_case(path)["document"]) if s.title == table["title"]]
    unknown = [cell.text for cell in sheet.cells.values() if cell.amount and cell.point is None]
    assert unknown == []


def _label(labels: tuple[str, ...], name: str) -> str:
    return " | ".join(dict.fromkeys(label for label in labels if label)) or name
