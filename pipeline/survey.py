"""What is in the input: formats, fields, lengths, languages, repeats, and what would be refused.

Everything is counted as the records stream by. Memory is constant but for what finding repeats needs: a number for each
of the first `COMPARED` abstracts (and the reader's own set of ids). `pipeline.survey_report` renders it.
"""

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from random import Random

from pipeline.errors import RecordError
from pipeline.language import language_of
from pipeline.mask import find_protected
from pipeline.normalize import normalize
from pipeline.readers.source import Source
from pipeline.reasons import Reasons
from pipeline.records import Abstract
from pipeline.segment import split
from pipeline.translate import unfit

MEASURED = 20_000
"""Abstracts up to which all are segmented and searched for what is masked; of more, `SAMPLE` drawn at random are."""

SAMPLE = 2_000
COMPARED = 1_000_000
MAX_FILES = 12  # named one by one
MAX_NAMES = 200  # names of fields, origins of references, that are counted apart
MAX_EXAMPLES = 3
_MADE_ID_END = re.compile(r"(?:-\d+)?")  # behind the name of a file, in ids that the reader made up
_READERS_OWN = frozenset(("path", "format", "original_id"))  # in meta, but not from the input


@dataclass(slots=True)
class Part:
    """The sources of one format that were recognised in one way; `first` is the label of the first of them."""

    format: str
    why: str
    first: str
    sources: int = 0
    abstracts: int = 0
    refused: int = 0


@dataclass(slots=True)
class Lengths:
    """Lengths in words, each counted, so that quantiles are exact whatever their number."""

    counts: Counter[int] = field(default_factory=Counter)

    def quantile(self, share: float) -> int:
        """The least length that at least this share of the texts does not exceed; 0 if there is none.

        >>> Lengths(Counter([3, 5, 9])).quantile(0.5)
        5
        """
        below, total = 0, self.counts.total()
        for length in sorted(self.counts):
            below += self.counts[length]
            if below >= share * total:
                return length
        return 0

    @property
    def words(self) -> int:
        """All words."""
        return sum(length * count for length, count in self.counts.items())


@dataclass(slots=True)
class Repeats:
    """What came before: how often, and the first ones as (this, the earlier one)."""

    count: int = 0
    examples: list[tuple[str, str]] = field(default_factory=list)

    def add(self, this: str, earlier: str) -> None:
        """Count one."""
        self.count += 1
        if len(self.examples) < MAX_EXAMPLES:
            self.examples.append((this, earlier))


@dataclass(slots=True)
class Cut:
    """Abstracts as the translation would cut them: segments of titles and texts, and masks by kind."""

    abstracts: int = 0
    segments: int = 0
    longest: int = 0  # words of the longest segment
    longest_id: str = ""
    masks: Counter[str] = field(default_factory=Counter)
    masked: Counter[str] = field(default_factory=Counter)  # abstracts that have the kind

    def add(self, abstract_id: str, title: str, text: str) -> None:
        """Cut one abstract, normalised."""
        self.abstracts += 1
        kinds: Counter[str] = Counter()
        for content in filter(None, (title, text)):
            pieces = split(content)
            self.segments += len(pieces)
            if (words := max(piece.count(" ") + 1 for piece, _ in pieces)) > self.longest:
                self.longest, self.longest_id = words, abstract_id
            kinds.update(kind for _, _, kind in find_protected(content))
        self.masks.update(kinds)
        self.masked.update(kinds.keys())


