"""Titles in Title Case, written as a sentence for the model, which takes "Known Facts" for a name."""

import re

_CAPITALISED = re.compile(r"(?<![\w.'’])[A-Z][a-z]+(?!\w)")
_SMALL = re.compile(r"(?<![\w.'’])[a-z]+(?!\w)")
_LONG = 4  # letters of small words that Title Case would write with a capital
_HEAD = re.compile(r"\S+:|\S")  # the name in "ReBeCA-Net: A Method", or else the first letter
_INSIDE = re.compile(r"(?:(?<=[\w,;)\]] )|(?<=[\w)]-))[A-Z][a-z]+(?!\w)")
_SPELT_OUT = re.compile(r"(?:[A-Z][\w-]+ (?:(?:and|for|in|of|with) )?){2,12}(?=\()")  # "Locally Competitive Nets (LCN)"
_LATIN = re.compile(r"(?<![A-Za-z0-9_./:\\])[a-z]{3,}(?![A-Za-z0-9_])")


def plain_case(title: str, text: str) -> str:
    """A title with small initials but for the words that `text`, its abstract, writes with a capital in a sentence.

    >>> plain_case("Sampling for Gibbs: Known Facts on Markov Chains", "We take facts of Gibbs and Markov.")
    'Sampling for Gibbs: known facts on Markov chains'
    """
    small = sum(len(word) >= _LONG for word in _SMALL.findall(title))
    if len(_CAPITALISED.findall(title)) <= small:
        return title
    names = {_stem(word) for word in _INSIDE.findall(_SPELT_OUT.sub("", text))}
    names -= {_stem(word) for word in _SMALL.findall(text)}
    head = _HEAD.match(title)
    start = head.end() if head else 0
    return title[:start] + _CAPITALISED.sub(
        lambda match: match[0] if _stem(match[0]) in names else match[0].lower(), title[start:]
    )


def capitals_back(title: str, target: str) -> str:
    """The words of a title that its target leaves as they are, with their capitals.

    >>> capitals_back("On Kolmogorov-Arnold Networks", "论kolmogorov-arnold网络")
    '论Kolmogorov-Arnold网络'
    """
    kept = {*_CAPITALISED.findall(title)} - {word.capitalize() for word in _SMALL.findall(title)}
    return _LATIN.sub(lambda match: match[0].capitalize() if match[0].capitalize() in kept else match[0], target)


def _stem(word: str) -> str:
    return word.lower().removesuffix("s")
