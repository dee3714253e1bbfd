import json
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFont

from yusuan.read.grid import Grid, Line, Material
from yusuan.words import InputError

pytest.importorskip("onnxruntime", reason="recognition (the extra ocr) is not installed")
pytest.importorskip("rapidocr", reason="recognition (the extra ocr) is not installed")

from yusuan.read.formats import scan, scan_text
from yusuan.read.formats.scan import read_image, recognise

RENDERED = Path(__file__).parents[3] / "shared" / "rendered"
COLUMNS = (100, 500, 800, 1100)
ROWS = (200, 260, 320, 380, 440)
CELLS = {
    (0, 0): "Item", (0, 1): "Budget", (1, 1): "2025", (1, 2): "2026",
    (2, 0): "1,234.50", (2, 1): "0.00", (2, 2): "-17.3", (3, 0): "2080505", (3, 2): "\u2014",
}  # fmt: skip
"""(row, column) → text; the head of the last two columns is merged, so is that of the first over two rows."""


def picture() -> Image.Image:
    """A ruled table with merged heads on A4 at 150 dpi, a heading above it and a note below."""
    image = Image.new("L", (1240, 800), 255)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(28)
    draw.text((420, 100), "Table 7 Expenditure", fill=0, font=font)
    for row, y in enumerate(ROWS):
        draw.line((COLUMNS[1] if row == 1 else COLUMNS[0], y, COLUMNS[-1], y), fill=0, width=3)
    for column, x in enumerate(COLUMNS):
        draw.line((x, ROWS[1] if column == 2 else ROWS[0], x, ROWS[-1]), fill=0, width=3)
    for (row, column), text in CELLS.items():
        if text == "\u2014":
            draw.rectangle((COLUMNS[column] + 40, ROWS[row] + 30, COLUMNS[column] + 68, ROWS[row] + 32), fill=0)
        else:
            draw.text((COLUMNS[column] + 20, ROWS[row] + 12), text, fill=0, font=font)
    draw.text((100, 480), "Note: 12.5 % more", fill=0, font=font)
    return image


def read(image: Image.Image) -> tuple[Grid, list[Line]]:
    items = recognise(image, "a.png", 1, 72 / 150)
    grids = [item for item in items if isinstance(item, Grid)]
    assert len(grids) == 1
    return grids[0], [item for item in items if isinstance(item, Line)]


def texts(grid: Grid) -> dict[tuple[int, int], str]:
    return {(row.number - 1, column): cell.text for row in grid.rows for column, cell in row.filled()}


@pytest.mark.parametrize("degrees", [0, 1.3, -2.2, 90, 181])
def test_a_ruled_table_however_it_lies_on_the_glass(degrees: float) -> None:
    image = picture().rotate(degrees, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC)
    grid, lines = read(image)
    assert texts(grid) == CELLS
    assert grid.rows[0].cells[0].span == (2, 1) and grid.rows[0].cells[1].span == (1, 2)
    assert [line.text.replace(" ", "") for line in lines] == ["Table7Expenditure", "Note:12.5%more"]
    sources = [cell.source for row in grid.rows for cell in row.cells.values()] + [line.source for line in lines]
    assert all(source.confidence is not None and 0.4 < source.confidence <= 1 for source in sources)


def test_boxes_are_points_of_the_page_as_shown() -> None:
    grid, _ = read(picture())
    box = grid.rows[2].cells[1].source.box
    assert box is not None
    wanted = [pixels * 72 / 150 for pixels in (COLUMNS[1], ROWS[2], COLUMNS[2], ROWS[3])]
    assert box == pytest.approx(wanted, abs=3)
    assert grid.edges == pytest.approx([x * 72 / 150 for x in COLUMNS], abs=3)
    turned, _ = read(picture().rotate(90, expand=True))
    box = turned.rows[2].cells[1].source.box
    assert box == pytest.approx(
        [wanted[1], (1240 * 72 / 150) - wanted[2], wanted[3], (1240 * 72 / 150) - wanted[0]], abs=4
    )


