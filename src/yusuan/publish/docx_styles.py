"""Fonts, styles and settings of a document: 仿宋 text, 黑体 heads, every run with an east-asian font and its fallbacks.

Only the styles that are used are kept, so that the document opens alike in every word processor.
"""

from __future__ import annotations

from collections.abc import Iterator

from yusuan.publish.docx_xml import W

SONG, FANG, HEI, KAI, LATIN = "宋体", "仿宋", "黑体", "楷体", "Times New Roman"

LINE = 560
"""Twips of a line of running text: 22 lines a page, as official papers have."""

SIZE = 320
"""Twips of a character of running text (三号)."""

FONTS = (
    (SONG, "SimSun,Songti SC,Noto Serif CJK SC,Source Han Serif SC", "02010600030101010101", "auto"),
    (FANG, "FangSong,仿宋_GB2312,STFangsong,Noto Serif CJK SC", "02010609060101010101", "modern"),
    (HEI, "SimHei,Heiti SC,Noto Sans CJK SC,Source Han Sans SC", "02010609060101010101", "modern"),
    (KAI, "KaiTi,楷体_GB2312,STKaiti,Noto Serif CJK SC", "02010609060101010101", "modern"),
)
"""Name, names of what may stand for it, classification and pitch."""


OWN = frozenset({"FormTitle", "FormLabel", "FormLine", "FormNote", "FormCell", "SectionEnd", "CoverLine"})
"""Styles that no word processor knows by name."""


def fonts(east: str, latin: str = LATIN) -> str:
    """The fonts of a run by kind of character."""
    return f'<w:rFonts w:ascii="{latin}" w:hAnsi="{latin}" w:eastAsia="{east}" w:cs="{latin}" w:hint="eastAsia"/>'


def font_table() -> bytes:
    """The part that tells which fonts may stand for a missing one."""
    listed = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{others}"/><w:panose1 w:val="{panose}"/><w:charset w:val="86"/>'
        f'<w:family w:val="{family}"/><w:pitch w:val="variable"/></w:font>'
        for name, others, panose, family in FONTS
    )
    listed += (
        f'<w:font w:name="{LATIN}"><w:altName w:val="Liberation Serif"/><w:panose1 w:val="02020603050405020304"/>'
        '<w:charset w:val="00"/><w:family w:val="roman"/><w:pitch w:val="variable"/></w:font>'
    )
    return _part("fonts", listed)


def settings() -> bytes:
    """The settings: Chinese, no squeezing of punctuation, today's layout rules, nothing that asks the reader."""
    return _part(
        "settings",
        '<w:zoom w:percent="100"/><w:defaultTabStop w:val="420"/><w:characterSpacingControl w:val="doNotCompress"/>'
        '<w:compat><w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word"'
        ' w:val="15"/></w:compat><w:themeFontLang w:val="en-US" w:eastAsia="zh-CN"/>'
        '<w:decimalSymbol w:val="."/><w:listSeparator w:val=","/>',
    )


def styles() -> bytes:
    """The styles part."""
    defaults = (
        f"<w:docDefaults><w:rPrDefault><w:rPr>{fonts(FANG)}"
        f'{_size(16)}<w:lang w:val="en-US" w:eastAsia="zh-CN" w:bidi="ar-SA"/></w:rPr></w:rPrDefault>'
        "<w:pPrDefault><w:pPr/></w:pPrDefault></w:docDefaults>"
    )
    return _part("styles", defaults + "".join(_all()))


def _part(root: str, inner: str) -> bytes:
    xml = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<w:{root} xmlns:w="{W}">{inner}</w:{root}>'
    return xml.encode("utf-8")


def _size(points: float) -> str:
    return f'<w:sz w:val="{int(points * 2)}"/><w:szCs w:val="{int(points * 2)}"/>'


def _style(
    ident: str, name: str, paragraph: str = "", look: str = "", *, based: str = "Normal", after: str = ""
) -> str:
    following = f'<w:next w:val="{after}"/>' if after else ""
    own = ' w:customStyle="1"' if ident in OWN else ""
    return (
        f'<w:style w:type="paragraph"{own} w:styleId="{ident}"><w:name w:val="{name}"/><w:basedOn w:val="{based}"/>'
        f"{following}<w:qFormat/><w:pPr>{paragraph}</w:pPr><w:rPr>{look}</w:rPr></w:style>"
    )


def _spacing(line: int, before: int = 0, after: int = 0, rule: str = "exact") -> str:
    return f'<w:spacing w:before="{before}" w:after="{after}" w:line="{line}" w:lineRule="{rule}"/>'


