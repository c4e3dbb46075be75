"""The text that a model's shortlist is made from, prepared exactly as the model sees text when it translates."""

import random
import sys
from collections import Counter
from collections.abc import Sequence
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
    """At most `most` pairs of files like those of training, drawn at random, without those that training leaves out.

    See `pipeline.parallel.prepare_pair`.
    """
    rng = random.Random(1)
    documents = (read_documents(CorpusSource(path.name, 1.0), path.parent) for path in paths)
    read = [pair for one in documents for document in one for pair in document]
    pairs = []
    for english, chinese in read if len(read) <= most else rng.sample(read, most):
        try:
            source, target = prepare_pair(english, chinese, rng)
        except Unfit:
            continue
        pairs.append((_styled(source, mask_style), _styled(target, mask_style)))
    return pairs


def _styled(text: str, style: str) -> str:
    return text if style == RESERVED else mask_pattern(RESERVED).sub(lambda found: style.format(found[1]), text)
