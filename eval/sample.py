"""What a benchmark translates: segments of abstracts, prepared as the pipeline prepares them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from eval.testset import BUNDLED
from models.translator import Translator
from pipeline.errors import InputError
from pipeline.mask import mask
from pipeline.normalize import TITLE_RULES, repair
from pipeline.readers import ReadOptions, read_paths
from pipeline.records import Abstract, Segment
from pipeline.segment import segment
from pipeline.settings import Settings

MOST = 2_000


@dataclass(frozen=True, slots=True)
class Sample:
    """Segments, no two alike, with their words and source pieces; `left_out` counts those too long for the model."""

    texts: tuple[str, ...]
    words: int
    pieces: tuple[int, ...]
    left_out: int


def read_abstracts(paths: Sequence[str]) -> list[Abstract]:
    """The first `MOST` abstracts of files in any format that is read, or of the bundled test set if none is named.

    Records that cannot be used are passed over. Raises `InputError` if nothing is left.
    """
    records = islice(read_paths(list(paths) or [str(BUNDLED["abstracts"])], ReadOptions()), MOST)
    found = [record for record in records if isinstance(record, Abstract) and record.text.strip()]
    if not found:
        raise InputError(f"{', '.join(paths)}: no text to translate; name files of abstracts")
    return found


def sample(abstracts: Sequence[Abstract], translator: Translator, size: int = 0) -> Sample:
    """`size` segments spread evenly over titles and texts, or all with size 0. Raises `InputError` for none at all."""
    texts = list(dict.fromkeys(text for one in abstracts for text in _segments(one, translator.mask_style)))
    limit = min(Settings().max_pieces, translator.max_source_pieces)
    fitting = [(text, count) for text, count in zip(texts, translator.count_pieces(texts), strict=True)
               if 0 < count <= limit]  # fmt: skip
    if not fitting:
        raise InputError("no segment to translate: the texts are empty, or their sentences too long for the model")
    chosen = spread(fitting, size or len(fitting))
    words = sum(len(text.split()) for text, _ in chosen)
    return Sample(tuple(text for text, _ in chosen), words, tuple(n for _, n in chosen), len(texts) - len(fitting))


def _segments(abstract: Abstract, style: str) -> list[str]:
    title, text = repair(abstract.title, TITLE_RULES).text, repair(abstract.text).text
    of_title = [Segment(abstract.id, "title", 0, title)] if title else []
    return [mask(one, style).text for one in (*of_title, *segment(abstract.id, "text", text))]


def spread(items: Sequence[tuple[str, int]], size: int) -> list[tuple[str, int]]:
    """At most `size` of `items`, evenly spread, in order.

    >>> spread([("a", 1), ("b", 1), ("c", 1), ("d", 1)], 2)
    [('a', 1), ('c', 1)]
    """
    size = min(size, len(items))
    return [items[number * len(items) // size] for number in range(size)]
