"""PDFs made to exhaust or mislead a reader: one sentence or a doubt, never a traceback."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest
from pdf_example import Made, Paper, frame, locked, text, write

from yusuan.read.formats.pdf import page_picture, read_pdf
from yusuan.words import InputError

HELLO = text(100, 700, "an ordinary line of words")


def kinds(path: Path) -> list[tuple[str, int | None]]:
    return [(doubt.kind, doubt.page) for doubt in read_pdf(path).doubts]


def refused(path: Path) -> str:
    with pytest.raises(InputError) as told:
        read_pdf(path)
    (sentence,) = told.value.sentences("en")
    assert path.name in sentence and "\n" not in sentence
    return sentence


def test_password(tmp_path: Path) -> None:
    assert "password" in refused(locked(tmp_path / "user.pdf", b"secret", [Paper(HELLO)]))
    material = read_pdf(locked(tmp_path / "owner.pdf", b"", [Paper(HELLO)]))
    assert [line.text for line in material.lines] == ["an ordinary line of words"]


@pytest.mark.parametrize("length", [0, 5, 20, 200, 400])
def test_cut_off(tmp_path: Path, length: int) -> None:
    whole = write(tmp_path / "whole.pdf", [Paper(HELLO)]).read_bytes()
    cut = tmp_path / "cut.pdf"
    cut.write_bytes(whole[:length])
    assert refused(cut)


def test_cut_off_after_the_first_page_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    whole = write(tmp_path / "a.pdf", [Paper(HELLO)]).read_bytes()
    end = whole.index(b"xref")
    (tmp_path / "a.pdf").write_bytes(whole[:end] + b"trailer << /Root 1 0 R >>")
    material = read_pdf(tmp_path / "a.pdf")
    assert [line.text for line in material.lines] == ["an ordinary line of words"]
    assert [doubt.kind for doubt in material.doubts] == ["cut_off"]


def test_no_file_and_no_pdf(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.pdf")
    (tmp_path / "other.pdf").write_bytes(b"PK\x03\x04" + bytes(100))
    assert "damaged" in refused(tmp_path / "other.pdf")
    assert refused(tmp_path.parent / tmp_path.name)


def test_number_of_pages(tmp_path: Path) -> None:
    assert "no pages" in refused(write(tmp_path / "none.pdf", []))
    assert "10000 pages" in refused(write(tmp_path / "many.pdf", [Paper()] * 10_000))


def test_programs_and_attachments_are_told(tmp_path: Path) -> None:
    made = Made()
    data = made.stream(b"MZ", b"/Type /EmbeddedFile")
    names = (
        "/Names << /JavaScript << /Names [(a) << /S /JavaScript /JS (app.alert\\(1\\)) >>] >>"
        f" /EmbeddedFiles << /Names [(x.exe) << /Type /Filespec /F (x.exe) /EF << /F {data} 0 R >> >>] >> >>"
    )
    path = write(tmp_path / "a.pdf", [Paper(HELLO)], catalog=names, made=made)
    assert kinds(path) == [("scripts", None), ("attachments", None)]
    assert [line.text for line in read_pdf(path).lines] == ["an ordinary line of words"]


def test_contents_that_unpack_to_too_much(tmp_path: Path) -> None:
    endless = Paper(b"0 0 m 9 9 l S\n" * 2_000_000, packed=True)
    assert "unpack" in refused(write(tmp_path / "endless.pdf", [endless]))
    twice = Made()
    inner = zlib.compress(bytes(40_000_000), 9)
    twice.stream(zlib.compress(inner, 9), b"/Filter [/FlateDecode /FlateDecode]")
    assert "unpack" in refused(write(tmp_path / "twice.pdf", [Paper(HELLO)], made=twice))


def test_a_large_font_or_picture_is_no_bomb(tmp_path: Path) -> None:
    made = Made()
    made.stream(zlib.compress(bytes(30_000_000), 9), b"/Length1 30000000 /Filter /FlateDecode")
    head = b"/Type /XObject /Subtype /Image /Width 5000 /Height 6000 /ColorSpace /DeviceGray /BitsPerComponent 8"
    made.stream(zlib.compress(bytes(30_000_000), 9), head + b" /Filter /FlateDecode")
    assert read_pdf(write(tmp_path / "a.pdf", [Paper(HELLO)], made=made)).lines


def test_more_objects_than_a_page_has(tmp_path: Path) -> None:
    paths = "".join(f"{i % 590} {i // 590} m {i % 590 + 3} {i // 590} l S\n" for i in range(210_000))
    words = "BT /L 1 Tf " + "1 0 Td (abcdefghij) Tj " * 11_000 + "ET "
    path = write(tmp_path / "a.pdf", [Paper(paths, packed=True), Paper(words, packed=True), Paper(HELLO)])
    material = read_pdf(path)
    told = [(doubt.kind, doubt.page) for doubt in material.doubts]
    assert told == [("too_many_objects", 1), ("too_many_characters", 2)]
    assert [line.text for line in material.lines if line.source.page == 3] == ["an ordinary line of words"]


def test_a_page_full_of_rules(tmp_path: Path) -> None:
    content = "".join(
        f"{i / 20:.2f} 0 m {i / 20:.2f} 842 l S 0 {i / 15:.2f} m 595 {i / 15:.2f} l S\n" for i in range(9000)
    )
    assert read_pdf(write(tmp_path / "a.pdf", [Paper(content + HELLO, packed=True)])).pages == [(595, 842)]


def test_forms_in_forms(tmp_path: Path) -> None:
    made = Made()
    for depth in range(60):
        inner = made.objects and len(made.objects) + 2
        head = f"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X {inner} 0 R >> >>"
        made.stream(b"/X Do" if depth < 59 else b"0 0 m 9 9 l S", head.encode())
    itself = len(made.objects) + 1
    head = f"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X {itself} 0 R >> >>"
    made.stream(b"/X Do", head.encode())
    papers = [Paper("/X Do " + HELLO, resources=f" /XObject << /X {number} 0 R >>") for number in (3, itself)]
    assert len(read_pdf(write(tmp_path / "a.pdf", papers, made=made)).lines) == 2


@pytest.mark.parametrize("size", [(1e12, 1e12), (0, 0), (14400, 14400)])
def test_odd_page_sizes(tmp_path: Path, size: tuple[float, float]) -> None:
    path = write(tmp_path / "a.pdf", [Paper(HELLO + frame([100, 200, 300], [100, 200, 300]), size=size)])
    material = read_pdf(path)
    assert len(material.pages) == 1 and len(material.lines) == 1


def test_picture_of_a_huge_page(tmp_path: Path) -> None:
    path = write(tmp_path / "a.pdf", [Paper("", size=(14400, 14400))])
    with pytest.raises(InputError, match="第 1 页"):
        page_picture(path, 1, 200)


def test_numbers_out_of_reach(tmp_path: Path) -> None:
    content = (
        "q 1e38 0 0 1e38 0 0 cm 1e38 0 m 1e38 1e38 l S 0 1e38 m 100 1e38 l S Q"
        " BT /L 1e30 Tf 1e38 1e38 Td (far) Tj ET BT /L 12 Tf 0 0 0 0 0 0 Tm (flat) Tj ET "
    )
    lines = [line.text for line in read_pdf(write(tmp_path / "a.pdf", [Paper(content + HELLO)])).lines]
    assert "an ordinary line of words" in lines


def test_damaged_page_among_good_ones(tmp_path: Path) -> None:
    path = write(tmp_path / "a.pdf", [Paper(HELLO), Paper(HELLO), Paper(HELLO)])
    data = path.read_bytes()
    second = [i for i in range(len(data)) if data.startswith(b"/Type /Page /Parent", i)][1]
    path.write_bytes(data[:second] + b"/Type /Pagx /Paren!" + data[second + 19 :])
    material = read_pdf(path)
    assert len(material.pages) == 3
    assert {line.source.page for line in material.lines} >= {1, 3}
