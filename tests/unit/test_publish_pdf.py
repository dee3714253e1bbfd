"""The published PDF: every figure comes out again, the same bytes, any text, tagged and archival."""

from __future__ import annotations

import re
from dataclasses import replace
from math import ceil
from pathlib import Path

import pypdfium2
import pytest
from fontTools.ttLib import TTFont
from publish_example import example

from yusuan.chapters import Explanation
from yusuan.cli import main
from yusuan.explain import explain
from yusuan.publish.fitting import A3, A4, MARGIN, READABLE, ems, fitted
from yusuan.publish.layout import lay_out_all
from yusuan.publish.pdf import GETA, clean, coverage, font_folder, missing_glyphs, pdf_bytes, write_pdf
from yusuan.read.opening import open_source
from yusuan.sheet import Agency, Cell, Disclosure
from yusuan.words import InputError

HOSTILE = "<script>alert(1)</script> =cmd() #panic() $x$ *a* \u202egnp.exe " + "W" * 300


def text_of(data: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(data)
    return [page.get_textpage().get_text_range() for page in document]


@pytest.fixture(scope="module")
def made() -> bytes:
    disclosure, standard = example()
    return pdf_bytes(disclosure, standard, explain(disclosure, standard))


def test_every_figure_is_read_again_in_its_place(made: bytes, tmp_path: Path) -> None:
    disclosure, _ = example()
    (tmp_path / "a.pdf").write_bytes(made)
    found = open_source(tmp_path / "a.pdf").disclosure

    def told(whole: Disclosure) -> dict[tuple[str | None, int, int], int]:
        return {
            (s.form, *place): c.amount for s in whole.sheets for place, c in s.cells.items() if c.amount is not None
        }

    assert told(found) == told(disclosure)
    assert found.agency is not None and disclosure.agency is not None
    assert found.agency.name == disclosure.agency.name


def test_cover_contents_and_explanation_stand_before_the_forms(made: bytes) -> None:
    disclosure, _ = example()
    pages = text_of(made)
    assert disclosure.agency is not None
    assert disclosure.agency.name in pages[0].replace("\r\n", "")
    assert all(sheet.title[:6] in pages[1].replace(" ", "") for sheet in disclosure.sheets)
    assert "一、" in pages[2]
    document = pypdfium2.PdfDocument(made)
    assert len(list(document.get_toc())) > len(disclosure.sheets)
    assert "2025" in document.get_metadata_dict()["Title"]


def test_the_same_input_gives_the_same_bytes_and_the_date_stands_on_the_cover(made: bytes) -> None:
    disclosure, standard = example()
    explanation = explain(disclosure, standard)
    assert pdf_bytes(disclosure, standard, explanation) == made
    assert "2025年2月10日" in text_of(pdf_bytes(disclosure, standard, None, date="2025-02-10"))[0].replace(" ", "")


def test_it_says_that_it_is_archival_and_tagged(made: bytes) -> None:
    for mark in (b"<pdfaid:part>2</pdfaid:part>", b"<pdfuaid:part>1</pdfuaid:part>"):
        assert mark in made


def hostile(text: str) -> Disclosure:
    disclosure, _ = example()
    sheets = tuple(
        replace(s, notes=(text,), words={p: Cell(*p, text) for p in s.words}) for s in disclosure.sheets
    )
    return replace(disclosure, agency=Agency("1", text), sheets=sheets)


def test_any_text_is_set_as_text(tmp_path: Path) -> None:
    _, standard = example()
    data = pdf_bytes(hostile(HOSTILE), standard)
    whole = "".join(text_of(data)).replace("\r\n", "")
    assert "<script>alert(1)</script>" in whole
    assert "#panic() $x$ *a*" in whole
    assert "\u202e" not in whole
    (tmp_path / "a.pdf").write_bytes(data)
    main(["check", str(tmp_path / "a.pdf")])


def test_coverage_of_fonts_is_what_the_reference_reads() -> None:
    fonts = sorted(font_folder().rglob("*.otf"))
    for font in fonts:
        with TTFont(font, lazy=True) as read:
            assert {*coverage(font)} == {*read.getBestCmap()}
    assert len(fonts) == 2


def test_characters_without_a_glyph_are_told() -> None:
    text = "𰻝面 🙂 中心"
    assert missing_glyphs([text]) == ["🙂"]
    whole = "".join(text_of(pdf_bytes(hostile(text), example()[1]))).replace("\r\n", "")
    assert GETA in whole
    assert "U+1F642" in whole
    assert "𰻝面" in whole
    assert clean("a\u202eb\x00c") == "abc"


def test_wide_forms_take_larger_paper_and_type_stays_readable() -> None:
    disclosure, standard = example()
    forms = [fitted(layout) for layout in lay_out_all(disclosure, standard)]
    assert {tuple(form["page"]) for form in forms} <= {A4, A3, (A4[1], A4[0])}
    assert all(form["size"] > 6 for form in forms)


def test_nothing_is_written_over_unasked(tmp_path: Path) -> None:
    disclosure, standard = example()
    (tmp_path / "a.pdf").write_text("kept")
    with pytest.raises(InputError):
        write_pdf(disclosure, standard, None, tmp_path / "a.pdf")
    assert (tmp_path / "a.pdf").read_text() == "kept"


def test_wide_forms_keep_readable_type_on_the_usual_paper() -> None:
    disclosure, standard = example()
    for layout in lay_out_all(disclosure, standard):
        form = fitted(layout)
        assert form["size"] > READABLE - 0.1 and tuple(form["page"]) != A3
        assert abs(sum(form["columns"]) * form["size"] + 2 * MARGIN - form["page"][0]) < 1


def test_no_word_is_wider_than_its_column() -> None:
    disclosure, standard = example()
    for layout in lay_out_all(disclosure, standard):
        widths = fitted(layout)["columns"]
        for box in (*layout.boxes,):
            if box.row in layout.body and box.width == 1:
                assert all(ems(word) < widths[box.column] for word in re.findall(r"[!-~≥≤]+", box.text)), box


def test_heads_wrap_into_lines_of_like_length() -> None:
    disclosure, standard = example()
    forms = [fitted(layout) for layout in lay_out_all(disclosure, standard)]
    wrapped = [
        (len(cell["text"]), int(cell["measure"]))
        for form in forms for cell in form["head"] if cell["measure"] and ems(cell["text"]) == len(cell["text"])
    ]  # fmt: skip
    assert len(wrapped) > 100
    assert all(ceil(length / (each - 1)) > ceil(length / each) for length, each in wrapped if each > 1)


def test_the_contents_name_both_parts_and_the_label_of_each_form(made: bytes) -> None:
    contents = text_of(made)[1].replace(" ", "").replace("\r\n", "")
    order = ("第一部分", "一、单位基本概况", "八、名词解释", "第二部分", "预算01表收支总表", "预算23表部门整体")
    assert sorted(order, key=contents.index) == list(order)
    tops = [mark.get_title() for mark in pypdfium2.PdfDocument(made).get_toc() if mark.level == 0]
    assert [" ".join(top.split()) for top in tops] == ["第一部分 2025年单位预算说明", "第二部分 2025年单位预算公开表"]


def test_only_a_row_taller_than_half_a_page_is_broken() -> None:
    _, standard = example()
    long = [fitted(layout) for layout in lay_out_all(hostile("长" * 900), standard)]
    broken = {(form["label"], cell["y"]) for form in long for cell in form["body"] if not cell["whole"]}
    assert {label for label, _ in broken} == {"预算22表", "预算23表"}
    assert any(cell["whole"] for form in long for cell in form["body"] if form["label"] == "预算22表")


def test_forms_without_titles_and_an_empty_explanation_are_set() -> None:
    disclosure, _ = example()
    bare = replace(disclosure, sheets=tuple(replace(s, title="", form=None) for s in disclosure.sheets[:2]))
    pages = text_of(pdf_bytes(bare, None, Explanation("", ())))
    assert len(pages) == 4 and "437.79" in pages[2]
