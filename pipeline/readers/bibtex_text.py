r"""Read values of BibTeX: braces that protect capitals, special characters, names of people, months.

TeX in running text is left to `pipeline.normalize`, which reads it for every source alike; BibTeX's own are the
braces: `{BERT}` keeps its capitals, `{\'e}` is one character. Math is not touched.
"""

import re
import unicodedata
from functools import lru_cache

from pipeline.normalize import beside_math
from pipeline.readers.page_values import iso_date
from pipeline.tex import unwrap_tex

_OPEN, _CLOSE = "\ufdd1", "\ufdd2"  # braces that stay; no characters of any text
_GROUP = re.compile(  # begins with one of two characters, so that it is searched for fast
    rf"\\(?P<command>[A-Za-z]+\*?|[^A-Za-z\s{_OPEN}{_CLOSE}])\s?(?:\[[^\[\]{{}}]*\])?(?:\{{[^{{}}]*\}})+"
    r"|\{(?P<inside>[^{}]*)\}"
)
_ESCAPED = re.compile(r"\\([{}])")
_COMMAND = re.compile(r"\\[A-Za-z]+")
_ZOTERO = {"{$<$}": "<", "{$>$}": ">"}  # how Zotero writes the signs of HTML
_DEPTH = 12  # braces in braces that are looked into
_AND = re.compile(r"\s+and\s+", re.IGNORECASE)
_COMMA = re.compile(r"\s*,\s*")


def unbraced(text: str) -> str:
    r"""A text without BibTeX's own braces; arguments of commands and math keep theirs.

    >>> unbraced(r"On {{BERT}} by {\'E}va and {\L}ukasz, \emph{in {LLM}s}, $x_{i}$")
    'On BERT by Éva and Łukasz, \\emph{in LLMs}, $x_{i}$'
    """
    if "{" not in text:
        return text
    for written, sign in _ZOTERO.items():
        text = text.replace(written, sign)
    return _unbraced_beside_math(text)


@lru_cache(maxsize=8192)  # names, journals and publishers come again and again
def plain_text(text: str) -> str:
    r"""A value on one line, as plain text but for math: for titles, names and journals.

    >>> plain_text("Erd{\\H o}s on\n {GAN}s \\& more in $O(n^{2})$")
    'Erdős on GANs & more in $O(n^{2})$'
    """
    if "\\" in text or "{" in text or "~" in text:
        text = unicodedata.normalize("NFC", _plain_beside_math(unbraced(text)))
    return " ".join(text.split())


def author_names(field: str) -> list[str]:
    """BibTeX's field of names as names in reading order; names in braces are taken whole.

    >>> author_names("van Dyk, Jr, Aspen and Serena Booth and {Barnes and Noble, Inc.} and others")
    ['Aspen van Dyk, Jr', 'Serena Booth', 'Barnes and Noble, Inc.']
    """
    names = []
    for name in _outside_braces(field, _AND):
        family, *given = (plain_text(part) for part in _outside_braces(name, _COMMA))
        if not given:
            names.append(family)
        else:
            names.append(", ".join([f"{given[-1]} {family}".strip(), *given[:-1]]))
    return [name for name in names if name and name != "others"]


def date_of(fields: dict[str, str]) -> str:
    """The date as "YYYY[-MM[-DD]]", from BibLaTeX's `date` or from `year`, `month` and `day`; "" if there is none.

    >>> date_of({"date": "2021-03-04/2021-05"}), date_of({"year": "{2021}", "month": "7~sep"}), date_of({"year": "?"})
    ('2021-03-04', '2021-09-07', '')
    """
    if date := re.match(r"\d{4}(?:-\d\d(?:-\d\d)?)?(?![\d-])", fields.get("date", "").strip("{} ")):
        return iso_date(f"{date[0]}-01")[:7] if len(date[0]) == 7 else iso_date(date[0])
    year = re.search(r"\d{4}", fields.get("year", fields.get("date", "")))
    if not year:
        return ""
    month = fields.get("month", "")
    name = re.search(r"[A-Za-z]{3,}", month)
    numbers = re.findall(r"\d{1,2}", month)
    day = fields.get("day") or (numbers[0] if name and numbers else "")
    if name:
        spelled = f"{name[0]} {day}, {year[0]}" if day.isdecimal() else f"{name[0]} {year[0]}"
        return iso_date(spelled) or year[0]
    if numbers:
        full = iso_date(f"{year[0]}-{numbers[0]}-{day if day.isdecimal() else 1}")
        return (full if day.isdecimal() else full[:7]) or year[0]
    return year[0]


def _outside_braces(text: str, separator: re.Pattern[str]) -> list[str]:
    """The parts of a text between separators that stand in no braces."""
    if "{" not in text:
        return separator.split(text.strip())
    text = text.strip()
    parts, start, counted, depth = [], 0, 0, 0
    for match in separator.finditer(text):
        before = _ESCAPED.sub("", text[counted : match.start()])
        depth += before.count("{") - before.count("}")
        counted = match.start()
        if depth == 0:
            parts.append(text[start : match.start()])
            start = match.end()
    return [*parts, text[start:]]


def _without_groups(text: str) -> str:
    if "{" not in text:
        return text
    if "\\{" in text or "\\}" in text:
        text = text.replace("\\{", f"\\{_OPEN}").replace("\\}", f"\\{_CLOSE}")
    for _ in range(_DEPTH):
        text, count = _GROUP.subn(_group, text)
        if "{" not in text or not count:
            break
    return _shown(text)


def _group(match: re.Match[str]) -> str:
    inside = match["inside"]
    if inside is None or match.string[match.start() - 1 : match.start()] == _CLOSE:  # arguments of a command
        return _hidden(match[0])
    return _hidden(_special(_shown(inside))) if inside.startswith("\\") else inside


def _hidden(text: str) -> str:
    return text.replace("{", _OPEN).replace("}", _CLOSE)


def _shown(text: str) -> str:
    return text.replace(_OPEN, "{").replace(_CLOSE, "}") if not text.isascii() else text


@lru_cache(maxsize=4096)
def _special(inside: str) -> str:
    r"""What a group beginning with a command stands for: `\'e` is é, `\LaTeX` stays a command."""
    plain = unwrap_tex(f"{{{inside}}}")
    stripped = plain[1:-1] if plain.startswith("{") and plain.endswith("}") else plain
    if "\\" not in stripped:
        return stripped
    if _COMMAND.fullmatch(inside):
        return f"{inside}{{}}"
    return inside if len(inside) == 2 else f"{{{inside}}}"


_unbraced_beside_math = beside_math(_without_groups)
_plain_beside_math = beside_math(unwrap_tex)
