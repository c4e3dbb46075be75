"""What the shapes of JSON records have in common: dates, names of people, languages, text held as JATS XML.

A shape is a function from an object to an `Abstract` whose meta has the plain names (authors, categories, date, doi,
arxiv_id, venue, licence, language, url, comments) and, untouched, what the function did not use.
"""

import re
from collections.abc import Container, Mapping
from datetime import datetime, timezone
from typing import Any

from pipeline.readers.fields import is_chinese
from pipeline.readers.source import is_empty

_MAX_NOTICE = 300  # characters of a notice of withdrawal; a longer text has an abstract beside it
_WITHDRAWN = re.compile(
    r"\W*(?:(?:this|the) )?(?:paper|article|submission|manuscript|work|preprint)"
    r"(?: (?:has|have|been|was|is|being|now|temporarily|voluntarily|hereby))* (?:withdrawn|removed by arxiv)\b"
    r"|\W*withdrawn(?: by\b|\W*\Z)",
    re.IGNORECASE,
)
_ARXIV_DOI = re.compile(r"10\.48550/arxiv\.(.+)", re.IGNORECASE)
_ARXIV_ID = re.compile(
    r"\barxiv(?:\.org/(?:abs|pdf)/|[:.]\s*)(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})", re.IGNORECASE
)
_DOI_PREFIX = re.compile(r"\s*(?:https?://(?:dx\.)?doi\.org/|doi:\s*)", re.IGNORECASE)
_LANGUAGE_CODE = re.compile(r"([a-z]{2,3})(?:[-_]\w+)*", re.IGNORECASE)
_ANY_LANGUAGE = frozenset(("en", "eng", "und", "mul", "mis", "zxx"))
_BLOCK = re.compile(
    r"<(/?)(?:jats:)?(abstract|break|br|disp-quote|div|h[1-6]|li|list|list-item|ol|p|sec|title|ul)\b[^<>]*>",
    re.IGNORECASE,
)
_HEADING = re.compile(r"<(?:jats:)?(title|h[1-6])\b[^<>]*>(.{0,300}?)</(?:jats:)?\1>", re.IGNORECASE | re.DOTALL)
_TEX_OR_MATHML = re.compile(  # lengths are bounded, so that tags which are never closed cost little
    r"<jats:alternatives>(?:(?!</?jats:alternatives>).){0,5000}?<jats:tex-math\b[^<>]*>(.{0,5000}?)</jats:tex-math>"
    r"(?:(?!</?jats:alternatives>).){0,5000}</jats:alternatives>"
    r"|<jats:tex-math\b[^<>]*>(.{0,5000}?)</jats:tex-math>",
    re.DOTALL,
)
_TEX_BODY = re.compile(r"\\begin\{document\}(.*?)\\end\{document\}", re.DOTALL)


class Unusable(ValueError):
    """Why a record gives no abstract, and what is known of its identity."""

    def __init__(self, message: str, record_id: str = "") -> None:
        super().__init__(message)
        self.record_id = record_id


def text_of(value: Any, name: str, record_id: str) -> str:
    """An abstract that is there, in English as far as can be seen, without white space around it.

    >>> text_of("This paper has been withdrawn by the author.", "abstract", "7")
    Traceback (most recent call last):
    pipeline.readers.json_values.Unusable: withdrawn: no abstract to translate
    """
    if value is None or (isinstance(value, str) and is_empty(value)):
        raise Unusable(f"field {name!r} is empty or missing: no abstract to translate", record_id)
    if not isinstance(value, str):
        raise Unusable(f"field {name!r} is no text but a {type(value).__name__}: no abstract to translate", record_id)
    text = value.strip()
    if len(text) < _MAX_NOTICE and _WITHDRAWN.match(text):
        raise Unusable("withdrawn: no abstract to translate", record_id)
    if is_chinese(text):
        raise Unusable("abstract is in zh, not English", record_id)
    return text


def require_english(language: Any, record_id: str) -> None:
    """Raise `Unusable` for the code of another language; what is no code says nothing.

    >>> require_english("en-US", ""), require_english(None, "")
    (None, None)
    """
    code = _LANGUAGE_CODE.fullmatch(language.strip()) if isinstance(language, str) else None
    if code and code[1].lower() not in _ANY_LANGUAGE:
        raise Unusable(f"abstract is in {code[0]}, not English", record_id)


def meta_of(record: Mapping[str, Any], used: Container[str], **named: Any) -> dict[str, Any]:
    """The fields under plain names that have a value, and those of the record that were not used and are not empty."""
    meta = {name: value for name, value in named.items() if value}
    for name, value in record.items():
        if (value or isinstance(value, int | float)) and name not in used and name not in meta:
            meta[name] = value
    return meta


