"""An aggregator's page of an arXiv paper: "Paper Preview", "Abstract", "Paper Details", citation blocks.

The title often stands only in the citation blocks. Sections come in any order; the abstract is what stands between
its label and the next section, whatever that is.
"""

import re
from typing import Any

from pipeline.readers.bibtex_text import author_names, plain_text, unbraced
from pipeline.readers.citations import apa, apa_names, bibtex_fields, mla
from pipeline.readers.page import (
    NOISE,
    Lines,
    PageKind,
    PageRecord,
    inline_abstract,
    is_abstract_label,
    join_line,
    join_prose,
    label,
    neighbour,
    stands_apart,
)
from pipeline.readers.page_values import (
    as_arxiv_id,
    dated,
    find_arxiv_id,
    find_doi,
    is_categories,
    iso_date,
    split_categories,
    split_names,
)

_TELLING = {"ai quick summary", "paper preview", "ai key findings", "paper details", "how to cite this paper"}
_TELLING |= {"citation network", "key terms", "quick actions"}
_PLAIN = {"publication", "metrics", "citations", "references", "comments", "current paper", "click to view", "authors"}
_PLAIN |= {"view pdf", "download pdf", "read paper", "share", "generate pdf", "similar papers", "related papers"}
_PLAIN |= {
    "ai summary",
    "quick summary",
    "key findings",
    "summary",
    "introduction",
    "methodology",
    "results",
    "keywords",
}
_HEADINGS = {"introduction", "methodology", "results", "summary", "keywords"}  # abstracts have such headings themselves
_OTHER_PAPERS = {"similar papers", "related papers", "citations", "references"}
_CITATION = re.compile(r"(?P<style>bibtex|apa|mla|chicago|harvard|ieee|ris)\b[\w\s().]{0,15}$", re.IGNORECASE)
_FIELD = re.compile(
    r"(?P<name>Published|Updated|Categories|Source|Paper ID|arXiv ID|Journal|Licen[sc]e|DOI|Authors?|Title)\s*[:：]\s*"
    r"(?P<value>.*)"
)


def _recognise(lines: Lines) -> bool:
    labels = [label(line).lower() for line in lines]
    telling = {name for name in labels if name in _TELLING}
    return len(telling) >= 2 or (bool(telling) and ("abstract" in labels or any("Paper ID:" in x for x in lines)))


def _section(lines: Lines, index: int, inside: str) -> str | None:
    """The section that begins at a line, "" for what belongs to none; None where the current one goes on."""
    line = lines[index]
    name = label(line).lower()
    if NOISE.match(line):
        return ""
    if name in _TELLING:
        return name
    if match := _CITATION.match(label(line)):
        return match["style"].lower() if inside != "abstract" or stands_apart(lines, index) else None
    if inside == "abstract":
        apart = label(line)[:1].isupper() and stands_apart(lines, index)
        return name if name in _PLAIN and name not in _HEADINGS and apart else None
    return name if name in _PLAIN or is_abstract_label(line) else None


def _is_field(lines: Lines, index: int, inside: str, match: re.Match[str]) -> bool:
    """Whether what looks like a field is one: within the abstract its value must fit, or it must stand apart."""
    if inside != "abstract":
        return True
    name, value = match["name"], match["value"] or neighbour(lines, index, 1)
    if name in ("Published", "Updated"):
        return bool(iso_date(value))
    if name == "Categories":
        return is_categories(value)
    return name in ("Paper ID", "arXiv ID") or (name != "Title" and name != "Source" and stands_apart(lines, index))


def _sections(lines: Lines) -> tuple[dict[str, list[str]], dict[str, str]]:
    """The lines of each section (the first that has any), and the fields with a colon outside the abstract."""
    sections: dict[str, list[str]] = {}
    fields: dict[str, str] = {}
    current: list[str] = sections.setdefault("top", [])
    inside = "top"
    pending = ""
    for index, line in enumerate(lines):
        found = _section(lines, index, inside)
        inline = inline_abstract(line) if inside != "abstract" and not any(sections.get("abstract", [])) else ""
        if found is not None or inline:
            inside = found or ("abstract" if inline else "")
            taken = any(sections.get(inside, []))
            current = [] if taken or not inside else sections.setdefault(inside, [])
            inside, pending = ("" if taken else inside), ""
            current += [inline] if inline else []
        elif pending and line:
            fields.setdefault(pending, line)
            pending = ""
        elif inside not in _OTHER_PAPERS and (match := _FIELD.match(line)) and _is_field(lines, index, inside, match):
            pending = "" if match["value"] else match["name"]
            if match["value"]:
                fields.setdefault(match["name"], match["value"])
            if inside == "abstract":
                current, inside = [], ""
        else:
            current.append(line)
    return sections, fields


def _parse(lines: Lines) -> list[PageRecord]:
    sections, fields = _sections(lines)
    page = "\n".join(lines)
    bibtex = bibtex_fields(page)
    in_apa, in_mla = (join_line(sections.get(style, [])) for style in ("apa", "mla"))
    cited, quoted = apa(in_apa), mla(in_mla)
    text = join_prose(sections.get("abstract", [])) or join_prose(sections.get("paper preview", []))
    text = text or unbraced(bibtex.get("abstract", ""))
    if not text:
        return []
    title = plain_text(bibtex.get("title", "")) or fields.get("Title", "")
    title = title or quoted.get("title") or cited.get("title") or _top_title(sections["top"])
    authors = author_names(bibtex.get("author", "")) or split_names(fields.get("Authors", fields.get("Author", "")))
    meta: dict[str, Any] = {
        "authors": authors or apa_names(cited.get("authors", "")) or split_names(quoted.get("authors", "")),
        "categories": split_categories(fields.get("Categories", "")),
        **dated(fields.get("Published", "")),
        "year": bibtex.get("year") or cited.get("year") or quoted.get("year"),
        "doi": bibtex.get("doi") or find_doi(fields.get("DOI", "")) or find_doi(in_apa) or find_doi(in_mla),
        "license": fields.get("License") or fields.get("Licence"),
        "journal": fields.get("Journal") or plain_text(bibtex.get("journal", bibtex.get("booktitle", ""))),
        "primary_class": bibtex.get("primaryclass"),
        "source": fields.get("Source"),
    }
    page_id = as_arxiv_id(fields.get("Paper ID") or fields.get("arXiv ID") or bibtex.get("eprint", ""))
    page_id = page_id or find_arxiv_id("\n".join(sections["top"] + sections.get("paper details", [])))
    return [PageRecord(text, title, page_id, meta={key: value for key, value in meta.items() if value})]


def _top_title(lines: Lines) -> str:
    """The first line above all sections, if the page begins with one that can be a title."""
    first = next((line for line in lines if line), "")
    return first if 2 <= len(first.split()) <= 40 and not first.endswith((".", "!")) else ""


PREVIEW = PageKind(
    "page-preview", _recognise, _parse, 'text between "Abstract" and the next section such as "AI Key Findings"'
)
