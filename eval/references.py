"""Read references from whatever holds them: a bundled test set, a run, JSON lines, TSV, TMX, pages, plain lines.

A plain text has one reference a line and no ids; all else has them, from the file or from the places of its records.
References are checked here: Chinese, none of them empty. `eval.corpus` joins them to hypotheses.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.testset import BUNDLED, read_rows, references_of
from pipeline.errors import InputError, RecordError
from pipeline.readers import ReadOptions, detect, read_paths
from pipeline.readers.source import examine, from_path
from pipeline.records import Reference
from pipeline.script import has_chinese, out_of_place

LINES = ("text", "markdown", "pair")
"""Formats in which a file of lines may seem to be: it has no ids."""

HYPOTHESIS_FIELDS = ("target", "hypothesis", "translation", "output")
"""Fields of JSON lines that hold a hypothesis, the first of them that is there."""

_SOURCE_FIELDS = ("abstract", "text", "source", "en", "english")
_NAMED = 5
_ODD_SHARE = 0.5  # of references without Chinese: more are no references; names and numbers alone do occur


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an item besides its references; all may be empty."""

    source: str = ""
    title: str = ""
    categories: tuple[str, ...] = ()
    document: str = ""


@dataclass(frozen=True, slots=True)
class ReferenceSet:
    """References by id; `by_line` says that the ids are the numbers of lines, `segmented` that they are segments' ids
    (`segment_id`), and their facts have the abstracts' ids as documents.
    """

    name: str
    texts: Mapping[str, tuple[Reference, ...]]
    facts: Mapping[str, Facts]
    by_line: bool = False
    segmented: bool = False

    @property
    def script(self) -> str:
        """The script that most references are in: "hans", "hant", or "" where neither is seen."""
        return script_of(one.text for texts in self.texts.values() for one in texts)


def segment_id(identifier: str, number: int) -> str:
    """What a segment of an abstract is called as an item of its own; numbers count from 1."""
    return f"{identifier}#{number}"


def script_of(texts: Iterator[str]) -> str:
    """The script of most texts.

    >>> script_of(iter(["深度学习", "圖"])), script_of(iter(["深度學習很難"])), script_of(iter(["人工"]))
    ('hans', 'hant', '')
    """
    simplified = traditional = 0
    for text in texts:
        simplified += len(out_of_place(text, "hant"))
        traditional += len(out_of_place(text, "hans"))
    return "" if simplified == traditional else "hans" if simplified > traditional else "hant"


def read_reference_set(name: str) -> ReferenceSet:
    """The references of a bundled test set's name, a file or a run's folder.

    Raises `InputError`, with file and record, for what cannot be read, an id that stands twice, an empty reference, and
    files that are in English or hold hypotheses.
    """
    path = BUNDLED.get(name, Path(name))
    if (path / "translations.jsonl").is_file():
        path = path / "translations.jsonl"
    elif not path.is_file():
        known = ", ".join(BUNDLED)
        raise InputError(f"{name}: no such file or run, and no bundled test set of that name ({known})")
    texts: dict[str, tuple[Reference, ...]] = {}
    facts: dict[str, Facts] = {}
    by_line, segmented, records = _records(path)
    for place, identifier, references, known_facts in records:
        if identifier in texts:
            raise InputError(f"{place}: the id {identifier!r} stands on an earlier line too; ids must be unique")
        if any(not one.text.strip() for one in references):
            raise InputError(f"{place}: the reference is empty; fill it, or leave the item out on both sides")
        texts[identifier], facts[identifier] = references, known_facts
    if not texts:
        raise InputError(f"{path}: no references in it; name a file that has some")
    _refuse_english(path, texts)
    return ReferenceSet(Path(name).name, texts, facts, by_line, segmented)


_Found = Iterator[tuple[str, str, tuple[Reference, ...], Facts]]


def _records(path: Path) -> tuple[bool, bool, _Found]:
    """Whether a file has mere lines, or segments, and its records: place, id, references, what else is known."""
    try:
        source = examine(from_path(path))
        kind = detect(source, ReadOptions())[0]
    except RecordError as error:
        raise InputError(str(error)) from error
    if kind in LINES:
        return True, False, _of_lines(path)
    if kind == "jsonl":
        first = next(iter(read_rows(path)))[1]
        if path.name == "translations.jsonl" or "references" in first:
            return False, False, _of_rows(path)
        if "segments" in first and not any(field in first for field in HYPOTHESIS_FIELDS):
            return False, True, _of_segments(path)
        if wrong := next((field for field in HYPOTHESIS_FIELDS if field in first), ""):
            raise InputError(f"{path}: its lines have `{wrong}`, so it holds hypotheses: are the files swapped?")
    return False, False, _of_reader(path)