def string(value: Any) -> str:
    """A text on one line, "" for anything else."""
    return " ".join(value.split()) if isinstance(value, str) else ""


def identity(value: Any) -> str:
    """An identifier as text: that of a string or a whole number, "" for anything else."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else string(value)


def inner(record: Any, *path: str) -> Any:
    """A value inside objects, None if there is none.

    >>> inner({"a": {"b": 1}}, "a", "b"), inner({"a": None}, "a", "b")
    (1, None)
    """
    for name in path:
        if not isinstance(record, Mapping):
            return None
        record = record.get(name)
    return record


def objects(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a list, none if it is no list."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def strings(value: Any) -> list[str]:
    """The texts of a list, none if it is no list."""
    return [text for item in value if (text := string(item))] if isinstance(value, list) else []


def bare_doi(value: Any) -> str:
    """A DOI without the resolver's address.

    >>> bare_doi("https://doi.org/10.1000/x")
    '10.1000/x'
    """
    return _DOI_PREFIX.sub("", string(value))


def arxiv_id(*values: Any) -> str:
    """The first arXiv id in some texts: a DOI of arXiv, an address, "arXiv:...".

    >>> arxiv_id("10.48550/arXiv.2110.02932"), arxiv_id(None, "https://arxiv.org/abs/hep-th/9901001v2")
    ('2110.02932', 'hep-th/9901001')
    """
    for value in values:
        if isinstance(value, str) and (match := _ARXIV_DOI.match(value) or _ARXIV_ID.search(value)):
            return match[1]
    return ""


def date_of_parts(value: Any) -> str:
    """A date of `{"date-parts": [[2021, 3, 5]]}`, as far as its parts go.

    >>> date_of_parts({"date-parts": [["2021", 3]]}), date_of_parts({"date-parts": [[None]]})
    ('2021-03', '')
    """
    parts = inner(value, "date-parts")
    parts = parts[0] if isinstance(parts, list) and parts and isinstance(parts[0], list) else []
    numbers: list[int] = []
    for part, largest in zip(parts, (9999, 12, 31), strict=False):
        if not str(part).isdecimal() or not 0 < int(part) <= largest:
            break
        numbers.append(int(part))
    return "-".join(f"{number:0{width}d}" for number, width in zip(numbers, (4, 2, 2), strict=False))


def date_of_milliseconds(value: Any) -> str:
    """The date (UTC) of milliseconds since 1970.

    >>> date_of_milliseconds(1601308800000)
    '2020-09-28'
    """
    if not isinstance(value, int) or not 0 < value < 1 << 42:
        return ""
    return datetime.fromtimestamp(value / 1000, timezone.utc).date().isoformat()


def person(author: Any) -> str:
    """A person's or a group's name as it is read: "Given Family".

    >>> person({"given": "Ludwig", "non-dropping-particle": "van", "family": "Beethoven"}), person({"name": "The Team"})
    ('Ludwig van Beethoven', 'The Team')
    """
    if not isinstance(author, Mapping):
        return string(author)
    order = ("given", "dropping-particle", "non-dropping-particle", "family", "suffix")
    if parts := [text for part in order if (text := string(author.get(part)))]:
        return " ".join(parts)
    return next((text for name in ("name", "literal", "fullname") if (text := string(author.get(name)))), "")


def people(authors: Any) -> list[str]:
    """The names of a list of persons, without the empty ones."""
    return [name for author in authors if (name := person(author))] if isinstance(authors, list) else []


def without_jats(text: str) -> str:
    """Paragraphs and headings of XML in a string as lines; marks inside the text and entities stay.

    A heading goes before the paragraph under it ("Methods: ..."), but for a heading that says "Abstract". Of a formula
    given in two ways, TeX is taken.

    >>> without_jats("<jats:title>Abstract</jats:title><jats:p>We use <jats:italic>k</jats:italic>.</jats:p>")
    'We use <jats:italic>k</jats:italic>.'
    """
    if "<" not in text:
        return text
    text = _TEX_OR_MATHML.sub(_tex, text)
    text = _HEADING.sub(_heading, text)
    text = _BLOCK.sub(lambda tag: "\n" if tag[2].lower() in ("break", "br") else "\n\n", text)
    text = re.sub(r"\uFDD1\s*", "", text)
    return re.sub(r"[^\S\n]*\n\s*\n\s*", "\n\n", text).strip()


def _heading(match: re.Match[str]) -> str:
    label = " ".join(match[2].split()).rstrip(":.")
    return f"\n\n{label}: \ufdd1" if label and label.lower() not in ("abstract", "summary") else "\n\n"


def _tex(match: re.Match[str]) -> str:
    tex = match[1] or match[2] or ""
    if body := _TEX_BODY.search(tex):
        tex = body[1]
    tex = tex.strip().strip("$").strip()
    return f"${tex}$" if tex else ""
