"""Give a page that was copied as one long line its lines back, at the labels that are sure to be labels.

Of a research portal's page only the labels are left: it cannot be told from the names before it where its abstract
begins, so that it is an error.

Where a label may be a word of the abstract, what stands around it must show that it is none.
"""

import re

_MAX_BREAKS, _MIN_LENGTH = 2, 300  # of a text that lost its lines
_TELLING = re.compile(
    r"\s*\b(Quick Actions|AI Quick Summary|Paper Preview|AI Key Findings|Paper Details|How to Cite This Paper|Key Terms"
    r"|Citation Network|Similar Papers|Paper Info|arXiv Link|Replies \(\d+\)|Comments \(\d+\)|This website uses cookies"
    r"|Metrics(?= Source:)|BibTeX(?= @)|APA 7|MLA 9)\s*"
)
_PORTAL = re.compile(
    r"\b(Research output:|Original language\s?[A-Z][a-z]+|Publication status\s?[A-Z][a-z]+|Recently viewed)"
)
_FIELD = re.compile(r"\s+(Published|Updated|Categories|Paper ID|Journal|Licen[sc]e|Source|DOI): ")
_TOP = re.compile(r"\bTitle\s+(?P<title>[A-Z].{5,300}?)\s+Authors\b(?P<authors>.{0,500}?)\s*\bAbstract\s+(?=[A-Z])")
_ABSTRACT = re.compile(r"(?:(?<=\n)|(?<=[.!?] ))Abstract\s+(?=[A-Z])")
_VALUES = re.compile(
    r"\s+(?:(Categories)\s+(?=(?:cs|stat|math|eess|q-bio|physics)\.)|(Published|Updated)\s+(?=\d{4}-\d\d-\d\d))"
)
_MIN_LABELS = 2  # different ones


def unroll(text: str) -> str:
    r"""The text with line breaks around its labels, if it has none of its own and is a page.

    >>> unroll("Paper Preview Abstract We study " + "nets " * 60 + ". AI Key Findings None").split("\n")[:3]
    ['', 'Paper Preview', 'Abstract']
    """
    if len(text) < _MIN_LENGTH or text.strip().count("\n") > _MAX_BREAKS:
        return text
    if len(labels := set(_PORTAL.findall(text))) >= _MIN_LABELS:
        return "\n".join(labels)  # nothing shows where the abstract begins: a page without it, not all of the page
    if len({match[1][:12] for match in _TELLING.finditer(text)}) < _MIN_LABELS:
        return text
    text = _TELLING.sub(r"\n\1\n", text)
    text = _TOP.sub(r"\nTitle\n\g<title>\nAuthors\n\g<authors>\nAbstract\n", text)
    text = _VALUES.sub(lambda match: f"\n{match[1] or match[2]}\n", text)
    return _ABSTRACT.sub("Abstract\n", _FIELD.sub(r"\n\1: ", text))
