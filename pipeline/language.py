"""Which language an abstract seems to be in: by its letters and by the commonest English words, no model.

Good enough to notice what was not meant to be there; "not sure" is an answer. What this module does not do: name other
languages, or refuse a text (`pipeline.translate.unfit` does).
"""

import re
from typing import Literal

from pipeline.finish import HAN

Language = Literal["English", "Chinese", "other script", "not sure"]

ENGLISH_SHARE = 0.06
"""Share of a text's words that are `_COMMON`: of 20,000 abstracts in English, 99.9 % have more; others have few."""

_COMMON = frozenset(  # in few other languages
    (
        *("the", "of", "and", "to", "that", "for", "with", "this", "are", "by", "from"),
        *("our", "which", "can", "has", "it", "be"),
    )
)
_HAN_CHAR = re.compile(f"[{HAN}]")
_OTHER_THAN_CHINESE = re.compile(r"[\u3041-\u30ff\uac00-\ud7af]")  # kana and hangul stand beside Han characters
_LATIN_END = "\u0250"


def language_of(text: str) -> Language:
    """The language of a text, or its kind of script, or that it cannot be told.

    >>> language_of("We study the loss of a net."), language_of("我们研究 BERT 的损失"), language_of("Мы изучаем сети")
    ('English', 'Chinese', 'other script')
    >>> language_of("Nous étudions les réseaux de neurones"), language_of("ResNet-50")
    ('not sure', 'not sure')
    """
    if not text.isascii():
        letters = [char for char in text if char.isalpha()]
        latin = sum(char < _LATIN_END for char in letters)
        han = len(_HAN_CHAR.findall(text))
        if 2 * han > len(letters):
            return "other script" if 10 * len(_OTHER_THAN_CHINESE.findall(text)) > han else "Chinese"
        if 2 * latin < len(letters):
            return "other script"
    words = text.lower().split()
    common = sum(word in _COMMON for word in words)
    return "English" if words and common >= ENGLISH_SHARE * len(words) else "not sure"
