"""Signs that a translation is not the whole of its source, or that the model stumbled in it.

It is oddly short, or lacks an acronym, a method's name, a number in words or "more than" and the like; it says a word
twice on end or a phrase again, leaves a bracket open, makes up a Latin word, or asks for an address to be filled in.
These signs are too weak to flag a translation (people write 人工智能 for "AI", some sentences are short in Chinese) and
strong enough to look again; what is lacking and the last also keep a pair out of training text.
"""

import re
from itertools import pairwise

from pipeline.counts import lost_counts
from pipeline.finish import HAN

_NAME = re.compile(r"(?<![A-Za-z0-9])(?:[A-Z]{2,}|[A-Z][a-z]+[A-Z]|[a-z]+[A-Z])[A-Za-z0-9]*")
_OFTEN_TRANSLATED = frozenset(
    {"AI", "DOF", "EU", "IOT", "LIDAR", "ML", "PC", "QA", "RL", "SOTA", "TV", "UAV", "UK", "UN", "URL", "US"}
)
_NAMES_FROM = 5  # words of a source: shorter ones are terms, whose acronyms are spelt out
_LENGTH_FROM, _SHORT = 80, 0.25
"""Characters of a source, and the share of them that its target has at least, white space aside.

Of 32,000 careful translations of 20 words and more 1 in 200 is shorter than that, half of all have 0.32 to 0.38.
"""

_AMOUNT = r"(?:an? )?\$?(?:\d|two|three|four|five|six|ten|half|one (?:hundred|thousand|million))"
_BOUNDS = (
    (
        re.compile(rf"\b(?:more|greater|larger|higher) than {_AMOUNT}"),
        re.compile("[超多逾余餘于於比]|以上|高出|不止|过半|過半"),
    ),
    (
        re.compile(rf"\b(?:less|fewer|lower|smaller) than {_AMOUNT}"),
        re.compile("[于於未内內比]|不超過|不到|以下|不足|不超过"),
    ),
    (re.compile(rf"\bat least {_AMOUNT}"), re.compile("至少|起码|以上|不少|不低|最少")),
    (re.compile(rf"[,(%] ?(?:up|down) from {_AMOUNT}"), re.compile("[从從自较較比原前于於]")),
    (re.compile(r"\btop \d"), re.compile("[前最顶頂]|[Tt]op")),
    (
        re.compile(r"\b(?:nearly|almost|approximately|about|roughly) \$?\d"),
        re.compile("[近约約]|左右|几乎|幾乎|大概|上下|大致"),
    ),
)
"""What stands beside a number in English, and signs of it in Chinese: careful segments lack them in 1 of 150."""

_TWICE = re.compile(rf"([{HAN}]{{2,6}})、?\1|([{HAN}])\2\2|(?<![^。；])([{HAN}]{{2,4}})，\3")
"""In careful translations once in 1,000 segments, mostly 多语言语言模型 and the like."""

_PHRASE_FROM = 7
_PHRASE = re.compile(rf"(?=([{HAN}]{{{_PHRASE_FROM}}}))")
"""A phrase that a target says again: 30 of 40,000 careful segments do, with no two words repeated in the source."""
_WORD = re.compile(r"[a-z0-9]+")
_LATIN_WORD = re.compile(r"(?<![A-Za-z0-9])[A-Za-z][A-Za-z0-9'-]+[A-Za-z0-9](?![A-Za-z0-9])")

FILL_IN = re.compile(r"\[[^\[\]]{0,12}(?:链接|网址|鏈接|連結|網址)[^\[\]]{0,12}\](?!\()")
"""[此处填写链接] and the like: what language models write for an address that they were not given."""


def missing(source: str, target: str) -> str:
    """What a target seems to lack, "names", "counts", "bounds" ("more than 5") or length ("short"), or nothing.

    Protected spans are taken out of both texts.

    >>> missing("We train a BERT model on two tasks.", "我们在两个任务上训练了一个模型。")
    'names'
    >>> missing("We train a BERT model on two tasks.", "我们在任务上训练了一个BERT模型。")
    'counts'
    >>> missing("We train a BERT model on two tasks.", "我们在两个任务上训练了一个BERT模型。")
    ''
    """
    telling = len(source.split()) >= _NAMES_FROM and not source.isupper()
    if telling and not _names(source) <= {*_OFTEN_TRANSLATED, *_names(target)}:
        return "names"
    if lost_counts(source, target):
        return "counts"
    if any(english.search(source) and not chinese.search(target) for english, chinese in _BOUNDS):
        return "bounds"
    return "short" if _characters(source) >= _LENGTH_FROM and _characters(target) < _SHORT * _characters(source) else ""


def stumbles(source: str, target: str) -> bool:
    """Whether a target, as its source does not, says something twice, leaves a bracket open, or asks for an address.

    Or it has a Latin word of its own: people write acronyms that the source does not have in 6 of 1,000 segments.

    >>> stumbles("We use orthogonal subspaces (OS).", "我们使用正交正交子空间（OS）。")
    True
    >>> stumbles("We use orthogonal subspaces (OS).", "我们使用正交子空间（OS）。")
    False
    """
    return (
        _TWICE.search(target) is not None
        or (_open_brackets(target) != 0 and _open_brackets(source) == 0)
        or (_says_again(target) and not _repeats_words(source))
        or (FILL_IN.search(target) is not None and "[" not in source)
        or any(word.lower() not in source.lower() for word in _LATIN_WORD.findall(target))
    )


def _says_again(target: str) -> bool:
    first: dict[str, int] = {}
    found = _PHRASE.finditer(target)
    return any(match.start() - first.setdefault(match[1], match.start()) >= _PHRASE_FROM for match in found)


def _repeats_words(source: str) -> bool:
    stems = [word[:5] for word in _WORD.findall(source.lower())]
    pairs = list(pairwise(stems))
    return len(set(pairs)) < len(pairs)


def _open_brackets(text: str) -> int:
    return sum(text.count(sign) for sign in "(（") - sum(text.count(sign) for sign in ")）")


def _names(text: str) -> set[str]:
    """Names with capitals inside, all in capitals, without a plural's s."""
    return {name.removesuffix("s").upper() for name in _NAME.findall(text)}


def _characters(text: str) -> int:
    return len("".join(text.split()))
