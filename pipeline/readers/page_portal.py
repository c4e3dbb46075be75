"""A page of a university's research portal: title, "Research output", authors, abstract, fields run together.

The abstract may stand before or after the block of fields, with or without a heading: it is the largest run of prose
that is no field, no bullet and in no other section.
"""

import re
from collections.abc import Iterator
from typing import Any

from pipeline.readers.bibtex_text import plain_text
from pipeline.readers.citations import bibtex_fields
from pipeline.readers.page import (
    NOISE,
    Lines,
    PageKind,
    PageRecord,
    ends_sentence,
    inline_abstract,
    is_abstract_label,
    join_line,
    join_prose,
    label,
    neighbour,
    stands_apart,
)
from pipeline.readers.page_values import (
    dated,
    find_doi,
    iso_date,
    looks_like_names,
    split_names,
)
from pipeline.readers.portal_fields import FIELD, FIELDS, LINK, STRONG, is_certain

_BULLET = re.compile(r"[•·*‣▪◦–-]\s+(?P<text>.*)|\d{1,3}\.\s+(?P<numbered>.*)")
_INLINE_AUTHORS = re.compile(r"Authors?(?:\(s\))?\s*[:：]\s*(?P<names>.+)")
_OUTPUT = re.compile(r"Research output\s*[:：]")
_SECTIONS = re.compile(
    r"author|authors|author\(s\)|keywords|research areas|recently viewed|publications|fingerprint|overview|"
    "access to document|other files and links|cite this|documents|links|activities|projects|prizes|"
    "press/media|press / media|related content|research output|view graph of relations|"
    "asjc scopus subject areas|sustainable development goals|un sdgs|bibliographical note|organisational units|"
    "organisations|organisational unit|downloads|download statistics|related publications|standard|harvard|"
    "apa|vancouver|bibtex|ris|view full fingerprint|related documents|contact|profiles|research units|home|"
    "metrics|related research output"
)
_NAVIGATION = re.compile(
    r"Skip to |Home$|Profiles$|Research units$|Search by |Help & FAQ|Back to |Show all|Publications$|Menu$"
)
_SITE = re.compile(
    r"(?:We|This (?:web)?site|Our (?:web)?site) uses? cookies|.*\b(?:accept|manage) (?:all )?cookies|Powered by Pure"
    r"|All content on this site|Dive into the research|About web accessibility|Together they form"
)
_UNFINISHED = re.compile(r".{50}|[:,–-]$|\b(?:an?|and|as|at|by|for|from|in|into|of|on|or|the|to|via|with|without)$")
_MAX_TITLE = 40  # words
_MIN_FIELDS = 2  # that prove the page without "Research output"
_MIN_WORDS = 8  # of a run of prose without a heading that can be an abstract
_SHORT = 6  # words up to which a line beside fields can be one
_SHORTER = 0.66  # of the line below: what is shorter and ends no sentence is no wrapped line
_MAX_HEADING = 60  # characters


def _recognise(lines: Lines) -> bool:
    fields = {match["name"] for line in lines if (match := FIELD.match(line)) and is_certain(match)}
    strong = fields & STRONG
    return (bool(strong) and len(fields) >= _MIN_FIELDS) or (
        any(_OUTPUT.match(line) for line in lines) and (bool(strong) or _has_authors(lines))
    )


def _has_authors(lines: Lines) -> bool:
    return any(label(line) in ("Authors", "Author", "Author(s)", "Abstract", "Recently viewed") for line in lines)


def _kinds(lines: Lines) -> list[str]:
    """What each line is: "", "field", "section", "bullet" or "prose"."""
    kinds: list[str] = []
    matches = [FIELD.match(line) for line in lines]
    for line, match in zip(lines, matches, strict=True):
        goes_on = kinds[-1:] == ["prose"] and not ends_sentence(lines[len(kinds) - 1])
        if not line:
            kinds.append("")
        elif (match and is_certain(match) and not (goes_on and match["gap"] == " ")) or LINK.fullmatch(line):
            kinds.append("field")
        elif is_abstract_label(line) or (inline_abstract(line) and stands_apart(lines, len(kinds))):
            kinds.append("abstract")
        elif _SECTIONS.fullmatch(label(line).lower()) or _OUTPUT.match(line) or _SITE.match(line) or NOISE.match(line):
            kinds.append("section")
        else:
            kinds.append("bullet" if _BULLET.match(line) else "prose")
    for index in (*range(len(lines)), *reversed(range(len(lines)))):
        _settle(kinds, lines, index, matches[index])
    return kinds


