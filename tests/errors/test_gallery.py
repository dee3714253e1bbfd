"""The gallery of bad inputs: status 2, the expected sentences, no traceback, nothing written; and the page of it.

``python tests/errors/test_gallery.py`` writes the page anew after ``gallery.toml`` was changed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from bad_inputs import INPUTS

from yusuan.cli import main

HERE = Path(__file__).parent
BAD: list[dict[str, Any]] = tomllib.loads((HERE / "gallery.toml").read_text(encoding="utf-8"))["bad"]
NAMES = [f"{number:02d}-{entry['input']}" for number, entry in enumerate(BAD)]


def sentences(entry: dict[str, Any], lang: str) -> list[str]:
    told = entry[lang]
    return [told] if isinstance(told, str) else list(told)


def contents(folder: Path) -> dict[str, bytes | int]:
    """Every file of a folder with its bytes, large ones by their size."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.stat().st_size < 100_000 else path.stat().st_size
        for path in folder.rglob("*")
        if path.is_file()
    } | {str(path.relative_to(folder)): -1 for path in folder.rglob("*") if path.is_dir()}


@pytest.mark.parametrize("entry", BAD, ids=NAMES)
def test_bad_input(
    entry: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    INPUTS[entry["input"]]()
    before = contents(tmp_path)
    languages = ("zh",) if entry["input"] == "ten_million_cells" else ("zh", "en")
    for lang in languages:
        assert main([*entry["command"].split(), "--lang", lang]) == 2
        told = capsys.readouterr()
        assert told.err.splitlines() == sentences(entry, lang)
        assert told.out == ""
    assert contents(tmp_path) == before


def test_several_lines_only_for_a_ledger_with_several_faults() -> None:
    several = {entry["input"] for entry in BAD if len(sentences(entry, "zh")) > 1}
    assert several == {"several_faults"}
    for entry in BAD:
        for lang, end in (("zh", "。"), ("en", ".")):
            assert all(sentence.endswith(end) and "\n" not in sentence for sentence in sentences(entry, lang))


def test_as_a_user_runs_it(tmp_path: Path) -> None:
    """A process of its own: nothing but the sentence reaches the terminal."""
    (tmp_path / "公开表.txt").touch()
    command = [sys.executable, "-m", "yusuan", "check", "公开表.txt"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8", check=False)
    (entry,) = [entry for entry in BAD if entry["input"] == "empty_file"]
    assert (run.returncode, run.stdout, run.stderr) == (2, "", entry["zh"] + "\n")


@pytest.mark.parametrize("arguments", ["check", "check a.txt --format pdf", "--colour", "read --page"])
def test_wrong_usage_is_one_sentence(arguments: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments.split())
    assert caught.value.code == 2
    told = capsys.readouterr()
    assert (len(told.err.splitlines()), told.out) == (1, "")
    assert "--help" in told.err


def test_folder_without_permission(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if os.geteuid() == 0:
        pytest.skip("the administrator may write everywhere")
    monkeypatch.chdir(tmp_path)
    Path("只读").mkdir(mode=0o500)
    assert main(["template", "只读/台账.xlsx"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert not any(Path("只读").iterdir())


def page() -> str:
    """The published page of the gallery."""
    lines = [
        "# 输入有误时",
        "",
        "每一种有误的输入，程序都以退出状态 2 结束，只说一句话（一份台账有几处问题时各说一句），不写任何文件。",
        "下面逐一列出，由测试核对。",
        "",
        "# Bad inputs",
        "",
        "Every bad input ends with exit status 2 and one sentence, one for each fault of a ledger; nothing is written.",
        "The tests hold this page against the program.",
        "",
    ]
    for entry in BAD:
        title = entry["title"]
        lines += [f"## {title['zh']} · {title['en']}", "", "```", f"$ yusuan {entry['command']}"]
        lines += [*sentences(entry, "zh"), "```", "", "```", f"$ yusuan {entry['command']} --lang en"]
        lines += [*sentences(entry, "en"), "```", ""]
    return "\n".join(lines)


def test_the_page_shows_the_gallery() -> None:
    assert (HERE / "README.md").read_text(encoding="utf-8") == page(), "run: python tests/errors/test_gallery.py"


if __name__ == "__main__":
    (HERE / "README.md").write_text(page(), encoding="utf-8")
