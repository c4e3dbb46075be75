"""The citation blocks of a page: the first BibTeX entry, APA and MLA, each as far as a title can be had from it."""

import re
import unicodedata

_ENTRY = re.compile(
    r"@(?:article|inproceedings|misc|unpublished|techreport|conference|incollection|phdthesis|book)\s*\{", re.I
)
_NAME = re.compile(r"[\s,]*(?P<name>[A-Za-z][\w-]*)\s*=\s*")
_ACCENTS = {"'": "\u0301", "`": "\u0300", '"': "\u0308", "^": "\u0302", "~": "\u0303", "=": "\u0304", ".": "\u0307"}
_ACCENTS |= {"c": "\u0327", "v": "\u030c", "u": "\u0306", "H": "\u030b", "k": "\u0328", "r": "\u030a"}
_ACCENT = re.compile(
    r"\{?\\(?:(?P<sign>['`\"^~=.])\s*|(?P<letter>[cvuHkr])(?:\s+|(?=\{)))\{?\\?(?P<base>[A-Za-z])\}?\}?"
)
_LETTERS = {
    "ss": "ß",
    "o": "ø",
    "O": "Ø",
    "l": "ł",
    "L": "Ł",
    "ae": "æ",
    "AE": "Æ",
    "oe": "œ",
    "aa": "å",
    "AA": "Å",
    "i": "i",
}
_LETTER = re.compile(r"\{?\\(ss|ae|AE|oe|aa|AA|[oOlLi])(?:\{\}|\s+|(?![A-Za-z]))\}?")
_APA = re.compile(r"^(?P<authors>.+?)\s*\((?P<year>\d{4})[^)]*\)\.\s*(?P<rest>.+)$", re.DOTALL)
_MLA = re.compile(r"(?P<authors>[^\"“]*?)[\"“](?P<title>.+)(?:\.|(?<=[?!]))[\"”](?P<rest>\s.*|$)")


def bibtex_fields(text: str) -> dict[str, str]:
    r"""Fields of the first BibTeX entry in a text, names in lower case, values on one line and without outer braces.

    What is not well-formed ends the entry; the fields before it stand.

    >>> bibtex_fields('@misc{key,\n title = {On {BERT}\n and more},\n year = 2021,\n}')
    {'title': 'On {BERT} and more', 'year': '2021'}
    """
    fields: dict[str, str] = {}
    if not (entry := _ENTRY.search(text)):
        return fields
    position = text.find(",", entry.end()) + 1
    while position and (name := _NAME.match(text, position)):
        end = _value_end(text, name.end())
        if end < 0:
            break
        value = text[name.end() : end].strip()
        if value[:1] in ("{", '"'):
            value = value[1:-1]
        fields.setdefault(name["name"].lower(), " ".join(value.split()))
        position = end
    return fields


def _value_end(text: str, start: int) -> int:
    """Where a field's value ends: behind its closing brace or quote, or before the comma; -1 if it never does."""
    if text[start : start + 1] not in ("{", '"'):
        bare = re.compile(r"[^,}\n]+").match(text, start)
        return bare.end() if bare else -1
    depth = 0
    for index in range(start, len(text)):
        char = text[index]
        if text[index - 1] == "\\" and char in "{}":
            continue
        depth += (char == "{") - (char == "}")
        if depth == 0 and (char == "}" or (char == '"' and index > start and text[start] == '"')):
            return index + 1
    return -1


def without_tex(text: str) -> str:
    r"""Accents as letters and no braces, math kept as it is.

    >>> without_tex(r"Erd{\H o}s on {GAN}s in $O(n^{2})$")
    'Erdős on GANs in $O(n^{2})$'
    """
    parts = re.split(r"(\$[^$]*\$)", text)
    return "".join(part if part.startswith("$") else _plain(part) for part in parts)


def _plain(text: str) -> str:
    text = _ACCENT.sub(lambda m: m["base"] + _ACCENTS[m["sign"] or m["letter"]], text)
    text = _LETTER.sub(lambda m: _LETTERS[m[1]], text)
    return unicodedata.normalize("NFC", re.sub(r"(?<!\\)[{}]", "", text).replace("\\&", "&"))


def author_names(field: str) -> list[str]:
    """BibTeX's author field as names in reading order.

    >>> author_names("Hopkins, Aspen and Serena Booth and others")
    ['Aspen Hopkins', 'Serena Booth']
    """
    names = [" ".join(without_tex(name).split()) for name in re.split(r"\s+and\s+", field)]
    return [" ".join(reversed(name.split(", ", 1))) for name in names if name and name != "others"]


def apa(text: str) -> dict[str, str]:
    """Title, year and authors of a reference in APA style, as far as they are there.

    >>> apa("Doe, J., & Roe, A. (2021). What is it? A study. arXiv. https://doi.org/10.1/x")
    {'title': 'What is it? A study', 'year': '2021', 'authors': 'Doe, J., & Roe, A.'}
    """
    if not (match := _APA.search(" ".join(text.split()))):
        return {}
    rest = re.sub(r"\s*(?:https?://|doi:)\S+\s*$", "", match["rest"]).rstrip(".")
    title, *_ = re.split(r"(?<=[.?!])\s+(?=[^.?!]*$)", rest, maxsplit=1)
    return {"title": title.removesuffix("."), "year": match["year"], "authors": match["authors"]}


def mla(text: str) -> dict[str, str]:
    """Title, year and authors of a reference in MLA style, as far as they are there.

    >>> mla('Doe, Jo, and Al Roe. "On it." arXiv, 2021, doi.org/10.1/x.')
    {'title': 'On it', 'year': '2021', 'authors': 'Jo Doe, Al Roe'}
    """
    if not (match := _MLA.match(" ".join(text.split()))):
        return {}
    first, _, others = match["authors"].rstrip(". ").partition(", and ")
    last, _, given = first.removesuffix(", et al").partition(", ")
    year = re.search(r", ((?:19|20)\d{2})\b", match["rest"])
    found = {"title": match["title"], "year": year[1] if year else "", "authors": f"{given} {last}".strip()}
    return {**found, "authors": f"{found['authors']}, {others}"} if others else found


def apa_names(authors: str) -> list[str]:
    """Names as APA writes them.

    >>> apa_names("Hopkins, A., & Booth, S.")
    ['Hopkins, A.', 'Booth, S.']
    """
    return [name.strip() for name in re.split(r"(?<=\.),\s*(?:&\s*)?|\s*&\s*", authors) if name.strip()]