def _settle(kinds: list[str], lines: Lines, index: int, match: re.Match[str] | None) -> None:
    """Make a line that begins with a label a field if it stands beside one; a label alone has its value below."""
    if not match:
        return
    beside = {kinds[max(index - 1, 0)], kinds[min(index + 1, len(kinds) - 1)]} & {"field", "value"}
    goes_on = index > 0 and kinds[index - 1] == "prose" and not ends_sentence(lines[index - 1])
    is_sentence = match["gap"] == " " and (ends_sentence(lines[index]) or len(match["value"].split()) > 2 * _SHORT)
    if kinds[index] == "prose" and beside and not match["value"][:1].islower() and not goes_on and not is_sentence:
        kinds[index] = "field"
    if kinds[index] == "field" and not match["value"] and FIELDS[match["name"]][0] != "doi":
        below = next((i for i in range(index + 1, len(lines)) if lines[i]), index)
        if kinds[below] == "prose" and len(lines[below].split()) <= 2 * _SHORT:
            kinds[below] = "value"


def _fields(lines: Lines, kinds: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for index, line in enumerate(lines):
        match = FIELD.match(line)
        if kinds[index] == "field" and match:
            value = match["value"] or (neighbour(lines, index, 1) if "value" in kinds[index + 1 : index + 3] else "")
            if value:
                found.setdefault(FIELDS[match["name"]][0], value)
        elif kinds[index] == "field" and (doi := find_doi(line)):
            found.setdefault("doi", doi)
    return found


def _groups(lines: Lines, kinds: list[str], start: int) -> Iterator[tuple[str, list[str]]]:
    """(section, lines) of each run of prose from a line on; "abstract" is the section of what stands below that label.

    Prose in sections other than that of the authors is no candidate and not given.
    """
    section, run = "", list[str]()
    for index in range(start, len(lines)):
        line, kind = lines[index], kinds[index]
        is_item = kind == "bullet" and (section == "abstract" or len(" ".join(run).split()) >= _MIN_WORDS)
        if kind in ("prose", "") or is_item:
            run.append(line)
            continue
        if any(run) and section in ("", "abstract"):
            yield section, run
        run = []
        if kind == "abstract":
            section, text = "abstract", inline_abstract(line)
            run = [text] if text else []
        elif kind == "section":
            beginning = label(line).lower() in ("authors", "author", "author(s)", "overview") or _OUTPUT.match(line)
            section = "" if beginning else "other"
        elif section == "abstract":
            section = ""
    if any(run) and section in ("", "abstract"):
        yield section, run


def _trim(run: list[str]) -> tuple[list[str], list[str]]:
    """(names above it, prose) of a run of lines, without what stands around an abstract."""
    names: list[str] = []
    first, last = 0, len(run)
    while first < last and (not run[first] or _is_heading(run[first], neighbour(run, first, 1))):
        names += [run[first]] if looks_like_names(run[first]) else []
        first += 1
    while first < last and (not run[last - 1] or (not run[last - 2] and _is_heading(run[last - 1], ""))):
        last -= 1
    return names, _without_keywords(run[first:last])


def _without_keywords(run: list[str]) -> list[str]:
    """The lines without bullets of a few words at the end, if no sentence leads to them."""
    last = len(run)
    while last and (not run[last - 1] or (_BULLET.match(run[last - 1]) and not ends_sentence(run[last - 1]))):
        last -= 1
    short = all(len(line.split()) <= _SHORT for line in run[last:])
    return run[:last] if last and short and ends_sentence(run[last - 1]) else run


def _is_heading(line: str, below: str) -> bool:
    """Whether a line beside prose is none: names, or short and no sentence. Wrapped lines are about equally long."""
    if looks_like_names(line) and "," not in line[_MAX_HEADING:]:
        return True
    return not ends_sentence(line) and len(line) < (_SHORTER * len(below) if below else _MAX_HEADING)


def _abstract(lines: Lines, kinds: list[str], start: int) -> tuple[list[str], str]:
    """(names above it, text) of the abstract; ([], "") if there is none."""
    groups = list(_groups(lines, kinds, start))
    for section, run in groups:
        if section == "abstract" and (text := join_prose(_without_keywords(run))):
            return [], text
    trimmed = [_trim(run) for _, run in groups]
    names, prose = max(trimmed, key=lambda group: len(" ".join(group[1]).split()), default=([], []))
    text = join_prose(prose)
    names = next((names for names, _ in trimmed if names), names)
    return (names, text) if len(text.split()) >= _MIN_WORDS else ([], "")


def _parse(lines: Lines) -> list[PageRecord]:
    output = next((index for index, line in enumerate(lines) if _OUTPUT.match(line)), -1)
    kinds = _kinds(lines)
    title, above = _title(lines[:output] if output >= 0 else lines, kinds)
    names, text = _abstract(lines, kinds, output + 1 if output >= 0 else above)
    if not text:
        return []
    fields = _fields(lines, kinds)
    bibtex = bibtex_fields("\n".join(lines))
    status, _, published = fields.pop("status", "").partition(" - ")
    names = [*(line for line in lines[above : max(output, 0)] if looks_like_names(line)), *names]
    authors = _authors(lines, kinds, output) or [name for line in names[:1] for name in split_names(line)]
    doi = find_doi(fields.pop("doi", "")) or bibtex.get("doi", "")
    meta: dict[str, Any] = {
        "authors": authors,
        **dated(published if iso_date(published) else fields.get("publication_date", published)),
        "status": status,
        "doi": doi,
        **fields,
    }
    title = title or plain_text(bibtex.get("title", ""))
    return [PageRecord(text, title, doi, meta={key: value for key, value in meta.items() if value})]


def _title(lines: Lines, kinds: list[str]) -> tuple[str, int]:
    """(title, where it ends): the first paragraph of what stands above the kind of output."""
    start = next(
        (i for i, line in enumerate(lines) if line and not (_NAVIGATION.match(line) or NOISE.match(line))), len(lines)
    )
    end = start
    while end < len(lines) and lines[end] and kinds[end] == "prose":
        if end > start and looks_like_names(lines[end]) and not _UNFINISHED.search(lines[end - 1]):
            break
        end += 1
    title = join_line(lines[start:end])
    return ("", start) if ends_sentence(title) and len(title.split()) > _MAX_TITLE else (title, end)


def _authors(lines: Lines, kinds: list[str], output: int) -> list[str]:
    """The bullets or names below "Authors"; without that heading, the bullets below the kind of output."""
    for line in lines:
        if (match := _INLINE_AUTHORS.match(line)) and looks_like_names(match["names"]):
            return split_names(match["names"])
    heading = next((i for i, line in enumerate(lines) if label(line) in ("Authors", "Author", "Author(s)")), -1)
    names: list[str] = []
    for index in range(max(heading, output) + 1, len(lines)):
        line, bullet = lines[index], _BULLET.match(lines[index])
        if kinds[index] == "bullet" and bullet and bullet["text"] and looks_like_names(bullet["text"]):
            names.append(re.sub(r"\s*\((?:Author|Editor|.*[Aa]uthor)\)$", "", bullet["text"]))
        elif heading >= 0 and kinds[index] == "prose" and looks_like_names(line):
            names += split_names(line)
        elif line and (heading >= 0 or names or len(line) > _MAX_HEADING):
            break
    return names


PORTAL = PageKind(
    "page-portal", _recognise, _parse, 'prose on lines of its own near "Research output", "Authors" or "Abstract"'
)
