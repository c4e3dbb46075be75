"""OpenAlex's works, whose abstracts are kept as an index from words to their positions."""

import json
import re
from typing import Any

from pipeline.readers.json_values import (
    Unusable,
    arxiv_id,
    bare_doi,
    identity,
    inner,
    meta_of,
    objects,
    require_english,
    string,
    text_of,
    without_jats,
)
from pipeline.records import Abstract

_USED = frozenset(
    ("id", "title", "display_name", "abstract", "abstract_inverted_index", "authorships", "language", "doi",
     "publication_date", "topics", "concepts", "updated_date")
)  # fmt: skip
_LABEL = re.compile(  # the heading stands in the index like any word; only before what surely begins a text
    r"(?:Abstract|ABSTRACT|Summary) (?=(?:We|The|This|These|In|An?|Our|To|Recent|Background|Objectives?|Purpose)\b)"
)


def is_openalex(record: dict[str, Any]) -> bool:
    """Whether an object is a work of OpenAlex, whatever fields were selected."""
    return "abstract_inverted_index" in record or str(record.get("id")).startswith("https://openalex.org/W")


def read_openalex(record: dict[str, Any]) -> Abstract:
    """The abstract of a work, put together from its index.

    Positions without a word become nothing, and `abstract_gaps` says how many there are; where two words claim one
    position both are kept, and `abstract_collisions` says how often.

    >>> work = {"id": "https://openalex.org/W1", "abstract_inverted_index": {"We": [0], "nets.": [3], "train": [1]}}
    >>> abstract = read_openalex(work)
    >>> abstract.id, abstract.text, abstract.meta["abstract_gaps"]
    ('W1', 'We train nets.', 1)
    """
    address = string(record.get("id"))
    record_id = address.rpartition("/")[2] or bare_doi(record.get("doi"))
    require_english(record.get("language"), record_id)
    gaps = collisions = 0
    if isinstance(record.get("abstract"), str):
        text = record["abstract"]
    else:
        index = record.get("abstract_inverted_index")
        if not index:
            raise Unusable("field 'abstract_inverted_index' is empty or missing: no abstract to translate", record_id)
        text, gaps, collisions = text_of_index(index, record_id)
    text = _LABEL.sub("", text_of(without_jats(text), "abstract_inverted_index", record_id), count=1)
    doi = bare_doi(record.get("doi")) or bare_doi(inner(record, "ids", "doi"))
    places = [record.get("primary_location"), record.get("best_oa_location")]
    meta = meta_of(
        record,
        _USED,
        authors=[name for one in objects(record.get("authorships")) if (name := _author(one))],
        categories=[name for key in ("topics", "concepts") for one in objects(record.get(key)) if (name := _name(one))],
        date=string(record.get("publication_date")) or identity(record.get("publication_year")),
        updated=string(record.get("updated_date"))[:10],
        doi=doi,
        arxiv_id=arxiv_id(doi, *(inner(place, "landing_page_url") for place in places)),
        venue=string(inner(record, "primary_location", "source", "display_name")),
        licence=next((licence for place in places if (licence := string(inner(place, "license")))), ""),
        language=string(record.get("language")),
        url=address,
        abstract_gaps=gaps,
        abstract_collisions=collisions,
    )
    return Abstract(record_id, string(record.get("title")) or string(record.get("display_name")), text, (), meta)


def text_of_index(index: Any, record_id: str) -> tuple[str, int, int]:
    """The text of an inverted index, how many positions have no word, and how many have several.

    >>> text_of_index({"b": [1, 1], "a": [0], "c": [1]}, "")
    ('a b c', 0, 1)
    """
    if isinstance(index, str):  # as tables and databases export it
        try:
            index = json.loads(index)
        except (ValueError, RecursionError):
            index = None
    if isinstance(index, dict) and isinstance(index.get("InvertedIndex"), dict):  # as Microsoft Academic had it
        index = index["InvertedIndex"]
    placed: dict[int, list[str]] = {}
    for word, positions in index.items() if isinstance(index, dict) else [("", None)]:
        if not isinstance(positions, list):
            raise Unusable("field 'abstract_inverted_index' is no index of words: no abstract to translate", record_id)
        for position in positions:
            if not isinstance(position, int) or position < 0:
                raise Unusable(
                    f"position {str(position)[:20]!r} of a word is no number from 0: repair the index", record_id
                )
            words = placed.setdefault(position, [])
            if word not in words:
                words.append(word)
    if not placed:
        raise Unusable("field 'abstract_inverted_index' is empty: no abstract to translate", record_id)
    text = " ".join(word for position in sorted(placed) for word in placed[position])
    return text, max(placed) + 1 - len(placed), sum(len(words) > 1 for words in placed.values())


def _author(authorship: Any) -> str:
    return string(inner(authorship, "author", "display_name")) or string(authorship.get("raw_author_name"))


def _name(thing: Any) -> str:
    return string(thing.get("display_name"))
