"""The text that a model's shortlist is made from, prepared exactly as the model sees text when it translates."""

import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from models.masks import RESERVED, mask_pattern
from models.train.config import CorpusSource
from models.train.corpus import read_documents
from pipeline.errors import RecordError
from pipeline.mask import MAX_MASKS, mask
from pipeline.normalize import repair
from pipeline.parallel import Unfit, prepare_pair
from pipeline.readers import ReadOptions, read_paths, unnoticed
from pipeline.segment import segment

Pair = tuple[str, str]


def segment_texts(paths: Sequence[str], mask_style: str, most: int) -> list[str]:
    """The masked segments of abstracts, each once, at most `most`. Raises the first record's `RecordError`."""
    texts: dict[str, None] = {}
    for record in read_paths(paths, ReadOptions(), sys.stdin.buffer, Counter(), unnoticed):
        if isinstance(record, RecordError):
            raise record
        for one in segment(record.id, "text", repair(record.text).text):
            masked = mask(one, mask_style)
            if len(masked.originals) <= MAX_MASKS and len(texts) < most:
                texts[masked.text] = None
        if len(texts) >= most:
            break
    return list(texts)


def pair_texts(paths: Sequence[Path], mask_style: str, most: int) -> list[Pair]:
    """The fit pairs of files like those of training, an even share of them; see `pipeline.parallel.prepare_pair`."""
    pairs = [pair for path in paths for pair in _fit(path)]
    chosen = pairs if len(pairs) <= most else random.Random(1).sample(pairs, most)
    return [(_styled(source, mask_style), _styled(target, mask_style)) for source, target in chosen]


def _fit(path: Path) -> Iterator[Pair]:
    rng = random.Random(1)
    for document in read_documents(CorpusSource(path.name, 1.0), path.parent):
        for english, chinese in document:
            try:
                yield prepare_pair(english, chinese, rng)
            except Unfit:
                continue  # a model is not to learn from these either


def _styled(text: str, style: str) -> str:
    return text if style == RESERVED else mask_pattern(RESERVED).sub(lambda found: style.format(found[1]), text)
