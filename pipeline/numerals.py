"""The values that numbers in words may stand for: "twenty-one", "first", "Oct" in English, 二十一, 两, 首 in Chinese.

Generous on purpose: these values may only answer for digits on the other side of a translation.
"""

import re
from collections import Counter
from decimal import Decimal

Value = Decimal | str

ARTICLE = "a"
"""Key for what is "a" or "an" in English and 一个 or 一种 in Chinese: one, and mostly no number at all."""

UNITS = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen"""
_ORDINALS = """zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth
    fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth"""
TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_MONTHS = "january february march april _ june july august september october november december"
_SMALL: dict[str, int] = {
    **{word: value for words in (UNITS, _ORDINALS) for value, word in enumerate(words.split())},
    **{word: 10 * value for value, word in enumerate(TENS.split(), 2)},
    **{f"{word[:-1]}ieth": 10 * value for value, word in enumerate(TENS.split(), 2)},
}
_LARGE = {"hundred": 2, "thousand": 3, "million": 6, "billion": 9, "trillion": 12}
_OTHER: dict[str, tuple[str, ...]] = {
    **{month: (str(number),) for number, month in enumerate(_MONTHS.split(), 1)},
    **{month[:3]: (str(number),) for number, month in enumerate(_MONTHS.split(), 1)},
    "sept": ("9",), "no": ("0",), "none": ("0",), "single": ("1",), "once": ("1",),
    "unique": ("1",), "sole": ("1",), "both": ("2",), "pair": ("2",), "pairs": ("2",), "pairwise": ("2",),
    "couple": ("2",), "dual": ("2",), "binary": ("2",), "twice": ("2",), "double": ("2",), "doubles": ("2", "100"),
    "doubled": ("2", "100"), "doubling": ("2", "100"), "twofold": ("2",), "squared": ("2",), "quadratic": ("2",),
    "planar": ("2",), "thrice": ("3",), "triple": ("3",), "triples": ("3",), "tripling": ("3",), "threefold": ("3",),
    "cubic": ("3",), "quadruple": ("4",), "fourfold": ("4",), "tenfold": ("10",), "half": ("0.5", "50", "1", "2"),
    "halves": ("0.5", "50", "1", "2"), "halving": ("0.5", "50", "2"), "halved": ("0.5", "50", "2"),
    "thirds": ("3",), "quarter": ("0.25", "25", "1", "4"), "quarters": ("75", "4"), "fifths": ("5",), "tenths": ("10",),
    "decade": ("10",), "decades": ("10",), "dozen": ("12",), "century": ("100",), "ii": ("2",), "iii": ("3",),
    "iv": ("4",), "vi": ("6",), "vii": ("7",), "viii": ("8",), "ix": ("9",),
}  # fmt: skip
_WORD = re.compile(r"[a-z]+")
_ROMAN_ITEM = re.compile(r"\(([ivx]{1,4})\)")
_ROMAN = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")
_DECADE = re.compile(r"(?<![0-9])19[0-9]0['’]?s")

_DIGITS = {**{char: value for value, char in enumerate("零一二三四五六七八九")}, "〇": 0, "两": 2}
_PLACES = {"十": 10, "百": 100, "千": 1000}
_GROUPS = {"万": 10**4, "亿": 10**8}
_RUN = re.compile(r"[零〇一二两三四五六七八九十百千万亿]{1,24}(?:点[零〇一二三四五六七八九]{1,24})?")
_ONE_OF_A_KIND = re.compile(r"(?<![十百千万亿零〇])一[种个组项款套类条份次]")
_ARTICLE = re.compile(r"\b[Aa]n?\b")
_IDIOM = re.compile(r"进一步|一致|一般|一定|一些|一系列|一旦|一直|统一|唯一|一样|同一|一方面|一起|一体|万能")
_CHINESE_WORDS: dict[str, tuple[str, ...]] = {
    "首": ("1",), "单": ("1",), "双": ("2",), "倍增": ("2",), "翻倍": ("2",), "翻番": ("2",), "翻一番": ("2",),
    "半": ("0.5", "50", "1", "2"), "全部": ("100",), "完全": ("100",), "所有": ("100",), "完美": ("100",), "无": ("0",),
    "元旦": ("1",), "平方": ("2",), "立方": ("3",), "新冠": ("19",),
}  # fmt: skip


def english_values(text: str) -> Counter[Value]:
    """Values of number words, months, multiples, fractions and Roman numerals of an English text.

    >>> english_values("twenty-one of two hundred thousand")[Decimal(200_000)]
    1
    """
    found: Counter[Value] = Counter()
    total = current = lower = 0
    for word in _WORD.findall(text.lower()):
        if word in _SMALL:
            small = _SMALL[word]
            found[Decimal(small)] += 1
            room = 100 if current % 100 == 0 else 10 if current % 10 == 0 else 0
            current = current + small if current and small < room else small
        elif word in _LARGE:
            scale = 10 ** _LARGE[word]
            current = (current or 1) * scale
            found[Decimal(scale)] += 1
            if scale > 100:
                found.update([Decimal(lower * scale)] if lower else ())  # "two to three million"
                total, current = total + current, 0
        else:
            found.update(map(Decimal, _OTHER.get(word, ())))
            if word not in ("and", "a"):
                lower = current if word in ("to", "or") else 0
                total = current = 0
        if (total or current >= 20) and Decimal(total + current) not in found:
            found[Decimal(total + current)] += 1
    if _DECADE.search(text):
        found[Decimal(20)] += 1  # the 1990s are 20世纪90年代
    if "half a" in text:
        found.update(Decimal(10**power) / 2 for word, power in _LARGE.items() if f"half a {word}" in text)
    found.update(Decimal(_ROMAN.index(item)) for item in _ROMAN_ITEM.findall(text) if item in _ROMAN)
    found[ARTICLE] = len(_ARTICLE.findall(text))
    if "May" in text:
        found[Decimal(5)] += 1
    return found


def chinese_values(text: str) -> Counter[Value]:
    """Values of the Chinese numerals of a text, and of words such as 首 and 双.

    >>> chinese_values("首次将两百万张图像的错误降低三分之一")[Decimal(2_000_000)]
    1
    """
    text, articles = _ONE_OF_A_KIND.subn(" ", _IDIOM.sub(" ", text))
    found: Counter[Value] = Counter({ARTICLE: articles})
    for match in _RUN.finditer(text):
        whole, _, fraction = match[0].partition("点")
        value = Decimal(chinese_integer(whole))
        if fraction:
            value += Decimal("0." + "".join(str(_DIGITS[char]) for char in fraction))
        found[value] += 1
        if len(whole) > 1:
            found.update(Decimal(_DIGITS[char]) for char in whole if char in _DIGITS and _DIGITS[char] != value)
    for word, meanings in _CHINESE_WORDS.items():
        if count := text.count(word):
            for meaning in meanings:
                found[Decimal(meaning)] += count
    return found


def chinese_integer(run: str) -> int:
    """二百零三万 is 2030000; a run without places is read digit by digit: 二〇二一 is 2021."""
    if not any(char in _PLACES or char in _GROUPS for char in run):
        return int("".join(str(_DIGITS[char]) for char in run))
    total = section = digit = 0
    for char in run:
        if char in _DIGITS:
            digit = _DIGITS[char]
        elif char in _PLACES:
            section, digit = section + (digit or 1) * _PLACES[char], 0
        else:
            group = _GROUPS[char]
            if 0 < total < group:  # 二十万亿
                total = (total + section + digit) * group
            else:
                total += (section + digit or 1) * group
            section = digit = 0
    return total + section + digit
