"""What all pages of the site share: templates, content policy, the frame around a page, links between languages."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from yusuan.publish.page import LANGUAGE_TAGS, grouped
from yusuan.publish.site.text import clean
from yusuan.words import LANGUAGES, catalogue, say

# file: is named beside 'self' because browsers differ on what 'self' means for a page opened from a disk.
POLICY = (
    "default-src 'none'; script-src 'self' file:; style-src 'self' file: 'unsafe-inline'; img-src 'self' file: data:; "
    "base-uri 'none'; form-action 'none'"
)
SHARED = ("site.css", "theme.js", "site.js", "agency.js", "index.js")
OWN_CHART = "echarts.min.js"


@cache
def environment() -> Environment:
    """Templates of the site; what is not marked safe is escaped, control characters are dropped, direction included."""
    made = Environment(
        loader=PackageLoader("yusuan", "publish/site"),
        auto_reload=False,
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: clean(value) if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["grouped"] = grouped
    made.filters["address"] = address
    made.filters["rated"] = rated
    return made


def page_name(stem: str, lang: str) -> str:
    """File name of a page in a language; Chinese has the plain name."""
    return f"{stem}.html" if lang == LANGUAGES[0] else f"{stem}.{lang}.html"


def render(template: str, stem: str, lang: str, *, up: str, values: Mapping[str, object]) -> bytes:
    """A page as bytes; ``up`` leads from its folder to the root of the site."""
    other = next(each for each in LANGUAGES if each != lang)
    text = environment().get_template(template).render(
        say=lambda key, **more: say(key, lang, more),
        lang=lang,
        tag=LANGUAGE_TAGS[lang],
        other=other,
        other_tag=LANGUAGE_TAGS[other],
        other_href=page_name(stem, other),
        page=lambda name: page_name(name, lang),
        policy=POLICY,
        up=up,
        words=site_words(lang),
        **values,
    )  # fmt: skip
    return text.encode("utf-8", "backslashreplace")


def fragment(template: str, **values: object) -> Markup:
    """A part that pages of all languages share."""
    return Markup(environment().get_template(template).render(**values))


@cache
def site_words(lang: str) -> dict[str, str]:
    """Texts that the scripts need, placeholders kept."""
    return {
        key.removeprefix("site_js_"): texts[lang] for key, texts in catalogue().items() if key.startswith("site_js_")
    }


def shared_files() -> list[tuple[str, bytes]]:
    """Style and scripts that all pages share."""
    folder = files("yusuan") / "publish"
    found = [(f"assets/{name}", (folder / "site" / name).read_bytes()) for name in SHARED]
    return [*found, (f"assets/{OWN_CHART}", (folder / "assets" / OWN_CHART).read_bytes())]


def rated(change: float) -> str:
    """A change in percent with its sign; one that rounds to nothing has none."""
    return "0.0%" if abs(change) < 0.05 else f"{change:+.1f}%"


def address(path: str) -> str:
    """A relative path as a link: no sign of it is taken for a scheme, a query or an anchor."""
    return quote(path.encode("utf-8", "backslashreplace"), safe="/")


def folder_name(text: str) -> str:
    """A text as the name of a folder: ASCII letters, digits and hyphens stay, anything else is told apart by hash."""
    kept = "".join(c for c in unicodedata.normalize("NFKC", text) if c.isascii() and (c.isalnum() or c == "-"))[:40]
    if kept == text and kept:
        return kept
    digest = hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:10]
    return f"{kept}-{digest}" if kept else f"x{digest}"


def size_words(size: int) -> str:
    """Bytes in a readable unit."""
    for unit in ("B", "kB", "MB"):
        if size < 1000 or unit == "MB":
            return f"{size} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size = size / 1000  # type: ignore[assignment]
    return ""
