"""What a review is made of: questions, one a segment or title, and a person's answers to them."""

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.errors import InputError

TITLE = "title"


@dataclass(frozen=True, slots=True)
class Question:
    """A place of a run to review: `place` is "title" or a segment's number from 1; `done` says it has been reviewed.

    `chinese` is what stands in the run, `before` and `after` are the English around a segment.
    """

    id: str
    place: str
    english: str
    chinese: str
    issues: tuple[str, ...] = ()
    before: str = ""
    after: str = ""
    done: bool = False

    @property
    def key(self) -> str:
        """The place in one word, for formats that name a unit once: "2401.00001#3"."""
        return f"{self.id}#{self.place}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back of a question: `chinese` is what stood in the run then, `corrected` what shall stand there.

    `line` is where in the file it begins; `approved` that the person says it is right as it is.
    """

    id: str
    place: str
    english: str
    chinese: str
    corrected: str
    approved: bool
    line: int

    @property
    def name(self) -> str:
        """How messages name it: "2401.00001, segment 3"."""
        return f"{self.id}, {self.place if self.place == TITLE else f'segment {self.place}'}"


Answers = Iterator[Answer]


def split_key(key: str, where: str) -> tuple[str, str]:
    """The id and place of a `Question.key`. Raises `InputError` for a text that is none, with its place `where`.

    >>> split_key("a#b#3", "f.xlf:9")
    ('a#b', '3')
    """
    found_id, mark, place = key.rpartition("#")
    if not mark:
        raise InputError(f"{where}: {key!r} names no segment as a review does; take the file that was exported")
    return found_id, checked_place(place, where)


def checked_place(place: str, where: str) -> str:
    """A place as `Question.place` has it. Raises `InputError` for what is none.

    >>> checked_place(" Segment 03 ", "f.tsv:9")
    '3'
    """
    number = place.strip().lower().removeprefix("segment").strip()
    if number == TITLE:
        return TITLE
    if not (number.isascii() and number.isdecimal() and int(number) > 0):
        raise InputError(f"{where}: {place!r} is no place; it is {TITLE!r} or the number of a segment, from 1")
    return str(int(number))
