"""Read zip archives: each file in one is a source of its own, streamed; nothing is written to disk.

Archives inside archives are refused, as are encrypted files, and archives whose files are out of all proportion to
them. Files of Office programs and e-books are zip archives too; their text is not read.
"""

import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from lzma import LZMAError
from pathlib import PurePosixPath
from typing import BinaryIO, cast

from pipeline.errors import RecordError
from pipeline.readers.source import Source
from pipeline.readers.unpack import FREE, MAX_RATIO, Damaged

_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")  # of an archive with files in it, and of an empty one
_CHUNK = 64 << 10  # what is read at once, and lost where it is damaged
_DOCUMENTS = ("[Content_Types].xml", "mimetype", "META-INF/MANIFEST.MF")
_FAULTS = (EOFError, zlib.error, LZMAError, zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError)


def is_zip(source: Source) -> bool:
    """Whether a source is a zip archive; False also where it cannot be opened, which reading it will tell."""
    with suppress(OSError), source.open() as file:
        return file.read(4) in _MAGIC
    return False


def members(archive: Source, wanted: Callable[[PurePosixPath], bool]) -> Iterator[Source | RecordError]:
    """The sources in a zip archive, sorted by name and named `archive.zip/name`; to be read while they are iterated.

    `wanted` is asked for each file's name. A file that cannot be read is an error in its place; a `RecordError` is
    raised for an archive that is unusable as a whole.
    """
    try:
        with archive.open() as file, zipfile.ZipFile(file) as opened:
            names = set(opened.namelist())
            if any(name in names for name in _DOCUMENTS):
                raise archive.error("an Office file, e-book or program: save it as plain text or CSV")
            chosen = [info for info in opened.infolist() if not info.is_dir() and wanted(_name(info))]
            if not chosen:
                raise archive.error("no file in this zip archive is wanted: give another pattern or archive")
            _check_size(archive, chosen, file.seek(0, io.SEEK_END))
            for info in sorted(chosen, key=lambda info: _name(info).parts):
                member = Source(f"{archive.path}/{_name(info)}", partial(_open, opened, info))
                if info.flag_bits & 1:
                    yield member.error("encrypted: unpack it with its password first")
                else:
                    yield member
    except zipfile.BadZipFile as error:
        raise archive.error(f"damaged zip archive ({error}): get or pack it again") from error
    except OSError as error:
        raise archive.error(f"cannot be read: {error.strerror or error}") from error


def _name(info: zipfile.ZipInfo) -> PurePosixPath:
    """A file's name in the archive: a label and never a place on disk, so only what cannot be printed is changed."""
    return PurePosixPath("".join(char if char.isprintable() else "?" for char in info.filename))


def _check_size(archive: Source, chosen: list[zipfile.ZipInfo], packed: int) -> None:
    """Declared sizes can be trusted as limits: no more than that is ever read of a file."""
    if (size := sum(info.file_size for info in chosen)) > max(FREE, MAX_RATIO * packed):
        raise archive.error(
            f"unpacks to {size >> 20} MiB, over {MAX_RATIO} times its size, as no text does: unpack it yourself to look"
        )


def _open(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> BinaryIO:
    return cast("BinaryIO", _Member(archive, info))


class _Member(io.RawIOBase):
    """A file in an archive, giving what comes before a fault first, and then `Damaged`."""

    def __init__(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
        try:
            self._file = cast("io.BufferedReader[io.RawIOBase]", archive.open(info))
        except _FAULTS as error:
            raise Damaged(f"damaged file in a zip archive ({error}): get or pack it again") from error

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview[int]") -> int:  # type: ignore[override]
        try:
            data = self._file.read1(min(len(buffer), _CHUNK))
        except _FAULTS as error:
            raise Damaged(f"damaged file in a zip archive ({error}): get or pack it again") from error
        buffer[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return False  # but to the start: to go back is to unpack again

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()
