"""Lines of the text files that training reads, plain or `.xz`."""

import lzma
from collections.abc import Iterator
from pathlib import Path

from models.errors import ModelError


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Each line that is not blank, and its number. Raises `ModelError` if there is no such file or it is broken."""
    if not path.is_file():
        raise ModelError(f"{path}: no such file of text")
    number = 0
    try:
        packed = path.suffix == ".xz"
        with lzma.open(path, "rt", encoding="utf-8-sig") if packed else path.open(encoding="utf-8-sig") as file:
            for line in file:
                number += 1
                if line.strip():
                    yield number, line.rstrip("\n")
    except UnicodeDecodeError as error:
        raise ModelError(f"{path}: not UTF-8 after line {number}: {error.reason}") from error
    except (lzma.LZMAError, EOFError) as error:
        raise ModelError(f"{path}: broken after line {number}: {error}; fetch it again") from error
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror}") from error
