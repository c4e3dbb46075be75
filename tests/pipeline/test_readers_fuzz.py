"""Whatever is in a file, reading it ends in records or in one clear error, soon.

`ZHAIYI_FUZZ=100000 pytest tests/pipeline/test_readers_fuzz.py` reads that many mutated fixtures of all formats; without
it, a few for each.
"""

import os
import random
import time
from pathlib import Path

import pytest

from pipeline.errors import InputError, RecordError
from pipeline.readers import ReadOptions, read_paths
from pipeline.records import Abstract

FIXTURES = sorted(
    path
    for path in (Path(__file__).parents[1] / "fixtures" / "readers").rglob("*")
    if path.is_file() and ".expected" not in path.name
)
COUNT = int(os.environ.get("ZHAIYI_FUZZ", 4 * len(FIXTURES)))
SECONDS = 10.0  # for a file of some kilobytes, on a busy machine
SPLICED = [
    *b'\0 \xff\xfe \xef\xbb\xbf \r \n\n \t , " { } [ < > & &#0; ]]> <!-- <![CDATA[ \\ $ - ,,'.split(b" "),
    *b'@article{|TY  - |ER  - |---\n|\xe6\x91|\xf0\x9f\x98\x80|\\ud800|null|1e999|{"id":|<abstract>|</p>'.split(b"|"),
    *b"\xe7\xbf\xbb\xe8\xaf\x91:|Abstract|\x1f\x8b\x08|PK\x03\x04|BZh91AY&SY|\xfd7zXZ\0|\x28\xb5\x2f\xfd|PAR1".split(
        b"|"
    ),
]


def mutated(data: bytes, other: bytes, rng: random.Random) -> bytes:
    """A file with a few faults: bytes changed, cut, doubled, moved, spliced from another file or from what matters."""
    for _ in range(rng.randint(1, 6)):
        at, end = sorted(rng.randrange(len(data) + 1) for _ in range(2))
        short = data[at : min(end, at + 300)]
        match rng.randrange(7):
            case 0:
                data = data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]
            case 1:
                data = data[:at] + rng.choice(SPLICED) + data[at:]
            case 2:
                data = data[:at] + data[at + len(short) :]
            case 3:
                data = data[:at] + short * rng.randint(2, 30) + data[at:]
            case 4:
                data = data[:at] or data
            case 5:
                start = rng.randrange(len(other))
                data = data[:at] + other[start : start + rng.randint(1, 400)] + data[at:]
            case _:
                data = data[at:] + data[:at]
    return data


@pytest.mark.parametrize("part", range(10))
def test_every_file_ends_in_records_or_one_error(tmp_path: Path, part: int) -> None:
    rng = random.Random(f"{part} {COUNT}")
    contents = [path.read_bytes() for path in FIXTURES]
    for number in range(COUNT // 10):
        index = rng.randrange(len(FIXTURES))
        path = tmp_path / (FIXTURES[index].name if rng.random() < 0.7 else "a")
        path.write_bytes(mutated(contents[index], rng.choice(contents), rng))
        begun = time.process_time()
        try:
            for item in read_paths([str(path)], ReadOptions()):
                assert isinstance(item, Abstract | RecordError)
                if isinstance(item, Abstract):
                    assert item.id and item.text.strip()
                else:
                    assert "\n" not in str(item)
        except InputError as error:
            assert "\n" not in str(error)
        except Exception as error:
            kept = Path(os.environ.get("ZHAIYI_FUZZ_KEEP", tmp_path)) / f"crash-{part}-{number}-{path.name}"
            kept.write_bytes(path.read_bytes())
            raise AssertionError(f"{kept}: {error!r}") from error
        spent = time.process_time() - begun
        assert spent < SECONDS, f"{path.name}: {spent:.1f} s for {path.stat().st_size} bytes"
        path.unlink()
