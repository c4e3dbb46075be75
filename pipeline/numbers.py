"""Compare the numbers of a source with those of its target, across the ways English and Chinese write them.

Numbers in digits are demanded: each must stand on the other side, in digits or in words, with its percent sign.
Numbers in words ("two", "first", 两, 三分之一) are never demanded, but may answer for digits on the other side
(`pipeline.numerals`). Values are compared, not spellings: 1,000 is 1000 and 一千, 1.2 million is 120万, 10^{-3} is
1e-3, Oct 2021 is 2021年10月.
"""

import re
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Literal, NamedTuple

from pipeline.numerals import ARTICLE, Value, chinese_values, english_values

Percent = Literal["yes", "no", "maybe"]


class Number(NamedTuple):
    """A number in digits: the values it may stand for ("7B" is 7 and 7 billion), as written, and its signs.

    `percent` is "maybe" for the first of a pair such as "10-20%" and for "5 points"; `in_name` says that the digits
    belong to a name such as GPT-4, which a translation may repeat or drop.
    """

    values: tuple[Value, ...]
    text: str
    percent: Percent
    negative: bool
    in_name: bool


class NumberDifference(NamedTuple):
    """What a target misses of its source's numbers, has beyond them, and has with other signs; empty if all agree."""

    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()


_HAS_DIGIT = re.compile(r"[0-9⁰¹²³⁴-⁹₀-₉]")
_ODD_DIGIT = re.compile(r"[⁰¹²³⁴-⁹₀-₉−①-⑳]")
_RAISED = re.compile(r"[⁻⁺]?[⁰¹²³⁴-⁹]+")
_PLAIN_DIGITS: dict[int, int | str] = {
    **str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺₀₁₂₃₄₅₆₇₈₉−", "0123456789-+0123456789-"),
    **{ord("①") + i: f"({i + 1})" for i in range(20)},
}
_SCALES = {
    "hundred": 2, "thousand": 3, "million": 6, "mn": 6, "billion": 9, "bn": 9, "trillion": 12, "lakh": 5,
    "crore": 7, "k": 3, "K": 3, "m": 6, "M": 6, "b": 9, "B": 9, "T": 12, "百": 2, "千": 3, "万": 4, "亿": 8,
}  # fmt: skip
_NUMBER = re.compile(
    r"(?P<sign>(?<![A-Za-z0-9)\]}%./+¤–-])(?:(?<![㐀-鿿])|(?<=[为到至是从于约达在和与]))[-–](?=\.?[0-9]))?"
    r"(?P<digits>(?:[1-9][0-9]{0,2}(?:(?:,|\{,\})[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)*|(?<![\w.])\.[0-9]+)"
    r"(?:[eE](?P<e>[-+]?[0-9]{1,3})(?![0-9A-Za-z]))?"
    r"(?:\s?\^\s?\{?(?P<power>[-+]?[0-9]{1,4})\}?|\s?的(?P<minus>负)?(?P<zh_power>-?[0-9]{1,4})次[方幂])?"
    r"(?:[\s-]?(?P<word>hundred|thousand|million|billion|trillion|mn|bn|lakh|crore)s?(?![A-Za-z])"
    r"|(?P<letter>[kKmMbBT]|\s[KMB])(?![A-Za-z0-9])|\s?[余多]?(?P<zh>[百千万亿]+)(?![分克米瓦兆字卡赫帕伏焦比]))?"
    r"(?P<percent>\s?(?:\$?\\?%|％)|[\s-]?(?:percent|per cent|pp(?![A-Za-z])|p\.p|个?百分点)"
    r"|(?=[\s-](?:[A-Za-z-]+\s){0,2}points?\b))?"
)
_CONNECTOR = re.compile(
    r"\s*(?:[-–—~～/±、,，;；]|to|and|or|vs\.?|versus|through|over|from|\+/-|\\pm|,\s?and|,\s?or"
    r"|——|至|到|和|与|或|及|以及|增至|升至|降至|提升至|提高到|提高至|提升到|降低到|降低至|增加到|增加至)\s*"
)
_RANGE = re.compile(r"\s?(?:[-–—]|--)\s?|\s(?:to|or|and)\s")
_PLUS_MINUS = re.compile(r"±|(?:plus|\+) or (?:minus|-)|\\pm|(?:\+/-|\+-|正负)(?=\}?\s?\.?[0-9])")
_POINTS = re.compile(r"points?\b|percent|%|pp\b")
_GROUPED_BY_SPACE = re.compile(r"(?<=[0-9]) (?=[0-9]{3}(?![0-9]))")
_JOINT = re.compile(r".?[A-Za-z][24][A-Za-z].?|[A-Za-z]-[24]-[A-Za-z]")
_MINUS = re.compile(r"\$?[-–]\$?\s?")
_DOWNWARDS = re.compile(r"[负降减低跌少损缩差]")
_LARGEST_POWER = 60
_ONE = Decimal(1)


