"""Where text comes from: a file or standard input, unpacked, its encoding known, in constant memory.

A `Source` is opened once to look at it (`examine`) and again to read it. What makes it unusable as a whole (binary,
empty, in no known encoding, not readable) is a raised `RecordError` that names it.
"""

import codecs
import io
import os
import re
import shutil
import tempfile
import weakref
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path, PurePath
from typing import BinaryIO, cast

from pipeline.errors import InputError, RecordError
from pipeline.readers.encoding import (
    binary_kind,
    columnar_kind,
    declared_encoding,
    guess_encoding,
    sample_if_not_utf8,
    wide_encoding,
)
from pipeline.readers.unpack import SUFFIXES as PACKED_SUFFIXES
from pipeline.readers.unpack import Damaged, packing, unpacked

MAX_LINE = 16 << 20  # characters of a line, and of a record however many lines it has; no abstract comes near
MAX_WHOLE = 64 << 20  # bytes of a text that is read whole: one abstract, one page, one JSON document
HEAD = 1 << 20  # bytes that the format is recognised from
_SPOOL = 16 << 20  # bytes of standard input kept in memory; more goes to a temporary file
_CHUNK = 1 << 20
_SUFFIXES = (
    *PACKED_SUFFIXES,
    ".txt",
    ".text",
    ".md",
    ".tex",
    ".json",
    ".jsonl",
    ".ndjson",
    ".csv",
    ".tsv",
    ".tab",
    ".html",
    ".htm",
    ".xhtml",
    ".mhtml",
    ".mht",
    ".xml",
    ".tmx",
    ".xlf",
    ".xliff",
    ".nxml",
    ".parquet",
    ".arrow",
    ".bib",
    ".ris",
)
_BROKEN = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Source:
    """Something readable; `encoding` and `head` (its first decoded characters) are known once it has been examined.

    What is no text has an empty head, and `kind` is the name of its format: "parquet".
    """

    path: str
    open: Callable[[], BinaryIO]
    encoding: str = "utf-8"
    head: str = ""
    kind: str = ""

    @property
    def label(self) -> str:
        """How messages name it."""
        return "standard input" if self.path == "-" else self.path

    @property
    def suffix(self) -> str:
        """Its lower-case suffix without the dot and before that of compression: "jsonl" for "a.JSONL.gz"."""
        suffixes = [suffix.lower() for suffix in PurePath(self.path).suffixes]
        return next((suffix[1:] for suffix in reversed(suffixes) if suffix not in PACKED_SUFFIXES), "")

    @property
    def stem(self) -> str:
        """What ids are made from: the file's name without known suffixes ("2110.02932" keeps its dot).

        >>> Source("papers/2110.02932.txt.gz", lambda: io.BytesIO()).stem
        '2110.02932'
        """
        return _stem(self.path)

    def error(self, message: str, line: int = 0, record_id: str = "") -> RecordError:
        """An error at this source, and at a line of it if one is given (from 1)."""
        where = f"{self.label}:{line}" if line else self.label
        return RecordError(
            f"{where}: {' '.join(message.split())}", record_id or (f"{self.stem}-{line}" if line else self.stem)
        )

    def meta(self, format_name: str) -> dict[str, str]:
        """What is noted in the meta of each of its abstracts; the encoding only if it is not UTF-8."""
        meta = {"path": self.path, "format": format_name}
        return meta if self.encoding in ("utf-8", "utf-8-sig") else {**meta, "encoding": self.encoding}

    @property
    def decoding_errors(self) -> str:
        """What becomes of bytes that are no characters: in UTF-8 a lone surrogate each, else an error."""
        return "surrogateescape" if self.encoding.startswith("utf-8") else "strict"

    @contextmanager
    def text_file(self, newline: str | None = None) -> Iterator[io.TextIOWrapper]:
        """Open it decoded; broken bytes of UTF-8 come as lone surrogates, which `broken` finds."""
        with self.readable() as file, io.TextIOWrapper(file, self.encoding, self.decoding_errors, newline) as text:
            yield text

    def lines(self, newline: str | None = None) -> Generator[str, None, None]:
        """Its lines, whatever ends them, each with a newline; an open file while they are being read.

        Of a line that is longer than `MAX_LINE` only the start is given, which `too_long` tells.
        """
        with self.text_file(newline) as file:
            read = partial(file.readline, MAX_LINE + 1)
            for line in iter(read, ""):
                yield line
                if too_long(line):
                    while too_long(read()):
                        pass

    def text(self) -> str:
        """All of it, with plain newlines; an error if it is too long for one document or has broken bytes."""
        with self.text_file() as file:
            text = file.read(MAX_WHOLE + 1)
        if len(text) > MAX_WHOLE:
            raise self.error(f"over {MAX_WHOLE >> 20} MiB in one document: cut it into smaller files or JSON lines")
        if broken(text):
            line = text[: cast("re.Match[str]", _BROKEN.search(text)).start()].count("\n") + 1
            raise self.error("bytes that are not UTF-8: repair the line or save the file as UTF-8", line)
        return text

    @contextmanager
    def readable(self) -> Iterator["io.BufferedReader[io.RawIOBase]"]:
        """Open its bytes, unpacked; failures of the file system and of unpacking become errors of this source."""
        try:
            with self.open() as file:
                raw = cast("io.RawIOBase", unpacked(file) or file)
                with io.BufferedReader(raw, _CHUNK) as reader:
                    yield reader
        except Damaged as error:
            raise self.error(str(error)) from error
        except UnicodeError as error:
            raise self.error(f"not all of it is {self.encoding} ({error}): save it as UTF-8") from error
        except OSError as error:
            raise self.error(f"cannot be read: {error.strerror or error}") from error


