"""Make an abstract from named fields: those of a JSON object or of a table's row.

Names are guessed where the user named none. The first known name that the record *has* decides, even if its value is
empty: a record whose abstract is null must not be filled from another field in silence.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pipeline.errors import RecordError
from pipeline.readers.options import ReadOptions
from pipeline.readers.source import is_empty
from pipeline.records import Abstract, Reference

Fail = Callable[[str, str], RecordError]  # (message, record id or "") -> the error with its place

# names as `plain` gives them, in the order in which they are tried
ID_NAMES = (
    "id",
    "arxivid",
    "paperid",
    "doi",
    "pmid",
    "corpusid",
    "openalexid",
    "key",
    "uid",
    "uuid",
    "docid",
    "documentid",
    "articleid",
    "recordid",
    "identifier",
    "url",
)
TEXT_NAMES = (
    "abstract",
    "abstracten",
    "abstracttext",
    "paperabstract",
    "abstractnote",
    "summary",
    "text",
    "content",
    "source",
    "sourcetext",
    "src",
    "en",
    "english",
    "body",
    "description",
    "translation",
)
TITLE_NAMES = ("title", "titleen", "papertitle", "displayname", "headline")
REFERENCE_NAMES = (
    "references",
    "reference",
    "ref",
    "zh",
    "zhcn",
    "zhhans",
    "cn",
    "chinese",
    "abstractzh",
    "abstractcn",
    "chineseabstract",
    "textzh",
    "summaryzh",
    "targetzh",
    "translation",
    "translationzh",
    "translations",
    "abstract",
    "text",
)
_SOURCES_NAMES = ("referencesources", "referencesource", "referenceorigins", "referenceorigin")
_ENGLISH = ("en", "eng", "english", "en_us", "en-us", "en_gb")
_CHINESE = ("zh", "zho", "cmn", "chinese", "zh_cn", "zh-cn", "zh_hans", "zh-hans", "zh_tw", "zh-tw", "zh_hant", "cn")
_MAX_CACHED = 2_000  # characters of the names of a record whose shape is remembered
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
_MIN_HAN = 0.15  # share of Han characters above which a text is Chinese, for all its Latin names


@lru_cache(maxsize=4096)
def plain(name: str) -> str:
    """A field's name without case, spaces and signs.

    >>> plain("Paper-ID")
    'paperid'
    """
    return "".join(char for char in name.casefold() if char.isalnum())


def is_chinese(text: str) -> bool:
    """Whether a text is Chinese, Latin names and formulas allowed for.

    >>> is_chinese("我们提出 BERT 模型"), is_chinese("the word 机器 means machine"), is_chinese("")
    (True, False, False)
    """
    return not text.isascii() and len(_HAN.findall(text)) >= _MIN_HAN * max(len("".join(text.split())), 1)


def build(
    record: Mapping[str, Any], meta: Mapping[str, Any], options: ReadOptions, fallback_id: str, fail: Fail
) -> Abstract | RecordError:
    """The abstract of a record, or why there is none. What is not used goes to its meta, untouched; `meta` is added.

    >>> build({"ID": 7, "abstract": "We ...", "year": 2021}, {}, ReadOptions(), "f-1", lambda m, i: RecordError(m, i))
    Abstract(id='7', title='', text='We ...', references=(), meta={'year': 2021})
    """
    names = _names(tuple(record)) if sum(map(len, record)) < _MAX_CACHED else _names.__wrapped__(tuple(record))
    record_id = ""
    try:
        id_key = _choose(record, names.id, options.id_field)
        record_id = _identity(id_key, _value(record, id_key), required=bool(options.id_field))
        title_key = _choose(record, names.title, options.title_field)
        title_value = _value(record, title_key)
        title = "" if title_value is None else _english(title_value)
        references, reference_keys = _references(record, names)
        optional = options.text_optional and references
        text_key, text = ("", "") if optional else _text(record, names, options.text_field)
    except ValueError as error:
        return fail(str(error), record_id)
    used = {id_key, text_key, *reference_keys, *([] if title is None else [title_key])} - {""}
    rest = {key: value for key, value in record.items() if key not in used or _has_more(value)}
    return Abstract(record_id or fallback_id, title or "", text, references, {**meta, **rest})


@dataclass(frozen=True, slots=True)
class _Names:
    """A record's own names of the fields that are known; "" for those that it has not."""

    id: str
    title: str
    texts: tuple[str, ...]
    references: tuple[tuple[str, str], ...]  # with the known name of each
    origins: str