def numbers(text: str) -> list[Number]:
    """The numbers that a text writes in digits, in order.

    >>> [str(number.values[0]) for number in numbers("1.2 million of 3,000 (95.2%), 10^{-3}, v1.2.3")]
    ['1.2E+6', '3000', '95.2', '0.001', '1.2.3']
    """
    if _ODD_DIGIT.search(text):
        text = _RAISED.sub(lambda match: f"^{match[0]}", text).translate(_PLAIN_DIGITS)
    found: list[tuple[Number, re.Match[str]]] = []
    for match in _NUMBER.finditer(text):
        start, end = match.span("digits")
        if text[start:end] in ("2", "4") and _JOINT.fullmatch(text, max(0, start - 2), end + 2):
            continue  # "sim2real", "E2E": a word
        if text[start:end] == "00" and text[start - 1 : start] == ":":
            continue  # "04:00" is 4点
        name = _in_name(text, start, end)
        found.append(
            (Number(_values(match), match[0].strip(), _percent(match, text), bool(match["sign"]), name), match)
        )
    for i in range(len(found) - 1, 0, -1):  # "3, 5 and 8%" may mean 3%, 5% and 8%, "3 to 5 million" 3 to 5 millions
        (number, match), (next_number, next_match) = found[i - 1], found[i]
        listed = next_number.percent != "no" and number.percent == "no"
        if listed and _CONNECTOR.fullmatch(text, match.end(), next_match.start()):
            number = number._replace(percent="maybe")
        value = number.values[0]
        scaled = next_match["word"] and match[0] == match["digits"]
        if scaled and isinstance(value, Decimal) and _RANGE.fullmatch(text, match.end(), next_match.start()):
            number = number._replace(values=(value, value.scaleb(_SCALES[next_match["word"]])))
        found[i - 1] = (number, match)
    return [number for number, _ in found]


def _percent(match: re.Match[str], text: str) -> Percent:
    sign = match["percent"]
    if sign is not None:
        return "yes" if sign else "maybe"
    return "yes" if text.endswith(("百分之", "%"), 0, match.start()) else "no"


