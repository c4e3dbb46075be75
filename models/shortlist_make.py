"""Make a model's shortlist and measure what it changes: the same segments with it and without, on a CPU.

Links between words are learnt from pairs of texts as the model sees them (masked, with the spaces of its training),
from what the model itself makes of texts, or from both. What is measured is measured on texts that nothing was learnt
from.
"""

import re
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from models.alignment import Links, Numbers, align
from models.cache import derived
from models.errors import ModelError
from models.folder import ModelFolder
from models.languages import choose_token, language_tokens
from models.registry import open_translator, resolve
from models.shortlist import FILE, Quality, write
from models.tokens import Tokens, output_words
from models.translator import Translator

LEAST_CHANCE = 2e-4  # of a link that makes a candidate
FREQUENT = 1_500  # target words that are always candidates
"""With these chrF2 of the shipped model on 300 validation abstracts is 0.05 lower, a piece scores 0.0006 lower. Chances
of 5e-4 and 600 frequent words are a tenth faster, and a piece scores 0.0034 lower. The probes of `eval.behaviour`,
before any retry, lose more: of masks 0.65 %, of names 1.3 %.
"""
HELD_BACK, MOST_PROBES = 10, 600  # every tenth text, and so many at most, are probes
LEAST_PROBES = 50

_SHORT = re.compile(r"▁?[^\W\d_]?[\W\d_]?|<0x[0-9A-F]{2}>")  # one letter, digit or mark; a byte
_UNWRITABLE = re.compile("[\t\n ]")  # these part a shortlist's words and lines
_HAN = re.compile("[\u3400-\u9fff]")

Pair = tuple[str, str]
Log = Callable[[str], None]


def make(
    model: str, pairs: Sequence[Pair], texts: Sequence[str], target: Path | None = None, log: Log = lambda _: None
) -> tuple[Path, Quality]:
    """Make the shortlist of a model from `pairs` and from its translations of `texts`; where it is, and its quality.

    It is written to the folder `target`, else to what is derived from the model. Raises `ModelError` if there is not
    enough text to measure with, or the quality is too low: then nothing is written.
    """
    folder = resolve(model)
    tokens = Tokens(folder, choose_token(language_tokens(folder.source_words), "hans", folder.name))
    probes = [*texts[::HELD_BACK], *(source for source, _ in pairs[::HELD_BACK])]
    probes = list(dict.fromkeys(probes[:: max(1, len(probes) // MOST_PROBES)]))[:MOST_PROBES]
    if len(probes) < LEAST_PROBES:
        least, given = HELD_BACK * LEAST_PROBES, len(texts) + len(pairs)
        raise ModelError(f"a shortlist is made from {least} segments at least, and {given} are given: give more text")
    held = set(probes)
    whole = open_translator(model, device="cpu", shortlist=False)
    log(f"translating {len(texts)} segments with the whole vocabulary")
    own = [text for text in texts if text not in held]
    made = [(source, found.text) for source, found in zip(own, whole.translate(own), strict=True)]
    learnt = [*made, *(pair for pair in pairs if pair[0] not in held)]
    log(f"learning links from {len(learnt)} pairs")
    text = build(folder, tokens, _numbers(tokens, learnt))
    with tempfile.TemporaryDirectory() as name:
        tried = Path(name) / FILE
        tried.write_text("\n".join(text) + "\n", encoding="utf-8")
        log(f"measuring on {len(probes)} segments")
        quality = measure(whole, open_translator(model, device="cpu", shortlist=tried), probes)
    path = target or derived(folder, FILE).parent
    write(path, text, quality)
    return path / FILE, quality


def build(folder: ModelFolder, tokens: Tokens, pairs: Iterable[tuple[Numbers, Numbers]]) -> list[str]:
    """The lines of a model's shortlist from pairs of source and target word numbers, without `</s>`."""
    return lines(folder, tokens, align(pairs, len(folder.source_words), len(folder.target_words)))


def lines(folder: ModelFolder, tokens: Tokens, links: Links) -> list[str]:
    """The lines of a shortlist: what is always there, then each source word's links and what copies it."""
    words, writable = folder.target_words, set(output_words(folder))
    frequent = np.argsort(-links.frequency, kind="stable")[:FREQUENT]
    always = {int(number) for number in frequent if links.frequency[number]}
    always |= {n for n in writable if _SHORT.fullmatch(words[n]) and not _HAN.search(words[n])}
    always |= {folder.shape.end, folder.shape.start}
    writable = {number for number in writable if not _UNWRITABLE.search(words[number])}
    always &= writable
    candidates: dict[int, set[int]] = defaultdict(set)
    likely = links.chance >= LEAST_CHANCE
    for source, target in zip(links.source[likely].tolist(), links.target[likely].tolist(), strict=True):
        candidates[source].add(target)
    numbers = {word: number for number, word in enumerate(words)}
    text = ["\t" + " ".join(words[number] for number in sorted(always))]
    for number, word in enumerate(folder.source_words):
        if _UNWRITABLE.search(word):
            continue
        copies = {numbers[piece] for piece in tokens.copies(word) if piece in numbers}
        if wanted := sorted((candidates[number] | copies) & writable - always):
            text.append(f"{word}\t{' '.join(words[target] for target in wanted)}")
    return text


def _numbers(tokens: Tokens, pairs: Sequence[Pair]) -> Iterator[tuple[Numbers, Numbers]]:
    for start in range(0, len(pairs), 1_000):
        some = pairs[start : start + 1_000]
        sources = tokens.source_numbers([source for source, _ in some])
        targets = tokens.target_numbers([target for _, target in some])
        yield from ((np.array(s), np.array(t)) for s, t in zip(sources, targets, strict=True) if s and t)


def measure(whole: Translator, short: Translator, probes: Sequence[str]) -> Quality:
    """Compare the translations of `probes` by a translator with a shortlist with those by one without."""
    from sacrebleu.metrics.chrf import CHRF

    references, found = ([one.text for one in translator.translate(probes)] for translator in (whole, short))
    metric = CHRF()
    score = metric.corpus_score(found, [references]).score
    equal = sum(a == b for a, b in zip(references, found, strict=True))
    loss = [a - b for a, b in zip(whole.scores(probes, references), whole.scores(probes, found), strict=True)]
    return Quality(
        len(probes),
        round(score, 2),
        round(equal / len(probes), 4),
        round(float(np.mean(loss)), 4),
        str(metric.get_signature()),
    )