class Survey:
    """Counts records; tell it of each source with `notice` and of each record with `add`.

    What counts as an abstract would be translated: one of more than `max_words` words, or in Chinese, is refused.
    """

    def __init__(self, max_words: int) -> None:
        self.max_words = max_words
        self.parts: dict[tuple[str, ...], Part] = {}
        self.sources = self.abstracts = 0
        self.reasons = Reasons()
        self.own_ids = self.titles = self.with_references = 0
        self.origins: Counter[str] = Counter()
        self.fields: Counter[str] = Counter()
        self.lengths = Lengths()
        self.title_words = 0
        self.languages: Counter[str] = Counter()
        self.same_id, self.same_text = Repeats(), Repeats()
        self.sample: list[Abstract] = []  # drawn at random, normalised, without references and meta
        self._cut = Cut()
        self._random = Random(0)
        self._seen: dict[int, str] = {}  # hash of a text -> id
        self._label = self._stem = ""
        self._current: list[Part] = []

    def notice(self, source: Source, format_name: str, why: str) -> None:
        """A source begins; without a format it cannot be read."""
        self.sources += 1
        self._label, self._stem = source.label, source.stem
        self._current = []
        for key in ((source.label,), (format_name, why)):
            if len(key) == 1 and self.sources > MAX_FILES:
                continue
            part = self.parts.setdefault(key, Part(format_name, why, source.label))
            part.sources += 1
            self._current.append(part)

    def add(self, record: Abstract | RecordError) -> None:
        """Count one record."""
        if isinstance(record, RecordError):
            self._refuse(str(record), record.record_id)
            return
        self.languages[language_of(record.text)] += 1
        text, title = normalize(record.text), " ".join(normalize(record.title).split())
        if reason := unfit(text, self.max_words):
            self._refuse(reason, f"{self._label}, record {record.id}")
            return
        self.abstracts += 1
        for part in self._current:
            part.abstracts += 1
        self._count_fields(record)
        self.lengths.counts[len(text.split())] += 1
        self.title_words += len(title.split())
        self._compare(record.id, text)
        self._keep(replace(record, title=title, text=text, references=(), meta={}))

    def cut(self) -> Cut:
        """What the segments and masks are, of all abstracts or, of many, of the sample."""
        if self.abstracts <= MEASURED:
            return self._cut
        cut = Cut()
        for abstract in self.sample:
            cut.add(abstract.id, abstract.title, abstract.text)
        return cut

    @property
    def records(self) -> int:
        """Abstracts and what was refused."""
        return self.abstracts + self.reasons.total

    def files(self) -> list[Part]:
        """Each source if there are few, else each way in which sources were recognised."""
        wanted = 1 if self.sources <= MAX_FILES else 2
        return [part for key, part in self.parts.items() if len(key) == wanted]

    def _refuse(self, reason: str, record_id: str) -> None:
        self.reasons.add(reason, record_id)
        for part in self._current:
            part.refused += 1

    def _count_fields(self, abstract: Abstract) -> None:
        given = abstract.meta.get("original_id", abstract.id)
        made = given.startswith(self._stem) and _MADE_ID_END.fullmatch(given, len(self._stem)) is not None
        self.own_ids += not made
        self.titles += bool(abstract.title.strip())
        self.with_references += bool(abstract.references)
        for reference in abstract.references:
            _count(self.origins, reference.origin)
        for name, value in abstract.meta.items():
            if name not in _READERS_OWN and value not in (None, "", [], {}):
                _count(self.fields, name)
        if "original_id" in abstract.meta:
            self.same_id.add(abstract.id, given)

    def _compare(self, abstract_id: str, text: str) -> None:
        key = hash(text.casefold())
        if (earlier := self._seen.get(key)) is not None:
            self.same_text.add(abstract_id, earlier)
        elif len(self._seen) < COMPARED:
            self._seen[key] = abstract_id

    def _keep(self, abstract: Abstract) -> None:
        """Cut the abstract while there are few; keep it for the sample by the luck of the draw."""
        if self.abstracts <= MEASURED:
            self._cut.add(abstract.id, abstract.title, abstract.text)
        if len(self.sample) < SAMPLE:
            self.sample.append(abstract)
        elif (place := self._random.randrange(self.abstracts)) < SAMPLE:
            self.sample[place] = abstract


def _count(counter: Counter[str], name: str) -> None:
    """Count a name; those that come after very many others together, so that memory does not grow with their number."""
    counter[name if name in counter or len(counter) < MAX_NAMES else "..."] += 1
