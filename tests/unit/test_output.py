"""Files are put in place whole, by one process, over ordinary files only."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from yusuan.publish import output
from yusuan.publish.output import deliver, plain, risky
from yusuan.words import InputError


def refused(path: Path, *, force: bool) -> str:
    with pytest.raises(InputError) as caught:
        deliver(path, b"new", force=force)
    assert not [file for file in path.parent.iterdir() if file.name.endswith(".part")]
    return caught.value.problems[0][0]


def test_a_file_that_another_process_wrote_meanwhile_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"old")
    monkeypatch.setattr(output, "refuse_existing", lambda path, *, force: None)
    assert refused(path, force=False) == "file_exists"
    assert path.read_bytes() == b"old"


@pytest.mark.parametrize("links", [True, False])
def test_a_new_file_and_an_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool) -> None:
    def unsupported(self: Path, target: Path) -> None:
        raise PermissionError

    if not links:
        monkeypatch.setattr(Path, "hardlink_to", unsupported)
    path = tmp_path / "a.json"
    deliver(path, b"old")
    assert refused(path, force=False) == "file_exists"
    deliver(path, b"new", force=True)
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [b"new"]


def test_only_ordinary_files_are_replaced(tmp_path: Path) -> None:
    folder, pipe = tmp_path / "folder", tmp_path / "pipe"
    folder.mkdir()
    os.mkfifo(pipe)
    assert [refused(path, force=True) for path in (folder, pipe)] == ["file_not_ordinary"] * 2
    assert pipe.is_fifo()


def test_texts() -> None:
    assert plain("甲\x00\x1b乙\n丙\t丁\r") == "甲乙\n丙\t丁"
    assert [risky(text) for text in ("=1", "+1", "-1", "@a", "\t", "1", "", "—")] == [True] * 5 + [False] * 3
