"""Shortlists: which target words a translation of some source words may need, so that the others are not looked at.

The output layer is the largest matrix of a small model, and a batch needs a few thousand of its rows. A shortlist is
CTranslate2's vocabulary map, a text file: source word, tab, target words; the first line, with no source word, has the
words that are always candidates. It lies beside the model's other files, or with what is derived from the model, and
with it a report of what it costs: the same segments translated with it and without. `models.shortlist_make` makes it.

    shortlist.txt   shortlist.json
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from models.cache import derived
from models.errors import ModelError
from models.folder import ModelFolder, read_json

FILE, REPORT = "shortlist.txt", "shortlist.json"
LEAST_CHRF, MOST_LOSS = 95.0, 0.01
"""A shortlist is refused if the output with it is less like the output without, or scores lower by more."""


@dataclass(frozen=True, slots=True)
class Quality:
    """What a shortlist changes on `segments` segments.

    `chrf` is the chrF2 of the output with it against that without, `identical` the share of equal ones, `loss` by how
    much their mean score (log-probability a piece under the whole vocabulary) is lower.
    """

    segments: int
    chrf: float
    identical: float
    loss: float
    signature: str

    def __str__(self) -> str:
        return (
            f"against the whole vocabulary, on {self.segments} segments: chrF2 {self.chrf:.1f} ({self.signature}), "
            f"{100 * self.identical:.1f} % the same, score a piece {self.loss:.4f} lower"
        )


def find(folder: ModelFolder) -> Path | None:
    """The shortlist of a model: in its folder, or derived from it; None if there is none."""
    return next((path for path in (folder.path / FILE, derived(folder, FILE)) if path.is_file()), None)


def digest(path: Path | None) -> str:
    """Eight hex digits of what a shortlist holds, or "none"."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:8] if path else "none"


def check(path: Path, folder: ModelFolder) -> None:
    """Raise `ModelError` with file and line if a shortlist is broken or names words that the model does not have."""
    source, target = {"", *folder.source_words}, set(folder.target_words)
    for number, line in enumerate(path.read_text("utf-8").removesuffix("\n").split("\n"), 1):
        key, tab, candidates = line.partition("\t")
        if not tab or (number == 1) != (not key):
            raise ModelError(f"{path}:{number}: not a line of a shortlist; make it anew with 'zhaiyi models convert'")
        unknown = [key] * (key not in source) + [word for word in candidates.split(" ") if word not in target]
        if unknown:
            raise ModelError(
                f"{path}:{number}: not this model's, which has no word {unknown[0]!r}; remove or remake it"
            )


def report(folder: ModelFolder) -> dict[str, Any]:
    """What is known of a model's shortlist; empty if it has none."""
    path = find(folder)
    beside = path.with_name(REPORT) if path else None
    return read_json(beside) if beside and beside.is_file() else {}


def write(target: Path, text: Sequence[str], quality: Quality) -> None:
    """Write `shortlist.txt` and its report into the folder `target`. Raises `ModelError` if the quality is too low."""
    if quality.chrf < LEAST_CHRF or quality.loss > MOST_LOSS:
        raise ModelError(
            f"the shortlist changes too much: chrF2 {quality.chrf:.1f} to the output without it, least {LEAST_CHRF}; "
            f"score a piece {quality.loss:.4f} lower, at most {MOST_LOSS}; give more text, nearer to what is translated"
        )
    target.mkdir(parents=True, exist_ok=True)
    for name, content in ((REPORT, json.dumps(asdict(quality), indent=1)), (FILE, "\n".join(text))):
        part = target / f".{name}.part"
        part.write_text(content + "\n", encoding="utf-8")
        part.replace(target / name)
