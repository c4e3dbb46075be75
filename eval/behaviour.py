"""How a model behaves, apart from scores: masks, numbers, names, fragments and terms, on probes made from our own text.

The probes are built from the bundled test set and the bundled list of terms, always the same ones. Hypotheses are
looked at before any retry, as the model gives them, so that a model is measured and not what mends it: the best one,
and any that the beam ends with, among which `zhaiyi translate` takes the first that passes its checks.
"""

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from eval.testset import load_testset
from models.masks import RESERVED, find_masks
from models.translator import Decoding, Translator
from pipeline.dictionary import look_up
from pipeline.lexicon import lexicon
from pipeline.mask import fold_typography, mask
from pipeline.normalize import normalize
from pipeline.numbers import compare_numbers, numbers
from pipeline.records import Segment
from pipeline.repetition import longest_loop
from pipeline.retry import all_of_beam
from pipeline.segment import segment

TERMS = Path(__file__).parent / "testsets" / "terms.tsv"
_NAME = re.compile(r"(?<![\w⟦⟧.-])(?:[A-Z]{2,}\d*|[A-Z][a-z]+[A-Z]\w*|[A-Z]\w*-\d+)(?![\w⟦⟧-])")
_MASKABLE = re.compile(r"(?<![\w⟦⟧.,-])(?:[A-Z][A-Za-z0-9]*[A-Z0-9][A-Za-z0-9]*|\d+(?:[.,]\d+)*%?)(?![\w⟦⟧%-]|[.,]\d)")
_WITH_MASKS = (
    "Let {} be the number of {terms} and {} their dimension.",
    "We prove that the error is at most {} for every {} in {}.",
    "Given {}, {term} finds a solution in {} steps.",
    "We study {term} under the constraint {}.",
    "The code for {term} is available at {}.",
    "When {} is large, {term} converges at the rate {}.",
    "Compared with {}, our approach to {term} needs only {} samples.",
    "Here {} denotes the {term} of {}.",
    "A {term} with parameters {} maps {} to {}.",
    "The complexity of {term} drops from {} to {}.",
)
_WITH_NUMBERS = (
    "On {term}, accuracy rises from {a}.{b}% to {c}.{d}%.",
    "We train on {c} data sets with {a},{e} examples of {term}.",
    "With {a} layers, {term} is {b}.{d} times faster.",
    "In {c}% of all cases, {term} needs at most {e} steps.",
)
_WITH_TERMS = ("We study {}.", "In this paper, we propose a new approach to {}.", "Experiments on {} show clear gains.")
_WITH_WORDS = ("We collect data about {} in two cities.", "The role of {} in such systems is not well understood.")
_HEADINGS = """Introduction; Related Work; Background; Methods; Results; Discussion; Conclusion; Appendix; Limitations;
Acknowledgments; Data Availability; Keywords; Objective; Ethics Statement; Future Work; Experimental Setup; Table 1;
Figure 2; 1 Introduction; A. Proofs; Overview; Motivation; Contributions; Preliminaries; Notation; Baselines; Ablations;
RESULTS AND DISCUSSION; MATERIALS AND METHODS; Yes.; No.; Why?; However,; and more; e.g.; TODO; N/A; (a); Q.E.D.; the;
We; model; training; ImageNet; BERT; GPT-4; PyTorch; 42; 3.14; 2021""".replace("\n", " ").split("; ")


@dataclass(frozen=True, slots=True)
class Kept:
    """How many of `count` probes kept what they should, and some that did not."""

    kept: int
    count: int
    failures: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return self.kept / self.count

    def __str__(self) -> str:
        return f"{100 * self.share:.2f} % of {self.count:,}"


@cache
def terms() -> dict[str, tuple[str, ...]]:
    """The bundled terms and their accepted renderings.

    >>> terms()["transfer learning"][0]
    '迁移学习'
    """
    rows = (line.split("\t") for line in TERMS.read_text(encoding="utf-8").splitlines())
    return {english: tuple(chinese.split("|")) for english, chinese in rows}


@cache
def segments() -> tuple[Segment, ...]:
    """The segments of the bundled abstracts."""
    return tuple(one for found in load_testset("abstracts") for one in segment(found.id, "text", normalize(found.text)))


