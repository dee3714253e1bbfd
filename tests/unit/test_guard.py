import io
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from openpyxl import Workbook

from yusuan.read import guard
from yusuan.read.guard import guard_file, text_encoding
from yusuan.read.ledger import read_ledger
from yusuan.standard import list_standards, load_standard
from yusuan.words import InputError


def workbook(path: Path, cells: dict[str, object]) -> Path:
    book = Workbook()
    for address, value in cells.items():
        book.active[address] = value
    book.save(path)
    return path


def refused(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        guard_file(path)
    error = caught.value
    assert all(error.sentences("zh")) and all(error.sentences("en"))
    return error.problems[0][0]


def test_kinds_are_told_from_content(tmp_path: Path) -> None:
    book = workbook(tmp_path / "ledger.csv", {"A1": "单位"})
    text = tmp_path / "facts.xlsx"
    text.write_text("a,b\n", encoding="utf-8")
    parquet = tmp_path / "facts"
    parquet.write_bytes(b"PAR1" + bytes(20) + b"PAR1")
    assert [guard_file(path) for path in (book, text, parquet)] == ["xlsx", "text", "parquet"]


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"", "guard_empty"),
        (guard.OLE + bytes(64), "guard_other_office"),
        (guard.OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "guard_encrypted"),
        (b"PK\x03\x04 cut off", "guard_damaged"),
        (b"PAR1" + bytes(30), "guard_damaged"),
        (b"\x00\x01\x02\x03", "guard_unknown"),
        (b"\xff\xff\xff\xff", "guard_unknown"),
        (b"Rar!\x1a\x07\x00", "guard_other_archive"),
        (b"7z\xbc\xaf\x27\x1c", "guard_other_archive"),
        (b"{\\rtf1\\ansi", "guard_rtf"),
    ],
)
def test_refused_by_content(tmp_path: Path, content: bytes, key: str) -> None:
    file = tmp_path / "ledger.xlsx"
    file.write_bytes(content)
    assert refused(file) == key


OTHERS = [
    (b"\x89PNG\r\n\x1a\n", "image", "guard_picture"),
    (b"\xff\xd8\xff\xe0", "image", "guard_picture"),
    (b"%PDF-1.7", "pdf", "guard_pdf"),
    (b"\xef\xbb\xbf<!DOCTYPE html><p>", "html", "guard_page"),
    ("<html><table><tr><td>收入".encode("gb18030"), "html", "guard_page"),
    (b"<?xml version='1.0'?>\n<!-- x --><html xmlns='http://www.w3.org/1999/xhtml'>\xff", "html", "guard_page"),
    (guard.OLE + bytes(600) + "WordDocument".encode("utf-16-le"), "doc", "guard_old_workbook"),
    (guard.OLE + bytes(600) + "Workbook".encode("utf-16-le"), "xls", "guard_old_workbook"),
]


@pytest.mark.parametrize(("content", "kind", "key"), OTHERS)
def test_a_disclosure_is_told_apart_and_no_ledger(tmp_path: Path, content: bytes, kind: str, key: str) -> None:
    file = tmp_path / "ledger.csv"
    file.write_bytes(content)
    assert guard_file(file) == kind
    with pytest.raises(InputError) as caught:
        read_ledger(file, load_standard(list_standards()[0]).space)
    assert caught.value.problems[0][0] == key
    assert all(caught.value.sentences("zh")) and all(caught.value.sentences("en"))


