"""Text in the encodings that Chinese office programs save: read alike, and told as what they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from yusuan.read.canonical import disclosure_json
from yusuan.read.document import read_disclosure
from yusuan.read.text import LARGEST_CELLS, decode, read_text
from yusuan.words import InputError

ENCODINGS = ["utf-8-sig", "gbk", "gb18030", "utf-16"]


def shown(file: Path) -> dict[str, Any]:
    found = disclosure_json(read_disclosure(file))
    del found["source"]
    return found


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_encoding_reads_alike(example_file: Path, tmp_path: Path, encoding: str) -> None:
    text = example_file.read_text(encoding="utf-8")
    file = tmp_path / example_file.name
    file.write_bytes(text.encode(encoding, errors="replace" if encoding == "gbk" else "strict"))
    if encoding == "gbk":
        assert "?" not in file.read_bytes().decode("gbk")
    assert shown(file) == shown(example_file)


@pytest.mark.parametrize("ends", ["\r\n", "\r"])
def test_line_ends_of_other_systems(example_file: Path, tmp_path: Path, ends: str) -> None:
    file = tmp_path / example_file.name
    file.write_bytes(example_file.read_text(encoding="utf-8").replace("\n", ends).encode())
    assert shown(file) == shown(example_file)


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"\x00\x01\x02", b"\xff\xff\xff\xff", "表".encode() + b"\x00\x00"])
def test_what_is_no_text(data: bytes) -> None:
    with pytest.raises(InputError) as caught:
        decode(data, "a.txt")
    assert caught.value.problems[0][0] == "read_not_text"


def test_cells_have_their_line_and_field(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("\n项目\t\t预算数\n \t1.00\t\n", encoding="utf-8")
    (grid,) = read_text(file)
    filled = [(cell.text, cell.source.line, cell.source.column) for row in grid.rows for _, cell in row.filled()]
    assert filled == [("项目", 2, 1), ("预算数", 2, 3), ("1.00", 3, 2)]
    assert [row.width for row in grid.rows] == [1, 3, 3]


def test_more_cells_than_any_disclosure(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("\t" * LARGEST_CELLS, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_text(file)
    assert caught.value.problems[0][0] == "read_too_many_cells"
