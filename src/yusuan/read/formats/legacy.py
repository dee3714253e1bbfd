"""Old binary documents (.doc, .wps, and .et that no other reader opens) by way of LibreOffice, where it is installed.

Each conversion has a profile and a folder of its own that are gone afterwards, macros and links switched off, and a
time limit after which the program and all it started are ended.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Literal

from yusuan.read.formats.docx import read_docx
from yusuan.read.grid import Doubt, Grid, Material, file_name
from yusuan.read.guard import guard_file
from yusuan.words import InputError

PROGRAMS = ("soffice", "libreoffice")
LIBRARIES = {"docx": "libswlo.so", "xlsx": "libsclo.so"}
"""Format → the library of the part of LibreOffice that reads it (on Linux)."""
SECONDS = 120
"""Time that one conversion may take."""

_SWITCHES = (
    ("Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("Common/Security/Scripting", "DisableActiveContent", "true"),
    ("Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("Common/Misc", "FirstRun", "false"),
    ("Writer/Content/Update", "Link", "2"),
    ("Calc/Content/Update", "Link", "2"),
)
"""Settings of the private profile: macros and whatever fetches are off."""


def read_doc(path: Path) -> Material:
    """What an old Word document holds; raises ``InputError`` when LibreOffice is missing or cannot read it."""
    with converted(path, "docx") as made:
        material = read_docx(made)
    rename(material, file_name(path))
    material.kind = "doc"
    material.doubts.append(Doubt("converted", None, {"program": "LibreOffice"}))
    return material


def rename(material: Material, file: str) -> None:
    """Lets everything say that it comes from ``file``, not from what that was converted to."""
    material.file = file
    for item in material.items:
        if isinstance(item, Grid):
            item.file, item.source = file, replace(item.source, file=file)
            for row in item.rows:
                row.cells = {
                    column: replace(cell, source=replace(cell.source, file=file)) for column, cell in row.cells.items()
                }
    material.items = [
        item if isinstance(item, Grid) else replace(item, source=replace(item.source, file=file))
        for item in material.items
    ]


@contextmanager
def converted(path: Path, target: Literal["docx", "xlsx"]) -> Iterator[Path]:
    """A file in a newer format, in a temporary folder under its own name and the new suffix.

    Raises ``InputError`` when LibreOffice is not installed, takes too long or makes nothing of the file.
    """
    file = file_name(path)
    program = next((found for name in PROGRAMS if (found := shutil.which(name))), None)
    if program is None or _lacks(Path(program), target):
        raise InputError("legacy_no_office", file=file)
    with tempfile.TemporaryDirectory(prefix="yusuan-") as folder:
        room = Path(folder)
        given = room / f"in.{'doc' if target == 'docx' else 'xls'}"
        shutil.copyfile(path, given)
        _write_profile(room / "profile")
        _run(program, room, given, target, file)
        made = room / "out" / f"in.{target}"
        if not made.is_file():
            raise InputError("legacy_failed", file=file)
        named = room / "named" / f"{path.name}.{target}"
        named.parent.mkdir()
        made.rename(named)
        if guard_file(named) != target:
            raise InputError("legacy_failed", file=file)
        yield named


def _lacks(program: Path, target: str) -> bool:
    """Whether LibreOffice is there, but without the part for a format; packages come part by part."""
    folder = program.resolve().parent
    return (folder / "soffice.bin").exists() and not (folder / LIBRARIES[target]).exists()


def _write_profile(profile: Path) -> None:
    items = "".join(
        f'<item oor:path="/org.openoffice.Office.{path}"><prop oor:name="{name}" oor:op="fuse"><value>{value}</value>'
        "</prop></item>"
        for path, name, value in _SWITCHES
    )
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(
        '<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry" '
        f'xmlns:xs="http://www.w3.org/2001/XMLSchema">{items}</oor:items>',
        encoding="utf-8",
    )


def _run(program: str, room: Path, given: Path, target: str, file: str) -> None:
    """One run of the office program, ended with all its children when its time is over."""
    command = [
        program, f"-env:UserInstallation={(room / 'profile').as_uri()}", "--headless", "--invisible", "--norestore",
        "--nologo", "--nodefault", "--nolockcheck", "--convert-to", target, "--outdir", str(room / "out"), str(given),
    ]  # fmt: skip
    environment = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
    environment |= {"HOME": str(room), "TMPDIR": str(room)}
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=room,
            env=environment, start_new_session=True,
        )  # fmt: skip
    except OSError:
        raise InputError("legacy_no_office", file=file) from None
    try:
        process.wait(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        raise InputError("legacy_timeout", file=file, seconds=SECONDS) from None
    finally:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
