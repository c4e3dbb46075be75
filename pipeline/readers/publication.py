"""What reference managers' formats have in common: a record of plain names becomes an abstract, or says why not."""

import re
from collections.abc import Mapping
from typing import Any

from pipeline.errors import RecordError
from pipeline.readers.fields import Fail, build
from pipeline.readers.options import ReadOptions
from pipeline.readers.source import Source, broken, is_empty
from pipeline.records import Abstract

_ENGLISH = re.compile(r"en\b|eng\b|.*english|american|british|canadian|australian|newzealand", re.IGNORECASE)
_DOI_ADDRESS = re.compile(r"(?:https?://)?(?:dx\.)?doi\.org/|doi:\s*", re.IGNORECASE)
_EMPTY: tuple[Any, ...] = (None, "", [], {})
_NO_ABSTRACT = re.compile(r"\W*(?:no abstract(?: available)?|n/?a|none)\W*", re.IGNORECASE)


def publication(
    record: Mapping[str, Any], source: Source, options: ReadOptions, name: str, fallback_id: str, fail: Fail
) -> Abstract | RecordError:
    """The abstract of a record with `id`, `title`, `abstract` and whatever else is known, under plain names.

    Empty fields are left out. A record without an abstract, or of another language than English, is an error.
    """
    record_id = str(record.get("id", ""))
    text = record.get("abstract", "")
    language = str(record.get("language", ""))
    required = not (options.text_field or options.text_optional)
    if required and (is_empty(text) or _NO_ABSTRACT.fullmatch(text)):
        return fail("it has no abstract: nothing to translate", record_id)
    if language and not is_english(language) and not options.text_optional:
        return fail(f"abstract is in {language}, not English: leave it out", record_id)
    if broken(text) or broken(str(record.get("title", ""))):
        return fail("bytes that are not UTF-8: repair them or save the file as UTF-8", record_id)
    kept = {key: value for key, value in record.items() if key in ("id", "title", "abstract") or value not in _EMPTY}
    return build(kept, source.meta(name), options, fallback_id, fail)


def is_english(language: str) -> bool:
    """Whether the name or code of a language is one of English.

    >>> is_english("USenglish"), is_english("en-GB"), is_english("eng"), is_english("ngerman"), is_english("Endo")
    (True, True, True, False, False)
    """
    return _ENGLISH.match(language.strip().replace("_", "-")) is not None


def bare_doi(text: str) -> str:
    """A DOI without the address of its resolver.

    >>> bare_doi("https://doi.org/10.1/x"), bare_doi("10.1/x")
    ('10.1/x', '10.1/x')
    """
    return _DOI_ADDRESS.sub("", text.strip(), count=1)


def reading_order(name: str) -> str:
    """A name given as "Family, Given" in the order in which it is read.

    >>> reading_order("Doe, Jo"), reading_order("Doe, Jo, Jr."), reading_order("OpenAI")
    ('Jo Doe', 'Jo Doe, Jr.', 'OpenAI')
    """
    family, *given = (part.strip() for part in name.split(","))
    return ", ".join([f"{given[0]} {family}".strip(), *filter(None, given[1:])]) if given else family


def parts(text: str, separators: str = ";,") -> list[str]:
    """The items of a list written with one of the separators: the first of them that occurs.

    >>> parts("deep learning; nets, graphs"), parts("nets, graphs"), parts("")
    (['deep learning', 'nets, graphs'], ['nets', 'graphs'], [])
    """
    separator = next((sign for sign in separators if sign in text), separators[0])
    return [part for part in (" ".join(item.split()) for item in text.split(separator)) if part]
