r"""Take HTML and JATS mark-up out of an abstract; what it says by raising and lowering stays, as Unicode or TeX.

Only known tags are mark-up, and those with everyday names only in well-formed pairs: "p<0.05 and n>3", "[MASK] <pad>",
"a <b> c" and "List<int>" stay as they are. Abstracts come with it from Crossref, PubMed, OpenAlex and web pages.

Digits and signs become Unicode ("H₂O", "10⁻⁴"), anything else TeX ("x_i", "x_{max}"): `pipeline.mask` protects both,
since models mangle them. Not here: formulas (`pipeline.mathml`) and entities (`pipeline.normalize`).
"""

import re

_FONTS = (
    "i|b|em|strong|u|sc|tt|small|big|span|font|code|italic|bold|underline|monospace|sans-serif|roman|named-content"
    "|styled-content|inline-formula|xref"
)
_BLOCKS = "p|div|section|article|abstract|sec|h[1-6]|ul|ol|list|blockquote|disp-quote|disp-formula|center|dl"


def _pair(names: str) -> re.Pattern[str]:
    """An element of one of these names with nothing of its own name in it: inner ones go first."""
    return re.compile(
        rf"<(?P<tag>(?P<ns>jats:)?(?P<name>{names}))(?P<attributes>\s[^<>]*)?(?<!/)>"
        r"(?P<inside>(?:[^<]|<(?!/?(?P=tag)[\s/>]))*)</(?P=tag)\s*>",
        re.IGNORECASE,
    )


_FONT, _LINK, _QUOTE = _pair(_FONTS), _pair("a|ext-link"), _pair("q")
_RAISED = re.compile(
    r"<(?P<ns>jats:)?(?P<name>su[bp])(?:\s[^<>]*)?>(?P<inside>(?:[^<]|<(?!/?(?:jats:)?su[bp][\s/>]))*)"
    r"</(?:jats:)?(?P=name)\s*>",
    re.IGNORECASE,
)
_TITLE = re.compile(_pair("title|label").pattern + r"(?P<paragraph>\s*<(?:jats:)?p(?:\s[^<>]*)?>)?", re.IGNORECASE)
_ITEM, _BLOCK = _pair("li|list-item|dd|dt"), _pair(_BLOCKS)
_HREF = re.compile(r"(?:xlink:)?href\s*=\s*[\"']?(?P<address>[^\"'<>\s]+)", re.IGNORECASE)
_NO_TEXT_OF_A_LINK = re.compile(r"(?:this|此) ?(?:https?|ftp) ?URL|here|link|此链接|此处", re.IGNORECASE)
_BREAK = re.compile(
    r"<(?:jats:)?(?:br|hr|break)\s*/>\s*"
    r"|(?<!\s)<[bh]r>\s*|<[bh]r>(?!\s?[a-z,.;)])\s*",  # "tags such as <br> are" is text about tags
    re.IGNORECASE,
)
# paragraphs that HTML leaves open, where no inequality can stand
_OPEN_PARAGRAPH = re.compile(
    r"</p>\s*<p>\s*|\A\s*<p(?:\s*/)?>\s*|(?:(?<=[.!?])|(?<=[.!?]\s)|(?<=\n\n))(?:</p>\s*|<p(?:\s*/)?>\s*(?=[A-Z(]))",
    re.IGNORECASE,
)
_PARAGRAPH_TAG = re.compile(r"</?(?:jats:)?p(?:\s[^<>]*)?>\s*", re.IGNORECASE)
_ANY_JATS = re.compile(r"</?jats:[a-z-]+(?:\s[^<>]*)?/?>")
_ABOUT_TAGS = re.compile(r"\s*(?:and|or|to|,|/|…|\.\.\.)\s*")
_COMMENT = re.compile(r"<!--(?:[^-<]|-(?!->)|<(?!!--))*-->")
_CDATA = re.compile(r"<!\[CDATA\[((?:[^\]<]|\](?!\]>)|<(?!!\[))*)\]\]>")
_SIGN_OF_MARKUP = re.compile(r"</[A-Za-z]|<(?:br|hr|p|jats:[a-z-]+)[\s/>]|<!-|<!\[CDATA", re.IGNORECASE)

_SUPERSCRIPT = str.maketrans("0123456789+-−–=()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾")
_SUBSCRIPT = str.maketrans("0123456789+-−–=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₋₌₍₎")
_UNICODE_HAS = re.compile(r"[0-9+\-−–=()]+")
_NOTE_NUMBERS = re.compile(r"\d{1,3}(?:\s?[-–,]\s?\d{1,3})+")
_PLAIN_WHEN_RAISED = re.compile(r"st|nd|rd|th|®|™|TM|[*†‡§¶#'′]+", re.IGNORECASE)
_AFTER_WORD = re.compile(r"(?:[a-z]{3}|[.,;:)\]])\Z")


