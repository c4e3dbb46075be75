"""Numbers that an English text has in words: "seven of eight", "sixteen million", "hundreds of thousands", "a third".

Chinese counts by 万 (10^4) and 亿 (10^8), so that an amount translated word by word is mostly another one. What a
target lacks is found here, and how Chinese writes it.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from models.masks import RESERVED
from pipeline.mask import fold_typography, in_order
from pipeline.numbers import numbers
from pipeline.numerals import TENS, UNITS, Value, chinese_integer, chinese_values

SMALL = 12
"""Up to here a number may be a part of a Chinese word, and is taken for there if its character is."""

_UNITS, _TENS = UNITS.split()[1:], TENS.split()
_VALUES = {word: value for value, word in enumerate(_UNITS, 1)} | {word: 10 * n for n, word in enumerate(_TENS, 2)}
_POWERS = {"ten": 1, "hundred": 2, "thousand": 3, "million": 6, "billion": 9, "trillion": 12}
_HINT = re.compile(
    "|".join([*_UNITS[1:12], "teen", *_TENS, "hundred", "thousand", "illion", "third", "quarter", "fifth"]),
    re.IGNORECASE,
)

_SCALE = "(?:thousand|million|billion|trillion)"
_UNDER_100 = rf"(?:(?:{'|'.join(_TENS)})(?:[ -](?:{'|'.join(_UNITS[:9])})(?![a-z]))?|{'|'.join(_UNITS)})"
_UNDER_1000 = rf"(?:(?:{_UNDER_100}|a)[ -]hundred(?:(?: and |[ -]){_UNDER_100})?|{_UNDER_100})"
_PART = rf"(?: and |[ -]){_UNDER_1000}"
_MORE_OF_IT = rf"[ -](?:{'|'.join([*_UNITS, *_TENS])}|[a-z]+ties|hundreds?|{_SCALE}|point)\b|, {_UNDER_100} hundred and"
_ORDINAL = (
    r"[ -](?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|[a-z]+teenth|[a-z]+tieth"
    r"|hundredth|thousandth|half|halve|quarter)s?\b"
)
_START = r"(?<![\w.-])(?<!\d )(?<!point )(?<!half )(?<!dozen )(?<!teen )(?<!nty )(?<!rty )"
_EXACT = re.compile(
    rf"{_START}(?:{_UNDER_1000}(?: {_SCALE}(?!-)(?:{_PART}(?:[ -]{_SCALE}(?:{_PART})?)?)?|-{_SCALE}(?!-scale))?"
    rf"|a {_SCALE}(?!-)(?:{_PART})?|a hundred {_SCALE}(?!-)|hundred[ -]{_SCALE}(?!-scale))"
    rf"(?P<percent>[ -]per ?cent\b)?(?!\w|{_MORE_OF_IT}|{_ORDINAL})",
    re.IGNORECASE,
)
_VAGUE = re.compile(
    rf"{_START}(?:(?P<many>ten|hundred)s of (?P<of>{_SCALE})s"
    rf"|(?:several|a few|few) (?P<few>hundred {_SCALE}|hundred|{_SCALE})|(?P<some>hundred|{_SCALE})s)(?![\w-])",
    re.IGNORECASE,
)
_PARTS = {"third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10}
_PART_NAME = "|".join(_PARTS)
_LEADING = "by|about|nearly|almost|roughly|approximately|around|over|under|than|just|only"
_FRACTION = re.compile(  # "a third" alone may be a third one
    rf"\b(?:(?:an?|one)[ -](?P<of>{_PART_NAME})(?= (?:of|the|as|fewer|less|more)\b)"
    rf"|(?P<leading>(?:{_LEADING}) )(?:an?|one)[ -](?P<by>{_PART_NAME})"
    r"(?=[,.;:)]|$| (?:compared|relative|while|and|when)\b)"
    rf"|(?!(?:two|four)[ -]quarters)(?P<many>{'|'.join(_UNITS[1:9])})[ -](?P<parts>{_PART_NAME})s)(?![\w-])",
    re.IGNORECASE,
)
_UNDER_TEN_THOUSAND = {1: "十", 2: "百", 3: "千"}
_CHINESE_UNITS = ((12, "万亿"), (8, "亿"), (4, "万"), (0, ""))
_CHARACTERS: dict[Decimal, str] = {
    Decimal(value): sign for value, sign in enumerate(["[二两双俩]", *"三四五六七八九十", "十一", "十二"], 2)
}
_CHARACTERS |= {Decimal(14): "两周|两个?星期", Decimal(30): "半"}  # fourteen days, thirty minutes
_MANY = {2: "成百上千", 3: "成百上千|成千上万", 4: "成千上万|上万", 6: "千百万|亿万"}  # by the power of ten
_DIGITS = "零一二三四五六七八九"
_TENTHS = re.compile(f"([{_DIGITS}])成([{_DIGITS}])?")
_ABOUT = re.compile(f"(十?)([{_DIGITS}])([{_DIGITS}])((?:十|百|千|万|亿)*)")
_MORE = re.compile("(?<=[十百千])[多余来](?=[万亿])")
_SIMPLIFIED = str.maketrans("萬億兩雙倆餘來", "万亿两双俩余来")


class Count(NamedTuple):
    """A number in words: where it stands, how Chinese writes it, and its value or a pattern of what Chinese must have.

    >>> next(counts("It has sixteen million users."))
    Count(start=7, end=22, chinese='1600万', value=Decimal('16000000'), sign='')
    """

    start: int
    end: int
    chinese: str
    value: Decimal | None
    sign: str


def counts(text: str) -> Iterator[Count]:
    """The numbers in words of an English text, from two upwards, in order.

    >>> [count.chinese for count in counts("Seven of a hundred and six served hundreds of millions.")]
    ['7', '106', '数亿']
    """
    if not _HINT.search(text):
        return
    found = [*map(_vague, _VAGUE.finditer(text)), *map(_fraction, _FRACTION.finditer(text))]
    taken = {place for count in found for place in range(count.start, count.end)}
    for match in _EXACT.finditer(text):
        value = Decimal(_value(match[0].lower()))
        if value > 1 and match.start() not in taken:
            found.append(Count(*match.span(), in_digits(value) + "%" * bool(match["percent"]), value, ""))
    yield from sorted(found)


def _vague(match: re.Match[str]) -> Count:
    words = " ".join(word for word in match.group("many", "of", "few", "some") if word)
    power = sum(_POWERS[word] for word in words.lower().split())
    size, unit = next((size, unit) for size, unit in _CHINESE_UNITS if power >= size)
    stem = _UNDER_TEN_THOUSAND.get(power - size, "") + unit
    signs = [rf"(?<![十百千万]){stem}(?![万亿])", _MANY.get(power, "")]
    return Count(*match.span(), f"数{stem}", None, "|".join(filter(None, signs)))


def _fraction(match: re.Match[str]) -> Count:
    how_many = _VALUES[(match["many"] or "one").lower()]
    parts = _PARTS[(match["of"] or match["by"] or match["parts"]).lower()]
    chinese = f"{in_words(parts, True)}分之{in_words(how_many, True)}"
    percent, rest = divmod(100 * how_many, parts)
    signs = [chinese, f"{how_many}/{parts}", str(percent), *([str(percent + 1)] if rest else [])]
    if percent % 10 == 0 and not rest:
        signs.append(f"{_DIGITS[percent // 10]}成")
    start = match.end("leading") if match["leading"] else match.start()
    return Count(start, match.end(), chinese, None, "|".join(signs))


def _value(words: str) -> int:
    """The value of a number in lower-case words: "a hundred and six thousand" is 106,000."""
    total = current = 0
    for word in re.findall("[a-z]+", words):
        if word in _VALUES:
            current += _VALUES[word]
        elif word == "hundred":
            current = (current or 1) * 100
        elif word in _POWERS:
            total, current = total + (current or 1) * 10 ** _POWERS[word], 0
    return total + current


def in_digits(value: Decimal) -> str:
    """A number from 1 upwards as Chinese writes it with digits.

    >>> in_digits(Decimal(16_000_000)), in_digits(Decimal(2_000)), in_digits(Decimal("3.5e8"))
    ('1600万', '2000', '3.5亿')
    """
    power, unit = next((power, unit) for power, unit in _CHINESE_UNITS if value >= 10**power or not power)
    return f"{value.scaleb(-power).normalize():f}{unit}"


def in_words(value: int, chinese: bool = False) -> str:
    """A number below 100 in words.

    >>> in_words(42), in_words(42, chinese=True), in_words(13, chinese=True)
    ('forty-two', '四十二', '十三')
    """
    ten, one = divmod(value, 10)
    if chinese:
        digits = ["", *"一二三四五六七八九"]
        return f"{digits[ten] if ten > 1 else ''}{'十' if ten else ''}{digits[one]}"
    return _UNITS[value - 1] if value < 20 else "-".join([_TENS[ten - 2], *([_UNITS[one - 1]] if one else [])])


def is_vague(count: Count) -> bool:
    """Whether it is "hundreds" or the like, whose "of" has no word in Chinese."""
    return count.chinese.startswith("数")


def lost_counts(source: str, target: str, least: int = 2) -> list[str]:
    """The numbers in words from `least` upwards that a target has neither in digits nor in words.

    Of 1,000 of them careful translations lack 4.

    >>> lost_counts("It serves tens of millions on two continents.", "它在两大洲服务数万人。")
    ['tens of millions']
    """
    source = fold_typography(source)
    wanted = [count for count in counts(source) if count.value is None or count.value >= least]
    if not wanted:
        return []
    target = _MORE.sub("", target.translate(_SIMPLIFIED))
    values = {value for number in numbers(target) for value in number.values} | chinese_values(target).keys()
    values |= _tenths_and_about(target)
    return [source[count.start : count.end] for count in wanted if not _answered(count, target, values)]


def _tenths_and_about(text: str) -> set[Value]:
    """The values of 九成 and 九成五 (90 and 95 %), and of 二三十 and 十五六 (20 or 30, 15 or 16)."""
    found: set[Value] = set()
    for ten, one in _TENTHS.findall(text):
        found.add(Decimal(10 * _DIGITS.index(ten) + (_DIGITS.index(one) if one else 0)))
    for ten, one, other, unit in _ABOUT.findall(text):
        scale = chinese_integer(unit or "一")
        found |= {
            Decimal(10 * bool(ten) + _DIGITS.index(one)) * scale,
            Decimal(10 * bool(ten) + _DIGITS.index(other)) * scale,
        }
    return found


def _answered(count: Count, target: str, values: set[Value]) -> bool:
    if count.value is None:
        return re.search(count.sign, target) is not None
    sign = _CHARACTERS.get(count.value)
    return count.value in values or (sign is not None and re.search(sign, target) is not None)


def amounts(text: str) -> list[str]:
    """The numbers in words that are more than `SMALL` or vague, as a text writes them.

    >>> amounts("Two of sixteen million users read hundreds of pages.")
    ['sixteen million', 'hundreds']
    """
    return [text[count.start : count.end] for count in counts(text) if count.value is None or count.value > SMALL]


def mask_counts(
    text: str, originals: Sequence[str], lost: Collection[str], style: str = RESERVED
) -> tuple[str, tuple[str, ...]]:
    """Mask the numbers in words that are in `lost` too; returns the text and what to restore, in its order.

    >>> mask_counts("We serve tens of millions of users with ⟦0⟧ on two continents.", ("$L$",), ["tens of millions"])
    ('We serve ⟦0⟧ users with ⟦1⟧ on two continents.', ('数千万', '$L$'))
    """
    values, parts, last = list(originals), [], 0
    for count in counts(text):
        if text[count.start : count.end] in lost:
            parts += [text[last : count.start], style.format(len(values))]
            values.append(count.chinese)
            last = count.end + (len(" of") if is_vague(count) and text.startswith(" of ", count.end) else 0)
    return in_order("".join([*parts, text[last:]]), values, style)
