"""The citation blocks of a page: the first BibTeX entry, APA and MLA, each as far as a title can be had from it."""

import re

from pipeline.readers.bibtex_entries import first_entry

_KINDS = "article|inproceedings|misc|unpublished|techreport|conference|incollection|phdthesis|book"
_APA = re.compile(r"^(?P<authors>.+?)\s*\((?P<year>\d{4})[^)]*\)\.\s*(?P<rest>.+)$", re.DOTALL)
_MLA = re.compile(r"(?P<authors>[^\"“]*?)[\"“](?P<title>.+)(?:\.|(?<=[?!]))[\"”](?P<rest>\s.*|$)")


def bibtex_fields(text: str) -> dict[str, str]:
    r"""Fields of the first BibTeX entry in a text, names in lower case, values on one line and without outer braces.

    What is not well-formed ends the entry; the fields before it stand.

    >>> bibtex_fields('@misc{key,\n title = {On {BERT}\n and more},\n year = 2021,\n}')
    {'title': 'On {BERT} and more', 'year': '2021'}
    """
    entry = first_entry(text, _KINDS)
    return {name: " ".join(value.split()) for name, value in entry.fields.items()} if entry else {}


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
