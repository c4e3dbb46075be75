"""Make training pairs of English abstracts with a model: for a student from its teacher, or for the model itself.

Each segment is translated; where the best hypothesis loses a mask, a name or a number or is unfit for another reason
(`pipeline.parallel`), the model's other hypotheses and samples are looked through, and the consensus of those that are
fit is taken. What was mended so is kept apart: it teaches a model what it cannot do yet.
"""

import json
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path

from models.masks import RESERVED, mask_pattern
from models.train.consensus import consensus
from models.translator import Decoding, Translator
from pipeline.errors import ConfigError, RecordError
from pipeline.normalize import repair
from pipeline.parallel import Unfit, is_fit, prepare_source
from pipeline.progress import counted
from pipeline.readers import ReadOptions, read_paths, unnoticed
from pipeline.records import Abstract
from pipeline.segment import segment

TEMPERATURE = 0.7
_BLOCK = 200  # abstracts that are translated together
Pair = tuple[str, str]


def distill(
    paths: Sequence[str], translator: Translator, output: Path, beam: int, samples: int, quiet: bool = False
) -> Counter[str]:
    """Write pairs for `models.train` as JSON lines, and count them: `best`, `mended` and `none`, which is left out.

    Each abstract has a line of grade `mended` and one of grade `best`, with `segments` of masked English and Chinese.
    The abstracts that `output` holds already are not made again. Raises the first record's `RecordError`.
    """
    known = _kept(output)
    counts: Counter[str] = Counter()
    wanted = (record for record in _records(paths) if record.id not in known)
    with output.open("a", encoding="utf-8") as file:
        lines = counted(wanted, "abstracts", quiet)
        while block := list(islice(lines, _BLOCK)):
            for record, rows in zip(block, _block(block, translator, beam, samples), strict=True):
                for grade in ("mended", "best"):
                    segments = [(source, target) for how, target, source in rows if how == grade]
                    counts[grade] += len(segments)
                    line = {"id": record.id, "grade": grade, "segments": segments}
                    file.write(json.dumps(line, ensure_ascii=False) + "\n")
                counts["none"] += sum(how == "none" for how, *_ in rows)
            file.flush()
    return counts


def _records(paths: Sequence[str]) -> Iterator[Abstract]:
    for record in read_paths(paths, ReadOptions(), sys.stdin.buffer, Counter(), unnoticed):
        if isinstance(record, RecordError):
            raise record
        yield record


def _kept(output: Path) -> set[str]:
    """The abstracts whose lines are whole in a file; what a killed process left after them is cut off."""
    if not output.exists():
        return set()
    kept, last, at = set(), 0, 0
    with output.open("rb") as file:
        for line in file:
            at += len(line)
            try:
                row = json.loads(line)
                if row["grade"] == "best":
                    kept.add(row["id"])
                    last = at
            except (ValueError, KeyError, TypeError):
                if line.endswith(b"\n"):
                    raise ConfigError(f"{output}: not a file of this command: name another one") from None
    with output.open("r+b") as file:
        file.truncate(last)
    return kept


def _block(
    records: Sequence[Abstract], translator: Translator, beam: int, samples: int
) -> Iterator[list[tuple[str, str, str]]]:
    """For each record its segments: how the target was found, target, source."""
    prepared = [list(_sources(record)) for record in records]
    sources = _short([source for each in prepared for source in each], translator)
    found = dict(zip(sources, _hypotheses(sources, translator, Decoding(beam, hypotheses=beam)), strict=True))
    unfit = [source for source in sources if not is_fit(source, found[source][0])]
    drawing = Decoding(1, hypotheses=samples, temperature=TEMPERATURE)
    drawn = dict(zip(unfit, _hypotheses(unfit, translator, drawing), strict=True))
    targets = {source: ("best", found[source][0]) for source in sources}
    for source in unfit:
        fit = [one for one in dict.fromkeys(found[source] + drawn[source]) if is_fit(source, one)]
        targets[source] = ("mended", consensus(fit, drawn[source])) if fit else ("none", "")
    for each in prepared:
        yield [(*targets[source], source) for source in each if source in targets]


def _sources(record: Abstract) -> Iterator[str]:
    rng = random.Random(record.id)
    for one in segment(record.id, "text", repair(record.text).text):
        with suppress(Unfit):
            yield prepare_source(one.text, rng)


def _short(sources: Sequence[str], translator: Translator) -> list[str]:
    """Each source once, without those that are too long for the model."""
    unique = list(dict.fromkeys(sources))
    sizes = translator.count_pieces([_styled(source, RESERVED, translator.mask_style) for source in unique])
    return [source for source, size in zip(unique, sizes, strict=True) if size <= translator.max_source_pieces]


def _hypotheses(sources: Sequence[str], translator: Translator, decoding: Decoding) -> list[list[str]]:
    """The texts of all hypotheses, masks in the style of training; one that does not come to its end is empty."""
    styled = [_styled(source, RESERVED, translator.mask_style) for source in sources]
    return [
        ["" if one.truncated else _styled(one.text, translator.mask_style, RESERVED) for one in each]
        for each in translator.hypotheses(styled, decoding)
    ]


def _styled(text: str, before: str, after: str) -> str:
    return text if before == after else mask_pattern(before).sub(lambda found: after.format(found[1]), text)
