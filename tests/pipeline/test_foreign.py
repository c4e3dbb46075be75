"""Other scripts, rare letters and signs: what of them becomes a mask."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.foreign import FOREIGN
from pipeline.mask import mask, restore
from pipeline.records import Segment

TEXTS = {
    "Chinese": ("The words 打 and 举一反三 differ.", ["打", "举一反三"]),
    "Japanese": ("In 私は学生です。 the particle is は.", ["私は学生です", "は"]),
    "Russian": ("It is машинное обучение, in short МО.", ["машинное обучение", "МО"]),
    "Arabic": ("We call it تعلم الآلة here.", ["تعلم الآلة"]),
    "Persian": ("They say می‌خواهم for it.", ["می‌خواهم"]),
    "Hindi": ("In Hindi it is मशीन लर्निंग.", ["मशीन लर्निंग"]),
    "Korean": ("Honorifics (선생님) are kept.", ["선생님"]),
    "pinyin": ("It is read jǔ yī fǎn sān.", ["jǔ yī fǎn sān"]),
    "names": ("On an Erdős–Rényi graph, Kőnig's theorem.", ["Erdős–Rényi", "Kőnig"]),
    "common accents": ("Hölder's naïve café.", []),
    "degrees": ("It fell from 40℃ to -3.5 ℃.", ["40℃", "-3.5 ℃"]),
    "shares": ("A rate of 3‰ and 1,000 °C.", ["3‰"]),
    "money": ("From £30 to ₹1,200, or €4.50.", ["£30", "₹1,200", "€4.50"]),
    "amounts of money": ("From £3 million to €2.5 billion and £30k.", []),
    "Greek and math": ("Let α → β, x ≥ 3 and 5 ± 1 µm.", []),
    "signs": ("We write A ⊕ B in B♭.", ["⊕", "♭"]),
}


@pytest.mark.parametrize(("text", "found"), TEXTS.values(), ids=TEXTS)
def test_what_is_masked(text: str, found: list[str]) -> None:
    masked = mask(Segment("a", "text", 0, text))
    assert list(masked.originals) == found
    assert all(one not in masked.text for one in found)


@given(st.text(alphabet="abé ő'打학я‌ 3.,£℃⊕$-", max_size=40))
def test_masks_give_the_text_back(text: str) -> None:
    masked = mask(Segment("a", "text", 0, text))
    assert restore(masked.text, masked.originals).split() == text.split()  # runs of spaces are folded
    assert not {*"ő打학я℃⊕"} & {*masked.text}


def test_long_text_takes_linear_time() -> None:
    for unit in ("a", "ő", "打", "3.", "打 ", "ő "):
        FOREIGN.sub("", unit * 20_000)
