"""Real output in the documentation: a block after ``<!-- run: COMMAND -->`` holds what the command prints.

The commands run in a folder of their own that holds the bundled disclosure (公开表.txt), the bundled ledger (台账), and
the disclosure with one wrong figure (改错.txt). ``lines=A-B`` in the marker keeps those lines only. The block after
``<!-- file: PATH -->`` is written to that file first, so that a page can show its own input.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shlex
import shutil
from importlib.resources import as_file, files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

from yusuan.cli import main as yusuan

MARKER = re.compile(
    r"(?P<marker><!-- (?P<what>run|file)(?: lines=(?P<first>\d+)-(?P<last>\d+))?: (?P<argument>.+?) -->\n)"
    r"```(?P<language>\w+)\n(?P<body>.*?)```\n",
    re.DOTALL,
)
WRONG = ("2060301\t机构运行\t122.94\t122.94\t117.39", "2060301\t机构运行\t122.94\t122.94\t117.93")
"""The altered row of the wrong disclosure: two digits exchanged."""


class Workplace:
    """A folder with the example files, in which commands run."""

    def __enter__(self) -> Self:
        self.folder = TemporaryDirectory()
        self.before = Path.cwd()
        here = Path(self.folder.name)
        with as_file(files("yusuan") / "example") as example:
            shutil.copy(example / "disclosure.txt", here / "公开表.txt")
            shutil.copytree(example / "ledger", here / "台账")
        text = (here / "公开表.txt").read_text(encoding="utf-8")
        assert WRONG[0] in text
        (here / "改错.txt").write_text(text.replace(*WRONG), encoding="utf-8")
        os.chdir(here)
        return self

    def __exit__(self, *error: object) -> None:
        os.chdir(self.before)
        self.folder.cleanup()

    def run(self, command: str) -> tuple[int, str]:
        """Exit status and everything that ``yusuan COMMAND`` prints."""
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            try:
                status = yusuan(shlex.split(command))
            except SystemExit as left:
                status = int(left.code or 0)
        return status, printed.getvalue()

    def json(self, command: str) -> Any:
        """What a command prints, as JSON."""
        return json.loads(self.run(command)[1])


def refreshed(page: str) -> str:
    """The page with every marked block as the program prints it now; one folder serves the whole page."""
    with Workplace() as place:
        return MARKER.sub(lambda found: block(found, place), page)


def block(found: re.Match[str], place: Workplace) -> str:
    """One marked block brought up to date."""
    if found["what"] == "file":
        path = Path(found["argument"])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(found["body"], encoding="utf-8")
        return found[0]
    command = found["argument"]
    status, printed = place.run(command.removeprefix("yusuan "))
    lines = printed.rstrip("\n").split("\n")
    if found["first"]:
        first, last = int(found["first"]), int(found["last"])
        lines = lines[first - 1 : last] + (["…"] if last < len(lines) else [])
    tail = [f"（退出状态 exit status {status}）"] if status else []
    return f"{found['marker']}```{found['language']}\n" + "\n".join([f"$ {command}", *lines, *tail]) + "\n```\n"
