"""How long a translation would take on this machine: a small part of it is translated and timed.

What it does not know: whether other programs will want the processor. A run works in larger blocks and is a little
faster than a sample; a first run of a model also converts it, which is not timed here.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from models.translator import Translator
from pipeline.progress import reviewed
from pipeline.records import Abstract, Translation
from pipeline.settings import Settings
from pipeline.translate import translate_block

SECONDS = 1.5  # after which, or after so many segments, no further block is begun
SEGMENTS = 60
_BLOCK = 6  # abstracts translated at once: some fifty segments, enough for batches like those of a run


@dataclass(frozen=True, slots=True)
class Estimate:
    """Seconds for all, and what they were reckoned from; `words` are those of the timed sample.

    Of its `segments`, `recalled` came from the memory.
    """

    seconds: float
    sample_seconds: float
    segments: int
    words: int
    system: str
    recalled: int = 0

    @property
    def words_per_second(self) -> float:
        """The speed that was measured."""
        return self.words / max(self.sample_seconds, 1e-9)


def estimate(sample: Sequence[Abstract], words: int, translator: Translator, settings: Settings) -> Estimate:
    """Time the translation of abstracts spread over `sample`, and scale it to `words` words of titles and texts.

    Raises `ValueError` for an empty sample, `models.errors.ModelError` if the translator fails.
    """
    if not sample:
        raise ValueError("no abstract to time the translation of")
    translator.translate(["A first sentence, so that nothing is timed that happens only once."], settings.decoding)
    seconds, segments, done, recalled = 0.0, 0, 0, 0
    for block in _spread(sample):
        started = time.monotonic()
        results = translate_block(block, translator, settings)
        seconds += time.monotonic() - started
        recalled += reviewed(results)
        for result in results:
            if isinstance(result, Translation):
                segments += len(result.segments) + bool(result.title_zh)
                done += len(result.source.split()) + len(result.abstract.title.split())
        if seconds > SECONDS or segments >= SEGMENTS:
            break
    return Estimate(seconds * words / max(done, 1), seconds, segments, done, settings.signature(translator), recalled)


def _spread(sample: Sequence[Abstract]) -> list[list[Abstract]]:
    """Blocks whose abstracts are spread evenly over a sample; nothing stands in two."""
    count = max(1, len(sample) // _BLOCK)
    return [list(sample[start::count]) for start in range(count)]
