"""Small PDFs written by hand: a page is its instructions; text of any script, rules, turns, forms and odd objects."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass, field
from pathlib import Path

PADDING = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")
FONTS = (
    b"<< /L << /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >> /H << /Type /Font"
    b" /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [<< /Type /Font /Subtype"
    b" /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >>"
    b" /FontDescriptor << /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880]"
    b" /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >> >>] >> >>"
)


def text(x: float, y: float, shown: str, size: float = 10, *, mode: int = 0) -> str:
    """One text object; ``y`` counts from the foot of the page."""
    if shown.isascii():
        drawn, font = "(" + shown.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)") + ")", "L"
    else:
        drawn, font = f"<{shown.encode('utf-16-be').hex()}>", "H"
    return f"BT {mode} Tr /{font} {size} Tf {x} {y} Td {drawn} Tj ET\n"


def rule(x0: float, y0: float, x1: float, y1: float) -> str:
    """A stroke of half a point."""
    return f"0.5 w {x0} {y0} m {x1} {y1} l S\n"


def area(x0: float, y0: float, x1: float, y1: float, grey: float = 0.8) -> str:
    """A filled box."""
    return f"q {grey} g {x0} {y0} {x1 - x0} {y1 - y0} re f Q\n"


def frame(xs: list[float], ys: list[float]) -> str:
    """Every border of a table."""
    across = "".join(rule(xs[0], y, xs[-1], y) for y in ys)
    return across + "".join(rule(x, ys[0], x, ys[-1]) for x in xs)


@dataclass
class Paper:
    """One page: instructions, size in points, quarter turns, further resources."""

    content: str | bytes = ""
    size: tuple[float, float] = (595, 842)
    rotate: int = 0
    resources: str = ""
    packed: bool = False
    extra: str = ""


@dataclass
class Made:
    """A PDF on its way to a file; ``objects`` are numbered from 1, the catalogue and the page tree first."""

    objects: list[bytes] = field(default_factory=lambda: [b"", b""])

    def add(self, body: bytes) -> int:
        """The number of a new object."""
        self.objects.append(body)
        return len(self.objects)

    def stream(self, data: bytes, head: bytes = b"") -> int:
        """The number of a new stream."""
        return self.add(b"<< %s /Length %d >>\nstream\n%s\nendstream" % (head, len(data), data))


def write(path: Path, pages: list[Paper], *, catalog: str = "", made: Made | None = None, key: bytes = b"") -> Path:
    """A PDF of these pages; ``key`` encrypts every stream (RC4, 40 bits)."""
    made = made or Made()
    kids = []
    for paper in pages:
        data = paper.content.encode("latin-1") if isinstance(paper.content, str) else paper.content
        head = b"/Filter /FlateDecode" if paper.packed else b""
        data = zlib.compress(data, 9) if paper.packed else data
        if key:
            number = len(made.objects) + 1
            data = _rc4(hashlib.md5(key + number.to_bytes(3, "little") + b"\0\0").digest()[:10], data)
        content = made.stream(data, head)
        width, height = paper.size
        body = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] /Rotate {paper.rotate} {paper.extra}"
            f" /Contents {content} 0 R /Resources << /Font "
        )
        kids.append(made.add(body.encode() + FONTS + paper.resources.encode() + b" >> >>"))
    made.objects[0] = f"<< /Type /Catalog /Pages 2 0 R {catalog} >>".encode()
    made.objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(b"%d 0 R" % k for k in kids))
    path.write_bytes(_file(made.objects, b""))
    return path


def locked(path: Path, user: bytes, pages: list[Paper]) -> Path:
    """A PDF encrypted so that ``user`` opens it (empty: anyone) and only its owner may change it."""
    identity = b"0123456789abcdef"
    owner = _rc4(hashlib.md5((b"owner" + PADDING)[:32]).digest()[:5], (user + PADDING)[:32])
    rights = (-44).to_bytes(4, "little", signed=True)
    key = hashlib.md5((user + PADDING)[:32] + owner + rights + identity).digest()[:5]
    write(path, pages, key=key)
    body = b"<< /Filter /Standard /V 1 /R 2 /P -44 /O <%s> /U <%s> >>" % (
        owner.hex().encode(), _rc4(key, PADDING).hex().encode(),
    )  # fmt: skip
    plain = path.read_bytes()
    hexed = identity.hex().encode()
    mark = b"/Root 1 0 R"
    path.write_bytes(plain.replace(mark, mark + b" /ID [<%s> <%s>] /Encrypt %s" % (hexed, hexed, body)))
    return path


def _file(objects: list[bytes], trailer: bytes) -> bytes:
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, start)
    return bytes(out)


def _rc4(key: bytes, data: bytes) -> bytes:
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    i = j = 0
    out = bytearray()
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)
