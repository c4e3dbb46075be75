"""The forms that a review is exported in and read back from, by the suffix of the file."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import ConfigError
from pipeline.readers.source import Source, examine, from_path
from pipeline.review.sheet import Answers, Question
from pipeline.review.tables import read_table, write_csv, write_tsv
from pipeline.review.xml import read_tmx, read_xliff, write_tmx, write_xliff


@dataclass(frozen=True, slots=True)
class Form:
    """How questions are written (questions, the run's name, its script -> pieces of text) and answers read."""

    write: Callable[[Iterable[Question], str, str], Iterator[str]]
    read: Callable[[Source], Answers]


_TSV, _CSV, _XLIFF = Form(write_tsv, read_table), Form(write_csv, read_table), Form(write_xliff, read_xliff)
FORMS = {
    ".tsv": _TSV,
    ".txt": _TSV,  # as which spreadsheets save tab-separated text
    ".csv": _CSV,
    ".xlf": _XLIFF,
    ".xliff": _XLIFF,
    ".tmx": Form(write_tmx, read_tmx),
}


def form_of(path: Path) -> Form:
    """The form that a file's suffix stands for. Raises `ConfigError` for any other, naming those that there are."""
    try:
        return FORMS[path.suffix.lower()]
    except KeyError:
        raise ConfigError(f"{path}: no form of a review has this suffix; there are {', '.join(FORMS)}") from None


def read_answers(path: Path) -> Answers:
    """The answers in a file. Raises `InputError`, with the line where one can be named, if it cannot be used."""
    form = form_of(path)
    return form.read(examine(from_path(path)))
