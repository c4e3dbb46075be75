"""Unpack what is compressed: gzip, bzip2, xz and zstd as streams, bounded and to the last byte before a fault.

Streaming takes constant memory however long the text is. What is bounded is what a small file can cost: the memory
that its header asks for, and how much longer than itself it may become. Text packs 3 to 10 times smaller, so
a file that unpacks to over `MAX_RATIO` times its size is no text.
"""

import bz2
import gzip
import io
import lzma
import re
import sys
import zlib
from collections.abc import Callable
from typing import BinaryIO, Protocol

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MAX_RATIO = 200  # of unpacked to packed bytes
FREE = 256 << 20  # unpacked bytes to which any ratio is allowed: a second's work, in constant memory
MAX_WINDOW = 27  # binary logarithm of the bytes that zstd may look back: 128 MiB, what `zstd -d` allows
_MAX_LZMA = 256 << 20  # bytes of memory for xz; `xz -9` needs 65 MiB
_CHUNK = 64 << 10
SUFFIXES = (".gz", ".bz2", ".xz", ".zst")


class Damaged(Exception):
    """Packed bytes that cannot be unpacked, or that must not be; its text says what is wrong and what to do."""


class _Decoder(Protocol):
    """What the decoders of bzip2, xz and zstd have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


def _zstd_decoder() -> _Decoder:
    return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: MAX_WINDOW})


_MAGIC = {  # bzip2's three letters may begin a text, so that what follows them is looked at too
    "gzip": re.compile(rb"\x1f\x8b"),
    "bzip2": re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)"),
    "xz": re.compile(rb"\xfd7zXZ\0"),
    "zstd": re.compile(rb"\x28\xb5\x2f\xfd"),
}
_DECODERS: dict[str, Callable[[], _Decoder]] = {
    "bzip2": bz2.BZ2Decompressor,
    "xz": lambda: lzma.LZMADecompressor(memlimit=_MAX_LZMA),
    "zstd": _zstd_decoder,
}


def packing(start: bytes) -> str:
    """How bytes are packed, by the first ten of them; "" if they are not.

    >>> packing(gzip.compress(b"")), packing(b"BZhang and others")
    ('gzip', '')
    """
    return next((name for name, magic in _MAGIC.items() if magic.match(start)), "")


def unpacked(file: BinaryIO) -> "io.RawIOBase | None":
    """A stream of what a file unpacks to, or None if it is not packed; its reads raise `Damaged`.

    The standard library's own file objects throw away up to a buffer of good bytes before a fault; this gives them
    first.

    >>> stream = unpacked(io.BytesIO(gzip.compress(b"We study.")))
    >>> stream and stream.read()
    b'We study.'
    """
    name = packing(file.read(10))
    file.seek(0)
    if not name:
        return None
    return _Bounded(file, _gzip_read(file) if name == "gzip" else _decoder_read(file, _DECODERS[name]))


class _Bounded(io.RawIOBase):
    """Unpacked bytes as `read` gives them, as long as they are in proportion to the packed ones."""

    def __init__(self, packed: BinaryIO, read: Callable[[int], bytes]) -> None:
        self._packed, self._read, self._given = packed, read, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview[int]") -> int:  # type: ignore[override]
        data = self._read(min(len(buffer), _CHUNK))
        buffer[: len(data)] = data
        self._given += len(data)
        if self._given > FREE and self._given > MAX_RATIO * self._packed.tell():
            raise Damaged(f"unpacks to over {MAX_RATIO} times its size, as no text does: unpack it yourself to look")
        return len(data)


def _gzip_read(file: BinaryIO) -> Callable[[int], bytes]:
    stream = gzip.GzipFile(fileobj=file)

    def read(size: int) -> bytes:
        try:
            return stream.read1(size)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise Damaged(f"damaged compressed file ({error}): get or pack it again") from error

    return read


def _decoder_read(file: BinaryIO, make: Callable[[], _Decoder]) -> Callable[[int], bytes]:
    """Reads of one or more packed streams, one behind the other."""
    decoder = make()

    def read(size: int) -> bytes:
        nonlocal decoder
        while True:
            data = b""
            if decoder.eof:
                data = decoder.unused_data.lstrip(b"\0")  # xz pads with zeros
                while not data and (more := file.read(_CHUNK)):
                    data = more.lstrip(b"\0")
                if not data:
                    return b""
                decoder = make()
            elif decoder.needs_input and not (data := file.read(_CHUNK)):
                raise Damaged("damaged compressed file (it is cut off before its end): get or pack it again")
            try:
                out = decoder.decompress(data, size)
            except (OSError, ValueError, EOFError, lzma.LZMAError, zstd.ZstdError) as error:
                raise Damaged(f"damaged compressed file ({error}): get or pack it again") from error
            if out:
                return out

    return read
