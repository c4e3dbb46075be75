"""Values as pages write them: dates, arXiv categories and ids, DOIs, names of people."""

import re

_CODE = (
    r"(?:(?:cs|stat|math|eess|physics|q-bio|q-fin|econ|astro-ph|cond-mat|nlin)\.[A-Za-z-]{2,}"
    r"|hep-[a-z]+|nucl-[a-z]+|quant-ph|gr-qc|math-ph|astro-ph|cond-mat|cmp-lg)"
)
_CATEGORIES = re.compile(rf"{_CODE}(?:[\s,;|/]+(?:{_CODE}|[A-Z]?\.?\d[\w.]*))*")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})[a-z]*\.?"
_DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})(?:[T ].*)?",
        r"(?P<y>\d{4})/(?P<m>\d{1,2})/(?P<d>\d{1,2})",
        r"(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.\s?(?P<y>\d{4})",
        rf"{_MONTH}\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y>\d{{4}})",
        rf"(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\.?\s+{_MONTH},?\s+(?P<y>\d{{4}})",
        rf"{_MONTH},?\s+(?P<y>\d{{4}})",
        r"(?P<y>\d{4})年(?:(?P<m>\d{1,2})月(?:(?P<d>\d{1,2})日)?)?",
        r"(?P<m>\d{1,2})\.(?P<y>\d{4})",
        r"(?P<y>(?:19|20)\d{2})[-/](?P<m>\d{1,2})",
        r"(?P<y>(?:19|20)\d{2})",
    )
)
_ARXIV = re.compile(
    r"(?:arxiv\.org/(?:abs|pdf|html)/|arxiv[:.]\s*)(?P<id>\d{4}\.\d{4,5}(?:v\d+)?|[a-z-]+(?:\.[A-Z]{2})?/\d{7}(?:v\d+)?)",
    re.IGNORECASE,
)
_ARXIV_ID = re.compile(r"\d{4}\.\d{4,5}(?:v\d+)?|[a-z-]+(?:\.[A-Z]{2})?/\d{7}(?:v\d+)?")
_DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"<>{}]+")
_PARTICLE = re.compile(r"d[aeiou]s?|del|della|de[rn]|des|van|von|zu|la|le|el|ter|al|bin|ibn|y|e")


def is_categories(text: str) -> bool:
    """Whether a text is a list of arXiv categories.

    >>> is_categories("cs.CY cs.LG"), is_categories("Computer Science")
    (True, False)
    """
    return _CATEGORIES.fullmatch(text.strip()) is not None


def split_categories(text: str) -> list[str]:
    """A list of categories as they are written.

    >>> split_categories("cs.LG stat.ML"), split_categories("Machine Learning, Robotics")
    (['cs.LG', 'stat.ML'], ['Machine Learning', 'Robotics'])
    """
    parts = re.split(r"[\s,;|/]+" if is_categories(text) else r"\s*[,;|]\s*", text.strip())
    return [part for part in parts if part]


def iso_date(text: str) -> str:
    """A date as ISO 8601, as exact as it is given; "" if it is none, or if month and day could be swapped.

    >>> iso_date("Oct 07, 2021"), iso_date("07.09.2023"), iso_date("Sept 2023"), iso_date("07/09/2023")
    ('2021-10-07', '2023-09-07', '2023-09', '')
    """
    for pattern in _DATES:
        if match := pattern.fullmatch(text.strip()):
            found = match.groupdict()
            month = found.get("m") or (_MONTHS.index(found["month"].lower()) + 1 if found.get("month") else 0)
            parts = [int(part) for part in (found["y"], month, found.get("d")) if part]
            if len(parts) > 1 and not (1 <= parts[1] <= 12 and 1 <= (parts[2:] or [1])[0] <= 31):
                return ""
            return "-".join(f"{part:02d}" for part in parts)
    return ""


def dated(text: str) -> dict[str, str]:
    """What meta says of a date: as the page has it, and in ISO form if that is clear."""
    return {"published": text, **({"date": date} if (date := iso_date(text)) else {})} if text else {}


def find_arxiv_id(text: str) -> str:
    """The first arXiv id that is marked as one, by a link or by "arXiv:"; "" if there is none."""
    return match["id"] if (match := _ARXIV.search(text)) else ""


def as_arxiv_id(text: str) -> str:
    """The arXiv id that a field's value is or links to; else the value.

    >>> as_arxiv_id("arXiv:2110.02932v2 [cs]"), as_arxiv_id("https://arxiv.org/abs/cs/0701001")
    ('2110.02932v2', 'cs/0701001')
    """
    bare = _ARXIV_ID.match(text.strip())
    return find_arxiv_id(text) or (bare[0] if bare else text.strip())


def is_arxiv_id(text: str) -> bool:
    """Whether a value is nothing but an arXiv id.

    >>> is_arxiv_id("2110.02932v2"), is_arxiv_id("cs/0701001"), is_arxiv_id("1234")
    (True, True, False)
    """
    return _ARXIV_ID.fullmatch(text.strip()) is not None


def find_doi(text: str) -> str:
    """The first DOI in a text, without what punctuation follows it; "" if there is none."""
    return match[0].rstrip(".,;)]") if (match := _DOI.search(text)) else ""


def split_names(text: str) -> list[str]:
    """Names of people in a row.

    >>> split_names("Yongji Wu, Matthew Lentz and Danyang Zhuo et al.")
    ['Yongji Wu', 'Matthew Lentz', 'Danyang Zhuo']
    """
    text = re.sub(r",?\s*\bet al\.?$", "", text.strip())
    names = re.split(r"\s*[,;•·]\s*(?:(?:and|&)\s+)?|\s+(?:and|&)\s+", text)
    return [name for name in (part.strip() for part in names) if name]


def looks_like_names(line: str) -> bool:
    """Whether a line is nothing but names of people: capitalised words, at least two, few to a name.

    >>> looks_like_names("Inga Luchs, J. van der Berg"), looks_like_names("Deep nets learn")
    (True, False)
    """
    parts = split_names(line)
    words = [word for part in parts for word in part.split()]
    if not parts or len(words) < 2 or re.search(r"[\d:?!]", line) or (len(words[-1]) > 2 and line.endswith(".")):
        return False
    return all(len(part.split()) <= 5 for part in parts) and all(
        w[0].isupper() or _PARTICLE.fullmatch(w) for w in words
    )