def has_markup(text: str) -> bool:
    """Whether a text may hold mark-up; quick, and true too often rather than too rarely.

    >>> has_markup("p<0.05 and n>3"), has_markup("<jats:p>We"), has_markup("a<br/>b")
    (False, True, True)
    """
    return "<" in text and _SIGN_OF_MARKUP.search(text) is not None


def remove_markup(text: str) -> str:
    """HTML's and JATS' mark-up as plain text with paragraphs; links keep their address. For formulas see `mathml`.

    >>> remove_markup("<p>H<sub>2</sub>O at <i>p</i> &lt; 10<sup>-3</sup> for x<sub>i</sub></p>")
    'H₂O at p &lt; 10⁻³ for x_i'
    >>> remove_markup("p<0.05 and n>3; a <b> c; <s> and </s>; List<int>")
    'p<0.05 and n>3; a <b> c; <s> and </s>; List<int>'
    """
    before = text
    text = _CDATA.sub(r"\1", _COMMENT.sub("", text))
    for pattern, plain in _STEPS:
        for _ in range(6):  # elements stand in elements
            unwrapped = pattern.sub(plain, text)
            if unwrapped == text:
                break
            text = unwrapped
    text = _ANY_JATS.sub("", _OPEN_PARAGRAPH.sub("\n\n", _BREAK.sub(_line_break, text)))
    return text if text == before else re.sub(r"\n\s*\n\s*", "\n\n", text).strip()


def _is_text(match: re.Match[str]) -> bool:
    """Whether a pair is text about tags, as in "<b> and </b>" or "<code>...</code>"."""
    return _ABOUT_TAGS.fullmatch(match["inside"]) is not None


def _font(match: re.Match[str]) -> str:
    return match[0] if _is_text(match) else match["inside"]


def _raised(match: re.Match[str]) -> str:
    """A sub- or superscript: Unicode where all of it is digits and signs, else TeX for the masks."""
    content, is_super = match["inside"].strip(), match["name"].lower() == "sup"
    if _is_text(match):
        return match[0]
    before = match.string[max(0, match.start() - 3) : match.start()]
    table = _SUPERSCRIPT if is_super else _SUBSCRIPT
    if _UNICODE_HAS.fullmatch(content):
        return content.translate(table)
    if is_super and _NOTE_NUMBERS.fullmatch(content) and _AFTER_WORD.search(before):
        return content.replace(" ", "").translate(table)
    if not content or not before or before[-1] in " \n\t" or (is_super and _PLAIN_WHEN_RAISED.fullmatch(content)):
        return content
    return ("^" if is_super else "_") + (content if len(content) == 1 and content.isalnum() else f"{{{content}}}")


def _link(match: re.Match[str]) -> str:
    """The text of a link and its address in brackets, once if the one says the other."""
    text, found = " ".join(match["inside"].split()), _HREF.search(match["attributes"] or "")
    if found is None:
        return text if match["ns"] or match["attributes"] else match[0]
    address = found["address"].rstrip(".,;")
    if "://" not in address or text.removeprefix("arXiv:").rstrip("/") in address:
        return text or address
    return address if _NO_TEXT_OF_A_LINK.fullmatch(text) else f"{text} ({address})"


def _title(match: re.Match[str]) -> str:
    """The heading of a section as the label of its first paragraph; a `<title>` without one is none of JATS'."""
    text, paragraph = " ".join(match["inside"].split()), match["paragraph"]
    if not match["ns"] and not paragraph:
        return match[0]
    return f"{(paragraph or '').strip()}\n\n{text}{' ' if not text or text[-1] in '.:?!—' else ': '}"


def _item(match: re.Match[str]) -> str:
    return match[0] if _is_text(match) else f"\n- {_PARAGRAPH_TAG.sub(' ', match['inside']).strip()}\n"


def _block(match: re.Match[str]) -> str:
    return match[0] if _is_text(match) else f"\n\n{match['inside'].strip()}\n\n"


def _line_break(match: re.Match[str]) -> str:
    return "\n\n" if match.string[match.end() : match.end() + 3].lower() == "<br" else "\n"


_STEPS = (
    (_FONT, _font),
    (_RAISED, _raised),
    (_LINK, _link),
    (_QUOTE, r"“\g<inside>”"),
    (_TITLE, _title),
    (_ITEM, _item),
    (_BLOCK, _block),
)
