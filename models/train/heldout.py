"""Keep test text out of training: a document that shares 13 words in a row with a held-out text.

Thirteen words is the criterion of GPT-3's contamination study (Brown et al. 2020, arXiv 2005.14165, appendix C). A
held-out line of 6 to 12 words is near only to a segment that equals it; shorter ones are phrases that everybody writes.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from models.errors import ModelError
from models.train.text import read_lines

RUN, SHORTEST = 13, 6  # words
_WORD = re.compile(r"[^\W_]+")


class HeldOut:
    """The runs of words of held-out texts.

    >>> held_out = HeldOut(["One two three four five six seven eight nine ten eleven twelve thirteen fourteen."])
    >>> held_out.near(["So: two three four five six, seven eight.", "Nine ten eleven twelve thirteen FOURTEEN again"])
    True
    >>> held_out.near(["One two three four five six seven eight nine ten eleven twelve"])
    False
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._runs: set[int] = set()
        for text in texts:
            self._runs.update(_runs(text))

    def near(self, segments: Sequence[str]) -> bool:
        """Whether a document shares a run with a held-out text, in a segment or across several."""
        if not self._runs:
            return False
        whole = [" ".join(segments)] if len(segments) > 1 else []
        return any(run in self._runs for text in (*segments, *whole) for run in _runs(text))


def _runs(text: str) -> Iterator[int]:
    words = _WORD.findall(text.lower())
    if SHORTEST <= len(words) < RUN:
        yield hash(tuple(words))
    for start in range(len(words) - RUN + 1):
        yield hash(tuple(words[start : start + RUN]))


def held_out_texts(patterns: Iterable[str], base: Path) -> Iterator[str]:
    """The English of test files: `abstract` and `title` of JSON lines, the first column of TSV.

    `patterns` are paths or globs relative to `base`. Raises `ModelError` where one names nothing or a line is broken.
    """
    for pattern in patterns:
        path = base / pattern
        files = [path] if path.is_file() else sorted(base.glob(pattern)) if not Path(pattern).is_absolute() else []
        if not files:
            raise ModelError(f"{path}: no such held-out file; correct `held_out` or take it out")
        for file in files:
            yield from _texts(file)


def _texts(path: Path) -> Iterator[str]:
    for number, line in read_lines(path):
        if not path.name.removesuffix(".xz").endswith(".jsonl"):
            yield line.split("\t")[0]
            continue
        try:
            row = json.loads(line)
            texts = [row["abstract"], row.get("title") or ""]
        except (ValueError, TypeError, KeyError, AttributeError):
            texts = [None]
        if not all(isinstance(text, str) for text in texts):
            raise ModelError(f"{path}:{number}: expected a JSON object with `abstract`")
        yield from texts
