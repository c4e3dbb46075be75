"""Numbers as masks, for segments whose hypothesis has the wrong ones: "95.2%" as it is, "2.6 billion" as "26亿", "tens
of millions" as "数千万".

Chinese counts by 万 (10^4) and 亿 (10^8), so the digits of an amount change with the unit, which small models get
wrong; the conversion here is arithmetic. Few training pairs have amounts at all, so there are more with other ones.
"""

import random
import re
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from models.masks import RESERVED, mask_pattern
from pipeline.counts import SMALL, amounts, counts, in_digits, in_words, is_vague, mask_counts
from pipeline.mask import in_order

_MAGNITUDES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_NUMBER = r"(?<![\w.,$€£¥-])(\$?)(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?"
_MAGNITUDE = r" (thousand|million|billion|trillion)(?![\w-])"
_RANGE = re.compile(rf"{_NUMBER}(?= (?:to|and|or) \$?\d+(?:[.,]\d+)*{_MAGNITUDE})")  # "22 to 350 million"
_AMOUNT = re.compile(_NUMBER + _MAGNITUDE)
_VAGUE = (
    *(f"{many} of {scale}s" for many in ("tens", "hundreds") for scale in ("thousand", "million", "billion")),
    *("hundreds", "thousands", "millions", "billions"),
)
_FRACTIONS = (
    *(f"{one} {part}" for one in ("a", "one") for part in ("third", "quarter", "fifth", "sixth", "eighth", "tenth")),
    *(f"two{joint}{part}" for joint in (" ", "-") for part in ("thirds", "fifths")),
    *("three quarters", "three-quarters", "three fifths", "four fifths", "one-third", "one-tenth", "one-fifth"),
)
_NUMERALS = "零一二两三四五六七八九十百千万亿"
_DIGITS = r"\d+(?:[.,]\d+)*%?"
_ALONE = re.compile(r"(?<![A-Za-z\d⟦.,-])\d+(?:[.,]\d+)*(?![A-Za-z\d⟧]|[.,-]\d|-[A-Za-z])")
_PLAIN = re.compile(  # with a spread, "0.85 ± 0.02" is one
    rf"(?<![\w.,⟦-])(?:± ?)?{_DIGITS}(?: ?± ?{_DIGITS})?(?![\w⟧%]|[.,-]\d|-[A-Za-z]|[ -](?:thousand|[mbtr]+illion))"
)


def chinese_amount(digits: str, magnitude: str) -> str:
    """An amount as Chinese writes it.

    >>> chinese_amount("2.6", "billion"), chinese_amount("0.4", "million"), chinese_amount("350", "million")
    ('26亿', '40万', '3.5亿')
    """
    return in_digits(Decimal(digits.replace(",", "")) * _MAGNITUDES[magnitude])


def vary_amount(english: str, chinese: str, rng: random.Random) -> tuple[str, str] | None:
    """A pair with another amount in place of one that stands once on each side; None where there is none.

    >>> vary_amount("We train on 1.2 million images.", "我们在120万张图像上训练。", random.Random(4))
    ('We train on 2.3 million images.', '我们在230万张图像上训练。')
    >>> vary_amount("It serves tens of millions of users.", "它服务数千万用户。", random.Random(4))
    ('It serves hundreds of millions of users.', '它服务数亿用户。')
    """
    pairs = []
    for match in _AMOUNT.finditer(english):
        pairs.append((match[0].removeprefix("$"), chinese_amount(match[2] + (match[3] or ""), match[4]), _any_amount))
    for count in counts(english):
        words = english[count.start : count.end]
        if is_vague(count) and english.startswith(" of ", count.end):
            pairs.append((words, count.chinese, _any_vague))
        elif "分之" in count.chinese:
            pairs.append((words, count.chinese, _any_fraction))
        elif count.value is None or count.chinese.endswith("%"):
            continue
        elif count.value >= 1000:
            pairs.append((words, count.chinese, _any_large))
        elif SMALL < count.value < 100:
            pairs += [
                (words, count.chinese, _any_small),
                (words, in_words(int(count.value), True), _any_small_in_words),
            ]
    there_once = [
        (here, there, other)
        for here, there, other in pairs
        if len(_by_itself(here).findall(english)) == len(_by_itself(there).findall(chinese)) == 1
    ]
    if not there_once:
        return None
    here, there, other = rng.choice(there_once)
    words, written = other(rng)
    words = words.capitalize() if here[0].isupper() else words
    return _by_itself(here).sub(words, english), _by_itself(there).sub(written, chinese)


