"""Read plain text: one abstract a file, a line or a paragraph."""

import re
from collections.abc import Iterator
from itertools import chain

from pipeline.errors import RecordError
from pipeline.readers.formats import Format
from pipeline.readers.options import ReadOptions
from pipeline.readers.source import MAX_LINE, TOO_LONG, Source, broken, is_empty
from pipeline.records import Abstract

_LABEL = re.compile(r"\s*[#*_]*(?:Abstract|ABSTRACT)[#*_]*[^\S\n]*(?:[:：.][*_]*\s+|[—–]\s*|-\s+|\n\s*)(?=\S)")


def read_text(source: Source, options: ReadOptions) -> Iterator[Abstract | RecordError]:
    """Abstracts of a plain text, cut as `options.split` says; the first of several in a file "a.txt" is "a-1".

    Lines are counted with the empty ones, paragraphs without.
    """
    meta = source.meta("text")
    if options.split == "file":
        text = strip_label(source.text()).strip()
        if is_empty(text):
            raise source.error("no words in it: nothing to translate")
        yield Abstract(source.stem, "", text, meta=meta)
        return
    parts = _lines(source) if options.split == "lines" else _paragraphs(source)
    for number, line, text in parts:
        abstract_id = f"{source.stem}-{number}"
        if len(text) > MAX_LINE:
            yield source.error(f"{options.split[:-1]} {TOO_LONG}", line, abstract_id)
        elif broken(text):
            yield source.error("bytes that are not UTF-8: repair the line or save the file as UTF-8", line, abstract_id)
        elif is_empty(text):
            yield source.error(f"no words in {text.strip()[:20]!r}: nothing to translate", line, abstract_id)
        else:
            yield Abstract(abstract_id, "", strip_label(text).strip(), meta=dict(meta))


def strip_label(text: str) -> str:
    """The text without a leading "Abstract" that is a label and no word of it.

    >>> strip_label("Abstract: We study."), strip_label("Abstract reasoning is hard.")
    ('We study.', 'Abstract reasoning is hard.')
    """
    return text[match.end() :] if (match := _LABEL.match(text)) else text


def _lines(source: Source) -> Iterator[tuple[int, int, str]]:
    for number, line in enumerate(source.lines(), 1):
        if line.strip():
            yield number, number, line


def _paragraphs(source: Source) -> Iterator[tuple[int, int, str]]:
    """(number of the paragraph, its first line, its text); paragraphs are parted by empty lines."""
    number, start = 0, 0
    lines: list[str] = []
    length = 0
    for line_number, line in enumerate(chain(source.lines(), [""]), 1):
        if line.strip():
            start = start if lines else line_number
            if length <= MAX_LINE:  # enough to know that it is too long
                lines.append(line)
                length += len(line)
        elif lines:
            number += 1
            yield number, start, "".join(lines)
            lines, length = [], 0


TEXT = Format("text", read_text, lambda _: "")  # what no other format claims
