"""What a format is: a name, how it is recognised, how it is read."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pipeline.errors import RecordError
from pipeline.readers.options import ReadOptions
from pipeline.readers.source import Source
from pipeline.records import Abstract

Reader = Callable[[Source, ReadOptions], Iterator[Abstract | RecordError]]
"""Gives the abstracts of an examined source in order; raises a `RecordError` where it is unusable as a whole."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format in which abstracts are held.

    `recognise` looks at an examined source (`head`, `suffix`) and says in a few words why it is of this format, ""
    if it is not: "an object with abstract_inverted_index". `suffixes` decide where no format recognises the content.
    `whole` formats are one document a file and are not tried where a text is to be cut into lines or paragraphs.
    """

    name: str
    read: Reader
    recognise: Callable[[Source], str]
    suffixes: tuple[str, ...] = ()
    whole: bool = False