def _any_amount(rng: random.Random) -> tuple[str, str]:
    length = rng.randint(1, 3)
    figures = rng.randrange(10 ** (length - 1), 10**length)
    digits = f"{Decimal(figures).scaleb(-rng.randrange(length)).normalize():f}"
    (magnitude,) = rng.choices(list(_MAGNITUDES), (1, 6, 6, 1))  # about as abstracts have them
    return f"{digits} {magnitude}", chinese_amount(digits, magnitude)


def _any_large(rng: random.Random) -> tuple[str, str]:
    (magnitude,) = rng.choices(list(_MAGNITUDES), (3, 4, 3, 1))
    value = rng.choice((rng.randint(1, 12), rng.randint(1, 99)))
    return f"{in_words(value)} {magnitude}", chinese_amount(str(value), magnitude)


def _any_small(rng: random.Random, chinese: bool = False) -> tuple[str, str]:
    value = rng.choice((rng.randint(SMALL + 1, 19), rng.randint(SMALL + 1, 99)))
    return in_words(value), in_words(value, chinese=True) if chinese else str(value)


def _any_small_in_words(rng: random.Random) -> tuple[str, str]:
    return _any_small(rng, chinese=True)


def _any_vague(rng: random.Random) -> tuple[str, str]:
    words = rng.choice(_VAGUE)
    return words, next(counts(words)).chinese


def _any_fraction(rng: random.Random) -> tuple[str, str]:
    words = rng.choice(_FRACTIONS)
    return words, next(counts(f"{words} of")).chinese


def _by_itself(amount: str) -> re.Pattern[str]:
    """An amount that is not a part of a longer one."""
    return re.compile(rf"(?<![A-Za-z\d.,{_NUMERALS}-]){re.escape(amount)}(?![A-Za-z\d{_NUMERALS}]|[.,]\d)")


def vary_numbers(english: str, chinese: str, rng: random.Random) -> tuple[str, str] | None:
    """A pair with other digits in the numbers that stand once on each side; None where there are less than two.

    Sentences full of numbers are what small models mix up, and there are few of them.

    >>> vary_numbers("Loss falls in 12 of 30 runs.", "损失在30次运行的12次中下降。", random.Random(1))
    ('Loss falls in 39 of 24 runs.', '损失在24次运行的39次中下降。')
    """
    found = [Counter(_ALONE.findall(side)) for side in (english, chinese)]
    shared = sorted(number for number, count in found[0].items() if count == found[1][number] == 1)
    if len(shared) < 2:
        return None
    others = {number: _other_digits(number, rng) for number in shared}
    varied = (_ALONE.sub(lambda match: others.get(match[0], match[0]), side) for side in (english, chinese))
    return next(varied), next(varied)


def _other_digits(number: str, rng: random.Random) -> str:
    """A number of the same length; the 0 of 0.5 stays, a single digit is more than one, which asks for plurals."""
    first = number[0] if number.startswith("0.") else str(rng.randint(1 if number[1:] else 2, 9))
    return first + re.sub(r"\d", lambda _: str(rng.randrange(10)), number[1:])


def mask_numbers(text: str, originals: Sequence[str], style: str = RESERVED) -> tuple[str, tuple[str, ...]]:
    """Mask the amounts and numbers of a masked text too; returns it and what to restore, numbered in the text's order.

    >>> mask_numbers("It has 2.6 billion parameters, ⟦0⟧ layers and 9.5% loss.", ("$L$",))
    ('It has ⟦0⟧ parameters, ⟦1⟧ layers and ⟦2⟧ loss.', ('26亿', '$L$', '9.5%'))
    """
    text, found = mask_counts(text, originals, amounts(text), style)
    values = list(found)

    def masked(value: str) -> str:
        values.append(value)
        return style.format(len(values) - 1)

    def amount(match: re.Match[str]) -> str:
        return masked(chinese_amount(match[2] + (match[3] or ""), match[4]) + ("美元" if match[1] else ""))

    parts, last = [], 0
    text = _AMOUNT.sub(amount, _RANGE.sub(amount, text))
    for mask in mask_pattern(style).finditer(text):  # the digits of masks are no numbers
        parts += [_PLAIN.sub(lambda match: masked(match[0]), text[last : mask.start()]), mask[0]]
        last = mask.end()
    text = "".join([*parts, _PLAIN.sub(lambda match: masked(match[0]), text[last:])])
    return in_order(text, values, style)
