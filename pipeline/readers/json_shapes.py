"""The shapes in which JSON objects hold abstracts: how each is told from the others, and how it is read.

To add one: a function that recognises an object by its telling keys, one that reads it, and a line in `SHAPES`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pipeline.readers.fields import TEXT_NAMES, plain
from pipeline.readers.json_arxiv import is_arxiv, read_arxiv
from pipeline.readers.json_crossref import is_crossref, is_csl, read_crossref, read_csl
from pipeline.readers.json_openalex import is_openalex, read_openalex
from pipeline.readers.json_openreview import is_openreview, read_openreview
from pipeline.readers.json_own import is_own, read_own
from pipeline.readers.json_scholar import is_scholar, read_scholar
from pipeline.records import Abstract


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape of JSON objects.

    `read` gives the abstract with its fields under the common names, None for an object that is by right without
    one (a review among submissions), or raises `json_values.Unusable`. `keeps_meta` says that the meta is that of an
    abstract read before, so that where this file lies is not added.
    """

    name: str
    recognise: Callable[[dict[str, Any]], bool]
    read: Callable[[dict[str, Any]], Abstract | None]
    keeps_meta: bool = False


# in the order in which they are tried: what is most telling first
SHAPES: dict[str, Shape] = {
    shape.name: shape
    for shape in (
        Shape("zhaiyi", is_own, read_own, keeps_meta=True),
        Shape("arxiv-json", is_arxiv, read_arxiv),
        Shape("openalex", is_openalex, read_openalex),
        Shape("openreview", is_openreview, read_openreview),
        Shape("crossref", is_crossref, read_crossref),
        Shape("csl-json", is_csl, read_csl),
        Shape("semantic-scholar", is_scholar, read_scholar),
    )
}


def shape_of(record: dict[str, Any]) -> Shape | None:
    """The shape that an object has, None for one with fields of any names.

    >>> shape_of({"corpusid": 1, "abstract": None}).name, shape_of({"id": 1, "abstract": "x"})
    ('semantic-scholar', None)
    """
    return next((shape for shape in SHAPES.values() if shape.recognise(record)), None)


def is_known(record: dict[str, Any]) -> bool:
    """Whether an object is a record: of a known shape, or with a field known for abstracts."""
    return shape_of(record) is not None or any(plain(name) in TEXT_NAMES for name in record)