def _in_name(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    if before in ("-", "_"):
        before = text[start - 2 : start - 1]
    if after == "-":
        after = text[end + 1 : end + 2]
    return (before.isascii() and before.isalpha()) or (after.isascii() and after.isalpha())


def _values(match: re.Match[str]) -> tuple[Value, ...]:
    """What the digits may stand for, the likeliest first."""
    digits = match["digits"].replace("{,}", "").replace(",", "")
    if digits.count(".") > 1:
        return (digits,)
    base = Decimal(digits)
    if match["e"]:
        base = base.scaleb(int(match["e"]))
    power = match["power"] or match["zh_power"]
    if power:
        exponent = -int(power) if match["minus"] else int(power)
        if abs(exponent) > _LARGEST_POWER or base > 1000:
            return (f"{base.normalize()}^{exponent}",)
        base = base**exponent if base else base
    if scale := match["word"] or match["letter"]:
        scaled = base.scaleb(_SCALES[scale.strip()])
        return (scaled,) if match["word"] else (base, scaled)
    if match["zh"]:
        return (base.scaleb(sum(_SCALES[char] for char in match["zh"])),)
    if digits.endswith("0") and len(digits) == 4 and match.string.startswith(("s", "'s", "’s"), match.end()):
        return (base, base % 100 or base // 100 + 1)  # the 1990s are 20世纪90年代, the 2000s 21世纪初
    return (base,)


def compare_numbers(source: str, target: str) -> NumberDifference:
    """What is wrong with the numbers of a target.

    >>> compare_numbers("a 3% gain on 1.2 million images", "在120万张图像上提高3.5%")
    NumberDifference(missing=('3%',), extra=('3.5%',), signs=())
    >>> compare_numbers("two of 10,000 in Oct 2021", "2021年10月1万个中的2个")
    NumberDifference(missing=(), extra=(), signs=())
    """
    if not _HAS_DIGIT.search(source) and not _HAS_DIGIT.search(target):
        return NumberDifference()
    here, there = numbers(source), numbers(target)
    missing, extra, unlike = _match(here, there)
    if missing and extra and _GROUPED_BY_SPACE.search(source):
        here = numbers(_GROUPED_BY_SPACE.sub("", source))
        missing, extra, unlike = _match(here, there)
    if missing or extra:
        english, chinese = english_values(source), chinese_values(target)
        chinese[_ONE] += max(0, chinese[ARTICLE] - english[ARTICLE])
        missing = _unanswered(missing, chinese, english, there)
        english[_ONE] += english[ARTICLE] + target.count("1/")  # "50x less" is 1/50
        extra = _unanswered(extra, english, chinese, here)
    if unlike and _POINTS.search(source):
        unlike = [pair for pair in unlike if not pair.endswith("百分点")]
    signs = [*unlike, *_unlike_signs(source, target, here, there)]
    return NumberDifference(tuple(one.text for one in missing), tuple(one.text for one in extra), tuple(signs))


def _match(here: Sequence[Number], there: Sequence[Number]) -> tuple[list[Number], list[Number], list[str]]:
    """Pair equal numbers off; what is left on each side, and pairs of which only one has a percent sign."""
    free: dict[Value, list[int]] = {}
    for place, number in enumerate(there):
        for value in number.values:
            free.setdefault(value, []).append(place)
    taken: set[int] = set()
    missing, unlike = [], []
    for number in sorted(here, key=_readings):
        places = [place for value in number.values for place in free.get(value, ()) if place not in taken]
        if not places:
            missing.append(number)
            continue
        _, _, place = min((not _same_percent(number, there[place]), _readings(there[place]), place) for place in places)
        taken.add(place)
        if not _same_percent(number, there[place]):
            unlike.append(f"{number.text} as {there[place].text}")
    return missing, [number for place, number in enumerate(there) if place not in taken], unlike


def _readings(number: Number) -> int:
    return len(number.values)


def _same_percent(one: Number, other: Number) -> bool:
    return one.percent == other.percent or "maybe" in (one.percent, other.percent)


def _unanswered(
    left: Sequence[Number], words: Counter[Value], own_words: Counter[Value], others: Sequence[Number]
) -> list[Number]:
    """The numbers that no word of the other side stands for, nor, for digits in names, any number of it.

    A word that the number's own side has as well translates that one, and so answers for no digits.
    """
    names = {value for number in others for value in number.values if number.in_name or len(number.values) > 1}
    values = {value for number in others for value in number.values}
    spare = words - own_words
    unanswered = []
    for number in left:
        answer = next((value for value in number.values if spare[value] > 0), None)
        if answer is not None:
            spare[answer] -= 1
        elif names.isdisjoint(number.values) and not (number.in_name and not values.isdisjoint(number.values)):
            unanswered.append(number)
    return unanswered


def _unlike_signs(source: str, target: str, here: Sequence[Number], there: Sequence[Number]) -> list[str]:
    """A ± on one side only, and negative numbers that are positive on the other side without a word for it."""
    found = []
    if bool(_PLUS_MINUS.search(source)) != bool(_PLUS_MINUS.search(target)):
        found.append("±")
    for some, others, text in ((here, there, target), (there, here, source)):
        negative = {value for number in others if number.negative for value in number.values}
        text = _MINUS.sub("-", text)
        found += [
            number.text
            for number in some
            if number.negative
            and negative.isdisjoint(number.values)
            and number.text.replace("–", "-") not in text
            and not (others is there and _DOWNWARDS.search(text))
        ]
    return found