def read_lines(path: Path) -> list[str]:
    """The lines of a text file without their ends; a line may be empty. Raises `InputError`."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 ({error.reason}); save the file as UTF-8") from error
    lines = text.replace("\r\n", "\n").split("\n")  # `splitlines` would also split at U+2028 and form feeds
    return lines[:-1] if lines[-1] == "" else lines


def _of_lines(path: Path) -> _Found:
    for number, line in enumerate(read_lines(path), 1):
        yield f"{path}:{number}", str(number), (Reference(line),), Facts()


def _of_rows(path: Path) -> _Found:
    for place, row in read_rows(path):
        references = references_of(row, place)
        if not references and path.name == "translations.jsonl":
            continue  # a run's abstract that came without
        identifier = row.get("id")
        if isinstance(identifier, bool) or not isinstance(identifier, str | int) or identifier == "":
            raise InputError(f"{place}: no `id`; give each abstract a text or a number that is its own")
        if not references:
            raise InputError(f"{place}: {identifier} has no references; give it `references`, a list of texts")
        yield place, str(identifier), references, facts_of(row)


def _of_segments(path: Path) -> _Found:
    """The segments of abstracts that are aligned: `segments` is a list of pairs, English and Chinese."""
    for place, row in read_rows(path):
        pairs = row.get("segments")
        if "id" not in row or not isinstance(pairs, list) or not all(_is_pair(pair) for pair in pairs):
            raise InputError(f"{place}: no `id`, or `segments` is no list of pairs, English and Chinese")
        known = facts_of(row)
        for number, (english, chinese) in enumerate(pairs, 1):
            facts = Facts(english, known.title, known.categories, str(row["id"]))
            origin = str(row.get("reference_source", "unknown"))
            yield place, segment_id(str(row["id"]), number), (Reference(chinese, origin),), facts


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(isinstance(text, str) for text in value)


def facts_of(row: Mapping[str, Any]) -> Facts:
    """What a JSON object says of an item, in its own fields or in its `meta`.

    >>> facts_of({"id": "1", "abstract": "We.", "categories": "cs.LG stat.ML", "meta": {"document": "d"}})
    Facts(source='We.', title='', categories=('cs.LG', 'stat.ML'), document='d')
    """
    meta = row.get("meta") if isinstance(row.get("meta"), dict) else {}
    known = {**(meta or {}), **row}
    source = next((known[name] for name in _SOURCE_FIELDS if isinstance(known.get(name), str)), "")
    categories = known.get("categories") or ()
    if isinstance(categories, str):
        categories = categories.replace(",", " ").split()
    return Facts(source, str(known.get("title") or ""), tuple(map(str, categories)), str(known.get("document") or ""))


def _of_reader(path: Path) -> _Found:
    for number, item in enumerate(read_paths([str(path)], ReadOptions(text_optional=True)), 1):
        if isinstance(item, RecordError):
            raise InputError(str(item)) from item
        place = f"{path}: record {number}"
        if "original_id" in item.meta:
            raise InputError(f"{place}: the id {item.meta['original_id']!r} stands on an earlier one too")
        texts = item.references or ((Reference(item.text),) if has_chinese(item.text) else ())
        if not texts:
            raise InputError(f"{place}: {item.id} has no Chinese in it; every record needs a reference")
        fields = {"title": item.title, **({"source": item.text} if item.references and item.text else {})}
        yield place, item.id, texts, facts_of({**item.meta, **fields})


def _refuse_english(path: Path, texts: Mapping[str, tuple[Reference, ...]]) -> None:
    without = [name for name, found in texts.items() if not any(has_chinese(one.text) for one in found)]
    if len(without) > _ODD_SHARE * len(texts):
        raise InputError(
            f"{path}: no Chinese in {len(without)} of {len(texts)} references, the first is {without[0]}: references "
            "are Chinese; is it the source?"
        )
