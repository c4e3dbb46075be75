"""What all XML formats share: how they are recognised, and how an element becomes an abstract or an error."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pipeline.errors import RecordError
from pipeline.readers.source import Source, is_empty
from pipeline.readers.xml import Element, Fault, elements
from pipeline.records import Abstract, Reference

_Parsed = TypeVar("_Parsed")
_ROOT = re.compile(
    r"\ufeff?\s*(?P<declaration><\?xml\s[^>]*\?>)?(?:\s|<!--.*?-->|<\?.*?\?>)*"
    r"(?:<!DOCTYPE\s[^\[>]*(?:\[.*?\]\s*)?>)?(?:\s|<!--.*?-->|<\?.*?\?>)*"
    r"<(?:[\w.-]+:)?(?P<name>[A-Za-z_][\w.-]*)(?=[\s/>])",
    re.DOTALL,
)
_ROOT_WITHIN = 64 << 10  # characters in which a root element begins
_ENGLISH = frozenset({"en", "eng", "english"})
_CHINESE = frozenset({"zh", "zho", "chi", "cmn", "chinese", "yue", "lzh"})
_ENGLISH_WORDS = frozenset(
    {"the", "of", "and", "to", "is", "for", "that", "with", "this", "are", "by", "which", "from"}
)
_MIN_ENGLISH = 0.12  # share of those words above which a text is English: 0.2 to 0.35 is usual, 0.05 in its neighbours
_WORD = re.compile(r"[^\W\d_]+")
_WITHDRAWN = re.compile(
    r"(?:this|the|our) (?:paper|article|submission|manuscript|work|preprint|version)"
    r"(?: \([^)]*\))? (?:has been|is|was|have been)(?: \w+)? withdrawn|withdrawn\b|paper withdrawn",
    re.IGNORECASE,
)
_WITHDRAWN_MAX = 500  # characters: what is longer has an abstract besides
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True, slots=True)
class XmlRecord:
    """An element that stands for one abstract, and its place."""

    element: Element
    source: Source
    format_name: str
    line: int
    number: int

    def fail(self, message: str, record_id: str = "") -> RecordError:
        """Why it cannot be used, with its place."""
        return self.source.error(message, self.line, record_id or self.fallback_id)

    @property
    def fallback_id(self) -> str:
        """Its id if it has none of its own."""
        return f"{self.source.stem}-{self.number}"

    def abstract(
        self, record_id: str, title: str, text: str, references: Sequence[Reference], meta: Mapping[str, Any],
        language: str = "",
    ) -> Abstract | RecordError:  # fmt: skip
        """The abstract, or why there is none; empty values in `meta` are left out, `language` is that of the text."""
        named = record_id or self.fallback_id
        if is_empty(text):
            return self.fail(f"{named}: no abstract to translate", named)
        if is_withdrawn(text):
            return self.fail(f"{named}: withdrawn: its abstract only says so", named)
        if is_foreign(language, text):
            return self.fail(f"{named}: abstract is in {language}, not English", named)
        kept = {name: value for name, value in meta.items() if value not in ("", None, [], {})}
        return Abstract(named, title, text, tuple(references), {**kept, **self.source.meta(self.format_name)})


def read_records(
    source: Source,
    format_name: str,
    names: tuple[str, ...],
    parse: Callable[[XmlRecord], _Parsed],
    parts: tuple[str, ...] = (),
) -> Iterator[_Parsed | RecordError]:
    """`parse` of each element of these plain names; what is broken becomes an error in its place."""
    for number, found in enumerate(elements(source, names, parts=parts), 1):
        if isinstance(found, Fault):
            yield fault_error(source, found)
        else:
            yield parse(XmlRecord(found.element, source, format_name, found.line, number))


def fault_error(source: Source, fault: Fault) -> RecordError:
    """The error of a place that cannot be read."""
    return source.error(fault.message, fault.line)


def root_name(head: str) -> str:
    """The plain name of the root element of a text that is XML; "" if it is none.

    >>> root_name('<?xml version="1.0"?><!-- made by x --><oai:OAI-PMH xmlns:oai="u">')
    'OAI-PMH'
    >>> root_name("a < b")
    ''
    """
    match = _ROOT.match(head, 0, _ROOT_WITHIN) if head[:200].lstrip("\ufeff \t\r\n").startswith("<") else None
    return match["name"] if match else ""


def is_declared(head: str) -> bool:
    """Whether a text begins with an XML declaration."""
    return head[:200].lstrip("\ufeff \t\r\n").startswith("<?xml")


def is_english_tag(language: str) -> bool:
    """Whether a language tag or name is English.

    >>> is_english_tag("en-US"), is_english_tag("eng"), is_english_tag("fr")
    (True, True, False)
    """
    return _primary(language) in _ENGLISH


def is_chinese_tag(language: str) -> bool:
    """Whether a language tag or name is Chinese.

    >>> is_chinese_tag("zh-Hant"), is_chinese_tag("chi"), is_chinese_tag("ja")
    (True, True, False)
    """
    return _primary(language) in _CHINESE


def is_foreign(language: str, text: str) -> bool:
    """Whether a text that is said to be in another language than English is: records often name the paper's.

    >>> is_foreign("fr", "Nous proposons une méthode."), is_foreign("fr", "We study the norm of the gradient.")
    (True, False)
    """
    if not language or is_english_tag(language):
        return False
    words = _WORD.findall(text.lower())
    return sum(word in _ENGLISH_WORDS for word in words) < _MIN_ENGLISH * len(words)


def is_withdrawn(text: str) -> bool:
    """Whether a text only says that the paper has been withdrawn.

    >>> is_withdrawn("This paper has been withdrawn by the author due to an error in Lemma 2.")
    True
    """
    start = text.lstrip()
    return len(start) <= _WITHDRAWN_MAX and _WITHDRAWN.match(start) is not None


def date_of(year: str, month: str = "", day: str = "") -> str:
    """A date as "YYYY[-MM[-DD]]"; the month is a number or an English name, what is neither is left out.

    >>> date_of("2021", "Oct", "6"), date_of("2021", "Winter"), date_of("")
    ('2021-10-06', '2021', '')
    """
    if not re.fullmatch(r"\d{4}", year):
        return ""
    number = int(month) if month.isdecimal() else month_number(month)
    if not 1 <= number <= 12:
        return year
    has_day = day.isdecimal() and 1 <= int(day) <= 31
    return f"{year}-{number:02d}-{int(day):02d}" if has_day else f"{year}-{number:02d}"


def month_number(name: str) -> int:
    """1 to 12 by the first three letters of an English month; 0 for anything else."""
    short = name.strip()[:3].lower()
    return _MONTHS.index(short) + 1 if short in _MONTHS else 0


def in_reading_order(name: str) -> str:
    """A name as "Given Family".

    >>> in_reading_order("Lovelace, Ada"), in_reading_order("King, Martin Luther, Jr."), in_reading_order("OpenAI")
    ('Ada Lovelace', 'Martin Luther King Jr.', 'OpenAI')
    """
    family, *rest = (part.strip() for part in name.split(","))
    return " ".join(part for part in (*rest[:1], family, *rest[1:]) if part)


def _primary(language: str) -> str:
    return language.strip().lower().replace("_", "-").partition("-")[0]