def test_missing_file_and_folder(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.xlsx") == "no_such_file"
    assert guard_file(tmp_path) == "folder"
    assert refused(tmp_path / ("x" * 300)) == "guard_unreadable"


@pytest.mark.parametrize(
    ("member", "kind"), [("word/document.xml", "docx"), ("收支总表.txt", "zip"), ("a/xl/workbook.xml", "zip")]
)
def test_packages_are_told_by_their_members(tmp_path: Path, member: str, kind: str) -> None:
    file = tmp_path / "a.xlsx"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(member, "<w/>")
    assert guard_file(file) == kind


@pytest.mark.parametrize("member", ["OFD.xml", "xl/workbook.bin", "ppt/presentation.xml"])
def test_packages_of_other_programs(tmp_path: Path, member: str) -> None:
    file = tmp_path / "a.docx"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(member, "<w/>")
    assert refused(file) == "guard_other_office"


def test_cut_off_workbook(tmp_path: Path) -> None:
    file = workbook(tmp_path / "a.xlsx", {"A1": 1})
    file.write_bytes(file.read_bytes()[:-200])
    assert refused(file) == "guard_damaged"


def test_corrupt_member(tmp_path: Path) -> None:
    file = workbook(tmp_path / "a.xlsx", {f"A{i}": f"text {i}" for i in range(1, 200)})
    with zipfile.ZipFile(file) as archive:
        member = archive.getinfo("xl/worksheets/sheet1.xml")
    data = bytearray(file.read_bytes())
    data[member.header_offset + 60 : member.header_offset + 90] = bytes([255]) * 30
    file.write_bytes(data)
    assert refused(file) == "guard_damaged"


def bomb(path: Path, declared: int, size: int) -> Path:
    """A workbook whose sheet unpacks to ``size`` bytes and declares ``declared``."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(size >> 20)) + packer.flush()
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", packed)
    data = bytearray(stream.getvalue())
    for signature, method, field in ((b"PK\x03\x04", 8, 22), (b"PK\x01\x02", 10, 24)):
        start = data.rindex(signature)
        struct.pack_into("<H", data, start + method, zipfile.ZIP_DEFLATED)
        struct.pack_into("<I", data, start + field, declared)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("declared", [300 << 20, 100])
def test_bomb_is_refused_even_when_it_lies(tmp_path: Path, declared: int) -> None:
    assert refused(bomb(tmp_path / "a.xlsx", declared, 300 << 20)) == "guard_bomb"


def test_sheet_that_spans_billions_of_cells(tmp_path: Path) -> None:
    assert refused(workbook(tmp_path / "a.xlsx", {"A1": 1, "XFD1048576": 1})) == "guard_wide_sheet"
    assert guard_file(workbook(tmp_path / "b.xlsx", {"A1": 1, "XFD200": 1})) == "xlsx"


def test_extent_survives_chunk_borders() -> None:
    xml = b'<row r="7"><c r="A7"><v>1</v></c><c r="AB9" t="s"><v>1</v></c><c r="XFD1048576" s="1"/></row>'
    for cut in range(len(xml)):
        extent = guard.Extent()
        extent.see(xml[:cut])
        extent.see(xml[cut:])
        assert (extent.rows, extent.columns) == (9, 28), cut


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_text_encodings(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "a.csv"
    file.write_text("单位代码,金额（元）\n", encoding=encoding)
    assert guard_file(file) == "text"
    assert file.read_text(encoding=text_encoding(file)) == "单位代码,金额（元）\n"


@pytest.mark.parametrize("area", ["A1:XFD1048576", "$A$1:$XFD$1048576", "A1:XFD104857&#54;"])
def test_a_merged_area_of_billions_of_cells(tmp_path: Path, area: str) -> None:
    file, made = workbook(tmp_path / "a.xlsx", {"A1": 1}), tmp_path / "b.xlsx"
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(made, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name.startswith("xl/worksheets/"):
                merge = f'</sheetData><mergeCells count="1"><mergeCell ref="{area}"/></mergeCells>'
                data = data.replace(b"</sheetData>", merge.encode())
            target.writestr(name, data)
    assert refused(made) == "guard_wide_merge"


def test_merged_areas_of_sensible_size(tmp_path: Path) -> None:
    book = Workbook()
    book.active.merge_cells("A1:XFD1")
    book.active.merge_cells("A2:F40")
    book.save(tmp_path / "a.xlsx")
    assert guard_file(tmp_path / "a.xlsx") == "xlsx"


def ole(streams: dict[str, bytes], within: str = "") -> bytes:
    """An OLE file with streams of 4096 bytes at its root, and one more in a storage of its own."""
    free, end = 0xFFFFFFFF, 0xFFFFFFFE

    def entry(name: str, kind: int, right: int, child: int, start: int, size: int) -> bytes:
        text = name.encode("utf-16-le")
        head = text.ljust(64, b"\0") + struct.pack("<HBBIII", len(text) + 2, kind, 1, free, right, child)
        return head + bytes(36) + struct.pack("<IQ", start, size)

    names = list(streams)
    last = len(names) + 1 if within else free
    entries = [entry("Root Entry", 5, free, 1, end, 0)]
    table, body = [0xFFFFFFFD, end], b""
    for i, name in enumerate(names):
        right = i + 2 if i + 1 < len(names) else last
        entries.append(entry(name, 2, right, free, len(table), 4096))
        table += [*range(len(table) + 1, len(table) + 8), end]
        body += streams[name].ljust(4096, b"\0")
    if within:
        entries += [entry("ObjectPool", 1, free, len(names) + 2, 0, 0), entry(within, 2, free, free, end, 0)]
    directory = b"".join(entries).ljust(512, b"\0")
    assert len(directory) == 512 and len(table) <= 128
    header = guard.OLE + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(10)
    header += struct.pack("<IIIIIIII", 1, 1, 0, 4096, end, 0, end, 0) + struct.pack("<109I", 0, *[free] * 108)
    return header + struct.pack("<128I", *table, *[free] * (128 - len(table))) + directory + body


WORD = b"\xec\xa5\xc1\x00" + bytes(6)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (ole({"WordDocument": WORD + b"\x00\x02"}), "doc"),
        (ole({"WordDocument": WORD + b"\x00\x02"}, within="Workbook"), "doc"),
        (ole({"Workbook": b""}, within="WordDocument"), "xls"),
        (ole({"Book": b""}), "xls"),
    ],
)
def test_old_formats_by_the_streams_at_their_root(tmp_path: Path, content: bytes, kind: str) -> None:
    file = tmp_path / "a"
    file.write_bytes(content)
    assert guard_file(file) == kind


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (ole({"WordDocument": WORD + b"\x00\x03"}), "guard_encrypted"),
        (ole({"EncryptionInfo": b"", "EncryptedPackage": b""}), "guard_encrypted"),
        (ole({"PowerPoint Document": b""}), "guard_other_office"),
    ],
)
def test_old_formats_that_are_not_read(tmp_path: Path, content: bytes, key: str) -> None:
    file = tmp_path / "a.doc"
    file.write_bytes(content)
    assert refused(file) == key


def test_a_directory_that_leads_in_circles(tmp_path: Path) -> None:
    data = bytearray(ole({"Workbook": b""}))
    struct.pack_into("<I", data, 512 + 4, 1)
    struct.pack_into("<I", data, 1024 + 128 + 72, 1)
    (tmp_path / "a.xls").write_bytes(data)
    assert guard_file(tmp_path / "a.xls") == "xls"


def test_a_page_with_many_comments_is_told_quickly(tmp_path: Path) -> None:
    file = tmp_path / "a.html"
    file.write_text("<!---->" * 500 + "<html>", encoding="utf-8")
    assert guard_file(file) == "html"
    file.write_text("<!---->" * 500 + "x,y", encoding="utf-8")
    assert guard_file(file) == "text"