def test_grey_paper_and_faint_ink() -> None:
    image = picture().point(lambda value: 150 + value * 70 // 255)
    assert texts(read(image)[0]) == CELLS


def test_a_red_seal_over_figures() -> None:
    image = picture().convert("RGB")
    seal = Image.new("RGB", image.size, "white")
    draw = ImageDraw.Draw(seal)
    draw.ellipse((520, 190, 760, 430), outline=(225, 40, 40), width=10)
    draw.regular_polygon((640, 310, 60), 5, fill=(225, 40, 40))
    assert texts(read(ImageChops.multiply(image, seal))[0]) == CELLS


def test_paper_that_is_not_flat() -> None:
    image = picture()
    corners = (-12, -8, -4, 812, 1252, 804, 1240, 6)
    warped = image.transform(image.size, Image.Transform.QUAD, corners, Image.Resampling.BICUBIC, fillcolor=255)
    assert texts(read(warped)[0]) == CELLS


def test_pages_of_a_tiff_and_an_empty_page(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    picture().save(file, "TIFF", save_all=True, append_images=[Image.new("1", (600, 800), 1)], dpi=(150, 150))
    made: Material = read_image(file)
    assert {item.source.page for item in made.items} == {1}
    assert made.pages[0] == (595.2, 384.0) and len(made.pages) == 2
    assert [doubt.kind for doubt in made.doubts] == ["recognised"]


@pytest.mark.parametrize("told", [None, 72, 1, 900])
def test_a_photograph_tells_no_scale(tmp_path: Path, told: int | None) -> None:
    file = tmp_path / "a.jpg"
    options = {} if told is None else {"dpi": (told, told)}
    picture().resize((2480, 1600)).save(file, "JPEG", quality=60, **options)
    made = read_image(file)
    assert made.pages == [(841.68, 543.02)]
    assert [texts(grid) for grid in made.grids] == [CELLS]


def png(width: int, height: int) -> bytes:
    """A PNG that declares a size and holds nothing of it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (png(60_000, 60_000), "scan_too_large"),
        (png(9_000, 9_000), "scan_too_large"),
        (png(900, 900), "scan_damaged"),
        (b"\x89PNG\r\n\x1a\n rubbish", "scan_damaged"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "scan_damaged"),
    ],
)
def test_pictures_that_are_not_read(tmp_path: Path, content: bytes, key: str) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_image(file)
    assert caught.value.problems[0][0] == key
    assert all(caught.value.sentences("en")) and all(caught.value.sentences("zh"))


def test_without_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_text, "models", lambda: None)
    picture().save(tmp_path / "a.png")
    with pytest.raises(InputError, match=r"pip install 'yusuan\[ocr\]'"):
        read_image(tmp_path / "a.png")


def test_a_page_that_is_no_table(tmp_path: Path) -> None:
    image = Image.new("L", (1200, 900), 255)
    draw = ImageDraw.Draw(image)
    draw.rectangle((100, 100, 1000, 700), outline=0, width=3)
    draw.text((200, 300), "37.59% of all", fill=0, font=ImageFont.load_default(40))
    items = recognise(image, "a.png", 1, 72 / 150)
    assert [item.text for item in items if isinstance(item, Line)] == ["37.59% of all"]
    assert not any(isinstance(item, Grid) for item in items)


@pytest.mark.parametrize("number", [2, 11])
def test_figures_of_a_scan_against_their_truth(number: int) -> None:
    if not RENDERED.is_dir():
        pytest.skip("the rendered tables with their truth are not here")
    import pypdfium2

    truth = json.loads((RENDERED / "gt_main.json").read_text(encoding="utf-8"))[number]
    document = pypdfium2.PdfDocument(RENDERED / "scan_200.pdf")
    image = document[number].render(scale=scan.DPI / 72).to_pil()
    document.close()
    grid = max((item for item in recognise(image, "s", 1, 72 / scan.DPI) if isinstance(item, Grid)), key=_filled)
    found = texts(grid)
    cells = {(cell["r"], cell["c"]): cell for cell in truth["cells"] if cell["text"].strip()}
    assert found.keys() == cells.keys()
    figures = {place for place, cell in cells.items() if not cell["header"] and cell["text"].replace(".", "").isdigit()}
    assert figures and {place: found[place] for place in figures} == {place: cells[place]["text"] for place in figures}
    spans = {(row.number - 1, column): cell.span for row in grid.rows for column, cell in row.filled()}
    assert spans == {place: (cell["rs"], cell["cs"]) for place, cell in cells.items()}


def _filled(grid: Grid) -> int:
    return sum(len(row.cells) for row in grid.rows)


@pytest.mark.parametrize("upright", [False, True])
def test_tables_without_upright_or_any_rules(upright: bool) -> None:
    wanted = [
        ("Item", "2025", "2026"),
        ("Salaries", "1,234.50", "0.00"),
        ("Travel", "12.00", ""),
        ("Total", "9.5", "7"),
    ]
    image = Image.new("L", (1240, 800), 255)
    draw = ImageDraw.Draw(image)
    for row, texts_of_row in enumerate(wanted):
        if upright:
            draw.line((COLUMNS[0], ROWS[row], COLUMNS[-1], ROWS[row]), fill=0, width=3)
        for column, text in enumerate(texts_of_row):
            place = (COLUMNS[column] + 20, ROWS[row] + 12)
            draw.text(place, text, fill=0, font=ImageFont.load_default(28))
    grid, lines = read(image)
    assert [tuple(row.text(column) for column in range(3)) for row in grid.rows] == wanted
    assert not grid.ruled and not lines
    assert all(cell.source.confidence for row in grid.rows for cell in row.cells.values())