def masked_probes(count: int = 2_000) -> list[str]:
    """Segments with masks: those of the test set with names and numbers masked in many ways, and made ones."""
    rng = random.Random(1)
    names = list(terms())
    probes: dict[str, None] = {}
    for template in _WITH_MASKS:
        for name in rng.sample(names, count // (3 * len(_WITH_MASKS))):
            probes[_numbered(template.replace("{terms}", "samples").replace("{term}", name))] = None
    while len(probes) < count:
        masked = mask(rng.choice(segments())).text
        words = [match.span() for match in _MASKABLE.finditer(masked)]
        for start, end in sorted(rng.sample(words, min(len(words), rng.randint(1, 3))), reverse=True):
            masked = masked[:start] + "{}" + masked[end:]
        if "{}" in masked:
            probes[_numbered(re.sub(r"⟦\d+⟧", "{}", masked))] = None
    return list(probes)


def _numbered(template: str) -> str:
    pieces = template.split("{}")
    return pieces[0] + "".join(RESERVED.format(number) + piece for number, piece in enumerate(pieces[1:]))


def number_probes() -> list[str]:
    """Segments of the test set that hold numbers, and made ones; formulas are left out."""
    rng = random.Random(2)
    probes = [text for one in segments() if numbers(text := fold_typography(one.text)) and "$" not in text]
    for template in _WITH_NUMBERS:
        for name in rng.sample(list(terms()), 50):
            digits = {key: rng.randint(2, 9) for key in "abd"} | {"c": rng.randint(10, 99), "e": rng.randint(100, 999)}
            probes.append(template.format(term=name, **digits))
    return probes


def fragment_probes(count: int = 500) -> list[str]:
    """Headings, single words, terms in capitals, beginnings of sentences: what makes models loop."""
    rng = random.Random(3)
    names = list(terms())
    probes = [*_HEADINGS, *names[::2], *(name.title() for name in names[1::4]), *(name.upper() for name in names[3::4])]
    for one in rng.sample(segments(), count - len(probes)):
        words = one.text.split()
        probes.append(" ".join(words[: rng.randint(2, min(6, len(words)))] if len(words) > 2 else words))
    return probes


def masks_kept(translator: Translator, *, of_beam: bool = False) -> Kept:
    """Probes whose hypothesis has exactly the masks of its source, each once; or one of the beam's."""
    return _kept(
        translator,
        masked_probes(),
        lambda source, found: Counter(find_masks(source, RESERVED)) == Counter(find_masks(found, RESERVED)),
        of_beam,
    )


def numbers_kept(translator: Translator, *, of_beam: bool = False) -> Kept:
    """Probes whose hypothesis has the numbers of its source and no others; or one of the beam's."""
    return _kept(translator, number_probes(), lambda source, found: not any(compare_numbers(source, found)), of_beam)


def names_kept(translator: Translator) -> Kept:
    """Acronyms and names with inner capitals that stand in the hypothesis as in the source."""
    return _count(
        (name, hypothesis, name in hypothesis)
        for source, hypothesis in _translated(translator, [mask(one).text for one in segments()])
        for name in dict.fromkeys(_NAME.findall(source))
    )


def fragments_sane(translator: Translator) -> Kept:
    """Fragments whose hypothesis is not empty, has no loop, and did not run into its greatest length."""
    probes = fragment_probes()
    return _count(
        (source, found.text, bool(found.text.strip()) and longest_loop(found.text).repeats < 3 and not found.truncated)
        for source, found in zip(probes, translator.translate(probes), strict=True)
    )


def terms_accepted(translator: Translator) -> Kept:
    """Terms, each in three sentences, that are rendered in an accepted way."""
    probes = [(name, template.format(name)) for name in terms() for template in _WITH_TERMS]
    hypotheses = translator.translate([text for _, text in probes])
    return _count(
        (name, found.text, any(wanted in found.text.replace(" ", "") for wanted in terms()[name]))
        for (name, _), found in zip(probes, hypotheses, strict=True)
    )


def words_rendered(translator: Translator, count: int = 1_000) -> Kept:
    """Nouns and terms of the dictionary, drawn at random, for which the hypothesis has a sign of the lexicon.

    Of most that is a whole rendering of the dictionary.
    """
    nouns = sorted(word for word in lexicon() if (found := look_up(word)) and found[0].use == "n")
    words = random.Random(4).sample(nouns, count)
    probes = [_WITH_WORDS[i % len(_WITH_WORDS)].format(word) for i, word in enumerate(words)]
    return _count(
        (source, hypothesis, any(sign in hypothesis for sign in lexicon()[word].signs))
        for word, (source, hypothesis) in zip(words, _translated(translator, probes), strict=True)
    )


MEASURES: dict[str, Callable[[Translator], Kept]] = {
    "masks kept, before any retry": masks_kept,
    "masks kept by a hypothesis of the beam, before any retry": partial(masks_kept, of_beam=True),
    "numbers kept, before any retry": numbers_kept,
    "numbers kept by a hypothesis of the beam, before any retry": partial(numbers_kept, of_beam=True),
    "names and acronyms kept": names_kept,
    "fragments without loop or loss": fragments_sane,
    "common terms rendered as accepted": terms_accepted,
    "rare words and terms rendered, before any retry": words_rendered,
}
"""What is measured of a model, by what the card calls it."""


def _translated(translator: Translator, probes: list[str]) -> Iterator[tuple[str, str]]:
    return ((source, found.text) for source, found in zip(probes, translator.translate(probes), strict=True))


def _kept(translator: Translator, probes: list[str], right: Callable[[str, str], bool], of_beam: bool) -> Kept:
    decoding = all_of_beam(Decoding()) if of_beam else Decoding()
    return _count(
        (source, found[0].text, any(right(source, one.text) for one in found))
        for source, found in zip(probes, translator.hypotheses(probes, decoding), strict=True)
    )


def _count(results: Iterator[tuple[str, str, bool]]) -> Kept:
    found = list(results)
    failures = tuple(f"{source} -> {hypothesis}" for source, hypothesis, good in found if not good)
    return Kept(len(found) - len(failures), len(found), failures)
