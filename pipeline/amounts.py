"""Amounts with English magnitudes, "2.6 billion", as Chinese writes them, "26亿": the unit that small models get wrong.

Chinese counts by 万 (10^4) and 亿 (10^8), so the digits change with the unit. Where a hypothesis has
the wrong number, the amount is masked and this conversion, which is arithmetic, takes its place.
"""

import re
from collections.abc import Sequence
from decimal import Decimal

from models.masks import RESERVED, mask_pattern

_MAGNITUDES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_UNITS = ((10**12, "万亿"), (10**8, "亿"), (10**4, "万"), (1, ""))
_AMOUNT = re.compile(
    r"(?<![\w.,$€£¥-])(\$?)(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)? (thousand|million|billion|trillion)(?![\w-])"
)


def chinese_amount(digits: str, magnitude: str) -> str:
    """An amount as Chinese writes it.

    >>> chinese_amount("2.6", "billion"), chinese_amount("0.4", "million"), chinese_amount("350", "million")
    ('26亿', '40万', '3.5亿')
    """
    value = Decimal(digits.replace(",", "")) * _MAGNITUDES[magnitude]
    size, unit = next((size, unit) for size, unit in _UNITS if value >= size or size == 1)
    return f"{(value / size).normalize():f}{unit}"


def mask_amounts(text: str, originals: Sequence[str], style: str = RESERVED) -> tuple[str, tuple[str, ...]]:
    """Mask the amounts of a masked text too; returns it and what to restore, numbered in the text's order.

    >>> mask_amounts("It has 2.6 billion parameters and ⟦0⟧ layers.", ("$L$",))
    ('It has ⟦0⟧ parameters and ⟦1⟧ layers.', ('26亿', '$L$'))
    """
    values = list(originals)

    def masked(match: re.Match[str]) -> str:
        currency = "美元" if match[1] else ""
        values.append(chinese_amount(match[2] + (match[3] or ""), match[4]) + currency)
        return style.format(len(values) - 1)

    text = _AMOUNT.sub(masked, text)
    order = {number: str(place) for place, number in enumerate(mask_pattern(style).findall(text))}
    text = mask_pattern(style).sub(lambda match: style.format(order[match[1]]), text)
    return text, tuple(values[int(number)] for number in order)
