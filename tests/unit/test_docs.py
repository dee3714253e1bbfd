"""The documentation says what the program does: pages are current, links lead somewhere, examples exist."""

from __future__ import annotations

import importlib
import re
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from yusuan.commands import NAMES, parser_for
from yusuan.words import catalogue

ROOT = Path(__file__).parents[2]
DOCS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"(?<!\\)!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"(?<![\w./-])yusuan ([a-z]+)\b([^`\n]*)")


@pytest.fixture(scope="module")
def reference() -> Iterator[ModuleType]:
    """The script that writes the pages."""
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        yield importlib.import_module("reference")
    finally:
        sys.path.remove(str(ROOT / "tools"))


def test_every_made_page_is_current(reference: ModuleType) -> None:
    stale = [
        path.relative_to(ROOT).as_posix()
        for path, text in reference.pages()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    assert not stale, f"run `python tools/reference.py` to refresh {', '.join(stale)}"


def parsers() -> Iterator[tuple[str, ArgumentParser]]:
    for name in NAMES:
        yield name, parser_for("zh")._subparsers._group_actions[0].choices[name]  # type: ignore[union-attr, index]


def test_every_command_and_option_is_described() -> None:
    page = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    for name, parser in parsers():
        section = page.split(f"## `yusuan {name}`\n", 1)[1].split("\n## ", 1)[0]
        for action in parser._actions:
            for option in action.option_strings:
                assert re.search(rf"`{re.escape(option)}[ `]", section), f"{name} {option}"
            assert str(action.help) in section, f"{name} {action.dest}"


def test_every_message_is_listed() -> None:
    page = (ROOT / "docs" / "reference" / "messages.md").read_text(encoding="utf-8")
    assert not [key for key in catalogue() if f"| `{key}` |" not in page]


def anchors(page: Path) -> set[str]:
    """Anchors of a page's headings."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        file, _, anchor = target.partition("#")
        found = (page.parent / file).resolve() if file else page
        assert found.exists(), target
        if anchor:
            assert anchor in anchors(found), target


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_examples_use_what_exists(page: Path) -> None:
    """Every command written as one exists, with its options."""
    known = {name: {o for action in parser._actions for o in action.option_strings} for name, parser in parsers()}
    text = page.read_text(encoding="utf-8")
    shown = "\n".join([*re.findall(r"`(yusuan [^`]+)`", text), *FENCE.findall(text)])
    for name, rest in COMMAND.findall(shown):
        assert name in known, f"yusuan {name}"
        for option in re.findall(r"(?<!\S)--?[a-z][\w-]*", rest.partition("#")[0]):
            assert option in known[name], f"yusuan {name} {option}"


def test_two_readmes_lead_to_each_other() -> None:
    assert "](README.en.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert "](README.md)" in (ROOT / "README.en.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_no_machine_is_named(page: Path) -> None:
    found = re.findall(r"(?<![\w.])/(?:work|root|tmp|home|opt)/", page.read_text(encoding="utf-8"))
    assert not found


def test_every_benchmark_is_told() -> None:
    page = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    files = (ROOT / "benchmarks").glob("*.py")
    scripts = [file.name for file in files if "def main" in file.read_text(encoding="utf-8")]
    assert not [name for name in scripts if name not in page]