@lru_cache(maxsize=64)  # asked for with every record
def _stem(path: str) -> str:
    name = "stdin" if path == "-" else PurePath(path).name
    while (suffix := PurePath(name).suffix) and suffix.lower() in _SUFFIXES and len(name) > len(suffix):
        name = name[: -len(suffix)]
    return name


def too_long(line: str) -> bool:
    """Whether a line of `Source.lines` is only the start of one that is over `MAX_LINE`."""
    return len(line) > MAX_LINE and line[-1] not in "\r\n"


TOO_LONG = f"over {MAX_LINE >> 20} MiB, as no abstract is: cut it, or leave it out"  # what to say of it


def broken(text: str) -> bool:
    """Whether decoding met bytes that are no text (or JSON has half of a surrogate pair). Cheap for ASCII."""
    return not text.isascii() and _BROKEN.search(text) is not None


def is_empty(text: str) -> bool:
    """Whether a text has no letter and no digit, so that there is nothing to translate."""
    return not any(map(str.isalnum, text))


def from_path(path: Path) -> Source:
    """A file as a source, not yet opened."""
    return Source(path.as_posix(), lambda: path.open("rb"))


def from_stream(stream: BinaryIO, path: str = "-") -> Source:
    """Standard input ("-") or a pipe as a source: it is read to its end first, to a temporary file if it is long."""
    start = io.BytesIO()
    while len(start.getbuffer()) < _SPOOL and (chunk := stream.read(_CHUNK)):
        start.write(chunk)
    if len(start.getbuffer()) < _SPOOL:
        return Source(path, lambda: io.BytesIO(start.getvalue()))
    handle, name = tempfile.mkstemp(prefix="zhaiyi-")
    spool = Path(name)

    def reopen() -> BinaryIO:
        return spool.open("rb")

    weakref.finalize(reopen, spool.unlink, missing_ok=True)  # when the source is no longer used
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(start.getbuffer())
            shutil.copyfileobj(stream, file, _CHUNK)
    except OSError as error:
        raise InputError(f"{path}: cannot be kept in {spool.parent}: {error.strerror}: save it as a file") from error
    return Source(path, reopen)


def examine(source: Source) -> Source:
    """The source with its encoding and head known, or a `RecordError` saying why it cannot be read.

    What is damaged further on is told by who reads it, after what comes before.
    """
    with source.readable() as file:
        head, fault = _read(file, HEAD)
        if fault and not head:
            raise fault
        if not head.strip():
            what = "nothing but white space" if head else "empty file"
            raise source.error(f"{what}: put an abstract in it or leave it out")
        if kind := columnar_kind(head):
            return replace(source, kind=kind)
        if packing(head):
            raise source.error("packed twice: unpack it once")
        if kind := binary_kind(head[:4096] if fault else head):  # bytes just before a fault may be anything
            raise source.error(kind if ":" in kind else f"{kind}, not text: leave it out")
        encoding = wide_encoding(head)
        if not encoding:
            sample = sample_if_not_utf8(head, lambda: _read(file, _CHUNK)[0])
            encoding = declared_encoding(head) if sample or head.isascii() else "utf-8"
            encoding = encoding or (guess_encoding(sample) if sample else "utf-8")
    if not encoding:
        raise source.error(
            "neither UTF-8 nor surely UTF-16, GB18030, Big5 or Windows-1252: "
            "save it as UTF-8, for example with iconv -f GB18030 -t UTF-8"
        )
    known = replace(source, encoding=encoding)
    if not fault and len(head) < HEAD:  # all of it: no need to open and unpack it again
        known = replace(known, open=lambda: io.BytesIO(head))
    with known.text_file() as text:
        try:
            start = text.read(HEAD)
        except Damaged:
            decoder = codecs.getincrementaldecoder(encoding)(known.decoding_errors)
            start = io.IncrementalNewlineDecoder(decoder, translate=True).decode(head)
        return replace(known, head=start)


def _read(file: "io.BufferedReader[io.RawIOBase]", size: int) -> tuple[bytes, Damaged | None]:
    """The next bytes, and the fault before which they end, if there is one."""
    data = bytearray()
    try:
        while len(data) < size and (chunk := file.read1(size - len(data))):
            data += chunk
    except Damaged as fault:
        return bytes(data), fault
    return bytes(data), None
