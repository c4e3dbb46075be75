"""Plain text in columns, with the width of Chinese counted as a terminal shows it: two cells a character."""

import re
from collections.abc import Sequence

from wcwidth import wcswidth, wcwidth

# what is not parted at the end of a line: a Latin word, a Chinese character with the marks that close after it
_UNITS = re.compile(r"\s+|[^\s\u2e80-\uffef]+|[“‘（《「【]*[^\s“‘（《「【][，。；：？！、）”’》」】…—]*|[“‘（《「【]+")


def printable(text: str) -> str:
    """A text of one line that does nothing to a terminal: control characters become a space or "\ufffd".

    >>> printable("a\\x1b[31m b\\nc")
    'a\ufffd[31m b c'
    """
    line = " ".join(text.split())
    return line if line.isprintable() else "".join(c if c.isprintable() or c == "\u3000" else "\ufffd" for c in line)


def cells(text: str) -> int:
    """How many cells of a terminal a printable text takes.

    >>> cells("BERT模型，")
    10
    """
    return len(text) if text.isascii() else max(wcswidth(text), 0)


def pad(text: str, width: int) -> str:
    """A text with spaces after it up to a width."""
    return text + " " * (width - cells(text))


def clip(text: str, width: int) -> str:
    """A text cut to a width, with "…" at its end if something was cut off.

    >>> clip("一种新的方法", 7)
    '一种新…'
    """
    if cells(text) <= width:
        return text
    kept, used = "", 0
    for char in text:
        used += max(wcwidth(char), 0)
        if used > width - 1:
            break
        kept += char
    return kept + "…"


def wrap(text: str, width: int) -> list[str]:
    """Lines of at most `width` cells; no closing mark begins one, and only what is wider than a line is parted.

    >>> wrap("我们使用robust方法，效果好。", 12)
    ['我们使用', 'robust方法，', '效果好。']
    """
    lines, line, used = [], "", 0
    for unit in (part for match in _UNITS.finditer(text) for part in _fitting(match[0], width)):
        size = cells(unit)
        if used + size > width and line.strip():
            lines.append(line.rstrip())
            line, used = "", 0
        if line or not unit.isspace():
            line, used = line + unit, used + size
    return [*lines, line.rstrip()] if line.strip() else lines


def _fitting(unit: str, width: int) -> list[str]:
    """A unit, in parts if it is wider than a line."""
    if cells(unit) <= width:
        return [unit]
    if unit.isspace():
        return [" "]
    parts = [""]
    for char in unit:
        if cells(parts[-1] + char) > width and parts[-1]:
            parts.append("")
        parts[-1] += char
    return parts


def table(rows: Sequence[Sequence[str]], numbers: Sequence[int] = (), gap: str = "  ") -> list[str]:
    """Rows as lines with aligned columns; the columns in `numbers` are set to the right.

    >>> table([("kind", "count"), ("数字", "7")], numbers=(1,))
    ['kind  count', '数字      7']
    """
    widths = [max(map(cells, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        padded = (
            " " * (width - cells(cell)) + cell if index in numbers else pad(cell, width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        lines.append(gap.join(padded).rstrip())
    return lines


def beside(left: str, right: str, width: int, gap: str = "  ") -> list[str]:
    """Two texts side by side in `width` cells, English left: three fifths of the width for it, as it runs longer.

    >>> beside("We study nets.", "我们研究网络。", 26)
    ['We study nets.  我们研究网', '                络。']
    """
    left_width = (width - len(gap)) * 3 // 5
    lefts, rights = wrap(left, left_width), wrap(right, width - len(gap) - left_width)
    count = max(len(lefts), len(rights))
    lefts, rights = lefts + [""] * (count - len(lefts)), rights + [""] * (count - len(rights))
    return [(pad(one, left_width) + gap + other).rstrip() for one, other in zip(lefts, rights, strict=True)]


def share(part: int, whole: int) -> str:
    """A share in percent, with a decimal only where it says something.

    >>> share(1, 3), share(2, 2), share(1, 20_000), share(0, 0)
    ('33.3 %', '100 %', '< 0.1 %', '0 %')
    """
    percent = 100 * part / whole if whole else 0.0
    if 0 < percent < 0.05:
        return "< 0.1 %"
    if 99.95 <= percent < 100:
        return "> 99.9 %"
    return f"{percent:.0f} %" if percent in (0.0, 100.0) else f"{percent:.1f} %"
