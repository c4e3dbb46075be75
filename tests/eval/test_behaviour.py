"""How the shipped model behaves, on every commit: masks, numbers, names, fragments, terms; and what the probes are."""

import re

import pytest

from eval import behaviour
from eval.behaviour import Kept
from models.masks import RESERVED, find_masks
from models.registry import open_translator
from models.translator import Translator
from pipeline.counts import lost_counts
from pipeline.numbers import numbers
from pipeline.records import Abstract, Translation
from pipeline.settings import Settings
from pipeline.translate import translate_block


@pytest.fixture(scope="module")
def shipped() -> Translator:
    return open_translator(device="cpu")


def test_the_probes_are_many_different_and_always_the_same() -> None:
    masked = behaviour.masked_probes()
    assert len(set(masked)) == len(masked) == 2_000 and masked == behaviour.masked_probes()
    assert all(find_masks(probe, RESERVED) == list(range(probe.count("⟦"))) != [] for probe in masked)
    assert not any(re.search(r"\d⟧?[.,]?⟦|⟧[.,]?\d", probe) for probe in masked)  # no mask is a part of a number
    fragments = behaviour.fragment_probes()
    assert len(fragments) == 500 and all(probe.strip() for probe in fragments)
    assert all(numbers(probe) for probe in behaviour.number_probes())
    assert len(behaviour.terms()) >= 200


def told(kept: Kept) -> str:
    return f"{kept}\n" + "\n".join(kept.failures[:10])


def test_masks_survive_before_any_retry(shipped: Translator) -> None:
    # the aim is 99.5 %; on these dense sentences the best hypothesis keeps 97.9 %, one of the beam's 98.5 %
    kept = behaviour.masks_kept(shipped, of_beam=True)
    assert kept.count == 2_000 and kept.share >= 0.98, told(kept)


def test_no_mask_is_lost_after_retries(shipped: Translator) -> None:
    records = [one for one in behaviour.segments() if "$" in one.text]
    abstracts = [Abstract(str(i), "", one.text) for i, one in enumerate(records)]
    done = [one for one in translate_block(abstracts, shipped, Settings()) if isinstance(one, Translation)]
    assert len(done) == len(records) > 20
    assert not [one.target for one in done if any(issue.kind == "masks" for issue in one.issues)]


def test_numbers_survive(shipped: Translator) -> None:
    records = [Abstract(str(i), "", text) for i, text in enumerate(behaviour.number_probes())]
    done = [one for one in translate_block(records, shipped, Settings()) if isinstance(one, Translation)]
    wrong = [one for one in done if any(issue.kind == "numbers" for issue in one.issues)]
    assert len(done) == len(records) > 400
    assert len(wrong) <= 0.015 * len(done), "\n".join(f"{one.source} -> {one.target}" for one in wrong[:10])


AMOUNTS = ("sixteen", "forty-two", "one hundred and fifty", "seven thousand", "ten million", "three billion")
VAGUE = ("tens of thousands", "hundreds of thousands", "tens of millions", "hundreds of millions", "tens of billions")
WITH_AMOUNTS = (
    "The service answers {} of questions a day.",
    "We trained the model on {} of images from hospitals.",
    "Our survey covers {} of papers, more than any before it.",
)


def test_amounts_in_words_survive(shipped: Translator) -> None:
    texts = [one.format(words) for one in WITH_AMOUNTS for words in VAGUE]
    texts += [one.replace(" of ", " ", 1).format(words) for one in WITH_AMOUNTS for words in AMOUNTS]
    records = [Abstract(str(i), "", text) for i, text in enumerate(texts)]
    done = [one for one in translate_block(records, shipped, Settings()) if isinstance(one, Translation)]
    assert len(done) == len(records) == 33
    assert not [(one.source, one.target) for one in done if lost_counts(one.source, one.target)]


def test_rare_words_are_rendered(shipped: Translator) -> None:
    kept = behaviour.words_rendered(shipped)
    assert kept.count == 1_000 and kept.share >= 0.5, told(kept)


def test_rare_terms_that_the_model_gets_wrong_are_mended(shipped: Translator) -> None:
    terms = {
        "associate professor": "副教授",
        "prison cell": "牢房",
        "oyster mushroom": "平菇",
        "sex education": "性教育",
    }
    texts = [f"We collect data about {term} in two cities." for term in terms]
    wrong = [wanted not in one.text for wanted, one in zip(terms.values(), shipped.translate(texts), strict=True)]
    assert any(wrong)  # else there is nothing to mend
    done = translate_block([Abstract(str(i), "", text) for i, text in enumerate(texts)], shipped, Settings())
    targets = [one.target for one in done if isinstance(one, Translation)]
    assert [wanted in target for wanted, target in zip(terms.values(), targets, strict=True)] == [True] * len(terms)


def test_other_scripts_and_rare_signs_come_through(shipped: Translator) -> None:
    texts = {
        "The Chinese word 打 has many meanings, and so does 意思.": ["打", "意思"],
        "The Russian term машинное обучение means machine learning.": ["машинное обучение"],
        "We study proverbs such as 举一反三 (jǔ yī fǎn sān).": ["举一反三", "jǔ yī fǎn sān"],
        "Above 40℃, the sensor fails in 3‰ of the runs.": ["40℃", "3‰"],
        "Fares rise from ₹30 to ₹1,200 on an Erdős–Rényi graph.": ["₹30", "₹1,200", "Erdős–Rényi"],
    }
    records = [Abstract(str(i), "", text) for i, text in enumerate(texts)]
    done = [one for one in translate_block(records, shipped, Settings()) if isinstance(one, Translation)]
    assert len(done) == len(texts)
    assert not [
        one.target for one, parts in zip(done, texts.values(), strict=True) if any(p not in one.target for p in parts)
    ]


def test_names_and_acronyms_are_kept(shipped: Translator) -> None:
    kept = behaviour.names_kept(shipped)
    assert kept.share >= 0.96, told(kept)


def test_fragments_do_not_loop_or_vanish(shipped: Translator) -> None:
    kept = behaviour.fragments_sane(shipped)
    assert kept.share >= 0.995, told(kept)
    records = [Abstract(str(i), "", text) for i, text in enumerate(behaviour.fragment_probes())]
    done = [one for one in translate_block(records, shipped, Settings()) if isinstance(one, Translation)]
    assert len(done) == len(records)
    assert not [one for one in done if not one.target.strip() and not one.issues]  # nothing vanishes unnoticed
    assert sum(not one.target.strip() for one in done) <= 1  # "the", which has no Chinese


def test_common_terms_are_rendered_as_accepted(shipped: Translator) -> None:
    kept = behaviour.terms_accepted(shipped)
    assert kept.share >= 0.95, told(kept)