@lru_cache(maxsize=256)  # the records of a file have few different shapes
def _names(fields: tuple[str, ...]) -> _Names:
    keys: dict[str, str] = {}
    for key in fields:
        keys.setdefault(plain(key) if len(key) < _MAX_CACHED else "", key)

    def known(names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
        return tuple((name, keys[name]) for name in names if name in keys)

    first_id, first_title, origins = (
        next(iter(known(n)), ("", ""))[1] for n in (ID_NAMES, TITLE_NAMES, _SOURCES_NAMES)
    )
    return _Names(first_id, first_title, tuple(key for _, key in known(TEXT_NAMES)), known(REFERENCE_NAMES), origins)


def _choose(record: Mapping[str, Any], known: str, wanted: str) -> str:
    """The record's name of a field: the wanted one, or the known one."""
    if not wanted:
        return known
    if wanted not in record and _value(record, wanted) is None:
        raise ValueError(f"no field {wanted!r}: it has {_list(record)}")
    return wanted


def _value(record: Mapping[str, Any], key: str) -> Any:
    """The value of a field, where "a.b" also means field b of the object in field a; None where `key` is ""."""
    if not key:
        return None
    if key in record or "." not in key:
        return record.get(key)
    outer, _, inner = key.partition(".")
    nested = record.get(outer)
    return _value(nested, inner) if isinstance(nested, Mapping) else None


def _identity(key: str, value: Any, required: bool) -> str:
    if isinstance(value, str | int | float) and not isinstance(value, bool) and (text := str(value).strip()):
        return text
    if value is not None and value != "" and not isinstance(value, str):
        raise ValueError(f"field {key!r} is no identifier but a {type(value).__name__}: name another field for the id")
    if required:
        raise ValueError(f"field {key!r} is empty: give every record an id, or name another field")
    return ""


def _text(record: Mapping[str, Any], known: _Names, wanted: str) -> tuple[str, str]:
    """The name of the abstract's field and its text; a `ValueError` says what is missing."""
    for name in [_choose(record, "", wanted)] if wanted else known.texts:
        value = _value(record, name)
        text = _english(value)
        if text and not is_empty(text):
            return name, text
        if value is None or text is not None:
            raise ValueError(f"field {name!r} is empty: no abstract to translate")
        if wanted:
            raise ValueError(f"field {name!r} is no text but a {type(value).__name__}: name the field with the text")
    raise ValueError(f"no field is known as the abstract: name the one that is (it has {_list(record)})")


def _english(value: Any) -> str | None:
    """A text, the lines of a list of texts, or the English of an object by language; None if it is none of these."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value and all(isinstance(part, str) for part in value):
        return "\n".join(value)
    if isinstance(value, Mapping):
        return next((value[key] for key in value if key.lower() in _ENGLISH and isinstance(value[key], str)), None)
    return None


def _references(record: Mapping[str, Any], known: _Names) -> tuple[tuple[Reference, ...], list[str]]:
    """The Chinese texts among the fields known for them, and the names of the fields that were used up.

    Where a list of origins stands beside a list of references, they belong together by position. Lists of cited works
    are also called references: what is not Chinese stays where it is.
    """
    origins = _value(record, known.origins)
    found: list[Reference] = []
    used: list[str] = []
    for name, key in known.references:
        value = record[key]
        if name in ("abstract", "text") and not isinstance(value, Mapping):
            continue  # they give their Chinese half if they are objects by language
        items = [item for item in (value if isinstance(value, list) else [value]) if item not in (None, "")]
        of_field = [reference for index, item in enumerate(items) if (reference := _reference(item, origins, index))]
        found += of_field
        if of_field and len(of_field) == len(items):
            used.append(key)  # else it stays in meta for what was not understood
    return tuple(found), [*used, known.origins] if found and used else used


def _reference(item: Any, origins: Any, index: int) -> Reference | None:
    origin: Any = origins
    if isinstance(origins, list):
        origin = origins[index] if index < len(origins) else None
    if isinstance(item, Mapping):
        origin = item.get("origin", item.get("source", origin))
        texts = [item[key] for key in item if key.lower() in (*_CHINESE, "text")]
        item = next((text for text in texts if isinstance(text, str)), None)
    if not isinstance(item, str) or not is_chinese(item):
        return None
    return Reference(item, origin if isinstance(origin, str) and origin else "unknown")


def _has_more(value: Any) -> bool:
    """Whether an object by language has anything but the two languages that were taken from it."""
    return isinstance(value, Mapping) and any(key.lower() not in (*_ENGLISH, *_CHINESE) for key in value)


def _list(record: Mapping[str, Any]) -> str:
    """The record's field names for a message, not too many of them."""
    names = [str(key)[:40] for key in record]
    return ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "") if names else "none"
