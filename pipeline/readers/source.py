"""Where text comes from: a file or standard input, unpacked, its encoding known, in constant memory.

A `Source` is opened once to look at it (`examine`) and again to read it. What makes it unusable as a whole (binary,
empty, in no known encoding, not readable) is a raised `RecordError` that names it.
"""

import bz2
import codecs
import gzip
import io
import lzma
import os
import re
import shutil
import tempfile
import weakref
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import BinaryIO, cast

from pipeline.errors import InputError, RecordError
from pipeline.readers.encoding import binary_kind, guess_encoding, wide_encoding

MAX_WHOLE = 64 << 20  # bytes of a text that is read whole: one abstract, one page, one JSON document
HEAD = 1 << 20  # bytes that the format is recognised from
_SCAN = 64 << 20  # bytes in which the encoding is verified; broken bytes beyond are errors of their records
_SAMPLE = 256 << 10  # bytes of lines with non-ASCII characters that an encoding is guessed from
_SPOOL = 16 << 20  # bytes of standard input kept in memory; more goes to a temporary file
_CHUNK = 1 << 20
_PACKED: tuple[tuple[bytes, Callable[[BinaryIO], object]], ...] = (
    (b"\x1f\x8b", gzip.open),
    (b"BZh", bz2.open),
    (b"\xfd7zXZ\0", lzma.open),
)
_COMPRESSED = (".gz", ".bz2", ".xz")
_SUFFIXES = (
    *_COMPRESSED,
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
    ".bib",
    ".ris",
)
_BROKEN = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Source:
    """A readable text; `encoding` and `head` (its first decoded characters) are known once it has been examined."""

    path: str
    open: Callable[[], BinaryIO]
    encoding: str = "utf-8"
    head: str = ""

    @property
    def label(self) -> str:
        """How messages name it."""
        return "standard input" if self.path == "-" else self.path

    @property
    def suffix(self) -> str:
        """Its lower-case suffix without the dot and before that of compression: "jsonl" for "a.JSONL.gz"."""
        suffixes = [suffix.lower() for suffix in PurePath(self.path).suffixes]
        return next((suffix[1:] for suffix in reversed(suffixes) if suffix not in _COMPRESSED), "")

    @property
    def stem(self) -> str:
        """What ids are made from: the file's name without known suffixes ("2110.02932" keeps its dot).

        >>> Source("papers/2110.02932.txt.gz", lambda: io.BytesIO()).stem
        '2110.02932'
        """
        name = "stdin" if self.path == "-" else PurePath(self.path).name
        while (suffix := PurePath(name).suffix) and suffix.lower() in _SUFFIXES and len(name) > len(suffix):
            name = name[: -len(suffix)]
        return name

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

    @contextmanager
    def text_file(self, newline: str | None = None) -> Iterator[io.TextIOWrapper]:
        """Open it decoded; broken bytes of UTF-8 come as lone surrogates, which `broken` finds."""
        errors = "surrogateescape" if self.encoding.startswith("utf-8") else "strict"
        with self.readable() as file, io.TextIOWrapper(file, self.encoding, errors, newline) as text:
            yield text

    def lines(self) -> Iterator[str]:
        """Its lines, whatever ends them, each with a newline; an open file while they are being read."""
        with self.text_file() as file:
            yield from file

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
                start = file.read(6)
                file.seek(0)
                opener = next((opener for magic, opener in _PACKED if start.startswith(magic)), None)
                raw = cast("io.RawIOBase", opener(file) if opener else file)
                with io.BufferedReader(raw, _CHUNK) as reader:
                    yield reader
        except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile) as error:
            raise self.error(f"damaged compressed file ({error}): get or pack it again") from error
        except UnicodeError as error:
            raise self.error(f"not all of it is {self.encoding} ({error}): save it as UTF-8") from error
        except OSError as error:
            raise self.error(f"cannot be read: {error.strerror or error}") from error


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
    """The source with its encoding and head known, or a `RecordError` saying why it cannot be read."""
    with source.readable() as file:
        head = file.read(HEAD)
        if not head.strip():
            what = "nothing but white space" if head else "empty file"
            raise source.error(f"{what}: put an abstract in it or leave it out")
        if kind := binary_kind(head):
            raise source.error(kind if ":" in kind else f"{kind}, not text: leave it out")
        encoding = wide_encoding(head)
        if not encoding:
            sample = _sample_if_not_utf8(head, file)
            encoding = guess_encoding(sample) if sample else "utf-8"
    if not encoding:
        raise source.error(
            "neither UTF-8 nor surely UTF-16, GB18030, Big5 or Windows-1252: "
            "save it as UTF-8, for example with iconv -f GB18030 -t UTF-8"
        )
    known = replace(source, encoding=encoding)
    if len(head) < HEAD:  # all of it: no need to open and unpack it again
        known = replace(known, open=lambda: io.BytesIO(head))
    with known.text_file() as text:
        return replace(known, head=text.read(HEAD))


def _sample_if_not_utf8(head: bytes, file: BinaryIO) -> bytes:
    """Lines with non-ASCII bytes from the head and from where decoding first fails; empty if all is UTF-8.

    `file` stands behind `head`.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    chunk, scanned = head, 0
    while chunk and scanned < _SCAN:
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError:
            lines = [*_foreign(head), *(_foreign(chunk) if scanned else [])]
            return b"\n".join(lines)
        scanned += len(chunk)
        chunk = file.read(_CHUNK)
    try:
        decoder.decode(b"", final=not chunk)
    except UnicodeDecodeError:
        return b"\n".join(_foreign(head))
    return b""


def _foreign(chunk: bytes) -> list[bytes]:
    """Lines with bytes over 127, up to a sample's size; lines that the chunk's borders cut are left out."""
    lines = chunk.split(b"\n")
    if len(chunk) >= _CHUNK and len(lines) > 2:
        lines = lines[1:-1]
    sample, size = [], 0
    for line in lines:
        if not line.isascii() and size < _SAMPLE:
            sample.append(line)
            size += len(line)
    return sample
