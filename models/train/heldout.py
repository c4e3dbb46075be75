"""Keep test text out of training: a segment that shares 13 words in a row with a held-out text.

Thirteen words is the criterion of GPT-3's contamination study (Brown et al. 2020, arXiv 2005.14165, appendix C). A
held-out line of 6 to 12 words is near only to a segment that equals it; shorter ones are phrases that everybody writes.
"""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from models.errors import ModelError

RUN, SHORTEST = 13, 6  # words
_WORD = re.compile(r"[^\W_]+")


class HeldOut:
    """The runs of words of held-out texts.

    >>> held_out = HeldOut(["One two three four five six seven eight nine ten eleven twelve thirteen fourteen."])
    >>> held_out.near("So: two three four five six, seven eight nine ten eleven twelve thirteen FOURTEEN again")
    True
    >>> held_out.near("One two three four five six seven eight nine ten eleven twelve")
    False
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._runs: set[int] = set()
        self.texts = 0
        for text in texts:
            self._runs.update(_runs(text))
            self.texts += 1

    def near(self, text: str) -> bool:
        """Whether `text` shares a run with a held-out text."""
        return bool(self._runs) and any(run in self._runs for run in _runs(text))


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
            for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
                if file.suffix != ".jsonl":
                    yield line.split("\t")[0]
                    continue
                try:
                    row = json.loads(line)
                    yield row["abstract"]
                except (ValueError, TypeError, KeyError):
                    raise ModelError(f"{file}:{number}: expected a JSON object with `abstract`") from None
                yield row.get("title") or ""
