"""The dictionary, and pairs varied with its words."""

import random
import re

import pytest

from pipeline.dictionary import dictionary, look_up, plural, vary_words
from pipeline.finish import HAN

PAIR = ("We show the scars of each apartment.", "我们展示了每个公寓的瘢痕。")


def test_the_dictionary_is_words_uses_and_renderings() -> None:
    assert len(dictionary()) > 20_000 and list(dictionary()) == sorted(dictionary())
    for word, (use, renderings) in dictionary().items():
        single = re.fullmatch("[A-Z][a-z]{2,}" if use == "p" else "[a-z]{3,}", word) is not None
        assert single or re.fullmatch("[A-Za-z][A-Za-z'-]*(?:[ -][A-Za-z0-9'-]+)+", word)
        assert use in ("n", "v", "a", "d", "p", "x") and len(set(renderings)) == len(renderings)
        assert all(re.fullmatch(f"[{HAN}]+" if single else f"[A-Za-z0-9{HAN}·—-]+", one) for one in renderings)


@pytest.mark.parametrize("noun", ["fee", "allergy", "catch", "day", "box", "scar"])
def test_a_plural_is_looked_up_as_its_noun(noun: str) -> None:
    known = dictionary()
    many = plural(noun)
    assert look_up(many) in ((known.get(many), False), (known.get(noun), True), None)
    assert look_up("scars") == (known["scar"], True) and look_up("scarses") is None


@pytest.mark.parametrize("seed", range(20))
def test_other_words_stand_on_both_sides(seed: int) -> None:
    english, chinese = vary_words(*PAIR, random.Random(seed)) or ("", "")
    found = re.fullmatch("We show the (.+) of each (.+)[.]", english)
    assert found and (english, chinese) != PAIR
    for word, old, rendering, many in ((found[1], "scars", "瘢痕", True), (found[2], "apartment", "公寓", False)):
        assert (word == old) == (rendering in chinese)
        if word != old:
            nouns = {plural(noun) if many else noun: entry for noun, entry in dictionary().items() if entry.use == "n"}
            assert nouns[word].renderings[0] in chinese


def test_the_article_follows_the_word() -> None:
    for seed in range(40):
        english, _ = vary_words("This is a scar.", "这是瘢痕。", random.Random(seed)) or ("", "")
        article, word = english.removeprefix("This is ").split(" ", 1)
        assert article == ("an" if word[0] in "aeio" else "a")


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("It holds.", "它成立。"),
        ("A scar.", "一个公寓。"),
        ("A scar and a scar.", "瘢痕。"),
        ("A scar.", "瘢痕和瘢痕。"),
        (r"$\\scar$", "瘢痕"),
        ("scar-free", "无瘢痕"),
    ],
    ids=["no word", "another rendering", "twice in English", "twice in Chinese", "a command", "a part"],
)
def test_nothing_to_vary(english: str, chinese: str) -> None:
    assert vary_words(english, chinese, random.Random(1)) is None