def _all() -> Iterator[str]:
    yield (
        '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/>'
        '<w:pPr><w:widowControl w:val="0"/></w:pPr></w:style>'
        '<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont">'
        '<w:name w:val="Default Paragraph Font"/><w:uiPriority w:val="1"/><w:semiHidden/></w:style>'
        '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/>'
        '<w:semiHidden/><w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar><w:top w:w="0" w:type="dxa"/>'
        '<w:left w:w="108" w:type="dxa"/><w:bottom w:w="0" w:type="dxa"/><w:right w:w="108" w:type="dxa"/>'
        "</w:tblCellMar></w:tblPr></w:style>"
        '<w:style w:type="numbering" w:default="1" w:styleId="NoList"><w:name w:val="No List"/><w:semiHidden/>'
        "</w:style>"
    )
    indent = f'<w:ind w:firstLine="{2 * SIZE}" w:firstLineChars="200"/>'
    yield _style("BodyText", "Body Text", f'{_spacing(LINE)}{indent}<w:jc w:val="both"/>')
    head = "<w:keepNext/><w:keepLines/>"
    yield _style(
        "Heading1", "heading 1", f'{head}{_spacing(760, 0, 400)}<w:jc w:val="center"/><w:outlineLvl w:val="0"/>',
        f"{fonts(SONG)}<w:b/>{_size(22)}", after="BodyText",
    )  # fmt: skip
    for level, east in ((2, HEI), (3, KAI), (4, FANG), (5, FANG), (6, FANG)):
        bold = "<w:b/>" if level < 5 else ""
        yield _style(
            f"Heading{level}", f"heading {level}",
            f'{head}{_spacing(LINE)}{indent}<w:outlineLvl w:val="{level - 1}"/>', f"{fonts(east)}{bold}{_size(16)}",
            after="BodyText",
        )  # fmt: skip
    yield _style(
        "FormTitle", "Form Title",
        f'{head}{_spacing(460, 40, 60, "atLeast")}<w:ind w:firstLine="0" w:firstLineChars="0"/><w:jc w:val="center"/>'
        '<w:outlineLvl w:val="1"/>', f"{fonts(HEI)}{_size(16)}", based="Heading2",
    )  # fmt: skip
    yield _style("FormLabel", "Form Label", f'<w:keepNext/>{_spacing(300)}<w:jc w:val="right"/>', _song(10.5))
    yield _style("FormLine", "Form Line", f"<w:keepNext/>{_spacing(300, 0, 40)}", _song(10.5))
    yield _style("FormNote", "Form Note", _spacing(280, 40), _song(10))
    yield _style("FormCell", "Form Cell", '<w:wordWrap w:val="0"/>', f"{fonts(SONG)}{_size(9)}")
    yield _style("SectionEnd", "Section End", _spacing(20), _size(1))
    yield _style("Title", "Title", f'{_spacing(900, 3400, 900, "atLeast")}<w:jc w:val="center"/>',
                 f"{fonts(SONG)}<w:b/>{_size(32)}")  # fmt: skip
    yield _style("CoverLine", "Cover Line", f'{_spacing(640, 0, 0, "atLeast")}<w:jc w:val="center"/>',
                 f"{fonts(FANG)}{_size(18)}")  # fmt: skip
    yield _style("TOCHeading", "TOC Heading", f'<w:pageBreakBefore/>{_spacing(760, 0, 300)}<w:jc w:val="center"/>',
                 f"{fonts(HEI)}{_size(20)}")  # fmt: skip
    for level, left, before, points in ((1, -200, 160, 12.0), (2, 100, 0, 10.0)):
        tab = '<w:tabs><w:tab w:val="right" w:leader="dot" w:pos="9215"/></w:tabs>'
        yield _style(
            f"TOC{level}", f"toc {level}", f'{tab}{_spacing(340, before)}<w:ind w:left="{left}" w:right="-200"/>',
            f"{fonts(HEI if level == 1 else FANG)}{_size(points)}",
        )  # fmt: skip
    yield _style("Footer", "footer", f'{_spacing(280)}<w:jc w:val="center"/>', _song(14))
    yield (
        '<w:style w:type="character" w:customStyle="1" w:styleId="OpenPassage">'
        '<w:name w:val="Open Passage"/><w:qFormat/><w:rPr><w:highlight w:val="yellow"/></w:rPr></w:style>'
    )


def _song(points: float) -> str:
    return f"{fonts(SONG)}{_size(points)}"
