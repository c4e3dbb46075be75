"""Numbers as masks, for segments whose hypothesis has the wrong ones: "95.2%" as it is, "2.6 billion" as "26亿".

Chinese counts by 万 (10^4) and 亿 (10^8), so the digits of an amount change with the unit, which small models get
wrong; the conversion here is arithmetic. Few training pairs have amounts at all, so there are more with other ones.
"""

import random
import re
from collections.abc import Sequence
from decimal import Decimal

from models.masks import RESERVED, mask_pattern

_MAGNITUDES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_UNITS = ((10**12, "万亿"), (10**8, "亿"), (10**4, "万"), (1, ""))
_NUMBER = r"(?<![\w.,$€£¥-])(\$?)(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?"
_MAGNITUDE = r" (thousand|million|billion|trillion)(?![\w-])"
_RANGE = re.compile(rf"{_NUMBER}(?= (?:to|and|or) \$?\d+(?:[.,]\d+)*{_MAGNITUDE})")  # "22 to 350 million"
_AMOUNT = re.compile(_NUMBER + _MAGNITUDE)
_DIGITS = r"\d+(?:[.,]\d+)*%?"
_PLAIN = re.compile(  # with a spread, "0.85 ± 0.02" is one
    rf"(?<![\w.,⟦-])(?:± ?)?{_DIGITS}(?: ?± ?{_DIGITS})?(?![\w⟧%]|[.,-]\d|-[A-Za-z]|[ -](?:thousand|[mbtr]+illion))"
)


def chinese_amount(digits: str, magnitude: str) -> str:
    """An amount as Chinese writes it.

    >>> chinese_amount("2.6", "billion"), chinese_amount("0.4", "million"), chinese_amount("350", "million")
    ('26亿', '40万', '3.5亿')
    """
    value = Decimal(digits.replace(",", "")) * _MAGNITUDES[magnitude]
    size, unit = next((size, unit) for size, unit in _UNITS if value >= size or size == 1)
    return f"{(value / size).normalize():f}{unit}"


def vary_amount(english: str, chinese: str, rng: random.Random) -> tuple[str, str] | None:
    """A pair with another amount in place of one that stands once on each side; None where there is none.

    >>> vary_amount("We train on 1.2 million images.", "我们在120万张图像上训练。", random.Random(4))
    ('We train on 2.3 million images.', '我们在230万张图像上训练。')
    """
    pairs = []
    for match in _AMOUNT.finditer(english):
        here, there = _alone(match[0].removeprefix("$")), _alone(chinese_amount(match[2] + (match[3] or ""), match[4]))
        if len(here.findall(english)) == len(there.findall(chinese)) == 1:
            pairs.append((here, there))
    if not pairs:
        return None
    here, there = rng.choice(pairs)
    length = rng.randint(1, 3)
    figures = rng.randrange(10 ** (length - 1), 10**length)
    digits = f"{Decimal(figures).scaleb(-rng.randrange(length)).normalize():f}"
    (magnitude,) = rng.choices(list(_MAGNITUDES), (1, 6, 6, 1))  # about as abstracts have them
    return here.sub(f"{digits} {magnitude}", english), there.sub(chinese_amount(digits, magnitude), chinese)


def _alone(amount: str) -> re.Pattern[str]:
    """An amount that is not a part of a longer one."""
    return re.compile(rf"(?<![\d.,]){re.escape(amount)}(?![万亿])")


def mask_numbers(text: str, originals: Sequence[str], style: str = RESERVED) -> tuple[str, tuple[str, ...]]:
    """Mask the amounts and numbers of a masked text too; returns it and what to restore, numbered in the text's order.

    >>> mask_numbers("It has 2.6 billion parameters, ⟦0⟧ layers and 9.5% loss.", ("$L$",))
    ('It has ⟦0⟧ parameters, ⟦1⟧ layers and ⟦2⟧ loss.', ('26亿', '$L$', '9.5%'))
    """
    values = list(originals)

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
    order = {number: str(place) for place, number in enumerate(mask_pattern(style).findall(text))}
    text = mask_pattern(style).sub(lambda match: style.format(order[match[1]]), text)
    return text, tuple(values[int(number)] for number in order)
